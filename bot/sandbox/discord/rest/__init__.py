"""The local Discord's REST API."""
