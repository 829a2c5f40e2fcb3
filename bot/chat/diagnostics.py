"""Discord checks of `doctor`: token, servers, permissions and commands."""

import email.utils
import time
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import discord
from discord.http import Route

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.discord_errors import cause_of, describe_discord_error
from bot.chat.gateway.command_sync import flag_of, registered_commands, state_from, versions_of
from bot.chat.gateway.identify_limit import MIN_LEFT, reset_text
from bot.chat.text.kept_text import permission_words
from bot.jobs.clean_text import clean

_PAGE = 200
_POSTING = ("view_channel", "send_messages", "send_messages_in_threads", "attach_files", "read_message_history")
_NO_THREADS = "{server}: without Create Public Threads, the shots of a film are posted in the channel."
_PRIVILEGED = {
    "message content": (1 << 18) | (1 << 19),
    "server members": (1 << 14) | (1 << 15),
    "presence": (1 << 12) | (1 << 13),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordDiagnosis:
    """`problems` prevent the bot from working; `remarks` don't."""

    name: str | None
    problems: list[str]
    remarks: list[str]
    clock_offset_s: float | None


async def check_discord(
    token: str, own_commands: set[str], stored_flag: Callable[[str], str | None]
) -> DiscordDiagnosis:
    """Check over REST only, without a gateway session, so that a running bot isn't disturbed.

    `stored_flag` reads what the bot has stored under a name.
    """
    offset_s = await _clock_offset()
    client = discord.Client(intents=discord.Intents.none())
    async with client:
        try:
            await client.login(token)
            name = client.user.name if client.user is not None else None
            info = await client.application_info()
            problems, remarks = await _servers(client)
            registered = versions_of(await registered_commands(client))
            _, _, limit = await client.http.get_bot_gateway()
        except (*DISCORD_ERRORS, discord.LoginFailure, discord.GatewayNotFound) as error:
            says = describe_discord_error(cause_of(error))
            return DiscordDiagnosis(name=None, problems=[says], remarks=[], clock_offset_s=offset_s)
    granted = [words for words, bits in _PRIVILEGED.items() if info.flags.value & bits]
    if granted:
        remarks.append(f"The {', '.join(granted)} intent is on in the portal; Retake needs none of them.")
    remarks += _command_remarks(own_commands, registered, stored_flag(flag_of(info.id)))
    if limit["remaining"] < MIN_LEFT:
        until = reset_text(time.time() + limit["reset_after"] / 1000)
        problems.append(f"Only {limit['remaining']} gateway sessions are left: the bot doesn't connect before {until}.")
    return DiscordDiagnosis(name=name, problems=problems, remarks=remarks, clock_offset_s=offset_s)


def _command_remarks(own: set[str], registered: dict[str, str], stored: str | None) -> list[str]:
    """Say which commands aren't in sync. `registered`: Discord's version of each command, by name."""
    remarks, state = [], state_from(stored)
    if unknown := sorted(own - registered.keys()):
        remarks.append(f"Discord does not know {', '.join(unknown)} yet; the bot registers them while it runs.")
    changed = sorted(name for name, version in state.versions.items() if registered.get(name, version) != version)
    if changed:
        remarks.append(f"Changed at Discord since the last sync: {', '.join(changed)}. The next start restores them.")
    if says := state.says():
        remarks.append(says)
    return remarks


async def _servers(client: discord.Client) -> tuple[list[str], list[str]]:
    """Check the bot's permissions on each server. Channel overrides are checked at each request."""
    problems: list[str] = []
    remarks: list[str] = []
    count, last = 0, 0
    while page := await client.http.request(Route("GET", f"/users/@me/guilds?limit={_PAGE}&after={last}")):
        for guild in page:
            held = discord.Permissions(int(guild["permissions"]))
            if not (held.administrator or held.create_public_threads):
                remarks.append(_NO_THREADS.format(server=clean(guild["name"])))
            missing = [] if held.administrator else [name for name in _POSTING if not getattr(held, name)]
            if missing:
                problems.append(f"{clean(guild['name'])}: I need {permission_words(missing)}.")
        count, last = count + len(page), int(page[-1]["id"])
        if len(page) < _PAGE:
            break
    if not count:
        return problems, ["The bot is on no server yet; invite it with the link in the README."]
    return problems, [f"The bot is on {count} server{'s' if count != 1 else ''}.", *remarks]


async def _clock_offset() -> float | None:
    """Return how far this machine's clock is ahead of Discord's, in seconds."""
    timeout = aiohttp.ClientTimeout(total=10.0)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
            session.get(Route.BASE + "/gateway") as answer,  # only the header is read
        ):
            stated = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (aiohttp.ClientError, OSError, KeyError, ValueError, TypeError):
        return None
    return time.time() - stated
