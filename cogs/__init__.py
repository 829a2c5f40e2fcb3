"""Slash commands and listeners. They pass requests on to the chat services."""
