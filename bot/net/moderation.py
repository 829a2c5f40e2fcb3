"""Asks a moderation endpoint what it thinks of a prompt. Speaks OpenAI's `/v1/moderations`, wherever it runs."""

import json
import logging
from typing import Literal

from bot.jobs.errors import Unreachable
from bot.jobs.rejections import Flagged, Unchecked
from bot.net.client import ProviderHttpClient
from bot.net.response import Response
from bot.net.ssrf_guard import SsrfGuard

log = logging.getLogger("retake.moderation")

TIMEOUT_S = 1.6  # an interaction is answered within three seconds


class Moderation:
    """`fail` says what an answer that does not come, or cannot be read, means: closed refuses, open lets through."""

    def __init__(
        self, url: str, key: str, guard: SsrfGuard, *, fail: Literal["closed", "open"] = "closed", model: str = ""
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = ProviderHttpClient(
            title="The moderation", base_url=url, headers=headers, guard=guard, ask_timeout_s=TIMEOUT_S
        )
        self._fail = fail
        self._model = model

    async def close(self) -> None:
        await self._http.close()

    async def flag(self, prompt: str) -> None:
        """Raises Flagged, or Unchecked where nobody could say and the host wants to be sure."""
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


def read_flagged(answer: Response) -> bool | None:
    """Whether any result is flagged; None where the answer is none."""
    if answer.status != 200 or answer.too_long:
        return None
    try:
        results = json.loads(answer.body)["results"]
        flags = [each["flagged"] for each in results]
    except (ValueError, KeyError, TypeError):
        return None
    return any(flags) if flags and all(isinstance(flag, bool) for flag in flags) else None
