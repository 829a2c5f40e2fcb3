"""REST: registering commands. Keeps them in the world."""

from aiohttp import web

from bot.sandbox.discord.application.commands import checked, registered
from bot.sandbox.discord.errors import Json, no, wrong
from bot.sandbox.discord.rest.bodies import read_body
from bot.sandbox.discord.rest.routing import Route, answer, nothing, path_id
from bot.sandbox.discord.state.guilds import Guild
from bot.sandbox.discord.state.world import World

EVERYWHERE = "/applications/{app}/commands"
IN_GUILD = "/applications/{app}/guilds/{guild}/commands"


class CommandRoutes:
    """The application's commands, global and per guild."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[Route]:
        found = []
        for path in (EVERYWHERE, IN_GUILD):
            found += [
                Route("GET", path, self.all, "commands"),
                Route("PUT", path, self.overwrite, "commands"),
                Route("POST", path, self.add, "commands"),
                Route("GET", f"{path}/{{command}}", self.one, "commands"),
                Route("DELETE", f"{path}/{{command}}", self.remove, "commands"),
            ]
        return found

    def _where(self, request: web.Request) -> Guild | None:
        if path_id(request, "app") != self.world.application_id:
            raise no(50001)
        if "guild" not in request.match_info:
            return None
        guild = self.world.guilds.get(path_id(request, "guild"))
        if guild is None or guild.bot is None:
            raise no(50001)
        return guild

    def _stored(self, guild: Guild | None) -> list[Json]:
        return self.world.commands if guild is None else guild.commands

    def _store(self, guild: Guild | None, commands: list[Json]) -> list[Json]:
        stored = registered(
            checked(commands),
            self._stored(guild),
            application_id=self.world.application_id,
            ids=[self.world.ids.next() for _ in commands],
            guild_id=guild.id if guild else None,
        )
        if guild is None:
            self.world.commands = stored
        else:
            guild.commands = stored
        self.world.commands_synced += 1
        self.world.publish("commands", guild=guild)
        return stored

    async def all(self, request: web.Request) -> web.Response:
        return answer(self._stored(self._where(request)))

    async def overwrite(self, request: web.Request) -> web.Response:
        guild, body = self._where(request), await read_body(request, 0)
        if not isinstance(body.json, list):
            raise wrong("_errors", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return answer(self._store(guild, body.json))

    async def add(self, request: web.Request) -> web.Response:
        guild, body = self._where(request), await read_body(request, 0)
        new = body.fields
        same = (new.get("type", 1), new.get("name"))
        others = [c for c in self._stored(guild) if (c["type"], c["name"]) != same]
        return answer(self._store(guild, [*others, new])[-1], 201)

    async def one(self, request: web.Request) -> web.Response:
        return answer(self._command(request))

    def _command(self, request: web.Request) -> Json:
        wanted = request.match_info["command"]
        for command in self._stored(self._where(request)):
            if command["id"] == wanted:
                return command
        raise no(10063)

    async def remove(self, request: web.Request) -> web.Response:
        self._stored(self._where(request)).remove(self._command(request))
        return nothing()
