"""Moves jobs from the queue to their end: submit, poll, download, deliver."""
