"""Calendar feeds: one secret address per group and per person, read by calendar programs."""
