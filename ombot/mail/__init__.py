"""E-mail going out: takes waiting letters from the database and gives them to the mail server."""
