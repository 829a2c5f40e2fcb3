"""`doctor` does with the bucket what the bot does, and says what to change."""

import pytest

from bot.cli.check_bucket import check_bucket
from bot.sandbox.fault_injection import Fault
from tests.bucket.local_s3 import LocalS3, local_s3

pytestmark = pytest.mark.timeout(240)


async def says(s3: LocalS3, monkeypatch: pytest.MonkeyPatch, url: str = "s3://videos/retake") -> tuple[str, str]:
    for name, value in s3.env().items():
        monkeypatch.setenv(name, value)
    (found,) = await check_bucket(url)
    return found.state, found.says


async def test_a_bucket_that_works_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await check_bucket(None) == []
    async with local_s3() as s3:
        assert await says(s3, monkeypatch) == ("ok", "Files can be written, read, listed and deleted.")
        assert await s3.names() == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(route="PUT *", status=403, times=None), ("Could not write", "refuses the credentials")),
        (Fault(route="GET */check/*", status=403, times=None), ("Could not read", "refuses the credentials")),
        (Fault(route="GET */videos*", skip=1, status=403, times=None), ("Could not list", "refuses the credentials")),
        (Fault(route="POST *", status=403, times=None), ("Could not delete", "refuses the credentials")),
        (Fault(route="GET */check/*", status=404, times=None), ("doesn't return what was written",)),
    ],
    ids=["write", "read", "list", "delete", "empty answers"],
)
async def test_the_right_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, fault: Fault, words: tuple[str, ...]
) -> None:
    async with local_s3() as s3:
        s3.wire.fail(fault)
        state, text = await says(s3, monkeypatch)
        assert state == "bad"
        assert all(word in text for word in words), text


async def test_a_bucket_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_s3() as s3:
        state, text = await says(s3, monkeypatch, "s3://other/retake")
        assert (state, "no bucket as RETAKE_STORAGE_URL names it" in text) == ("bad", True), text
