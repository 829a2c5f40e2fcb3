"""Client for a moderation endpoint with the API of OpenAI's `/v1/moderations`."""

import json
import logging
from typing import Literal

from bot.jobs.provider_errors import Unreachable
from bot.jobs.rejections import Flagged, Unchecked
from bot.net.client import ProviderHttpClient
from bot.net.response import Response, bearer_header
from bot.net.ssrf_guard import SsrfGuard

log = logging.getLogger("retake.moderation")

REQUEST_TIMEOUT_S = 1.6  # Discord requires a response to an interaction within three seconds


class ModerationClient:
    """Checks prompts. If the endpoint gives no valid response, `fail` rejects (closed) or accepts (open) the prompt."""

    def __init__(
        self, url: str, key: str, guard: SsrfGuard, *, fail: Literal["closed", "open"] = "closed", model: str = ""
    ) -> None:
        self._http = ProviderHttpClient(
            title="The moderation",
            base_url=url,
            headers=bearer_header(key),
            guard=guard,
            request_timeout_s=REQUEST_TIMEOUT_S,
        )
        self._fail = fail
        self._model = model

    async def close(self) -> None:
        await self._http.close()

    async def check(self, prompt: str) -> None:
        """Raise Flagged, or Unchecked if there is no valid response and `fail` is closed."""
        body = {"input": prompt, **({"model": self._model} if self._model else {})}
        try:
            flagged = read_flagged(await self._http.request("POST", "", tries=1, json=body))
        except Unreachable:
            flagged = None
        if flagged:
            raise Flagged
        if flagged is None:
            log.warning("a prompt was not checked", extra={"fail": self._fail})
            if self._fail == "closed":
                raise Unchecked


def read_flagged(response: Response) -> bool | None:
    """Return whether any result is flagged, or None if the response is invalid."""
    if response.status != 200 or response.too_long:
        return None
    try:
        results = json.loads(response.body)["results"]
        flags = [result["flagged"] for result in results]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return any(flags) if flags and all(isinstance(flag, bool) for flag in flags) else None
