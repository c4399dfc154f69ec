"""E-mail to those who agreed to it: addresses with consent, letters that wait to be sent, links that do one thing."""
