"""The slash commands and listeners: thin, they say what was asked and let the chat side do it."""
