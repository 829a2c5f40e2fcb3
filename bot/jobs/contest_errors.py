"""Errors of contests. The docstring is the message for people."""

from bot.jobs.errors import BadWish


class ContestRunning(BadWish):
    """A contest is running on this server: {theme}. End it with `/contest end` first."""


class NoContest(BadWish):
    """No contest is running on this server."""


class ContestOver(BadWish):
    """This contest has ended."""


class NothingToEnter(BadWish):
    """You have no video that can enter. It must be made after the contest began, be open to remixing, and be posted
    where everyone who can read the contest's channel may see it."""


class NotContestManager(BadWish):
    """You need the Manage Server permission to start or end a contest."""


class ThemeWords(BadWish):
    """A theme needs letters, and at most {longest} characters."""
