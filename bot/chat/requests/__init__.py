"""Requests for videos: from a command, a form, a button or a reply to a submitted job."""
