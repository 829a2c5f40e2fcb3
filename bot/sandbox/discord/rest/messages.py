"""REST routes of messages and reactions. Stateless; `message_rules` has the rules."""

from bisect import bisect_left, bisect_right

from aiohttp import web

from bot.sandbox.discord.application import message_rules
from bot.sandbox.discord.application.forwarding import forwarded_from
from bot.sandbox.discord.errors import ApiError, no, wrong
from bot.sandbox.discord.payloads.messages import FORWARD, message_payload
from bot.sandbox.discord.payloads.objects import user_payload
from bot.sandbox.discord.rest.bodies import read_body
from bot.sandbox.discord.rest.drafts import change_of, draft_of
from bot.sandbox.discord.rest.rate_limits import RateLimits
from bot.sandbox.discord.rest.routing import Route, answer, nothing, path_id, query_id
from bot.sandbox.discord.state.channels import Channel, LocalMessage
from bot.sandbox.discord.state.permissions import can, reads, sees
from bot.sandbox.discord.state.world import World

OLD_AFTER_S = 3600.0
MOST_AT_ONCE = 100
ONE = "/channels/{channel}/messages/{message}"


class MessageRoutes:
    """Everything below `/channels/{channel}/messages`."""

    def __init__(self, world: World, limits: RateLimits) -> None:
        self.world, self.limits = world, limits

    def routes(self) -> list[Route]:
        reactions = f"{ONE}/reactions/{{emoji}}"
        return [
            Route("POST", "/channels/{channel}/messages", self.create, "message_create"),
            Route("GET", "/channels/{channel}/messages", self.history, "message_read"),
            Route("POST", "/channels/{channel}/messages/bulk-delete", self.delete_many, "message_delete"),
            Route("GET", ONE, self.fetch, "message_read"),
            Route("PATCH", ONE, self.edit, "message_edit"),
            Route("DELETE", ONE, self.delete, "message_delete"),
            Route("PUT", f"{reactions}/@me", self.react, "reaction"),
            Route("DELETE", f"{reactions}/{{user}}", self.unreact, "reaction"),
            Route("GET", reactions, self.reactors, "reaction"),
        ]

    def _channel(self, request: web.Request) -> Channel:
        return self.world.channel(path_id(request, "channel"))

    def _message(self, request: web.Request) -> LocalMessage:
        """The message of the path, where the bot may look. 10003, 50001 or 10008."""
        channel = self._channel(request)
        if not sees(channel, self.world.bot_user):
            raise no(50001)
        return self.world.message(channel, path_id(request, "message"))

    async def create(self, request: web.Request) -> web.Response:
        channel, bot = self._channel(request), self.world.bot_user
        limit = channel.guild.upload_limit_bytes if channel.guild else self.world.upload_limit_bytes
        body = await read_body(request, limit)
        reference = body.fields.get("message_reference") or {}
        forwards = reference.get("type") == FORWARD
        replying = bool(reference.get("message_id")) and not forwards
        message_rules.may_post(channel, bot, files=bool(body.files), reply=replying)
        if channel.guild is None and not all(user.takes_dms for user in channel.recipients):
            raise no(50007)
        draft = draft_of(self.world, body, body.fields, channel.id)
        if forwards:
            source = self.world.channel(int(reference.get("channel_id") or 0))
            original = self.world.message(source, int(reference.get("message_id") or 0))
            draft.reference_id, draft.forwarded = None, forwarded_from(original, bot)
        message = message_rules.duplicate(self.world, bot, draft) or message_rules.post(self.world, channel, bot, draft)
        return answer({**message_payload(self.world, message), "nonce": message.nonce})

    async def history(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        if not sees(channel, self.world.bot_user):
            raise no(50001)
        limit = int(request.query.get("limit", "50"))
        if not 1 <= limit <= MOST_AT_ONCE:
            raise wrong("limit", "NUMBER_TYPE_MAX", f"int value should be between 1 and {MOST_AT_ONCE}.")
        if not reads(channel, self.world.bot_user):
            return answer([])
        found = self._page(channel, request, limit)
        return answer([message_payload(self.world, message) for message in reversed(found)])

    def _page(self, channel: Channel, request: web.Request, limit: int) -> list[LocalMessage]:
        """Up to `limit` messages, oldest first: the newest, or those before, after or around an id."""
        messages = [m for m in channel.log if not m.deleted and not m.ephemeral_to]
        ids = [message.id for message in messages]
        before, after, around = (query_id(request, name) for name in ("before", "after", "around"))
        if around is not None:
            middle = bisect_left(ids, around)
            return messages[max(0, middle - limit // 2) :][:limit]
        if before is not None:
            return messages[: bisect_left(ids, before)][-limit:]
        if after is not None:
            return messages[bisect_right(ids, after) :][:limit]
        return messages[-limit:]

    async def fetch(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        if not reads(channel, self.world.bot_user):
            raise no(50001)
        return answer(message_payload(self.world, self._message(request)))

    async def edit(self, request: web.Request) -> web.Response:
        message = self._message(request)
        channel, bot = message.channel, self.world.bot_user
        limit = channel.guild.upload_limit_bytes if channel.guild else self.world.upload_limit_bytes
        body = await read_body(request, limit)
        if message.author is not bot:
            raise no(50005)
        if channel.archived:
            raise no(50083)
        if body.files and not can(channel, bot, "attach_files"):
            raise no(50013)
        self._not_too_often(message)
        change = change_of(self.world, body, body.fields, message)
        return answer(message_payload(self.world, message_rules.edit(self.world, message, change)))

    def _not_too_often(self, message: LocalMessage) -> None:
        """429/30046 for one edit too many of messages older than an hour."""
        if (self.world.clock.utc() - message.created_at).total_seconds() <= OLD_AFTER_S:
            return
        decision = self.limits.take_old_edit(message.channel.id)
        if decision is not None:
            known = no(30046)
            extra = {"retry_after": decision.retry_after_s, "global": False}
            raise ApiError(known.status, known.code, known.message, extra, decision.headers())

    async def delete(self, request: web.Request) -> web.Response:
        self._delete(self._message(request))
        return nothing()

    def _delete(self, message: LocalMessage) -> None:
        bot = self.world.bot_user
        if message.channel.archived:
            raise no(50083)
        if message.author is not bot and not can(message.channel, bot, "manage_messages"):
            raise no(50013)
        message_rules.delete(self.world, message)

    async def delete_many(self, request: web.Request) -> web.Response:
        body, channel = await read_body(request, 0), self._channel(request)
        if not can(channel, self.world.bot_user, "manage_messages"):
            raise no(50013)
        for message_id in body.fields.get("messages") or []:
            message = self.world.messages.get(int(message_id))
            if message is not None and message.channel is channel and not message.deleted:
                message_rules.delete(self.world, message)
        return nothing()

    async def react(self, request: web.Request) -> web.Response:
        message, emoji, bot = self._message(request), request.match_info["emoji"], self.world.bot_user
        if message.channel.archived:
            raise no(50083)
        needed = [] if emoji in message.reactions else ["add_reactions"]
        if not reads(message.channel, bot) or not can(message.channel, bot, *needed):
            raise no(50013)
        message_rules.react(self.world, message, bot, emoji)
        return nothing()

    async def unreact(self, request: web.Request) -> web.Response:
        message, who = self._message(request), request.match_info["user"]
        bot = self.world.bot_user
        user = bot if who == "@me" else self.world.users.get(path_id(request, "user"))
        if user is None:
            raise no(10013)
        if user is not bot and not can(message.channel, bot, "manage_messages"):
            raise no(50013)
        message_rules.unreact(self.world, message, user, request.match_info["emoji"])
        return nothing()

    async def reactors(self, request: web.Request) -> web.Response:
        """Return who reacted, by id: at most `limit` after an id. There are no super reactions (type 1)."""
        limit, after = int(request.query.get("limit", "25")), query_id(request, "after") or 0
        if not 1 <= limit <= MOST_AT_ONCE:
            raise wrong("limit", "NUMBER_TYPE_MAX", f"int value should be between 1 and {MOST_AT_ONCE}.")
        ids = self._message(request).reactions.get(request.match_info["emoji"], [])
        found = sorted(each for each in ids if each > after) if request.query.get("type", "0") == "0" else []
        return answer([user_payload(self.world.users[user_id]) for user_id in found[:limit]])
