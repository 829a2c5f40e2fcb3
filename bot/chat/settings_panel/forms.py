"""The forms of the panel. Stateless: a form's subject is part of its custom id."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.chat.components.modal_fields import read_fields
from bot.chat.components.prompt_modal import add_choice
from bot.i18n import _
from bot.jobs.clean_text import clean_lines
from bot.jobs.errors import BadWish
from bot.jobs.money import amount_field, parse_dollars
from bot.jobs.server_settings import ServerSettings
from bot.jobs.word_filter import MAX_RULE_LENGTH, MAX_RULES, parse_rules

FORM_ID = re.compile(r"v1n:(?P<what>[a-z]{2,12})(?::(?P<about>[0-9A-Za-z]{1,22}))?")
OPEN_FOR_S = 15 * 60.0
MOST_VIDEOS = 100_000
MOST_DAYS = 3650
MOST_STARS = 1000


class NotANumber(BadWish):
    """{field}: {value} isn't a whole number from {least} to {most}. Nothing was changed."""


class NotMoney(BadWish):
    """{field}: {value} isn't an amount such as 2.50. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a form."""

    name: str
    label: str
    value: str = ""
    hint: str | None = None
    long: bool = False
    longest: int | None = None  # characters; by default 4000 of a long field, 100 of a short one
    options: tuple[str, ...] = ()  # of a menu in place of the text field


class Form(discord.ui.Modal):
    """A form with text fields. An empty field means no limit."""

    def __init__(self, what: str, title: str, entries: list[Entry], about: str = "") -> None:
        custom_id = f"v1n:{what}:{about}" if about else f"v1n:{what}"
        super().__init__(title=title[:45], custom_id=custom_id, timeout=OPEN_FOR_S)
        self.entries = entries
        for entry in entries:
            if entry.options:
                add_choice(self, entry.label, entry.name, entry.options, entry.value)
                continue
            style = discord.TextStyle.paragraph if entry.long else discord.TextStyle.short
            field: discord.ui.TextInput[Any] = discord.ui.TextInput(
                custom_id=entry.name,
                style=style,
                default=entry.value or None,
                required=False,
                max_length=entry.longest or (4000 if entry.long else 100),
            )
            self.add_item(discord.ui.Label(text=entry.label, description=entry.hint, component=field))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormValues:
    """A submitted form. Nothing is validated."""

    what: str
    about: str
    values: Mapping[str, str]


def read_form(data: Mapping[str, Any]) -> FormValues | None:
    """Read a submitted form. Return None if it isn't one of these."""
    found = FORM_ID.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    return FormValues(what=found["what"], about=found["about"] or "", values=read_fields(data.get("components", [])))


def form_for(what: str, rules: ServerSettings, about: str = "", name: str = "") -> Form:
    """Return the form for a setting, filled in with the current values."""
    match what:
        case "limits":
            return Form(what, _("Limits"), _limits(rules))
        case "role":
            now = dict(rules.videos_per_role).get(int(about))
            hint = _("Replaces the general limit. Empty: no separate limit")
            entry = Entry("videos", _("Videos per member per day"), _shown(now), hint)
            return Form(what, _("Videos per day: {role}").format(role=name), [entry], about)
        case "money":
            day, month = _sum(rules.budget_day_micros), _sum(rules.budget_month_micros)
            entries = [Entry("day", _("US dollars per day"), day, _("Empty: no limit"))]
            entries.append(Entry("month", _("US dollars per month"), month, _("Empty: no limit")))
            return Form(what, _("Budget"), entries)
        case "setup":
            entries = form_for("money", rules).entries
            return Form(what, _("Budget"), [*entries, _limits(rules)[0]])
        case "above":
            return Form(
                what,
                _("Ask for confirmation above"),
                [Entry("above", _("US dollars"), _sum(rules.confirm_above_micros))],
            )
        case "words":
            return Form(what, _("Word rules"), _words(rules))
        case "days":
            return Form(what, _("Prompt retention"), [Entry("days", _("Days"), str(rules.retention_days))])
        case "stars":
            return Form(what, _("Gallery"), [Entry("stars", _("Stars"), str(rules.gallery_stars))])
        case _:
            hint = _("Empty: until unblocked")
            return Form(
                "block",
                _("Block {member}").format(member=name),
                [Entry("days", _("Days"), "7", hint)],
                about,
            )


def _limits(rules: ServerSettings) -> list[Entry]:
    return [
        Entry("member", _("Videos per member per day"), _shown(rules.videos_per_member), _("Empty: no limit")),
        Entry("server", _("Videos on this server per day"), _shown(rules.videos_per_server)),
        Entry(
            "jobs", _("Concurrent videos per member"), _shown(rules.jobs_per_member), _("Any more wait in the queue")
        ),
        Entry("here", _("Concurrent videos on this server"), _shown(rules.jobs_per_server)),
    ]


def _words(rules: ServerSettings) -> list[Entry]:
    hint = _("One per line, up to {most}, {longest} characters each; * matches any letters")
    hint = hint.format(most=MAX_RULES, longest=MAX_RULE_LENGTH)
    never, outside = (clean_lines("\n".join(each)) for each in (rules.words, rules.words_outside))
    return [
        Entry("words", _("Never allowed in a prompt"), never, hint, long=True),
        Entry("outside", _("Only allowed in age-restricted channels"), outside, long=True),
    ]


def _shown(value: int | None) -> str:
    return "" if value is None else str(value)


def _sum(micros: int | None) -> str:
    return "" if micros is None else amount_field(micros)


def changed(rules: ServerSettings, filled: FormValues) -> ServerSettings:
    """Return the settings with a form's values. Raise NotANumber or NotMoney."""
    values = filled.values
    match filled.what:
        case "limits":
            return replace(
                rules,
                videos_per_member=number(_("Videos per member"), values.get("member")),
                videos_per_server=number(_("Videos on this server"), values.get("server")),
                jobs_per_member=number(_("Concurrent per member"), values.get("jobs"), least=1),
                jobs_per_server=number(_("Concurrent on this server"), values.get("here"), least=1),
            )
        case "role":
            videos, role_id = number(_("Videos"), values.get("videos")), int(filled.about)
            others = tuple(each for each in rules.videos_per_role if each[0] != role_id)
            own = () if videos is None else ((role_id, videos),)
            return replace(rules, videos_per_role=(*others, *own)[:50])
        case "money":
            return replace(
                rules,
                budget_day_micros=money(_("US dollars per day"), values.get("day")),
                budget_month_micros=money(_("US dollars per month"), values.get("month")),
            )
        case "setup":
            amounts = changed(rules, replace(filled, what="money"))
            return replace(amounts, videos_per_member=number(_("Videos per member"), values.get("member")))
        case "above":
            above = money(_("US dollars"), values.get("above"))
            return replace(
                rules, confirm_above_micros=ServerSettings().confirm_above_micros if above is None else above
            )
        case "words":
            return replace(
                rules,
                words=parse_rules(values.get("words", "")),
                words_outside=parse_rules(values.get("outside", "")),
            )
        case "days":
            days = number(_("Days"), values.get("days"), least=1, most=MOST_DAYS)
            return replace(rules, retention_days=days or ServerSettings().retention_days)
        case "stars":
            stars = number(_("Stars"), values.get("stars"), least=1, most=MOST_STARS)
            return replace(rules, gallery_stars=stars or ServerSettings().gallery_stars)
        case _:
            return rules


def number(field: str, text: str | None, *, least: int = 0, most: int = MOST_VIDEOS) -> int | None:
    """Return a whole number, or None if empty. Raise NotANumber."""
    bare = (text or "").strip()
    if not bare:
        return None
    if not (bare.isascii() and bare.isdigit() and len(bare) < 9 and least <= int(bare) <= most):
        raise NotANumber(field=field, value=bare[:30], least=least, most=most)
    return int(bare)


def money(field: str, text: str | None) -> int | None:
    """Return an amount in micro-dollars, or None if empty. Raise NotMoney."""
    bare = (text or "").strip()
    if not bare:
        return None
    micros = parse_dollars(bare)
    if micros is None:
        raise NotMoney(field=field, value=bare[:30])
    return micros
