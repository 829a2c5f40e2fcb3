"""What an error of Discord's says to the host: how long to wait, and why."""

from urllib.parse import urlsplit

import aiohttp
import discord
from discord.http import Route

from bot.chat.components.interactions import UNREADABLE_ANSWER
from bot.connection_errors import describe_connection_error
from bot.jobs.errors import DiscordFailed, RetakeError

LOGIN_REFUSED = (
    "Discord refuses the bot token: it was mistyped or has been reset since. In the Developer Portal, open your"
    " application, then Bot, click Reset Token, and put the new token into RETAKE_DISCORD_TOKEN."
)
MAX_RETRY_AFTER_S = 3600.0  # Discord's own page of a ban asks for no more


def retry_after_s(error: Exception) -> float:
    """Return how long Discord asks to wait, in seconds; 0 if it doesn't say."""
    match error:
        case discord.RateLimited(retry_after=seconds):
            return seconds
        case discord.HTTPException(response=response):
            said = response.headers.get("Retry-After", "")
            return float(said) if said.replace(".", "", 1).isdecimal() else 0.0
    return 0.0


def pause_s(error: Exception, at_least_s: float) -> float:
    """Return how long to wait before another try, in seconds: as long as Discord asks, but at most an hour."""
    return max(at_least_s, min(retry_after_s(error), MAX_RETRY_AFTER_S))


def describe_discord_error(error: BaseException) -> str:
    """Return a sentence about why Discord can't be used now, for the host."""
    host = urlsplit(Route.BASE).netloc
    if isinstance(error, discord.LoginFailure):
        return LOGIN_REFUSED
    match error:
        case discord.ConnectionClosed(code=code):
            return f"Discord closed the gateway's connection with code {code}."
        case discord.RateLimited(retry_after=seconds):
            return f"Discord takes no more of these requests for {seconds:.0f} s."
        case discord.HTTPException(code=code) if code:
            return f"Discord refuses the request (HTTP {error.status}, code {code})."
        case OSError() | aiohttp.ClientError():  # some of them are ValueErrors too
            return f"Discord can't be reached: {describe_connection_error(error, host)}"
        case _ if isinstance(error, UNREADABLE_ANSWER):
            return f"Discord's answer can't be read ({host}, {type(error).__name__})."
    if not isinstance(error, discord.HTTPException):
        return f"Discord can't be reached: {describe_connection_error(error, host)}"
    if error.status == 429:
        return f"Discord limits the requests of this machine's address ({host} answers 429). Wait some minutes."
    if error.status >= 500:
        return f"Discord has a problem of its own ({host} answers {error.status}). See https://discordstatus.com."
    return f"Discord refuses the request ({host} answers {error.status}). Check that the address is Discord's."


def unexpected_error(error: BaseException, code: str) -> RetakeError:
    """Return what a member reads about an error that no handler expects: whose fault it is, and a code for the host."""
    if isinstance(error, RetakeError) and type(error) is not RetakeError:
        return error
    if isinstance(error, discord.DiscordServerError | discord.RateLimited | aiohttp.ClientError):
        return DiscordFailed(code=code)
    return RetakeError(code=code)


def cause_of(error: Exception) -> Exception:
    """Return the answer to `GET /gateway/bot`, which discord.py hides, or the error itself."""
    hidden = error.__cause__ if isinstance(error, discord.GatewayNotFound) else None
    return hidden if isinstance(hidden, Exception) else error
