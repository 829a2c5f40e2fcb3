"""The contract of all provider adapters for downloads, deletion and balances."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.provider_errors import AddressBlocked, ClipUnusable, LinkDead, Refused
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Missing, Ready, Task
from bot.providers import Account, build_provider
from bot.sandbox.fault_injection import Fault
from tests.providers.cases import error_body, fault_response
from tests.providers.recording_server import RecordingServer
from tests.providers.rigs import EACH_DIALECT, LIMITS, ProviderRig

BALANCES = {  # the others tell none
    "toapis": (100.0, "balance"), "runway": (10_000.0, "credits"), "runware": (100.0, "US dollars"),
}  # fmt: skip


@EACH_DIALECT
async def test_fetch(rig: ProviderRig, tmp_path: Path) -> None:
    _, ready = await rig.ready_task()
    await rig.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == rig.clip.read_bytes()


@EACH_DIALECT
async def test_fetch_of_an_expired_link(rig: ProviderRig, tmp_path: Path) -> None:
    """The link is dead unless the content route still has the clip."""
    _, ready = await rig.ready_task()
    rig.local.cdn.expire_all()
    if rig.dialect.content:
        await rig.provider.fetch(ready, tmp_path / "clip", LIMITS)
        assert (tmp_path / "clip").read_bytes() == rig.clip.read_bytes()
        return
    with pytest.raises(LinkDead):
        await rig.provider.fetch(ready, tmp_path / "clip", LIMITS)


@EACH_DIALECT
async def test_fetch_if_every_link_is_dead(rig: ProviderRig, tmp_path: Path) -> None:
    _, ready = await rig.ready_task()
    rig.local.cdn.expire_all()
    rig.local.wire.fail(Fault(route=f"GET {rig.prefix}/v1/videos/*", status=404, times=None))
    with pytest.raises(LinkDead):
        await rig.provider.fetch(ready, tmp_path / "clip", LIMITS)


@EACH_DIALECT
async def test_fetch_past_the_limit(rig: ProviderRig, tmp_path: Path) -> None:
    _, ready = await rig.ready_task()
    with pytest.raises(ClipUnusable):
        await rig.provider.fetch(ready, tmp_path / "clip", replace(LIMITS, max_bytes=1000))


@EACH_DIALECT
async def test_fetch_without_content_length_and_with_gzip(rig: ProviderRig, tmp_path: Path) -> None:
    """Gateways may compress and chunk on their own route; compressed files of other servers are rejected."""
    _, ready = await rig.ready_task()
    rig.local.cdn.faults.no_length = True
    content = getattr(rig.local, "content", None)
    if content is not None:
        content.no_length = content.gzip = True
    await rig.provider.fetch(ready, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == rig.clip.read_bytes()


@EACH_DIALECT
async def test_fetch_of_a_private_address(rig: ProviderRig, tmp_path: Path) -> None:
    for link in ("http://169.254.169.254/latest", "https://10.0.0.1/x", "http://127.0.0.1:1/x"):
        with pytest.raises(AddressBlocked):
            await rig.provider.fetch(Ready(url=link), tmp_path / "clip", LIMITS)


@EACH_DIALECT
async def test_the_key_is_sent_to_its_own_host_only(rig: ProviderRig, tmp_path: Path) -> None:
    """Neither a CDN nor the target of a redirect to another origin receives the key, even for authorised links."""
    async with RecordingServer([(200, b"a clip")]) as elsewhere:
        task, _ = await rig.ready_task()
        rig.local.cdn_origin = f"http://localhost:{rig.local.port}"
        provider = build_provider(
            Account(
                name="x", kind=rig.dialect.kind, key=rig.local.api_key, base_url=rig.local.base_url,
                flavour=rig.dialect.flavour,
            ),
            SsrfGuard([f"127.0.0.1:{elsewhere.port}"]),
        )  # fmt: skip
        here, route = f"{rig.endpoint}/v1/videos/x/content", f"GET {rig.prefix}/v1/videos/x/content"
        rig.local.wire.fail(Fault(route=route, status=302, headers={"Location": f"{elsewhere.base_url}/clip"}))
        home = rig.endpoint
        await provider.fetch(Ready(url=here, authorised=True, endpoint=home), tmp_path / "a", LIMITS)
        await provider.fetch(
            Ready(url=f"{elsewhere.base_url}/b", authorised=True, endpoint=home), tmp_path / "b", LIMITS
        )
        await provider.close()
    first = rig.local.wire.requests(route)[0]
    assert rig.local.api_key in str(first.headers)
    assert len(elsewhere.requests) == 2
    assert rig.local.api_key not in str([request.headers for request in elsewhere.requests])
    assert isinstance(task, Task)


@EACH_DIALECT
async def test_an_echoed_key_is_not_repeated(rig: ProviderRig) -> None:
    key = rig.local.api_key
    body = error_body(400, f"the key {key} is fine but this is not")
    rig.local.wire.fail(replace(fault_response(400, body), route=rig.dialect.create))
    with pytest.raises(Refused) as caught:
        await rig.provider.submit(await rig.provider.draft(rig.order()))
    assert key not in str(caught.value.facts)
    assert key not in repr(rig.provider)


@EACH_DIALECT
async def test_balance(rig: ProviderRig) -> None:
    balance = await rig.provider.balance()
    expected = BALANCES.get(rig.dialect.name)
    assert (balance and (balance.remaining, balance.unit)) == expected


@EACH_DIALECT
async def test_delete_task(rig: ProviderRig) -> None:
    task = await rig.finished_task()
    can = rig.dialect.name in ("bifrost", "plain", "vllm", "sglang", "runway", "gemini")
    assert await rig.provider.delete_task(task) is can
    assert isinstance(await rig.provider.check(task), Missing if can else Ready)
