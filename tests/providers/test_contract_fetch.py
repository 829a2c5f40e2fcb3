"""The contract of downloads and of everything beside the paid request, over every dialect."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.provider_errors import AddressBlocked, ClipUnusable, LinkDead, Refused
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Missing, Ready, Task
from bot.providers import Account, build_provider
from bot.sandbox.fault_injection import Fault
from tests.providers.cases import answer, error
from tests.providers.echo import RecordingServer
from tests.providers.stands import EACH_DIALECT, LIMITS, Rig


@EACH_DIALECT
async def test_fetch(a_stand: Rig, tmp_path: Path) -> None:
    _, ready = await a_stand.ready_task()
    await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == a_stand.film.read_bytes()


@EACH_DIALECT
async def test_fetch_of_an_expired_link(a_stand: Rig, tmp_path: Path) -> None:
    """Dead, unless the content route still has it."""
    _, ready = await a_stand.ready_task()
    a_stand.local.cdn.expire_all()
    if a_stand.dialect.content:
        await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)
        assert (tmp_path / "clip").read_bytes() == a_stand.film.read_bytes()
        return
    with pytest.raises(LinkDead):
        await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)


@EACH_DIALECT
async def test_fetch_where_every_way_is_dead(a_stand: Rig, tmp_path: Path) -> None:
    _, ready = await a_stand.ready_task()
    a_stand.local.cdn.expire_all()
    a_stand.local.wire.fail(Fault(route="GET /v1/videos/*", status=404, times=None))
    with pytest.raises(LinkDead):
        await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)


@EACH_DIALECT
async def test_fetch_past_the_limit(a_stand: Rig, tmp_path: Path) -> None:
    _, ready = await a_stand.ready_task()
    with pytest.raises(ClipUnusable):
        await a_stand.provider.fetch(ready, tmp_path / "clip", replace(LIMITS, max_bytes=1000))


@EACH_DIALECT
async def test_fetch_without_length_and_packed(a_stand: Rig, tmp_path: Path) -> None:
    """Gateways pack and stream as they like on their own route; a stranger's packed file is refused."""
    _, ready = await a_stand.ready_task()
    a_stand.local.cdn.habits.no_length = True
    content = getattr(a_stand.local, "content", None)
    if content is not None:
        content.no_length = content.gzip = True
    await a_stand.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == a_stand.film.read_bytes()


@EACH_DIALECT
async def test_fetch_of_a_link_into_the_private_network(a_stand: Rig, tmp_path: Path) -> None:
    for link in ("http://169.254.169.254/latest", "https://10.0.0.1/x", "http://127.0.0.1:1/x"):
        with pytest.raises(AddressBlocked):
            await a_stand.provider.fetch(Ready(url=link), tmp_path / "clip", LIMITS)


@EACH_DIALECT
async def test_the_key_stays_at_its_own_host(a_stand: Rig, tmp_path: Path) -> None:
    """Neither a CDN nor a redirect to another origin ever sees it, not even for an authorised link."""
    async with RecordingServer([(200, b"a clip")]) as elsewhere:
        task, _ = await a_stand.ready_task()
        a_stand.local.cdn_origin = f"http://localhost:{a_stand.local.port}"
        provider = build_provider(
            Account(
                name="x", kind=a_stand.dialect.kind, key=a_stand.local.api_key, base_url=a_stand.local.base_url,
                flavour=a_stand.dialect.flavour,
            ),
            SsrfGuard([f"127.0.0.1:{elsewhere.port}"]),
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
    assert len(elsewhere.requests) == 2
    assert a_stand.local.api_key not in str([sent.headers for sent in elsewhere.requests])
    assert isinstance(task, Task)


@EACH_DIALECT
async def test_an_echoed_key_is_not_repeated(a_stand: Rig) -> None:
    key = a_stand.local.api_key
    body = error(400, f"the key {key} is fine but this is not")
    a_stand.local.wire.fail(replace(answer(400, body), route=a_stand.dialect.create))
    with pytest.raises(Refused) as caught:
        await a_stand.provider.submit(await a_stand.provider.draft(a_stand.order()))
    assert key not in str(caught.value.facts)
    assert key not in repr(a_stand.provider)


@EACH_DIALECT
async def test_balance(a_stand: Rig) -> None:
    balance = await a_stand.provider.balance()
    if a_stand.dialect.name == "toapis":
        assert balance is not None
        assert balance.remaining == pytest.approx(100.0)
    else:
        assert balance is None


@EACH_DIALECT
async def test_forget(a_stand: Rig) -> None:
    task = await a_stand.finished_task()
    can = a_stand.dialect.name in ("bifrost", "plain")
    assert await a_stand.provider.delete_task(task) is can
    assert isinstance(await a_stand.provider.check(task), Missing if can else Ready)
