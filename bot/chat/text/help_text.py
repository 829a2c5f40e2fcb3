"""Texts of /help, made of what a server allows. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from bot.catalogue.model import Model
from bot.catalogue.options import describe_model
from bot.chat.text.settings_text import money_or_none, number_or_none, value_words
from bot.i18n import N_, _, ngettext
from bot.jobs.limits import Caps
from bot.jobs.money import exact_dollars
from bot.jobs.server_settings import ReplyMode, ServerSettings


class Topic(StrEnum):
    """A page of /help. The value is part of a button's custom id."""

    START = "start"
    REMIX = "remix"
    REPLIES = "replies"
    LIMITS = "limits"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a member can do on a server. `default` is the model of a request that names none, None if there is none."""

    rules: ServerSettings
    caps: Caps
    default: Model | None
    models: int
    remixes: bool
    extends: bool
    pictures: bool
    manages: bool

    @property
    def replies(self) -> bool:
        return self.remixes and self.rules.reply_mode is not ReplyMode.OFF


LABELS = {
    Topic.START: N_("Start"),
    Topic.REMIX: N_("Remixing"),
    Topic.REPLIES: N_("Replies"),
    Topic.LIMITS: N_("Limits"),
    Topic.COMMANDS: N_("All commands"),
}
BUTTON = N_("Press **[Remix]** below a video, or use Apps ▸ Remix video in its menu.")
MARK = N_("To keep others from remixing your video, press **[Details]**, then **[Not for remixing]**.")
_MODES = {
    ReplyMode.INSTANT: N_("A reply is sent to the provider at once."),
    ReplyMode.CONFIRM: N_("I ask before I send a reply to the provider."),
    ReplyMode.SMART: N_("I ask first if your reply is short, reads like chat, or costs more than {price}."),
    ReplyMode.UNDO: N_(
        "You have 10 s to undo your reply. I ask first if it reads like chat or costs more than {price}."
    ),
}


def topics(allowed: Allowed) -> list[Topic]:
    """Return the pages that apply to this server."""
    absent = set() if allowed.remixes else {Topic.REMIX}
    absent |= set() if allowed.replies else {Topic.REPLIES}
    return [topic for topic in Topic if topic not in absent]


def help_text(topic: Topic, allowed: Allowed) -> str:
    """Return a page of /help. A page that doesn't apply here is the first one."""
    match topic:
        case Topic.REMIX if allowed.remixes:
            lines = _remix(allowed)
        case Topic.REPLIES if allowed.replies:
            lines = _replies(allowed)
        case Topic.LIMITS:
            lines = _limits(allowed)
        case Topic.COMMANDS:
            lines = _commands(allowed)
        case _:
            lines = _start(allowed)
    return "\n".join(lines)


def _start(allowed: Allowed) -> list[str]:
    if allowed.default is None:
        return [_("No models are enabled here. The host needs to set up a provider account.")]
    lines = [_("`/generate` makes a video. Describe what it should show; every other option can be left out.")]
    if allowed.replies:
        lines.append(_("To change a video, reply to it with what should change, or press **[Remix]** below it."))
    elif allowed.remixes:
        lines.append(_("To change a video, press **[Remix]** below it."))
    if allowed.extends:
        lines.append(_("`/extend` continues a video."))
    lines.append(_("`/jobs` shows your videos: cancel one, or get its file."))
    return [*lines, "-# " + " · ".join(_here(allowed)), "-# " + _("All videos are AI-generated.")]


def _here(allowed: Allowed) -> list[str]:
    """Return what is special here, in parts of one line."""
    rules, videos = allowed.rules, allowed.caps.member_videos
    parts = [_("⏸ paused: no new videos")] if rules.paused else []
    parts += (
        [_("only in {channels}").format(channels=value_words("channels", rules.channels))] if rules.channels else []
    )
    parts += [_("only for {roles}").format(roles=value_words("roles", rules.roles))] if rules.roles else []
    if videos is not None:
        parts.append(ngettext("{count} video per day", "{count} videos per day", videos).format(count=videos))
    return [*parts, describe_model(allowed.default)] if allowed.default is not None else parts


def _remix(allowed: Allowed) -> list[str]:
    lines = [_("**Ways to remix a video**")]
    if allowed.replies:
        says = [_("Reply to it with the @ ping on, and describe what should change.")]
        if allowed.pictures:
            says.append(_("A picture in your reply becomes the first frame, and a second one the last."))
        lines.append("• " + " ".join(says))
    lines.append("• " + _(BUTTON))
    lines.append(
        "• " + _("Use `/remix` with a code such as K7Q2 or a message link, from any channel that can see both.")
    )
    if allowed.rules.any_video:
        lines.append(
            "• " + _("Members' own videos (mp4, WebM, mov): use Apps ▸ Remix video, or send yours with `/remix`.")
        )
    if allowed.pictures:
        lines.append("• " + _("A picture in any message: use Apps ▸ Make a video of this."))
    if allowed.extends:
        lines.append(_("`/extend` continues a video in the same ways."))
    return [*lines, _(MARK)]


def _replies(allowed: Allowed) -> list[str]:
    price = exact_dollars(allowed.rules.confirm_above_micros)
    words = [
        _("`again` makes the same video again"),
        _("`info` shows its details"),
        _("`cancel` cancels a running job"),
    ]
    words += [_("`gif` makes a GIF of it"), _("`delete` deletes your video")]
    words += [_("`extend: …` continues it")] if allowed.extends else []
    words.append(_("`style: …` remakes it in a style, with or without other words"))
    return [
        _("**Reply to a video** with the @ ping on: what you write is what changes."),
        _(_MODES[allowed.rules.reply_mode]).format(price=price),
        _("One word does more:"),
        *(f"• {word}" for word in words),
        _(
            "Editing your reply later has no effect. Deleting it cancels the video if it hasn't been sent to the "
            "provider yet."
        ),
        _("🔔 below your reply means I couldn't read it. Turn on the @ ping, or wait until the video is posted."),
    ]


def _limits(allowed: Allowed) -> list[str]:
    rules, caps = allowed.rules, allowed.caps
    lines = [
        _("**What this server allows**"),
        _("Channels: {channels}").format(
            channels=value_words("channels", rules.channels) if rules.channels else _("all")
        ),
        _("Members: {roles}").format(roles=value_words("roles", rules.roles) if rules.roles else _("all")),
        _("Your videos per day: {videos}, {running} at once; any more are queued").format(
            videos=number_or_none(caps.member_videos), running=number_or_none(rules.jobs_per_member)
        ),
        _("This server's budget: {day} per day, {month} per month").format(
            day=money_or_none(caps.server_day_micros), month=money_or_none(caps.server_month_micros)
        ),
    ]
    if allowed.default is not None:
        models = _("Models: {count}, listed in `/models`. By default: {model}")
        lines.append(models.format(count=allowed.models, model=describe_model(allowed.default)))
    lines += [_("⏸ **Paused**: no new videos. Running videos finish.")] if rules.paused else []
    counts = _("Each video counts toward the limits of the person who requested it. `/usage` shows what is left.")
    return [*lines, f"-# {counts}"]


def _commands(allowed: Allowed) -> list[str]:
    commands = [_("`/generate` makes a video")]
    commands += [_("`/remix` changes one")] if allowed.remixes else []
    commands += [_("`/extend` continues one")] if allowed.extends else []
    commands += [
        _("`/film` makes a film shot by shot, or joins finished videos for free"),
        _("`/style` shows, saves and deletes words and options for your prompts"),
        _("`/jobs` shows your videos, to cancel one or get its file"),
        _("`/history` shows this server's videos"),
        _("`/top` shows the most starred videos"),
        _("`/tree` shows what a video was remixed from and into"),
        _("`/models` shows models, prices and render times"),
        _("`/usage` shows your limits and spending"),
    ]
    if allowed.manages:
        commands.append(_("`/contest` starts and ends contests between the members' videos"))
        commands.append(_("`/settings` changes what this server allows"))
    return ["• " + command for command in commands]
