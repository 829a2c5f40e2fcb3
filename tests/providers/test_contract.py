"""One table over every dialect: what becomes of a paid request, of a question and of a download, whatever happens.

`python -m tests.providers.matrix` prints it. A test's id is `case-dialect`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.guard import Guard
from bot.jobs.errors import (
    AccountTrouble,
    AddressBlocked,
    ClipUnusable,
    KeyRefused,
    LinkDead,
    NoBalance,
    NotSent,
    OutcomeUnknown,
    PolicyRefused,
    ProviderError,
    RateLimited,
    Refused,
    SourceGone,
    Unreachable,
)
from bot.jobs.provider import Failed, Missing, Pending, Provider, Ready, Task
from bot.providers import Account, build
from bot.sandbox.wire import Fault
from tests.providers.echo import Echo
from tests.providers.stands import DIALECTS, LIMITS, Stand, stand

MB50 = b'{"padding": "' + b"x" * (50 << 20) + b'"}'
EACH = pytest.mark.parametrize("a_stand", DIALECTS, ids=lambda dialect: dialect.name, indirect=True)


@pytest.fixture
async def a_stand(request: pytest.FixtureRequest, a_film: Path) -> AsyncIterator[Stand]:
    async with stand(request.param, a_film) as running:
        yield running


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """An answer to a paid request, and the error that it must become; `follow` where a remix differs."""

    fault: Fault
    error: type[ProviderError]
    follow: type[ProviderError] | None = None
    retry_after_s: float | None = None


def answer(status: int, body: object = None, **headers: str) -> Fault:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(route="", status=status, body=body, headers=told, times=None)  # type: ignore[arg-type]


def error(code: object, message: str, kind: str = "x") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "type": kind}}


HTML = "<html><h1>Bad gateway</h1></html>"
PAID: dict[str, Paid] = {
    "400": Paid(fault=answer(400, error(400, "bad field")), error=Refused),
    "400 flat": Paid(fault=answer(400, {"code": "invalid_request", "message": "bad", "data": None}), error=Refused),
    "400 policy": Paid(fault=answer(400, error("content_policy_violation", "no")), error=PolicyRefused),
    "401": Paid(fault=answer(401, error(401, "who?", "authentication_error")), error=KeyRefused),
    "402": Paid(fault=answer(402, error(402, "pay", "payment_required")), error=NoBalance),
    "403": Paid(fault=answer(403, error(403, "not for you")), error=KeyRefused),
    "403 balance": Paid(fault=answer(403, {"code": "insufficient_user_quota", "message": "余额不足"}), error=NoBalance),
    "404": Paid(fault=answer(404, error(404, "not there")), error=Refused, follow=SourceGone),
    "409": Paid(fault=answer(409, error(409, "conflict")), error=Refused),
    "413": Paid(fault=answer(413, "<html>too large</html>"), error=Refused),
    "415": Paid(fault=answer(415, error(415, "type")), error=Refused),
    "422": Paid(fault=answer(422, error(422, "field missing")), error=Refused),
    "422 policy": Paid(fault=answer(422, error(422, "blocked by moderation")), error=PolicyRefused),
    "429": Paid(fault=answer(429, error(429, "slow down")), error=RateLimited),
    "429 Retry-After": Paid(fault=answer(429, error(429, "slow"), Retry_After="7"), error=RateLimited, retry_after_s=7),
    "429 balance": Paid(fault=answer(429, error("insufficient_quota", "quota")), error=NoBalance),
    "500": Paid(fault=answer(500, error("internal_error", "oh")), error=OutcomeUnknown),
    "502 HTML": Paid(fault=answer(502, HTML), error=OutcomeUnknown),
    "503 JSON": Paid(fault=answer(503, error(503, "busy")), error=OutcomeUnknown),
    "503 no channel": Paid(fault=answer(503, error("model_not_found", "No available channel")), error=Refused),
    "504 HTML": Paid(fault=answer(504, HTML), error=OutcomeUnknown),
    "302": Paid(fault=answer(302, HTML, Location="/elsewhere"), error=OutcomeUnknown),
    "308": Paid(fault=answer(308, HTML, Location="https://elsewhere.example/"), error=AccountTrouble),
    "200 empty": Paid(fault=answer(200, b""), error=OutcomeUnknown),
    "200 garbage": Paid(fault=answer(200, b"\x00\xff\xfe garbage"), error=OutcomeUnknown),
    "200 HTML": Paid(fault=answer(200, HTML), error=OutcomeUnknown),
    "200 no id": Paid(fault=answer(200, {"status": "queued"}), error=OutcomeUnknown),
    "200 list": Paid(fault=answer(200, b"[1, 2]"), error=OutcomeUnknown),
    "200 deep": Paid(fault=answer(200, b"[" * 100_000), error=OutcomeUnknown),
    "200 error": Paid(fault=answer(200, {"success": False, "message": "bad aspect"}), error=Refused),
    "200 error 401": Paid(fault=answer(200, error(401, "who?")), error=KeyRefused),
    "200 error balance": Paid(fault=answer(200, {"code": "insufficient_user_quota", "message": ""}), error=NoBalance),
    "200 error 502": Paid(fault=answer(200, error(502, "bad gateway")), error=OutcomeUnknown),
    "200 bad gzip": Paid(fault=answer(200, b"not gzip", Content_Encoding="gzip"), error=OutcomeUnknown),
    "50 MB JSON": Paid(fault=answer(200, MB50), error=OutcomeUnknown),
    "read timeout": Paid(fault=Fault(route="", delay_s=3.0), error=OutcomeUnknown),
    "answer lost": Paid(fault=Fault(route="", when="after", delay_s=3.0), error=OutcomeUnknown),
    "reset before": Paid(fault=Fault(route="", drop=True, times=None), error=OutcomeUnknown),
    "reset after send": Paid(fault=Fault(route="", when="after", drop=True, times=None), error=OutcomeUnknown),
    "500 after effect": Paid(fault=replace(answer(500, HTML), when="after"), error=OutcomeUnknown),
}


async def pay_for(a_stand: Stand, case: Paid, verb: str) -> None:
    """One paid request under a fault: the right error, one request on the wire, and none to anywhere else."""
    dialect = a_stand.dialect
    order = a_stand.create() if verb == "create" else await a_stand.remix()
    route = dialect.create if verb == "create" else dialect.follow
    draft = await a_stand.provider.draft(order)
    before = len(a_stand.local.wire.seen)
    a_stand.local.wire.fail(replace(case.fault, route=route))
    expected = (case.follow if verb == "follow" and dialect.name != "xai" else None) or case.error
    if dialect.policy_422 and case.fault.status == 422:
        expected = PolicyRefused
    with pytest.raises(ProviderError) as caught:
        await a_stand.provider.submit(draft)
    assert type(caught.value) is expected
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after_s == case.retry_after_s
    if case.fault.delay_s:  # the ledger has it once the server is through with it
        return
    assert [seen.method for seen in a_stand.local.wire.seen[before:]] == ["POST"]
    assert a_stand.local.api_key not in str(caught.value.facts)


@EACH
@pytest.mark.parametrize("case", PAID)
async def test_create(a_stand: Stand, case: str) -> None:
    await pay_for(a_stand, PAID[case], "create")


@EACH
@pytest.mark.parametrize("case", PAID)
async def test_remix(a_stand: Stand, case: str) -> None:
    await pay_for(a_stand, PAID[case], "follow")


@EACH
@pytest.mark.parametrize("verb", ["create", "remix"])
async def test_accepted(a_stand: Stand, verb: str) -> None:
    order = a_stand.create() if verb == "create" else await a_stand.remix()
    draft = await a_stand.provider.draft(order)
    charges = len(a_stand.local.charges)
    task = await a_stand.provider.submit(draft)
    assert len(a_stand.local.charges) == charges + 1
    assert task.endpoint == a_stand.local.origin
    await a_stand.local.finish(a_stand.local_id(task))
    assert isinstance(await a_stand.provider.check(task), Ready)


@EACH
async def test_paid_timeout_is_counted_once_on_the_wire(a_stand: Stand) -> None:
    fault = a_stand.local.wire.fail(Fault(route=a_stand.dialect.create, when="after", delay_s=1.0, times=None))
    with pytest.raises(OutcomeUnknown):
        await a_stand.provider.submit(await a_stand.provider.draft(a_stand.create()))
    assert fault.hits == 1
    assert len(a_stand.local.charges) == 1


@EACH
async def test_connection_refused(a_stand: Stand) -> None:
    draft = await a_stand.provider.draft(a_stand.create())
    task = await a_stand.made()
    await a_stand.local.stop()
    with pytest.raises(NotSent):
        await a_stand.provider.submit(draft)
    with pytest.raises(Unreachable):
        await a_stand.provider.check(task)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer to a question about a finished task, and the state or error that it must become."""

    fault: Fault
    becomes: type[object]
    holds: tuple[tuple[str, object], ...] = ()


ASKED: dict[str, Asked] = {
    "401": Asked(fault=answer(401, error(401, "who?")), becomes=KeyRefused),
    "402": Asked(fault=answer(402, error(402, "pay")), becomes=NoBalance),
    "403": Asked(fault=answer(403, error(403, "no")), becomes=KeyRefused),
    "404": Asked(fault=answer(404, error(404, "no such task")), becomes=Missing),
    "404 HTML": Asked(fault=answer(404, "<html></html>"), becomes=Missing),
    "410": Asked(fault=answer(410, error(410, "gone")), becomes=Missing),
    "400 not found": Asked(fault=answer(400, {"code": "task_not_exist", "message": "task_not_exist"}), becomes=Missing),
    "200 not found": Asked(fault=answer(200, error(404, "task not found")), becomes=Missing),
    "429": Asked(fault=answer(429, error(429, "slow")), becomes=RateLimited),
    "429 Retry-After": Asked(
        fault=answer(429, error(429, "slow"), Retry_After="9"), becomes=RateLimited, holds=(("retry_after_s", 9.0),)
    ),
    "500": Asked(fault=answer(500, error("internal_error", "oh")), becomes=Unreachable),
    "502 HTML": Asked(fault=answer(502, HTML), becomes=Unreachable),
    "503 JSON": Asked(
        fault=answer(503, error(503, "busy"), Retry_After="4"), becomes=Unreachable, holds=(("retry_after_s", 4.0),)
    ),
    "302": Asked(fault=answer(302, HTML, Location="/elsewhere"), becomes=Unreachable),
    "200 empty": Asked(fault=answer(200, b""), becomes=Unreachable),
    "200 garbage": Asked(fault=answer(200, b"\x00\xff\xfe"), becomes=Unreachable),
    "200 HTML": Asked(fault=answer(200, HTML), becomes=Unreachable),
    "200 list": Asked(fault=answer(200, b"[]"), becomes=Unreachable),
    "200 error": Asked(fault=answer(200, {"success": False, "message": "try later"}), becomes=Unreachable),
    "50 MB JSON": Asked(fault=answer(200, MB50), becomes=Unreachable),
    "read timeout": Asked(fault=Fault(route="", delay_s=1.5, times=None), becomes=Unreachable),
    "reset": Asked(fault=Fault(route="", drop=True, times=None), becomes=Unreachable),
    "unknown status": Asked(
        fault=answer(200, {"id": "x", "status": "pondering"}), becomes=Pending, holds=(("raw_status", "pondering"),)
    ),
    "no status": Asked(fault=answer(200, {"id": "x"}), becomes=Pending, holds=(("raw_status", ""),)),
    "submitted": Asked(fault=answer(200, {"id": "x", "status": "submitted"}), becomes=Pending, holds=(("queued", True),)),
    "progress text": Asked(
        fault=answer(200, {"id": "x", "status": "processing", "progress": "50%"}),
        becomes=Pending,
        holds=(("progress", 50.0), ("queued", False)),
    ),
    "healthy error": Asked(
        fault=answer(200, {"id": "x", "status": "processing", "error": {"message": "", "code": ""}}), becomes=Pending
    ),
    "202 empty": Asked(fault=answer(202, b""), becomes=Pending, holds=(("queued", False),)),
    "failed": Asked(
        fault=answer(200, {"id": "x", "status": "failed", "error": {"code": "generation_failed", "message": "broke"}}),
        becomes=Failed,
        holds=(("reason", "broke"), ("policy", False), ("withheld", False)),
    ),
    "failed policy": Asked(
        fault=answer(200, {"id": "x", "status": "failed", "error": {"code": "y", "message": "content policy"}}),
        becomes=Failed,
        holds=(("policy", True),),
    ),
    "cancelled": Asked(
        fault=answer(200, {"id": "x", "status": "cancelled"}), becomes=Failed, holds=(("reason", "cancelled"),)
    ),
    "expired": Asked(
        fault=answer(200, {"id": "x", "status": "EXPIRED"}), becomes=Failed, holds=(("reason", "EXPIRED"),)
    ),
    "withheld": Asked(
        fault=answer(200, {"id": "x", "status": "done", "video": {"url": "", "respect_moderation": False}}),
        becomes=Failed,
        holds=(("withheld", True),),
    ),
}  # fmt: skip


@EACH
@pytest.mark.parametrize("case", ASKED)
async def test_check(a_stand: Stand, case: str) -> None:
    task, asked = await a_stand.made(), ASKED[case]
    a_stand.local.wire.fail(replace(asked.fault, route=a_stand.dialect.poll))
    try:
        state: object = await a_stand.provider.check(task)
    except (Unreachable, RateLimited, AccountTrouble) as trouble:
        state = trouble
    assert type(state) is asked.becomes
    for name, value in asked.holds:
        assert getattr(state, name) == value


@EACH
async def test_check_of_a_task_that_never_was(a_stand: Stand) -> None:
    made = await a_stand.made()
    nobody = made.task_id[:-8] + "AAAAAAAA" if a_stand.dialect.name != "bifrost" else "video_nobody:openai"
    assert isinstance(await a_stand.provider.check(replace(made, task_id=nobody)), Missing)


@EACH
async def test_check_is_tried_again_after_a_short_trouble(a_stand: Stand) -> None:
    task = await a_stand.made()
    a_stand.local.wire.fail(Fault(route=a_stand.dialect.poll, status=503, body=HTML, times=1))
    assert isinstance(await a_stand.provider.check(task), Ready)


@EACH
async def test_completed_without_a_link(a_stand: Stand) -> None:
    """The content route where there is one; else the engine is told that it says so, and asks again."""
    task = await a_stand.made()
    body = {"id": task.task_id, "status": "completed", "video_url": "", "result": None}
    a_stand.local.wire.fail(replace(answer(200, body), route=a_stand.dialect.poll))
    state = await a_stand.provider.check(task)
    if a_stand.dialect.content:
        assert isinstance(state, Ready)
        assert state.authorised
    else:
        assert state == Pending(raw_status="completed")


@EACH
async def test_settings_may_change_before_a_job_ends(a_stand: Stand, tmp_path: Path) -> None:
    """The task is asked for, and fetched, where it was made and in the protocol that made it."""
    task = await a_stand.made()
    other = replace(a_stand.dialect, protocol="unified" if a_stand.dialect.protocol == "openai" else "")
    async with stand(other, a_stand.film) as moved:
        moved.local.api_key = a_stand.local.api_key
        provider = _with_key(moved, a_stand)
        state = await provider.check(task)
        assert isinstance(state, Ready)
        await provider.fetch(state, tmp_path / "clip", LIMITS)
        await provider.close()
        assert moved.local.wire.seen == []
    assert (tmp_path / "clip").read_bytes() == a_stand.film.read_bytes()


def _with_key(moved: Stand, old: Stand) -> Provider:
    account = Account(
        name=old.dialect.name, kind=old.dialect.kind, key=old.local.api_key, base_url=moved.local.base_url,
        flavour=old.dialect.flavour,
    )  # fmt: skip
    return build(account, Guard([f"127.0.0.1:{old.local.port}"]))


@EACH
async def test_fetch(a_stand: Stand, tmp_path: Path) -> None:
    _, ready = await a_stand.ready()
    await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == a_stand.film.read_bytes()


@EACH
async def test_fetch_of_an_expired_link(a_stand: Stand, tmp_path: Path) -> None:
    """Dead, unless the content route still has it."""
    _, ready = await a_stand.ready()
    a_stand.local.cdn.expire_all()
    if a_stand.dialect.content:
        await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)
        assert (tmp_path / "clip").read_bytes() == a_stand.film.read_bytes()
        return
    with pytest.raises(LinkDead):
        await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)


@EACH
async def test_fetch_where_every_way_is_dead(a_stand: Stand, tmp_path: Path) -> None:
    _, ready = await a_stand.ready()
    a_stand.local.cdn.expire_all()
    a_stand.local.wire.fail(Fault(route="GET /v1/videos/*", status=404, times=None))
    with pytest.raises(LinkDead):
        await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)


@EACH
async def test_fetch_past_the_limit(a_stand: Stand, tmp_path: Path) -> None:
    _, ready = await a_stand.ready()
    with pytest.raises(ClipUnusable):
        await a_stand.provider.fetch(ready, tmp_path / "clip", replace(LIMITS, max_bytes=1000))


@EACH
async def test_fetch_without_length_and_packed(a_stand: Stand, tmp_path: Path) -> None:
    """Gateways pack and stream as they like on their own route; a stranger's packed file is refused."""
    _, ready = await a_stand.ready()
    a_stand.local.cdn.habits.no_length = True
    content = getattr(a_stand.local, "content", None)
    if content is not None:
        content.no_length = content.gzip = True
    await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == a_stand.film.read_bytes()


@EACH
async def test_fetch_of_a_link_into_the_private_network(a_stand: Stand, tmp_path: Path) -> None:
    for link in ("http://169.254.169.254/latest", "https://10.0.0.1/x", "http://127.0.0.1:1/x"):
        with pytest.raises(AddressBlocked):
            await a_stand.provider.fetch(Ready(url=link), tmp_path / "clip", LIMITS)


@EACH
async def test_the_key_stays_at_its_own_host(a_stand: Stand, tmp_path: Path) -> None:
    """Neither a CDN nor a redirect to another origin ever sees it, not even for an authorised link."""
    async with Echo([(200, b"a clip")]) as elsewhere:
        task, _ = await a_stand.ready()
        a_stand.local.cdn_origin = f"http://localhost:{a_stand.local.port}"
        provider = build(
            Account(
                name="x", kind=a_stand.dialect.kind, key=a_stand.local.api_key, base_url=a_stand.local.base_url,
                flavour=a_stand.dialect.flavour,
            ),
            Guard([f"127.0.0.1:{elsewhere.port}"]),
        )  # fmt: skip
        here = f"{a_stand.local.origin}/v1/videos/x/content"
        a_stand.local.wire.fail(
            Fault(route="GET /v1/videos/x/content", status=302, headers={"Location": f"{elsewhere.base_url}/clip"})
        )
        home = a_stand.local.origin
        await provider.fetch(Ready(url=here, authorised=True, endpoint=home), tmp_path / "a", LIMITS)
        await provider.fetch(
            Ready(url=f"{elsewhere.base_url}/b", authorised=True, endpoint=home), tmp_path / "b", LIMITS
        )
        await provider.close()
    first = a_stand.local.wire.requests("GET /v1/videos/x/content")[0]
    assert a_stand.local.api_key in str(first.headers)
    assert len(elsewhere.sent) == 2
    assert a_stand.local.api_key not in str([sent.headers for sent in elsewhere.sent])
    assert isinstance(task, Task)


@EACH
async def test_an_echoed_key_is_not_repeated(a_stand: Stand) -> None:
    key = a_stand.local.api_key
    body = error(400, f"the key {key} is fine but this is not")
    a_stand.local.wire.fail(replace(answer(400, body), route=a_stand.dialect.create))
    with pytest.raises(Refused) as caught:
        await a_stand.provider.submit(await a_stand.provider.draft(a_stand.create()))
    assert key not in str(caught.value.facts)
    assert key not in repr(a_stand.provider)


@EACH
async def test_balance(a_stand: Stand) -> None:
    balance = await a_stand.provider.balance()
    if a_stand.dialect.name == "toapis":
        assert balance is not None
        assert balance.left == pytest.approx(100.0)
    else:
        assert balance is None


@EACH
async def test_forget(a_stand: Stand) -> None:
    task = await a_stand.made()
    can = a_stand.dialect.name in ("bifrost", "plain")
    assert await a_stand.provider.forget(task) is can
    assert isinstance(await a_stand.provider.check(task), Missing if can else Ready)
