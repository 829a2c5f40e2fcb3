"""The pages of the settings panel: text and controls. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import discord

from bot.catalogue.offers import Offer, describe_offer
from bot.catalogue.options import model_price
from bot.chat.settings_panel import items
from bot.chat.settings_panel.items import PanelItem
from bot.chat.text import settings_text as words
from bot.chat.text.style_text import server_styles_text
from bot.i18n import N_, _
from bot.jobs.clean_text import clean
from bot.jobs.limits import UsageTotals
from bot.jobs.money import exact_dollars
from bot.jobs.server_settings import ServerSettings
from bot.jobs.style import Style
from bot.ports.repositories import Block

PAGES = {
    "top": (N_("Overview"), N_("All settings at a glance; pause and resume")),
    "access": (N_("Access"), N_("Channels and roles")),
    "models": (N_("Models"), N_("Enabled models and the default")),
    "new": (N_("New models"), N_("Models and prices from the providers' lists")),
    "replies": (N_("Replies"), N_("How replies to videos work, and which videos can be remixed")),
    "limits": (N_("Limits"), N_("Videos per day, concurrent videos")),
    "money": (N_("Money"), N_("Budgets per day and month")),
    "people": (N_("Members"), N_("Block and unblock members")),
    "words": (N_("Words"), N_("Words that prompts can't contain")),
    "styles": (N_("Styles"), N_("Words and options that members can choose by a name")),
    "gallery": (N_("Gallery"), N_("Where videos with enough stars are shown")),
    "data": (N_("Data and log"), N_("Prompt retention and the log channel")),
}
MODELS_A_MENU = 25
MOST_MENUS = 4  # of models
MOST_PRICE_LINES = 20
HOSTS_OWN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelState:
    """What the panel shows of a server."""

    rules: ServerSettings
    used: UsageTotals = field(default_factory=UsageTotals)
    blocks: Sequence[Block] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    offers: Sequence[Offer] = ()
    new: Sequence[Offer] = ()  # those of providers' lists, which are disabled unless the server enabled them
    styles: Sequence[Style] = ()
    gallery_missing: Sequence[str] = ()  # permissions that the bot needs in the gallery's channel
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
        options = model_options(chunk, rules)
        rows.append([items.menu("models", f"on{number}", _("All of these are disabled"), options, least=0, most=25)])
    enabled = [*scene.offers, *(offer for offer in scene.new if offer.key in rules.models_on)]
    choice = [o for o in enabled if o.key not in rules.models_off and o.model.creates]
    choice.sort(key=lambda offer: offer.key != rules.default_model)  # the selected one is always included
    usual = discord.SelectOption(label=_("Host's choice"), value=HOSTS_OWN, default=rules.default_model is None)
    options = [usual, *(_option(offer, chosen=offer.key == rules.default_model) for offer in choice[:24])]
    rows.append([items.menu("models", "default", _("Default model"), options)])
    return _("Enabled models and the default for /generate."), rows


def _new(scene: PanelState) -> tuple[str, Rows]:
    lines = [_("Models that a provider has added are disabled until you enable them here.") if scene.new else ""]
    repriced = [offer for offer in scene.offers if offer.price_before is not None]
    if repriced:
        lines.append(_("These prices have changed. Videos that were confirmed before keep their price."))
    lines += [_price_line(offer) for offer in repriced[:MOST_PRICE_LINES]]
    rows = Rows()
    for number, chunk in enumerate(chunks(scene.new)):
        options = [_option(offer, chosen=offer.key in scene.rules.models_on) for offer in chunk]
        rows.append([items.menu("new", f"on{number}", _("All of these are disabled"), options, least=0, most=25)])
    return "\n".join(filter(None, lines)) or _("The providers list no new models and no other prices."), rows


def _price_line(offer: Offer) -> str:
    model = offer.model
    before, now = (
        model_price(priced, model.default_seconds, model.default_resolution) or 0
        for priced in (replace(model, price=offer.price_before), model)
    )
    return f"- {model.title}: {exact_dollars(before)} → {exact_dollars(now)}"


def model_options(offers: Sequence[Offer], rules: ServerSettings) -> list[discord.SelectOption]:
    """Return the options of a select of enabled models."""
    return [_option(offer, chosen=offer.key not in rules.models_off) for offer in offers]


def chunks(offers: Sequence[Offer]) -> list[Sequence[Offer]]:
    """Split the offers into groups for the selects."""
    starts = range(0, min(len(offers), MODELS_A_MENU * MOST_MENUS), MODELS_A_MENU)
    return [offers[start : start + MODELS_A_MENU] for start in starts]


def _option(offer: Offer, *, chosen: bool) -> discord.SelectOption:
    return discord.SelectOption(
        label=offer.key[:100], value=offer.key[:100], description=describe_offer(offer)[:100], default=chosen
    )


def mode_options(rules: ServerSettings) -> list[discord.SelectOption]:
    """Return the options of the select of reply modes."""
    return [
        discord.SelectOption(label=_(label), value=mode.value, description=_(says), default=mode is rules.reply_mode)
        for mode, (label, says) in words.MODES.items()
    ]


def _replies(scene: PanelState) -> tuple[str, Rows]:
    above = exact_dollars(scene.rules.confirm_above_micros)
    text = _("How replies to videos work. Smart asks for confirmation above **{above}**.").format(above=above)
    text += "\n" + _("Which videos can be remixed: any, or the bot's only.")
    return text, [
        [items.menu("replies", "mode", _("Mode"), mode_options(scene.rules))],
        [items.menu("replies", "videos", _("Videos"), video_options(scene.rules))],
        [items.button("replies", "above", _("Confirm above …"))],
    ]


def video_options(rules: ServerSettings) -> list[discord.SelectOption]:
    """Return the options of the select of what can be remixed."""
    return [
        discord.SelectOption(label=_(label), value=value, description=_(says), default=any_video is rules.any_video)
        for any_video, (value, label, says) in words.VIDEOS.items()
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


def _styles(scene: PanelState) -> tuple[str, Rows]:
    rows = [[items.button("styles", "addstyle", _("Add …"))]]
    if scene.styles:
        options = [
            discord.SelectOption(label=each.name, value=str(each.id), description=clean(each.words)[:100])
            for each in scene.styles
        ]
        rows.append([items.menu("styles", "style", _("Change …"), options)])
        rows.append([items.menu("styles", "delstyle", _("Delete …"), options)])
    return server_styles_text(scene.styles), rows


def _gallery(scene: PanelState) -> tuple[str, Rows]:
    chosen = [scene.rules.gallery_channel_id] if scene.rules.gallery_channel_id is not None else []
    return words.gallery_text(scene.rules, scene.gallery_missing), [
        [items.channels("gallery", "channel", _("No gallery"), chosen, most=1, places=False)],
        [items.button("gallery", "stars", _("Stars …"))],
    ]


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
    "new": _new,
    "replies": _replies,
    "limits": _limits,
    "money": _money,
    "people": _people,
    "words": _words,
    "styles": _styles,
    "gallery": _gallery,
    "data": _data,
}
