"""Money, limits, settings, moderation and privacy."""
