"""Measurements: scripts that print numbers."""
