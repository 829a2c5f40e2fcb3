"""Contests: a theme, entries, and a result by stars."""
