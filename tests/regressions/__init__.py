"""Regression tests. Each failed before its bug was fixed."""
