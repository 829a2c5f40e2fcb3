"""Styles: words and options under a name."""
