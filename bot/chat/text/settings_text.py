"""Texts of the settings panel and the audit. Pure."""

from collections.abc import Sequence
from typing import Any

from bot.chat.text.escape import cut, escape
from bot.chat.text.kept_text import permission_words
from bot.i18n import N_, _, ngettext
from bot.jobs.limits import UsageTotals
from bot.jobs.money import exact_dollars
from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.ports.repositories import Block, SettingsChange

MODES = {
    ReplyMode.UNDO: (
        N_("Undo"),
        N_("Can be undone for 10 s; asks first if it reads as talk or the price is high"),
    ),
    ReplyMode.SMART: (N_("Smart"), N_("Asks for confirmation if the text is short or the price is high")),
    ReplyMode.INSTANT: (N_("Instant"), N_("Makes a video from every reply immediately")),
    ReplyMode.CONFIRM: (N_("Confirm"), N_("Asks for confirmation every time")),
    ReplyMode.OFF: (N_("Off"), N_("Ignores replies; commands and buttons still work")),
}
VIDEOS = {  # by ServerSettings.any_video: value of the option, label, description
    True: ("any", N_("Any video"), N_("Members' own mp4, WebM and mov can be remixed, too")),
    False: ("own", N_("The bot's videos only"), N_("Members' own videos can't be remixed")),
}
_MODES_INSIDE = {  # in a sentence
    ReplyMode.UNDO: N_("can be undone for 10 s"),
    ReplyMode.SMART: N_("smart"),
    ReplyMode.INSTANT: N_("instant"),
    ReplyMode.CONFIRM: N_("confirm"),
    ReplyMode.OFF: N_("off"),
}
_LABELS = {
    "reply_mode": N_("replies"),
    "confirm_above_micros": N_("confirm above"),
    "paused": N_("paused"),
    "channels": N_("channels"),
    "roles": N_("roles"),
    "models_off": N_("disabled models"),
    "models_on": N_("new models"),
    "default_model": N_("default model"),
    "videos_per_member": N_("videos per member per day"),
    "videos_per_role": N_("videos per role per day"),
    "videos_per_server": N_("videos on this server per day"),
    "jobs_per_member": N_("concurrent videos per member"),
    "jobs_per_server": N_("concurrent videos on this server"),
    "budget_day_micros": N_("budget per day"),
    "budget_month_micros": N_("budget per month"),
    "words": N_("word rules"),
    "words_outside": N_("word rules outside age-restricted channels"),
    "retention_days": N_("prompt retention in days"),
    "log_channel_id": N_("log channel"),
    "any_video": N_("remixes of members' own videos"),
    "gallery_channel_id": N_("gallery"),
    "gallery_stars": N_("stars for the gallery"),
    "blocked": N_("blocked"),
    "style": N_("style"),
}
_SHOWN = 8  # of a list


def value_words(name: str, value: Any) -> str:
    """Return a setting's value as the panel and the audit show it."""
    match name, value:
        case ("blocked", [user_id, until]):
            long = _("permanently") if until is None else _("until <t:{until}:f>").format(until=int(until))
            return f"<@{user_id}> {long}"
        case (("confirm_above_micros" | "budget_day_micros" | "budget_month_micros"), int()):
            return exact_dollars(value)
        case "channels", [_, *_]:
            return _some(f"<#{each}>" for each in value)
        case "roles", [_, *_]:
            return _some(f"<@&{each}>" for each in value)
        case "videos_per_role", [_, *_]:
            return _some(f"<@&{role_id}> {videos}" for role_id, videos in value)
        case (("log_channel_id" | "gallery_channel_id"), int()):
            return f"<#{value}>"
        case (_, bool()):
            return _("yes") if value else _("no")
        case (_, None | [] | ()):
            return _("none")
        case (_, list() | tuple()):
            return _some(escape(str(each)) for each in value)
        case _:
            return escape(str(value))


def change_line(change: SettingsChange) -> str:
    """Return `5 min ago @alice · budget per day: none → $10.00`."""
    label = _(_LABELS.get(change.what, change.what))
    was, became = (cut(value_words(change.what, each), 150) for each in (change.was, change.became))
    return f"<t:{int(change.at)}:R> <@{change.user_id}> · {label}: {was} → {became}"


def audit_text(changes: Sequence[SettingsChange], page: int, pages: int) -> str:
    if not changes:
        return _("No settings have been changed yet.")
    text = _("**Settings changes**")
    if pages > 1:
        text += " · " + _("page {page} of {pages}").format(page=page + 1, pages=pages)
    for change in changes:
        line = change_line(change)
        if len(text) + len(line) + 1 > 2000:
            break
        text += f"\n{line}"
    return text


def overview(rules: ServerSettings, blocks: Sequence[Block]) -> str:
    """Return the overview of all settings."""
    words = len(rules.words) + len(rules.words_outside)
    default = value_words("default_model", rules.default_model) if rules.default_model else _("host's choice")
    lines = [
        _("⏸ **Paused**: no new videos. Running videos finish.") if rules.paused else _("▶ Active"),
        _("**Channels** {channels} · **members** {roles}").format(
            channels=_list("channels", rules.channels, _("all")),
            roles=_list("roles", rules.roles, _("all")),
        ),
        _("**Replies** {mode}, confirm above {above}").format(
            mode=_(_MODES_INSIDE[rules.reply_mode]), above=exact_dollars(rules.confirm_above_micros)
        ),
        _("**Remixes** of {videos}").format(videos=_("any video") if rules.any_video else _("the bot's videos only")),
        _("**Videos per day** {member} per member, {here} on this server").format(
            member=number_or_none(rules.videos_per_member), here=number_or_none(rules.videos_per_server)
        ),
        _("**Concurrent** {member} per member, {here} on this server").format(
            member=number_or_none(rules.jobs_per_member), here=number_or_none(rules.jobs_per_server)
        ),
        _("**Budget** {day} per day, {month} per month").format(
            day=money_or_none(rules.budget_day_micros), month=money_or_none(rules.budget_month_micros)
        ),
        _("**Disabled models** {off} · **default** {default}").format(
            off=value_words("models_off", rules.models_off), default=default
        ),
        _("**Blocked** {blocked} · **word rules** {words}").format(
            blocked=len(blocks) or _("none"), words=words or _("none")
        ),
        _("**Prompt retention** {days} days · **log** {channel}").format(
            days=rules.retention_days, channel=value_words("log_channel_id", rules.log_channel_id)
        ),
        _("**Gallery** {channel}, from {stars} ⭐").format(
            channel=value_words("gallery_channel_id", rules.gallery_channel_id), stars=rules.gallery_stars
        ),
    ]
    return "\n".join(lines)


def limits_text(rules: ServerSettings) -> str:
    videos = _("Videos per day: **{member}** per member, **{here}** on this server")
    at_once = _("Concurrent: **{member}** per member, **{here}** on this server; any more wait in a fair queue")
    lines = [
        videos.format(member=number_or_none(rules.videos_per_member), here=number_or_none(rules.videos_per_server)),
        at_once.format(member=number_or_none(rules.jobs_per_member), here=number_or_none(rules.jobs_per_server)),
    ]
    if rules.videos_per_role:
        roles = value_words("videos_per_role", list(rules.videos_per_role))
        lines.append(_("Limits by role: {roles}").format(roles=roles))
    lines.append("-# " + _("Days are in UTC. A member with several of these roles gets the highest limit."))
    return "\n".join(lines)


def money_text(rules: ServerSettings, used: UsageTotals) -> str:
    said = _("Today **{day}** of {day_budget}, this month **{month}** of {month_budget}.").format(
        day=exact_dollars(used.server_day_micros),
        day_budget=money_or_none(rules.budget_day_micros),
        month=exact_dollars(used.server_month_micros),
        month_budget=money_or_none(rules.budget_month_micros),
    )
    how = _("Hard limit, including videos in progress. You get a warning at 80%. Days are in UTC.")
    return f"{said}\n-# {how}"


def people_text(blocks: Sequence[Block]) -> str:
    if not blocks:
        return _("No one is blocked. Select a member to block.")
    return "\n".join(f"• {value_words('blocked', [block.user_id, block.until])}" for block in blocks)


def words_text(rules: ServerSettings) -> str:
    never = _("Never: {rules}").format(rules=value_words("words", rules.words))
    outside = _("Only allowed in age-restricted channels: {rules}").format(
        rules=value_words("words_outside", rules.words_outside)
    )
    how = _(
        "`gun` matches only that word, `gun*` also matches gunfire, `*gun*` matches anything that contains "
        "it, `red room` matches both words in a row. Look-alike letters, digits for letters and spaced letters are "
        "seen through. Rules know words only: not what they mean, other languages, or what a picture shows."
    )
    return f"{never}\n{outside}\n-# {how}"


def gallery_text(rules: ServerSettings, missing: Sequence[str]) -> str:
    """Return the text of the page *Gallery*. `missing`: the permissions that the bot needs in its channel."""
    lines = [
        _(
            "Videos with **{stars}** ⭐ or more are shown once in the gallery's channel, with credit to everyone whose "
            "videos they were remixed from. A member's star on their own video doesn't count."
        ).format(stars=rules.gallery_stars)
    ]
    if missing:
        needed = permission_words(missing)
        lines.append("⚠️ " + _("I can't post in the gallery's channel: I need {missing} there.").format(missing=needed))
    how = _(
        "Only videos that everyone who can read the gallery may see: none of private channels or threads, and none of "
        "age-restricted channels unless the gallery is one. A video leaves the gallery when its stars become too few, "
        "or when it's deleted or marked not for remixing."
    )
    return "\n".join([*lines, f"-# {how}"])


def _list(name: str, values: Sequence[int], nothing: str) -> str:
    return value_words(name, list(values)) if values else nothing


def number_or_none(value: int | None) -> str:
    """Return a number, or `no limit` for None."""
    return _("no limit") if value is None else str(value)


def money_or_none(micros: int | None) -> str:
    """Return an amount, or `no limit` for None."""
    return _("no limit") if micros is None else exact_dollars(micros)


def _some(each: Any) -> str:
    listed = list(each)
    shown, left = ", ".join(listed[:_SHOWN]), len(listed) - _SHOWN
    if left <= 0:
        return shown
    return ngettext("{shown} and {count} more", "{shown} and {count} more", left).format(shown=shown, count=left)
