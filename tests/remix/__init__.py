"""Remix, every way a person would try it."""
