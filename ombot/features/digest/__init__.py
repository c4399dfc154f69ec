"""The weekly digest (Wochenrückblick): what was new in a person's groups."""
