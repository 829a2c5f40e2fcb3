"""Remixes, in every way that a person can request one."""
