"""REST routes of interactions and their messages. Stateless."""

from aiohttp import web

from bot.sandbox.discord.application import interaction_responses, message_rules
from bot.sandbox.discord.errors import Json, no
from bot.sandbox.discord.payloads.interactions import callback_payload
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.rest.bodies import Body, read_body
from bot.sandbox.discord.rest.drafts import change_of, draft_of
from bot.sandbox.discord.rest.routing import Route, answer, nothing, path_id
from bot.sandbox.discord.state.interactions import Interaction
from bot.sandbox.discord.state.world import World

HOOK = "/webhooks/{app}/{token}"
CALLBACK = "/interactions/{interaction}/{token}/callback"


class InteractionRoutes:
    """First answers, follow-ups and edits. The token in the path is all the authority they need."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[Route]:
        one = f"{HOOK}/messages/{{which}}"
        return [
            Route("POST", CALLBACK, self.callback, token=False),
            Route("POST", HOOK, self.follow_up, "webhook", token=False),
            Route("GET", one, self.fetch, "webhook", token=False),
            Route("PATCH", one, self.edit, "webhook", token=False),
            Route("DELETE", one, self.delete, "webhook", token=False),
        ]

    async def _body(self, request: web.Request, interaction: Interaction | None) -> Body:
        guild = interaction.channel.guild if interaction else None
        limit = guild.upload_limit_bytes if guild else self.world.upload_limit_bytes
        return await read_body(request, limit)

    async def callback(self, request: web.Request) -> web.Response:
        interaction_id = path_id(request, "interaction")
        body = await self._body(request, self.world.interactions.get(interaction_id))
        interaction = interaction_responses.claim(self.world, interaction_id, request.match_info["token"])
        answer_type = int(body.fields.get("type") or 0)
        data: Json = body.fields.get("data") or {}
        interaction_responses.fits(interaction, answer_type)
        draft, change = message_rules.MessageDraft(), message_rules.MessageEdit()
        if answer_type == interaction_responses.UPDATE and interaction.source is not None:
            change = change_of(self.world, body, data, interaction.source)
        elif answer_type in (interaction_responses.MESSAGE, interaction_responses.DEFER):
            draft = draft_of(self.world, body, data, interaction.channel.id, ephemeral=True)
        interaction_responses.respond(self.world, interaction, answer_type, data, draft, change)
        if request.query.get("with_response") not in ("1", "true"):
            return nothing()
        return answer(callback_payload(self.world, interaction, answer_type, ephemeral=interaction.ephemeral))

    def _interaction(self, request: web.Request) -> Interaction:
        if request.match_info["app"] != str(self.world.application_id):
            raise no(10015)
        return interaction_responses.by_token(self.world, request.match_info["token"])

    async def follow_up(self, request: web.Request) -> web.Response:
        body = await self._body(request, self.world.by_token.get(request.match_info["token"]))
        interaction = self._interaction(request)
        draft = draft_of(self.world, body, body.fields, interaction.channel.id, ephemeral=True)
        message = interaction_responses.follow_up(self.world, interaction, draft)
        return answer(message_payload(self.world, message))

    async def fetch(self, request: web.Request) -> web.Response:
        message = interaction_responses.message_of(self._interaction(request), request.match_info["which"])
        return answer(message_payload(self.world, message))

    async def edit(self, request: web.Request) -> web.Response:
        body = await self._body(request, self.world.by_token.get(request.match_info["token"]))
        message = interaction_responses.message_of(self._interaction(request), request.match_info["which"])
        change = change_of(self.world, body, body.fields, message)
        change.allowed_mentions = change.allowed_mentions or {"parse": ["users"]}
        return answer(message_payload(self.world, message_rules.edit(self.world, message, change)))

    async def delete(self, request: web.Request) -> web.Response:
        message_rules.delete(
            self.world, interaction_responses.message_of(self._interaction(request), request.match_info["which"])
        )
        return nothing()
