"""REST route that signs the links of attachments again. Stateless."""

from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.discord.errors import wrong
from bot.sandbox.discord.rest.bodies import read_body
from bot.sandbox.discord.rest.routing import Route, answer
from bot.sandbox.discord.state.world import World

MOST_AT_ONCE = 50


class AttachmentRoutes:
    """Everything below `/attachments`."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[Route]:
        return [Route("POST", "/attachments/refresh-urls", self.refresh)]

    async def refresh(self, request: web.Request) -> web.Response:
        """New links for attachments that are still stored, null for the others. 50035 for anything but 1 to 50."""
        links = (await read_body(request, 0)).fields.get("attachment_urls")
        if not isinstance(links, list) or not 1 <= len(links) <= MOST_AT_ONCE:
            raise wrong("attachment_urls", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST_AT_ONCE} in length.")
        return answer(
            {"refreshed_urls": [{"original": link, "refreshed": self._refreshed(str(link))} for link in links]}
        )

    def _refreshed(self, link: str) -> str | None:
        path = urlsplit(link).path
        known = any(path.endswith(each.path) for each in self.world.attachments.values())
        return self.world.signed(path) if known else None
