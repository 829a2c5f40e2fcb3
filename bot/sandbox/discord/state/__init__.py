"""What the local Discord knows: guilds, channels, members, messages and files."""
