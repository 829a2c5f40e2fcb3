"""Application commands, components and interactions in the local Discord."""
