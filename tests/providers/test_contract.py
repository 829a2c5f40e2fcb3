"""One table over every dialect: what becomes of a paid request, of a question and of a download, whatever happens.

`python -m tests.providers.matrix` prints it. A test's id is `case-dialect`.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Kind
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
from tests.providers.cases import HTML, PAID_CASES, STATUS_CASES, PaidCase, answer
from tests.providers.stands import EACH_DIALECT, LIMITS, Rig, start_rig


async def pay_for(a_stand: Rig, case: PaidCase, verb: str) -> None:
    """One paid request under a fault: the right error, one request on the wire, and none to anywhere else."""
    dialect = a_stand.dialect
    order = a_stand.order() if verb == "create" else await a_stand.remix_order()
    route = dialect.create if verb == "create" else dialect.follow
    draft = await a_stand.provider.draft(order)
    before = len(a_stand.local.wire.seen)
    a_stand.local.wire.fail(replace(case.fault, route=route))
    expected = (case.follow_up_error if verb == "follow" and dialect.name != "xai" else None) or case.error
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


@EACH_DIALECT
@pytest.mark.parametrize("case", PAID_CASES)
async def test_create(a_stand: Rig, case: str) -> None:
    await pay_for(a_stand, PAID_CASES[case], "create")


@EACH_DIALECT
@pytest.mark.parametrize("case", PAID_CASES)
async def test_remix(a_stand: Rig, case: str) -> None:
    await pay_for(a_stand, PAID_CASES[case], "follow")


@EACH_DIALECT
@pytest.mark.parametrize("verb", ["create", "remix"])
async def test_accepted(a_stand: Rig, verb: str) -> None:
    order = a_stand.order() if verb == "create" else await a_stand.remix_order()
    draft = await a_stand.provider.draft(order)
    charges = len(a_stand.local.charges)
    task = await a_stand.provider.submit(draft)
    assert len(a_stand.local.charges) == charges + 1
    assert task.endpoint == a_stand.local.origin
    await a_stand.local.finish(a_stand.local_id(task))
    assert isinstance(await a_stand.provider.check(task), Ready)


@EACH_DIALECT
async def test_paid_timeout_is_counted_once_on_the_wire(a_stand: Rig) -> None:
    fault = a_stand.local.wire.fail(Fault(route=a_stand.dialect.create, when="after", delay_s=1.0, times=None))
    with pytest.raises(OutcomeUnknown):
        await a_stand.provider.submit(await a_stand.provider.draft(a_stand.order()))
    assert fault.hits == 1
    assert len(a_stand.local.charges) == 1


@EACH_DIALECT
async def test_connection_refused(a_stand: Rig) -> None:
    draft = await a_stand.provider.draft(a_stand.order())
    task = await a_stand.finished_task()
    await a_stand.local.stop()
    with pytest.raises(NotSent):
        await a_stand.provider.submit(draft)
    with pytest.raises(Unreachable):
        await a_stand.provider.check(task)


@EACH_DIALECT
@pytest.mark.parametrize("case", STATUS_CASES)
async def test_check(a_stand: Rig, case: str) -> None:
    task, asked = await a_stand.finished_task(), STATUS_CASES[case]
    a_stand.local.wire.fail(replace(asked.fault, route=a_stand.dialect.poll))
    try:
        state: object = await a_stand.provider.check(task)
    except (Unreachable, RateLimited, AccountTrouble) as trouble:
        state = trouble
    assert type(state) is asked.expected
    for name, value in asked.attrs:
        assert getattr(state, name) == value


@EACH_DIALECT
async def test_check_of_a_task_that_never_was(a_stand: Rig) -> None:
    made = await a_stand.finished_task()
    nobody = made.task_id[:-8] + "AAAAAAAA" if a_stand.dialect.name != "bifrost" else "video_nobody:openai"
    assert isinstance(await a_stand.provider.check(replace(made, task_id=nobody)), Missing)


@EACH_DIALECT
async def test_check_is_tried_again_after_a_short_trouble(a_stand: Rig) -> None:
    task = await a_stand.finished_task()
    a_stand.local.wire.fail(Fault(route=a_stand.dialect.poll, status=503, body=HTML, times=1))
    assert isinstance(await a_stand.provider.check(task), Ready)


@EACH_DIALECT
async def test_completed_without_a_link(a_stand: Rig) -> None:
    """The content route where there is one; else the engine is told that it says so, and asks again."""
    task = await a_stand.finished_task()
    body = {"id": task.task_id, "status": "completed", "video_url": "", "result": None}
    a_stand.local.wire.fail(replace(answer(200, body), route=a_stand.dialect.poll))
    state = await a_stand.provider.check(task)
    if a_stand.dialect.content:
        assert isinstance(state, Ready)
        assert state.authorised
    else:
        assert state == Pending(raw_status="completed")


@EACH_DIALECT
async def test_a_remix_with_the_id_of_its_source(a_stand: Rig) -> None:
    """It is a task of its own, and the source's clip is never taken for its result."""
    task, ready = await a_stand.ready_task()
    source = a_stand.source(replace(task, spare_ids={**task.spare_ids, **ready.spare_ids}))
    draft = await a_stand.provider.draft(a_stand.order(kind=Kind.REMIX, source=source))
    same = {"id": task.task_id, "request_id": task.task_id, "status": "processing", "progress": 0}
    a_stand.local.wire.fail(replace(answer(200, same), route=a_stand.dialect.follow))
    remix = await a_stand.provider.submit(draft)
    assert remix.task_id == task.task_id
    assert remix != task
    assert await a_stand.provider.check(remix) == Pending(raw_status=SOURCE_CLIP_ONLY)
    assert isinstance(await a_stand.provider.check(task), Ready)


@EACH_DIALECT
async def test_settings_may_change_before_a_job_ends(a_stand: Rig, tmp_path: Path) -> None:
    """The task is asked for, and fetched, where it was made and in the protocol that made it."""
    task = await a_stand.finished_task()
    other = replace(a_stand.dialect, protocol="unified" if a_stand.dialect.protocol == "openai" else "")
    async with start_rig(other, a_stand.film) as moved:
        moved.local.api_key = a_stand.local.api_key
        provider = _with_key(moved, a_stand)
        state = await provider.check(task)
        assert isinstance(state, Ready)
        await provider.fetch(state, tmp_path / "clip", LIMITS)
        await provider.close()
        assert moved.local.wire.seen == []
    assert (tmp_path / "clip").read_bytes() == a_stand.film.read_bytes()


def _with_key(moved: Rig, old: Rig) -> Provider:
    account = Account(
        name=old.dialect.name, kind=old.dialect.kind, key=old.local.api_key, base_url=moved.local.base_url,
        flavour=old.dialect.flavour,
    )  # fmt: skip
    return build_provider(account, SsrfGuard([f"127.0.0.1:{old.local.port}"]))
