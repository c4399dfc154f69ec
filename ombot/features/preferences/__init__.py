"""What members want to hear from the clock in their direct chat (Erinnerungen)."""
