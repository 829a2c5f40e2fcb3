"""A process that is given a share of Discord's requests a second keeps to it."""

import asyncio

from bot.chat.gateway.rest_client import RestClient
from bot.chat.gateway.rest_pace import paced
from bot.client import configure_endpoints
from bot.sandbox.discord import LocalDiscord

REQUESTS, PER_S = 90, 30.0


async def test_the_whole_bot_s_limit_is_met_without_a_share_and_not_with_one() -> None:
    async with LocalDiscord(rate_limits=False) as local:
        configure_endpoints(local.api_base, local.gateway_url, local.cdn_base)
        user_id = local.add_guild("Studio").add_member("alice").id

        async def ask(requests_per_s: float | None) -> int:
            """Send many requests at once, and return how many Discord refused."""
            before = local.limits.whole_bot_hits
            async with paced(RestClient(), requests_per_s) as client:
                await client.login(local.token)
                await asyncio.gather(*(client.fetch_user(user_id) for _ in range(REQUESTS)))
            return local.limits.whole_bot_hits - before

        assert await ask(None) > 0
        local.advance(2.0)
        assert await ask(PER_S) == 0
