"""Sign the links of Discord attachments again."""

import discord
from discord.http import Route

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.jobs.provider_errors import Unreachable


async def refresh_link(client: discord.Client, url: str) -> str | None:
    """Return a new link to an attachment, or None if Discord no longer has it. Raise Unreachable.

    discord.py has no method for this route.
    """
    route = Route("POST", "/attachments/refresh-urls")
    try:
        answer = await client.http.request(route, json={"attachment_urls": [url]})
    except DISCORD_ERRORS as error:
        if isinstance(error, discord.HTTPException) and error.code and error.status in (400, 404):
            return None
        raise Unreachable(provider="Discord") from error
    links = answer.get("refreshed_urls") or [{}]
    fresh = links[0].get("refreshed")
    return fresh if isinstance(fresh, str) else None
