"""The contract of all provider adapters for paid requests and polls, under every response and failure.

`python -m tests.providers.matrix` prints it as a table. A test's id is `case-dialect`.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.provider_errors import (
    AccountTrouble,
    NotSent,
    OutcomeUnknown,
    PolicyRefused,
    ProviderError,
    RateLimited,
    Unreachable,
)
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Missing, Pending, Provider, Ready
from bot.providers import Account, build_provider
from bot.providers.task_state import SOURCE_CLIP_ONLY
from bot.sandbox.fault_injection import Fault
from tests.providers.cases import HTML, PAID_CASES, STATUS_CASES, PaidCase, fault_response
from tests.providers.rigs import EACH_DIALECT, LIMITS, ProviderRig, start_rig


async def assert_paid_error(rig: ProviderRig, case: PaidCase, verb: str) -> None:
    """Send one paid request under a fault. Require the expected error and exactly one request to the provider."""
    dialect = rig.dialect
    order = rig.order() if verb == "create" else await rig.remix_order()
    route = dialect.create if verb == "create" else dialect.follow_up
    draft = await rig.provider.draft(order)
    before = len(rig.local.wire.seen)
    rig.local.wire.fail(replace(case.fault, route=route))
    expected = (case.follow_up_error if verb == "follow" and not dialect.sends_clip else None) or case.error
    if dialect.policy_422 and case.fault.status == 422:
        expected = PolicyRefused
    with pytest.raises(ProviderError) as caught:
        await rig.provider.submit(draft)
    assert type(caught.value) is expected
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after_s == case.retry_after_s
    if case.fault.delay_s:  # the server records the request only when it has finished it
        return
    assert [seen.method for seen in rig.local.wire.seen[before:]] == ["POST"]
    assert rig.local.api_key not in str(caught.value.facts)


@EACH_DIALECT
@pytest.mark.parametrize("case", PAID_CASES)
async def test_create(rig: ProviderRig, case: str) -> None:
    await assert_paid_error(rig, PAID_CASES[case], "create")


@EACH_DIALECT
@pytest.mark.parametrize("case", PAID_CASES)
async def test_remix(rig: ProviderRig, case: str) -> None:
    await assert_paid_error(rig, PAID_CASES[case], "follow")


@EACH_DIALECT
@pytest.mark.parametrize("verb", ["create", "remix"])
async def test_accepted(rig: ProviderRig, verb: str) -> None:
    order = rig.order() if verb == "create" else await rig.remix_order()
    draft = await rig.provider.draft(order)
    charges = len(rig.local.charges)
    task = await rig.provider.submit(draft)
    assert len(rig.local.charges) == charges + 1
    assert task.endpoint == rig.endpoint
    await rig.local.finish(rig.local_id(task))
    assert isinstance(await rig.provider.check(task), Ready)


@EACH_DIALECT
async def test_paid_timeout_is_counted_once_on_the_wire(rig: ProviderRig) -> None:
    fault = rig.local.wire.fail(Fault(route=rig.dialect.create, when="after", delay_s=1.0, times=None))
    with pytest.raises(OutcomeUnknown):
        await rig.provider.submit(await rig.provider.draft(rig.order()))
    assert fault.hits == 1
    assert len(rig.local.charges) == 1


@EACH_DIALECT
async def test_connection_refused(rig: ProviderRig) -> None:
    draft = await rig.provider.draft(rig.order())
    task = await rig.finished_task()
    await rig.local.stop()
    with pytest.raises(NotSent):
        await rig.provider.submit(draft)
    with pytest.raises(Unreachable):
        await rig.provider.check(task)


@EACH_DIALECT
@pytest.mark.parametrize("case", STATUS_CASES)
async def test_check(rig: ProviderRig, case: str) -> None:
    task, status_case = await rig.finished_task(), STATUS_CASES[case]
    rig.local.wire.fail(replace(status_case.fault, route=rig.dialect.poll))
    try:
        state: object = await rig.provider.check(task)
    except (Unreachable, RateLimited, AccountTrouble) as trouble:
        state = trouble
    assert type(state) is status_case.expected
    for name, value in status_case.attrs:
        assert getattr(state, name) == value


@EACH_DIALECT
async def test_check_of_an_unknown_task(rig: ProviderRig) -> None:
    task = await rig.finished_task()
    unknown_id = task.task_id[:-8] + "AAAAAAAA" if rig.dialect.name != "bifrost" else "video_unknown:openai"
    assert isinstance(await rig.provider.check(replace(task, task_id=unknown_id)), Missing)


@EACH_DIALECT
async def test_check_is_retried_after_a_short_error(rig: ProviderRig) -> None:
    task = await rig.finished_task()
    rig.local.wire.fail(Fault(route=rig.dialect.poll, status=503, body=HTML, times=1))
    assert isinstance(await rig.provider.check(task), Ready)


@EACH_DIALECT
async def test_completed_without_a_link(rig: ProviderRig) -> None:
    """The state is Ready with the content route if there is one; otherwise Pending, so that it is polled again."""
    task = await rig.finished_task()
    body = {"id": task.task_id, "status": "completed", "video_url": "", "result": None}
    rig.local.wire.fail(replace(fault_response(200, body), route=rig.dialect.poll))
    state = await rig.provider.check(task)
    if rig.dialect.content:
        assert isinstance(state, Ready)
        assert state.authorised
    else:
        assert state == Pending(raw_status="completed", finished=True)


@EACH_DIALECT
async def test_a_remix_with_the_id_of_its_source(rig: ProviderRig) -> None:
    """The remix is a separate task, and the source's clip is never taken for its result."""
    if rig.dialect.remix_method == "image":
        pytest.skip("a video from the last frame names no source")
    if rig.dialect.chooses_ids:
        pytest.skip("its id is ours, and no answer changes it")
    task, ready = await rig.ready_task()
    source = rig.source(replace(task, spare_ids={**task.spare_ids, **ready.spare_ids}))
    draft = await rig.provider.draft(rig.order(kind=rig.dialect.follow_up_kind, source=source))
    same = {"id": task.task_id, "request_id": task.task_id, "status": "processing", "progress": 0}
    rig.local.wire.fail(replace(fault_response(200, same), route=rig.dialect.follow_up))
    remix = await rig.provider.submit(draft)
    assert remix.task_id == task.task_id
    assert remix != task
    assert await rig.provider.check(remix) == Pending(raw_status=SOURCE_CLIP_ONLY)
    assert isinstance(await rig.provider.check(task), Ready)


@EACH_DIALECT
async def test_settings_may_change_while_a_job_runs(rig: ProviderRig, tmp_path: Path) -> None:
    """A task is polled and fetched at the endpoint, and in the protocol, in which it was created."""
    task = await rig.finished_task()
    other = replace(rig.dialect, protocol="unified" if rig.dialect.protocol == "openai" else "")
    async with start_rig(other, rig.clip) as new_rig:
        new_rig.local.api_key = rig.local.api_key
        provider = _provider_with_old_key(new_rig, rig)
        state = await provider.check(task)
        assert isinstance(state, Ready)
        await provider.fetch(state, tmp_path / "clip", LIMITS)
        await provider.close()
        assert new_rig.local.wire.seen == []
    assert (tmp_path / "clip").read_bytes() == rig.clip.read_bytes()


def _provider_with_old_key(new_rig: ProviderRig, old_rig: ProviderRig) -> Provider:
    account = Account(
        name=old_rig.dialect.name,
        kind=old_rig.dialect.kind,
        key=old_rig.local.api_key,
        base_url=new_rig.local.base_url,
        flavour=old_rig.dialect.flavour,
    )
    return build_provider(account, SsrfGuard([f"127.0.0.1:{old_rig.local.port}"]))
