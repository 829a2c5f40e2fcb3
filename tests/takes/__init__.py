"""Several takes of one order."""
