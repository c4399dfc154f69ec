"""Members who have left a group or the space: what they leave behind is handed over by a question (Übergabe)."""
