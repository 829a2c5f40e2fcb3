"""Benchmarks: scripts that print measurements."""
