"""Every request is prepared once: one policy check, one moderation call, one quote, one read of the settings."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.chat.permissions.request_policy import RequestPolicy
from bot.jobs.server_settings import ReplyMode
from bot.ordering import quote, service
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import LIGHTHOUSE, set_server_settings
from tests.limits.test_moderation import KEY, ModerationServer, running_moderation_server

ONCE = {"settings": 1, "policy": 1, "quote": 1, "moderation": 1}


class Spy:
    """Counts what a request causes until its job exists."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, moderator: ModerationServer) -> None:
        self.calls: Counter[str] = Counter()
        self._moderator = moderator
        self._seen = 0
        self._count(monkeypatch, "settings", service.JobService, "settings")  # loops read the repository's own
        self._count(monkeypatch, "policy", RequestPolicy, "check")
        for module in (quote, service):
            self._count(monkeypatch, "quote", module, "quote")

    def _count(self, monkeypatch: pytest.MonkeyPatch, name: str, owner: Any, attribute: str) -> None:
        original = getattr(owner, attribute)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.calls[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, attribute, counted)

    def start(self) -> None:
        self.calls.clear()
        self._seen = len(self._moderator.requests)

    def counts(self) -> dict[str, int]:
        return {**self.calls, "moderation": len(self._moderator.requests) - self._seen}


async def clip_after(studio: BotHarness, count: int) -> None:
    await studio.wait_until(lambda: len(studio.clips) == count or None)


async def test_each_way_in_prepares_its_request_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        running_moderation_server() as moderator,
        open_harness(tmp_path, moderation_url=moderator.url, moderation_key=KEY) as studio,
    ):
        await set_server_settings(studio, reply_mode=ReplyMode.INSTANT)
        spy = Spy(monkeypatch, moderator)

        spy.start()
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.wait_for_clip(LIGHTHOUSE)
        assert spy.counts() == ONCE

        spy.start()
        await studio.alice.slash(studio.channel, "remix", prompt="by remix command")
        await clip_after(studio, 2)
        assert spy.counts() == ONCE

        spy.start()
        await studio.bob.press(clip, "Again")
        await clip_after(studio, 3)
        assert spy.counts() == ONCE

        spy.start()
        await studio.bob.reply(clip, "make it snow, softly and slowly")
        await clip_after(studio, 4)
        assert spy.counts() == ONCE

        opened = await studio.bob.press(clip, "Remix")
        await opened.answer()
        spy.start()
        await studio.bob.submit(opened.modal, prompt="by remix form")
        await clip_after(studio, 5)
        assert spy.counts() == {**ONCE, "quote": 2}  # the other one is of the prefilled form, without a prompt


async def test_a_confirmed_reply_is_prepared_once_for_the_prompt_and_once_for_the_press(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        running_moderation_server() as moderator,
        open_harness(tmp_path, moderation_url=moderator.url, moderation_key=KEY) as studio,
    ):
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.wait_for_clip(LIGHTHOUSE)
        await set_server_settings(studio, reply_mode=ReplyMode.CONFIRM)
        spy = Spy(monkeypatch, moderator)

        spy.start()
        await studio.bob.reply(clip, "make it snow, softly and slowly")
        confirmation = await studio.wait_for_message("Remix this?")
        assert spy.counts() == ONCE

        spy.start()
        await studio.bob.press(confirmation, "Remix")  # the reply may have been edited since: it is prepared again
        await clip_after(studio, 2)
        assert spy.counts() == ONCE
