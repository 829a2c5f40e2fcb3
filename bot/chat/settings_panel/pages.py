"""The pages of the settings panel: text and controls. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.catalogue.offers import Offer, describe_offer
from bot.chat.settings_panel import items
from bot.chat.settings_panel.items import PanelItem
from bot.chat.text import settings_text as words
from bot.i18n import N_, _
from bot.jobs.clean_text import clean
from bot.jobs.limits import UsageTotals
from bot.jobs.money import exact_dollars
from bot.jobs.server_settings import ServerSettings
from bot.ports.repositories import Block

PAGES = {
    "top": (N_("Overview"), N_("All settings at a glance; pause and resume")),
    "access": (N_("Access"), N_("Channels and roles")),
    "models": (N_("Models"), N_("Enabled models and the default")),
    "replies": (N_("Replies"), N_("How replies to videos work")),
    "limits": (N_("Limits"), N_("Videos per day, concurrent videos")),
    "money": (N_("Money"), N_("Budgets per day and month")),
    "people": (N_("Members"), N_("Block and unblock members")),
    "words": (N_("Words"), N_("Words that prompts can't contain")),
    "data": (N_("Data and log"), N_("Prompt retention and the log channel")),
}
MODELS_A_MENU = 25
MOST_MENUS = 4  # of models
HOSTS_OWN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelState:
    """What the panel shows of a server."""

    rules: ServerSettings
    used: UsageTotals = field(default_factory=UsageTotals)
    blocks: Sequence[Block] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    offers: Sequence[Offer] = ()
    note: str = ""


def panel(page: str, scene: PanelState) -> discord.ui.LayoutView:
    """Return a page with the navigation."""
    page = page if page in PAGES else "top"
    text, rows = _PAGES[page](scene)
    view = discord.ui.LayoutView(timeout=None)
    box: discord.ui.Container[Any] = discord.ui.Container()
    box.add_item(discord.ui.TextDisplay(f"### {_('Settings')} · {_(PAGES[page][0])}"))
    box.add_item(discord.ui.TextDisplay(text))
    for row in rows:
        box.add_item(discord.ui.ActionRow(*row))
    if scene.note:
        box.add_item(discord.ui.TextDisplay(scene.note))
    view.add_item(box)
    ways = [
        discord.SelectOption(label=_(label), value=name, description=_(says), default=name == page)
        for name, (label, says) in PAGES.items()
    ]
    return view.add_item(discord.ui.ActionRow(items.menu("nav", "to", _("Go to"), ways)))


Rows = list[list[PanelItem]]


def _top(scene: PanelState) -> tuple[str, Rows]:
    paused = scene.rules.paused
    switch = (
        items.button("top", "resume", _("Resume"), discord.ButtonStyle.success)
        if paused
        else items.button("top", "pause", _("Pause"), discord.ButtonStyle.danger)
    )
    return words.overview(scene.rules, scene.blocks), [[switch, items.button("audit", "0", _("Audit"))]]


def _access(scene: PanelState) -> tuple[str, Rows]:
    text = _(
        "Which channels allow videos, and which roles can request them. If nothing is selected, all channels "
        "and members can."
    )
    return text, [
        [items.channels("access", "channels", _("All channels"), scene.rules.channels)],
        [items.roles("access", "roles", _("All members"), scene.rules.roles)],
    ]


def _models(scene: PanelState) -> tuple[str, Rows]:
    if not scene.offers:
        return _("The host hasn't enabled any models."), []
    rules, rows = scene.rules, Rows()
    for number, chunk in enumerate(chunks(scene.offers)):
        options = [_option(offer, chosen=offer.key not in rules.models_off) for offer in chunk]
        rows.append([items.menu("models", f"on{number}", _("All of these are disabled"), options, least=0, most=25)])
    choice = [o for o in scene.offers if o.key not in rules.models_off and o.model.creates]
    choice.sort(key=lambda offer: offer.key != rules.default_model)  # the selected one is always included
    usual = discord.SelectOption(label=_("Host's choice"), value=HOSTS_OWN, default=rules.default_model is None)
    options = [usual, *(_option(offer, chosen=offer.key == rules.default_model) for offer in choice[:24])]
    rows.append([items.menu("models", "default", _("Default model"), options)])
    return _("Enabled models and the default for /generate."), rows


def chunks(offers: Sequence[Offer]) -> list[Sequence[Offer]]:
    """Split the offers into groups for the selects."""
    starts = range(0, min(len(offers), MODELS_A_MENU * MOST_MENUS), MODELS_A_MENU)
    return [offers[start : start + MODELS_A_MENU] for start in starts]


def _option(offer: Offer, *, chosen: bool) -> discord.SelectOption:
    return discord.SelectOption(
        label=offer.key[:100], value=offer.key[:100], description=describe_offer(offer)[:100], default=chosen
    )


def _replies(scene: PanelState) -> tuple[str, Rows]:
    options = [
        discord.SelectOption(
            label=_(label), value=mode.value, description=_(says), default=mode is scene.rules.reply_mode
        )
        for mode, (label, says) in words.MODES.items()
    ]
    above = exact_dollars(scene.rules.confirm_above_micros)
    text = _("How replies to videos work. Smart asks for confirmation above **{above}**.").format(above=above)
    return text, [
        [items.menu("replies", "mode", _("Mode"), options)],
        [items.button("replies", "above", _("Confirm above …"))],
    ]


def _limits(scene: PanelState) -> tuple[str, Rows]:
    return words.limits_text(scene.rules), [
        [items.button("limits", "limits", _("Change"))],
        [items.roles("limits", "role", _("Limit for one role …"), most=1)],
    ]


def _money(scene: PanelState) -> tuple[str, Rows]:
    return words.money_text(scene.rules, scene.used), [[items.button("money", "money", _("Change"))]]


def _people(scene: PanelState) -> tuple[str, Rows]:
    rows = [[items.members("people", "block", _("Block …"))]]
    if scene.blocks:
        options = [
            discord.SelectOption(
                label=clean(scene.names.get(b.user_id, ""))[:100] or str(b.user_id), value=str(b.user_id)
            )
            for b in scene.blocks
        ]
        rows.append([items.menu("people", "unblock", _("Unblock …"), options)])
    return words.people_text(scene.blocks), rows


def _words(scene: PanelState) -> tuple[str, Rows]:
    return words.words_text(scene.rules), [[items.button("words", "words", _("Change"))]]


def _data(scene: PanelState) -> tuple[str, Rows]:
    chosen = [scene.rules.log_channel_id] if scene.rules.log_channel_id is not None else []
    text = _(
        "Prompts and clips are kept **{days}** days.\n"
        "The log channel gets reports of members and warnings of budgets; without one they go to the server's owner."
    ).format(days=scene.rules.retention_days)
    return text, [
        [items.button("data", "days", _("Days …"))],
        [items.channels("data", "log", _("No log channel"), chosen, most=1, places=False)],
    ]


_PAGES = {
    "top": _top,
    "access": _access,
    "models": _models,
    "replies": _replies,
    "limits": _limits,
    "money": _money,
    "people": _people,
    "words": _words,
    "data": _data,
}
