"""Retake generates and remixes AI videos in Discord, and never loses or doubles a paid job."""

__version__ = "0.1.0"
