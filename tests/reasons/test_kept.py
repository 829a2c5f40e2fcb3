"""Why a finished clip isn't posted: the reason of Discord's own code, and not that of a similar answer."""

from dataclasses import replace
from types import SimpleNamespace

import discord
import pytest

from bot.chat.delivery.post_errors import classify_post_error
from bot.jobs.job import State
from bot.jobs.kept import KeptReason, kept_from
from bot.ports.publisher import ChannelGone, ContentBlocked, MessageInvalid, MissingAccess, TooLarge, UnknownOutcome
from tests.sample_job import JOB

Answer = tuple[int, int]  # the HTTP status and Discord's code; 0: a page of something before Discord

# The reason: what it's told for, an answer that gives it and a similar one that doesn't. `deliver.py` maps one to one.
ROWS: list[tuple[KeptReason, type, Answer, Answer]] = [
    (KeptReason.CHANNEL_GONE, ChannelGone, (404, 10003), (404, 10004)),  # not on the server: it may be invited again
    (KeptReason.CHANNEL_GONE, ChannelGone, (404, 10003), (404, 0)),
    (KeptReason.CONTENT_BLOCKED, ContentBlocked, (400, 200000), (400, 50035)),
    (KeptReason.CONTENT_BLOCKED, ContentBlocked, (400, 20009), (403, 0)),
    (KeptReason.MESSAGE_INVALID, MessageInvalid, (400, 50035), (400, 0)),
    (KeptReason.MISSING_ACCESS, MissingAccess, (403, 50001), (403, 0)),
    (KeptReason.MISSING_ACCESS, MissingAccess, (403, 50013), (403, 40333)),  # a fault within Discord's network
    (KeptReason.OVER_LIMIT, TooLarge, (400, 40005), (400, 50035)),
    (KeptReason.UNCERTAIN, UnknownOutcome, (502, 0), (400, 50035)),
]


def refusal(answer: Answer) -> discord.HTTPException:
    status, code = answer
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    response = SimpleNamespace(status=status, reason="", headers={})
    return kind(response, {"code": code, "message": "no"})  # type: ignore[arg-type]


@pytest.mark.parametrize(("reason", "kind", "answer", "near"), ROWS)
async def test_a_post_is_kept_for_the_reason_of_the_code(
    reason: KeptReason, kind: type, answer: Answer, near: Answer
) -> None:
    client = discord.Client(intents=discord.Intents.none())
    assert isinstance(await classify_post_error(client, JOB, refusal(answer)), kind), reason
    assert not isinstance(await classify_post_error(client, JOB, refusal(near)), kind), reason


def test_only_what_a_later_version_wrote_is_unknown() -> None:
    kept = replace(JOB, state=State.KEPT)
    assert kept_from(replace(kept, why="a reason of next year")).reason is KeptReason.UNKNOWN
    for reason in KeptReason:
        assert kept_from(replace(kept, why=reason.value, facts="{}")).reason is reason


def test_every_reason_has_a_row() -> None:
    assert {reason for reason, *_ in ROWS} == set(KeptReason) - {KeptReason.UNKNOWN}
