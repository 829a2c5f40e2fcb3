"""JSON objects of the local Discord's API."""
