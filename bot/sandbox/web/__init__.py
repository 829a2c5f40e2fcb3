"""A web page for the local Discord, so that a person with no account can be a member and use the real bot."""
