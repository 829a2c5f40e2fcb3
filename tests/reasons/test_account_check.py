"""What `doctor` says about an account, for a server's answer and not for a similar one."""

import pytest

from bot.catalogue.offers import Offers
from bot.cli.check_account import check_account
from bot.jobs.provider_errors import Unreachable
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Missing, Task
from bot.providers import Account
from tests.providers.recording_server import RecordingServer
from tests.reasons.provider_rows import provider_at

REGION = {"error": {"code": "unsupported_country", "message": "Country, region, or territory not supported"}}
FORBIDDEN = {"error": {"code": "forbidden", "message": "no"}}
TASK = Task(task_id="t1", protocol="", endpoint="")
BALANCE = {"error": {"code": "insufficient_balance", "message": "top up"}}


async def said(status: int, answer: object) -> str:
    async with RecordingServer([(status, answer)]) as server:
        account = Account(name="toapis", kind="toapis", key="k", base_url=server.base_url)
        found = await check_account(account, SsrfGuard([f"127.0.0.1:{server.port}"]), Offers((), (account,)))
    return found[0].says


@pytest.mark.parametrize(
    ("says", "answer", "near"),
    [
        ("doesn't serve the country or region", (403, REGION), (403, FORBIDDEN)),
        ("refuses the key", (403, FORBIDDEN), (403, REGION)),
        ("refuses the key", (401, FORBIDDEN), (401, BALANCE)),
        ("because the balance is used up", (401, BALANCE), (401, FORBIDDEN)),
        ("answers with an error (HTTP 500)", (500, {}), (401, FORBIDDEN)),
    ],
)
async def test_an_account_is_judged_by_the_answer(
    says: str, answer: tuple[int, object], near: tuple[int, object]
) -> None:
    assert says in await said(*answer)
    assert says not in await said(*near)


@pytest.mark.parametrize(
    ("body", "missing"),
    [({"error": {"message": "task not found"}}, True), (b"<html>404 Not Found, nginx</html>", False)],
    ids=["the API", "a proxy"],
)
async def test_only_the_api_says_that_a_task_is_gone(body: object, missing: bool) -> None:
    async with RecordingServer([(404, body)]) as server:
        provider = provider_at(server.port)
        try:
            if missing:
                assert isinstance(await provider.check(TASK), Missing)
            else:
                with pytest.raises(Unreachable):
                    await provider.check(TASK)
        finally:
            await provider.close()
