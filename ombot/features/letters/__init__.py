"""What is written by e-mail to those who agreed to it: invitations, minutes, votes, what is due before a session."""
