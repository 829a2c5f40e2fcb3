"""Styles: apply them to requests, suggest them, and save and delete those of members."""

from collections.abc import Sequence
from dataclasses import replace

import discord

from bot.catalogue.offers import Offers
from bot.catalogue.options import resolve_options
from bot.chat.text.escape import cut
from bot.jobs.clean_text import clean, has_visible_letter
from bot.jobs.errors import InvisiblePrompt
from bot.jobs.job import Job, Kind
from bot.jobs.server_settings import DELETED_PROMPT, ServerSettings
from bot.jobs.style import (
    MOST_OF_MEMBER,
    AppliedStyle,
    Style,
    compose,
    find_style,
    opening_style,
    own_words,
    read_name,
    read_words,
)
from bot.jobs.style_errors import NoStyles, StyleNameTaken, StyleOptionInWords, UnknownStyle
from bot.ordering.prompt_options import read_prompt_options
from bot.ordering.quote import OFF_HERE, Request
from bot.ordering.remix_methods import unknown_model
from bot.ports.clock import Clock
from bot.ports.styles import StyleRepository

MOST_CHOICES = 25
CHOICE_LIMIT = 100  # characters of a suggestion. Source: reference/discord.md 1


class Styles:
    """The styles that a member can use: the server's and their own there."""

    def __init__(self, styles: StyleRepository, offers: Offers, clock: Clock) -> None:
        self._styles = styles
        self._offers = offers
        self._clock = clock

    async def apply(self, request: Request, member: discord.Member, settings: ServerSettings) -> Request:
        """Return a request with its style in its prompt and options. Raise UnknownStyle or InvisiblePrompt.

        Options that were chosen, also in the prompt, come before the style's. A remix takes the style's words only.
        """
        if request.style is None:
            return request
        styles = await self._styles.usable(member.guild.id, member.id)
        style = find_style(styles, request.style)
        if style is None:
            raise unknown_style(styles, request.style)
        if request.prompt and not has_visible_letter(request.prompt):
            raise InvisiblePrompt
        request = read_prompt_options(request).request
        words = request.prompt.strip()
        if request.source is None:
            request = self._with_options(request, style, settings)
        applied = AppliedStyle(name=style.name, own_words=words)
        return replace(request, style=None, applied=applied, prompt=compose(style.words, words))

    def _with_options(self, request: Request, style: Style, settings: ServerSettings) -> Request:
        """Return a request for a new video with a style's options, without those that another model doesn't have."""
        named = replace(request, model=request.model or style.model)
        asked = named.under(settings).model
        offer = self._offers.find(asked) if asked is not None else self._offers.default()
        if offer is None:
            return named
        aspect = style.aspect if style.aspect in offer.model.aspects else None
        resolution = style.resolution if style.resolution in offer.model.resolutions else None
        return replace(named, aspect=request.aspect or aspect, resolution=request.resolution or resolution)

    async def of_reply(self, text: str, member: discord.Member, source: Job) -> tuple[str, str]:
        """Return the name of the style that a text begins with, and the words to use it with. Raise UnknownStyle.

        Without words, they are those of the source.
        """
        styles = await self._styles.usable(member.guild.id, member.id)
        found = opening_style(styles, text)
        if found is None:
            raise unknown_style(styles, text)
        return found[0].name, found[1] or _words_of(source, styles)

    async def usable(self, guild_id: int, member_id: int) -> list[Style]:
        """List what a member can use: a style of their own is hidden by the server's of the same name."""
        styles = await self._styles.usable(guild_id, member_id)
        return [style for style in styles if find_style(styles, style.name) == style]

    async def choices(self, guild_id: int, member_id: int, typed: str, *, own: bool = False) -> list[tuple[str, str]]:
        """Return suggestions and the names that they stand for, at most 25; with `own`, only the member's."""
        styles = await (self._styles.usable if own else self.usable)(guild_id, member_id)
        asked = typed.casefold().split()
        found = [
            style
            for style in styles
            if not (own and style.of_server) and all(word in f"{style.name} {style.words}".casefold() for word in asked)
        ]
        return [(cut(f"{each.name} · {clean(each.words)}", CHOICE_LIMIT), each.name) for each in found[:MOST_CHOICES]]

    def checked(self, style: Style, settings: ServerSettings) -> Style:
        """Return a style as it is stored, of what a person has entered. Raise BadWish."""
        named = replace(style, name=read_name(style.name), words=read_words(style.words))
        options = read_prompt_options(Request(kind=Kind.GENERATE, prompt=named.words))
        if options.unknown is not None or options.request.prompt != named.words:
            written = next(word for word in named.words.split() if word.startswith(("-", "–", "—")))
            raise StyleOptionInWords(option=written)
        if style.model is None:
            return named
        offers = self._offers.excluding(settings.models_off, OFF_HERE, settings.models_on)
        offer = offers.find(style.model)
        if offer is None:
            raise unknown_model(offers, style.model)
        resolve_options(
            offer.model, kind=Kind.GENERATE, aspect=style.aspect, seconds=None, resolution=style.resolution,
            has_image=offer.model.image.required, prompt=named.words,
        )  # fmt: skip
        return replace(named, model=offer.key)

    async def save_own(self, style: Style, settings: ServerSettings) -> Style:
        """Save a member's style under its name and return it. Raise BadWish."""
        checked = self.checked(style, settings)
        server = find_style(await self._styles.of_server(style.guild_id), checked.name)
        if server is not None:
            raise StyleNameTaken(name=server.name)
        await self._styles.save(checked, by_id=style.user_id, now=self._clock.now(), most=MOST_OF_MEMBER)
        return checked

    async def delete_own(self, guild_id: int, member_id: int, name: str) -> Style:
        """Delete a member's style and return it. Raise UnknownStyle."""
        own = [each for each in await self._styles.usable(guild_id, member_id) if not each.of_server]
        style = find_style(own, name)
        if style is None or not await self._styles.delete(style, by_id=member_id, now=self._clock.now()):
            raise unknown_style(own, name)
        return style


def unknown_style(styles: Sequence[Style], asked: str) -> UnknownStyle:
    """Return why there is no style of this name."""
    offered = ", ".join(dict.fromkeys(style.name for style in styles))
    return UnknownStyle(asked=cut(clean(asked), CHOICE_LIMIT), offered=offered) if offered else NoStyles()


def _words_of(source: Job, styles: Sequence[Style]) -> str:
    """Return the words of a video without its style; none for a member's own video, whose prompt is its file's name."""
    if source.imported or source.prompt == DELETED_PROMPT:
        return ""
    style = find_style(styles, source.style) if source.style is not None else None
    return own_words(style.words, source.prompt) if style is not None else source.prompt
