"""Errors of styles, and of requests in a style. The docstring is the message for people."""

from bot.jobs.errors import BadWish, PromptLength
from bot.jobs.rejections import AgainstRules


class WordsAgainstRules(AgainstRules):
    """Your words break this server's rules, with or without the style {style}. Not charged. Try different words."""


class StyleAgainstRules(AgainstRules):
    """This server's rules allow your words, but not what the style {style} adds to them. Not charged. Try another
    style."""


class StyledPromptLength(PromptLength):
    """With the style {style} your prompt is {length} characters long, but it can have {longest}. Not charged. Use fewer
    words, or another style."""


class UnknownStyle(BadWish):
    """There's no style called {asked} here. You can use: {offered}."""


class NoStyles(UnknownStyle):
    """There are no styles here yet. Save one with /style save."""


class StyleName(BadWish):
    """The name of a style must have 1 to {longest} characters with at least one letter. Nothing was changed."""


class StyleWords(BadWish):
    """The words of a style must have at most {longest} characters with at least one letter. Nothing was changed."""


class StyleOptionInWords(BadWish):
    """{option} can't be part of a style's words. Set the aspect ratio and the resolution beside them; the duration is
    chosen with each video. Nothing was changed."""


class TooManyStyles(BadWish):
    """There are {most} styles already, the most that can be saved. Delete one first."""


class StyleNameTaken(BadWish):
    """There's a style called {name} here already. Nothing was changed. Use another name."""
