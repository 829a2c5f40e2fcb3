"""REST routes of channels, threads, typing and DMs. Stateless."""

from aiohttp import web

from bot.sandbox.discord.application import automod, message_rules
from bot.sandbox.discord.errors import Form, Json, no
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.payloads.objects import channel_payload, thread_member_payload
from bot.sandbox.discord.rest.bodies import Body, read_body
from bot.sandbox.discord.rest.drafts import draft_of
from bot.sandbox.discord.rest.routing import Route, answer, nothing, path_id
from bot.sandbox.discord.state.channels import Channel
from bot.sandbox.discord.state.permissions import can, sees, writes
from bot.sandbox.discord.state.world import World

PRIVATE_THREAD = 12


class ChannelRoutes:
    """Everything about channels that is not a message."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[Route]:
        members = "/channels/{channel}/thread-members"
        return [
            Route("GET", "/channels/{channel}", self.fetch, "channel"),
            Route("PATCH", "/channels/{channel}", self.change, "channel"),
            Route("DELETE", "/channels/{channel}", self.delete, "channel"),
            Route("POST", "/channels/{channel}/typing", self.typing, "typing"),
            Route("POST", "/channels/{channel}/threads", self.open_thread, "thread"),
            Route("POST", "/channels/{channel}/messages/{message}/threads", self.open_on_message, "thread"),
            Route("GET", members, self.thread_members, "thread"),
            Route("GET", f"{members}/{{user}}", self.thread_member, "thread"),
            Route("PUT", f"{members}/{{user}}", self.join, "thread"),
            Route("DELETE", f"{members}/{{user}}", self.leave, "thread"),
        ]

    def _seen(self, request: web.Request) -> Channel:
        """The channel of the path. 10003, or 50001 where the bot may not look."""
        channel = self.world.channel(path_id(request, "channel"))
        if not sees(channel, self.world.bot_user):
            raise no(50001)
        return channel

    async def fetch(self, request: web.Request) -> web.Response:
        return answer(channel_payload(self._seen(request)))

    async def change(self, request: web.Request) -> web.Response:
        channel, fields = self._seen(request), (await read_body(request, 0)).fields
        bot = self.world.bot_user
        moderates = can(channel, bot, "manage_threads" if channel.is_thread else "manage_channels")
        only_wakes = fields.get("archived") is False and set(fields) <= {"archived", "auto_archive_duration"}
        wakes = channel.is_thread and only_wakes and not channel.locked and writes(channel, bot)
        if not (moderates or wakes or (channel.owner_id == bot.id and not channel.locked)):
            raise no(50083 if channel.locked else 50013)
        channel.name = fields.get("name") or channel.name
        channel.topic = fields.get("topic", channel.topic)
        channel.marked_nsfw = bool(fields.get("nsfw", channel.marked_nsfw))
        channel.archived = bool(fields.get("archived", channel.archived))
        channel.locked = bool(fields.get("locked", channel.locked))
        channel.changed()
        return answer(channel_payload(channel))

    async def delete(self, request: web.Request) -> web.Response:
        channel = self._seen(request)
        if not can(channel, self.world.bot_user, "manage_threads" if channel.is_thread else "manage_channels"):
            raise no(50013)
        payload = channel_payload(channel)
        channel.delete()
        return answer(payload)

    async def typing(self, request: web.Request) -> web.Response:
        channel = self._seen(request)
        if not writes(channel, self.world.bot_user):
            raise no(50013)
        self.world.publish("typing", channel=channel, user=self.world.bot_user)
        return nothing()

    def _title(self, parent: Channel, fields: Json) -> str:
        """Return the name of a new thread or post. Raise ApiError 200001 if AutoMod blocks it."""
        name = _named(fields)
        automod.check_title(parent, self.world.bot_user, name)
        return name

    async def open_thread(self, request: web.Request) -> web.Response:
        parent = self._seen(request)
        limit = parent.guild.upload_limit_bytes if parent.guild else 0
        body = await read_body(request, limit)
        name = self._title(parent, body.fields)
        if parent.kind == "forum":
            return answer(self._post(parent, name, body), 201)
        private = body.fields.get("type", PRIVATE_THREAD) == PRIVATE_THREAD
        if parent.is_thread or parent.kind not in ("text", "news"):
            raise no(50024)
        if not can(parent, self.world.bot_user, f"create_{'private' if private else 'public'}_threads"):
            raise no(50013)
        thread = self.world.open_thread(
            parent, name, private=private, owner=self.world.bot_user, member_ids=[], bot=True
        )
        return answer(channel_payload(thread), 201)

    def _post(self, forum: Channel, name: str, body: Body) -> Json:
        """A forum post: a thread and its first message. No nonce here; a second try is a second post."""
        bot = self.world.bot_user
        if not can(forum, bot, "send_messages", *(["attach_files"] if body.files else [])):
            raise no(50013)
        fields = body.fields.get("message") or {}
        draft = draft_of(self.world, body, fields, forum.id)
        if draft.empty:
            raise no(50006)
        thread = self.world.open_thread(forum, name, private=False, owner=bot, member_ids=[], bot=True)
        message = message_rules.post(self.world, thread, bot, draft)
        return {**channel_payload(thread), "message": message_payload(self.world, message)}

    async def open_on_message(self, request: web.Request) -> web.Response:
        parent, fields = self._seen(request), (await read_body(request, 0)).fields
        message = self.world.message(parent, path_id(request, "message"))
        if not can(parent, self.world.bot_user, "create_public_threads"):
            raise no(50013)
        if message.thread is not None:
            raise no(160004)
        message.thread = self.world.open_thread(
            parent,
            self._title(parent, fields),
            private=False,
            owner=self.world.bot_user,
            member_ids=[],
            bot=True,
            thread_id=message.id,
        )
        return answer(channel_payload(message.thread), 201)

    def _user_id(self, request: web.Request) -> int:
        return self.world.bot_user.id if request.match_info["user"] == "@me" else path_id(request, "user")

    async def thread_members(self, request: web.Request) -> web.Response:
        thread = self._seen(request)
        return answer([thread_member_payload(thread, user_id) for user_id in thread.thread_members])

    async def thread_member(self, request: web.Request) -> web.Response:
        thread, user_id = self._seen(request), self._user_id(request)
        if user_id not in thread.thread_members:
            raise no(10007)
        return answer(thread_member_payload(thread, user_id))

    async def join(self, request: web.Request) -> web.Response:
        thread, user = self._seen(request), self.world.users.get(self._user_id(request))
        if thread.archived:
            raise no(50083)
        if user is None or thread.guild is None or thread.guild.member(user) is None:
            raise no(10007)
        thread.join(user)
        return nothing()

    async def leave(self, request: web.Request) -> web.Response:
        thread, user_id = self._seen(request), self._user_id(request)
        if user_id != self.world.bot_user.id and not can(thread, self.world.bot_user, "manage_threads"):
            raise no(50013)
        thread.leave(self.world.users[user_id])
        return nothing()


def _named(fields: Json) -> str:
    form = Form()
    form.length("name", fields.get("name"), 1, 100)
    form.check()
    return str(fields["name"])
