"""REST routes of the bot, its application, users and guilds. Stateless."""

from aiohttp import web

from bot.sandbox.discord.errors import no
from bot.sandbox.discord.gateway.connections import Gateway
from bot.sandbox.discord.payloads.objects import (
    application_payload,
    channel_payload,
    guild_payload,
    me_payload,
    member_payload,
    role_payload,
    user_payload,
)
from bot.sandbox.discord.rest.bodies import read_body
from bot.sandbox.discord.rest.routing import Route, answer, nothing, path_id
from bot.sandbox.discord.state.guilds import Guild
from bot.sandbox.discord.state.permission_bits import bits
from bot.sandbox.discord.state.permissions import in_guild, sees
from bot.sandbox.discord.state.world import World


class GuildRoutes:
    """Reading who and what there is."""

    def __init__(self, world: World, gateway: Gateway, shards: int) -> None:
        self.world, self.gateway, self.shards = world, gateway, shards

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/gateway", self.gateway_url, token=False),
            Route("GET", "/gateway/bot", self.gateway_bot),
            Route("GET", "/users/@me", self.me),
            Route("GET", "/users/@me/guilds", self.my_guilds),
            Route("POST", "/users/@me/channels", self.open_dm, "dm"),
            Route("DELETE", "/users/@me/guilds/{guild}", self.leave),
            Route("GET", "/users/{user}", self.user),
            Route("GET", "/oauth2/applications/@me", self.application),
            Route("GET", "/applications/@me", self.application),
            Route("GET", "/guilds/{guild}", self.guild),
            Route("GET", "/guilds/{guild}/channels", self.channels),
            Route("GET", "/guilds/{guild}/roles", self.roles),
            Route("GET", "/guilds/{guild}/threads/active", self.threads),
            Route("GET", "/guilds/{guild}/members/{user}", self.member),
            Route("GET", "/guilds/{guild}/audit-logs", self.audit_log),
        ]

    def _guild(self, request: web.Request) -> Guild:
        guild = self.world.guilds.get(path_id(request, "guild"))
        if guild is None or guild.bot is None:
            raise no(10004)
        return guild

    async def gateway_url(self, _: web.Request) -> web.Response:
        return answer({"url": self.gateway.url})

    async def gateway_bot(self, _: web.Request) -> web.Response:
        limit = self.gateway.identifies.session_start_limit()
        return answer({"url": self.gateway.url, "shards": self.shards, "session_start_limit": limit})

    async def me(self, _: web.Request) -> web.Response:
        return answer(me_payload(self.world))

    async def my_guilds(self, _: web.Request) -> web.Response:
        bot = self.world.bot_user
        return answer(
            [
                {**guild_payload(guild), "owner": False, "permissions": str(in_guild(guild, bot))}
                for guild in self.world.guilds.values()
                if guild.bot is not None
            ]
        )

    async def open_dm(self, request: web.Request) -> web.Response:
        fields = (await read_body(request, 0)).fields
        user = self.world.users.get(int(fields.get("recipient_id") or 0))
        if user is None:
            raise no(10013)
        if user is self.world.bot_user:
            raise no(50007)
        return answer(channel_payload(self.world.open_dm(user)))

    async def leave(self, request: web.Request) -> web.Response:
        self._guild(request).remove_bot()
        return nothing()

    async def user(self, request: web.Request) -> web.Response:
        user = self.world.users.get(path_id(request, "user"))
        if user is None:
            raise no(10013)
        return answer(user_payload(user))

    async def application(self, _: web.Request) -> web.Response:
        return answer(application_payload(self.world))

    async def guild(self, request: web.Request) -> web.Response:
        return answer(guild_payload(self._guild(request)))

    async def channels(self, request: web.Request) -> web.Response:
        return answer([channel_payload(channel) for channel in self._guild(request).channels])

    async def roles(self, request: web.Request) -> web.Response:
        return answer([role_payload(role) for role in self._guild(request).roles])

    async def threads(self, request: web.Request) -> web.Response:
        guild, bot = self._guild(request), self.world.bot_user
        found = [thread for thread in guild.threads if not thread.archived and sees(thread, bot)]
        return answer({"threads": [channel_payload(thread) for thread in found], "members": []})

    async def audit_log(self, request: web.Request) -> web.Response:
        """Only the entries of the kind `bot_add` (28), the newest first."""
        guild, bot = self._guild(request), self.world.bot_user
        if not in_guild(guild, bot) & bits("view_audit_log"):
            raise no(50013)
        wanted = request.query.get("action_type") in (None, "28") and "before" not in request.query
        entries = [
            {"id": str(entry), "user_id": str(user.id), "target_id": str(bot.id), "action_type": 28}
            for entry, user in reversed(guild.bot_additions)
            if wanted
        ]
        people = [user_payload(user) for user in {user for _, user in guild.bot_additions} | {bot}]
        lists = ("application_commands", "auto_moderation_rules", "guild_scheduled_events", "integrations", "threads")
        return answer({"audit_log_entries": entries, "users": people, "webhooks": [], **{name: [] for name in lists}})

    async def member(self, request: web.Request) -> web.Response:
        member = self._guild(request).member(path_id(request, "user"))
        if member is None:
            raise no(10007)
        return answer(member_payload(member))
