"""Bugs that were found by looking for them; each begins with the test that failed."""
