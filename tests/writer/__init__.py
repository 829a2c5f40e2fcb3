"""The writer, which offers better words for a prompt."""
