"""Protocols that the adapters implement, and the data they exchange."""
