"""How settings read: on the panel, and in the audit. Sends nothing."""

from collections.abc import Sequence
from typing import Any

from bot.chat.wording import cut, plain
from bot.jobs.books import Block, Change
from bot.jobs.limits import Used
from bot.jobs.money import exact_dollars
from bot.jobs.rules import ReplyMode, Rules

MODES = {
    ReplyMode.SMART: ("Smart", "A short text or a high price asks first"),
    ReplyMode.INSTANT: ("Instant", "A reply is an order at once"),
    ReplyMode.CONFIRM: ("Confirm", "Every reply is asked about first"),
    ReplyMode.OFF: ("Off", "Replies do nothing; commands and buttons work"),
}
_LABELS = {
    "reply_mode": "replies",
    "confirm_above_micros": "ask above",
    "paused": "paused",
    "channels": "channels",
    "roles": "roles",
    "models_off": "models switched off",
    "default_model": "default model",
    "videos_per_member": "videos per member and day",
    "videos_per_role": "videos per role and day",
    "videos_per_server": "videos here per day",
    "jobs_per_member": "jobs at once per member",
    "jobs_per_server": "jobs at once here",
    "budget_day_micros": "budget per day",
    "budget_month_micros": "budget per month",
    "words": "word rules",
    "words_outside": "word rules outside age-restricted channels",
    "retention_days": "days that prompts are kept",
    "log_channel_id": "log channel",
    "blocked": "blocked",
}
_SHOWN = 8  # of a list


def value_words(name: str, value: Any) -> str:
    """A setting's value, as the panel and the audit say it."""
    match name, value:
        case ("blocked", [user_id, until]):
            return f"<@{user_id}> {'for good' if until is None else f'until <t:{int(until)}:f>'}"
        case (("confirm_above_micros" | "budget_day_micros" | "budget_month_micros"), int()):
            return exact_dollars(value)
        case "channels", [_, *_]:
            return _some(f"<#{each}>" for each in value)
        case "roles", [_, *_]:
            return _some(f"<@&{each}>" for each in value)
        case "videos_per_role", [_, *_]:
            return _some(f"<@&{role_id}> {videos}" for role_id, videos in value)
        case "log_channel_id", int():
            return f"<#{value}>"
        case _, bool():
            return "yes" if value else "no"
        case _, None | [] | ():
            return "none"
        case _, list() | tuple():
            return _some(plain(str(each)) for each in value)
        case _:
            return plain(str(value))


def change_line(change: Change) -> str:
    """`5 min ago @alice · budget per day: none → $10.00`."""
    label = _LABELS.get(change.what, change.what)
    was, became = (cut(value_words(change.what, each), 150) for each in (change.was, change.became))
    return f"<t:{int(change.at)}:R> <@{change.user_id}> · {label}: {was} → {became}"


def audit_text(changes: Sequence[Change], page: int, pages: int) -> str:
    if not changes:
        return "Nobody has changed a setting here yet."
    text = "**Changes of the settings**" + (f" · page {page + 1} of {pages}" if pages > 1 else "")
    for change in changes:
        line = change_line(change)
        if len(text) + len(line) + 1 > 2000:
            break
        text += f"\n{line}"
    return text


def overview(rules: Rules, blocks: Sequence[Block]) -> str:
    """Everything at a glance."""
    mode, _ = MODES[rules.reply_mode]
    words, default = len(rules.words) + len(rules.words_outside), "the host's"
    lines = [
        "⏸ **Paused**: no new videos; what runs goes on." if rules.paused else "▶ Videos are made.",
        f"**Where** {_list('channels', rules.channels, 'everywhere')} · "
        f"**who** {_list('roles', rules.roles, 'everybody')}",
        f"**Replies** {mode.lower()}, asking above {exact_dollars(rules.confirm_above_micros)}",
        f"**Videos a day** {_number(rules.videos_per_member)} per member, {_number(rules.videos_per_server)} here",
        f"**At once** {_number(rules.jobs_per_member)} per member, {_number(rules.jobs_per_server)} here",
        f"**Budget** {_money(rules.budget_day_micros)} a day, {_money(rules.budget_month_micros)} a month",
        f"**Models off** {value_words('models_off', rules.models_off)} · "
        f"**default** {value_words('default_model', rules.default_model) if rules.default_model else default}",
        f"**Blocked** {len(blocks) or 'nobody'} · **word rules** {words or 'none'}",
        f"**Prompts kept** {rules.retention_days} days · **log** {value_words('log_channel_id', rules.log_channel_id)}",
    ]
    return "\n".join(lines)


def limits_text(rules: Rules) -> str:
    lines = [
        f"Videos a day: **{_number(rules.videos_per_member)}** per member, "
        f"**{_number(rules.videos_per_server)}** on this server",
        f"At once: **{_number(rules.jobs_per_member)}** per member, **{_number(rules.jobs_per_server)}** here; "
        "more wait in a fair queue",
    ]
    if rules.videos_per_role:
        lines.append(f"Roles instead: {value_words('videos_per_role', list(rules.videos_per_role))}")
    lines.append("-# Days are UTC's. A member with several of these roles has the highest number.")
    return "\n".join(lines)


def money_text(rules: Rules, used: Used) -> str:
    return (
        f"Today **{exact_dollars(used.server_day_micros)}** of {_money(rules.budget_day_micros)}, this month "
        f"**{exact_dollars(used.server_month_micros)}** of {_money(rules.budget_month_micros)}.\n"
        "-# A hard stop: what is reserved for running videos counts. A warning comes at 80 %. Days are UTC's."
    )


def people_text(blocks: Sequence[Block]) -> str:
    if not blocks:
        return "Nobody is blocked. Choose a member to block."
    return "\n".join(f"• {value_words('blocked', [block.user_id, block.until])}" for block in blocks)


def words_text(rules: Rules) -> str:
    return (
        f"Never: {value_words('words', rules.words)}\n"
        f"Only in age-restricted channels: {value_words('words_outside', rules.words_outside)}\n"
        "-# `gun` is the word alone, `gun*` also gunfire, `*gun*` whatever holds it, `red room` both words in a row."
    )


def _list(name: str, values: Sequence[int], nothing: str) -> str:
    return value_words(name, list(values)) if values else nothing


def _number(value: int | None) -> str:
    return "no limit" if value is None else str(value)


def _money(micros: int | None) -> str:
    return "no limit" if micros is None else exact_dollars(micros)


def _some(each: Any) -> str:
    listed = list(each)
    return ", ".join(listed[:_SHOWN]) + (f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else "")
