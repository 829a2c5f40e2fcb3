"""The three steps of the setup that the welcome offers: channels; budget and limits; models and replies. Pure."""

from collections.abc import Callable
from typing import Any

import discord

from bot.chat.settings_panel import items
from bot.chat.settings_panel.pages import MODELS_A_MENU, PanelState, Rows, mode_options, model_options
from bot.chat.text import settings_text as words
from bot.i18n import _

STEPS = ("setupone", "setuptwo", "setupthree")


def setup_page(step: str, scene: PanelState) -> discord.ui.LayoutView:
    """Return a step with the buttons to the previous and the next one. The last leads to the panel."""
    at = STEPS.index(step)
    text, rows = _STEPS[step](scene)
    view = discord.ui.LayoutView(timeout=None)
    box: discord.ui.Container[Any] = discord.ui.Container()
    title = _("Set up · step {step} of {steps}").format(step=at + 1, steps=len(STEPS))
    box.add_item(discord.ui.TextDisplay(f"### {title}"))
    box.add_item(discord.ui.TextDisplay(text))
    for row in rows:
        box.add_item(discord.ui.ActionRow(*row))
    if scene.note:
        box.add_item(discord.ui.TextDisplay(scene.note))
    view.add_item(box)
    ways = [items.button(STEPS[at - 1], "go", _("Back"))] if at else []
    if at + 1 < len(STEPS):
        ways.append(items.button(STEPS[at + 1], "go", _("Next"), discord.ButtonStyle.primary))
    else:
        ways.append(items.button("top", "go", _("Done"), discord.ButtonStyle.success))
    return view.add_item(discord.ui.ActionRow(*ways))


def _channels(scene: PanelState) -> tuple[str, Rows]:
    text = _("Where can members make videos? Without a choice, they can in every channel that I can post in.")
    return text, [[items.channels("setupone", "channels", _("All channels"), scene.rules.channels)]]


def _budget(scene: PanelState) -> tuple[str, Rows]:
    text = _(
        "How much can this server spend? Each video is charged to the host's account at the provider.\n"
        "**{day}** per day, **{month}** per month, **{videos}** videos per member per day"
    ).format(
        day=words.money_or_none(scene.rules.budget_day_micros),
        month=words.money_or_none(scene.rules.budget_month_micros),
        videos=words.number_or_none(scene.rules.videos_per_member),
    )
    return text, [[items.button("setuptwo", "setup", _("Change"))]]


def _models(scene: PanelState) -> tuple[str, Rows]:
    rows: Rows = []
    if scene.offers:
        offers = scene.offers[:MODELS_A_MENU]
        options = model_options(offers, scene.rules)
        rows.append([items.menu("setupthree", "on0", _("All of these are disabled"), options, least=0, most=25)])
    rows.append([items.menu("setupthree", "mode", _("Mode"), mode_options(scene.rules))])
    return _("Which models can members choose, and what does a reply to a video do?"), rows


_STEPS: dict[str, Callable[[PanelState], tuple[str, Rows]]] = {
    "setupone": _channels,
    "setuptwo": _budget,
    "setupthree": _models,
}
