"""Buttons and selects of the settings panel, as one dynamic item.

The panel contains only these and has no timeout, so discord.py keeps no state and it survives restarts.
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol, Self

import discord

ITEM_ID = re.compile(r"v1s:(?P<page>[a-z]{2,12}):(?P<what>[a-z0-9_]{1,30})")


class SettingsItemHandler(Protocol):
    """Handles the items."""

    async def on_settings_item(self, interaction: discord.Interaction[Any], page: str, what: str) -> None: ...


class PanelItem(discord.ui.DynamicItem[discord.ui.Item[Any]], template=ITEM_ID):
    """A button or a select."""

    def __init__(self, item: discord.ui.Item[Any], page: str, what: str) -> None:
        self.page = page
        self.what = what
        super().__init__(item)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, match["page"], match["what"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        client: SettingsItemHandler = interaction.client
        await client.on_settings_item(interaction, self.page, self.what)


def button(
    page: str, what: str, label: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary, row: int | None = None
) -> PanelItem:
    made: discord.ui.Button[Any] = discord.ui.Button(label=label, style=style, custom_id=f"v1s:{page}:{what}", row=row)
    return PanelItem(made, page, what)


def menu(
    page: str, what: str, hint: str, options: Sequence[discord.SelectOption], *, least: int = 1, most: int = 1
) -> PanelItem:
    """Return a select with at most 25 options."""
    made: discord.ui.Select[Any] = discord.ui.Select(
        custom_id=f"v1s:{page}:{what}",
        placeholder=hint,
        options=list(options)[:25],
        min_values=least,
        max_values=min(most, len(options), 25),
    )
    return PanelItem(made, page, what)


def channels(
    page: str, what: str, hint: str, chosen: Sequence[int], *, most: int = 25, places: bool = True
) -> PanelItem:
    """Return a channel select. With `places`, it offers categories and forums too."""
    kinds = [discord.ChannelType.text, discord.ChannelType.news]
    if places:
        kinds += [discord.ChannelType.forum, discord.ChannelType.voice, discord.ChannelType.category]
    defaults = [discord.SelectDefaultValue(id=each, type=discord.SelectDefaultValueType.channel) for each in chosen]
    made: discord.ui.ChannelSelect[Any] = discord.ui.ChannelSelect(
        custom_id=f"v1s:{page}:{what}",
        placeholder=hint,
        channel_types=kinds,
        min_values=0,
        max_values=most,
        default_values=defaults[:most],
    )
    return PanelItem(made, page, what)


def roles(page: str, what: str, hint: str, chosen: Sequence[int] = (), *, most: int = 25) -> PanelItem:
    defaults = [discord.SelectDefaultValue(id=each, type=discord.SelectDefaultValueType.role) for each in chosen]
    made: discord.ui.RoleSelect[Any] = discord.ui.RoleSelect(
        custom_id=f"v1s:{page}:{what}", placeholder=hint, min_values=0, max_values=most, default_values=defaults[:most]
    )
    return PanelItem(made, page, what)


def members(page: str, what: str, hint: str) -> PanelItem:
    made: discord.ui.UserSelect[Any] = discord.ui.UserSelect(custom_id=f"v1s:{page}:{what}", placeholder=hint)
    return PanelItem(made, page, what)
