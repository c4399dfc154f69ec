"""An embedded homeserver and a played session: the bot shown without anything to set up."""
