"""What leaves the house as a whole: the JSON export, the archive, and the operator's export."""
