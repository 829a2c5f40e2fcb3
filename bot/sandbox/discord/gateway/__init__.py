"""The local Discord's gateway: connections, sessions and dispatched events."""
