"""Texts that people read: job messages, lists and settings."""
