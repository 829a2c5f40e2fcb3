"""The /settings panel: its controller, pages and forms."""
