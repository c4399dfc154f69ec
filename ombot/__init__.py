"""ombot: the virtual collaboration platform of a federation's strategy board, as a bot in Matrix rooms."""
