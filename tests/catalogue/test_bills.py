"""What a job costs in the ledger is what its provider charges, for every local provider and kind of request."""

import asyncio
import contextlib
import io
import itertools
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.catalogue.load import load_catalogue
from bot.ordering.remix_methods import RUNGS
from bot.sandbox.discord import LocalMessage, Upload
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.billing import bill_micros
from bot.sandbox.providers.server import LocalProvider
from tests.catalogue.bill_worlds import ALL_TERMS, SORA, WORLDS, BillWorld
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import set_server_settings
from tests.remix.helpers import code_of

CATALOGUES = {"shipped prices": SORA, "every term": ALL_TERMS}
PRICED = [model for model in load_catalogue(None) if model.price is not None]
CAPTURED = (
    "SELECT job.prompt, SUM(ledger.micros) FROM ledger JOIN job ON job.id = ledger.job_id"
    " WHERE ledger.kind = 'capture' AND job.account = ? GROUP BY job.id"
)


def picture() -> Upload:
    file = io.BytesIO()
    Image.new("RGB", (320, 180), "teal").save(file, "PNG")
    return Upload("sea.png", file.getvalue(), "image/png")


def captured(harness: BotHarness, account: str) -> dict[str, int]:
    """Return the captured price of each job of an account, by prompt."""
    with contextlib.closing(sqlite3.connect(harness.data / "retake.sqlite3")) as database:
        return dict(database.execute(CAPTURED, (account,)).fetchall())


def charged(provider: LocalProvider) -> dict[str, int]:
    """Return what a provider charged for each task, by prompt."""
    return {provider.tasks[charge.task_id].prompt: round(charge.usd * 1_000_000) for charge in provider.charges}


def assert_books_agree(harness: BotHarness, count: int) -> None:
    providers = (harness.provider, *harness.other_providers)
    assert sum(len(provider.charges) for provider in providers) == count
    for provider in providers:
        assert charged(provider) == captured(harness, provider.name)
        assert provider.complaints == []


@contextlib.asynccontextmanager
async def studio(
    world: BillWorld, catalogue: str, folder: Path, rungs: tuple[str, ...] = RUNGS
) -> AsyncIterator[BotHarness]:
    host = folder / "host.toml"
    await asyncio.to_thread(host.write_text, CATALOGUES[catalogue])
    own = world.provider(host)
    others: tuple[LocalProvider, ...] = () if isinstance(own, LocalToAPIs) else (own,)
    if own.name != "xai":
        others += (WORLDS["xai"].provider(host),)
    overrides = {own.name: world.account}
    async with open_harness(
        folder, other_providers=others, account_overrides=overrides, catalogue=host, remix_rungs=rungs
    ) as harness:
        harness.provider.host_catalogue = host
        await set_server_settings(harness, videos_per_member=None, budget_day_micros=None)
        yield harness


def key(harness: BotHarness, world: BillWorld) -> str:
    account = harness.provider.name if isinstance(world.make(), LocalToAPIs) else harness.other_providers[0].name
    return f"{world.model}@{account}"


async def order(harness: BotHarness, command: str, prompt: str, **options: object) -> LocalMessage:
    chosen = {name: value for name, value in options.items() if value is not None}
    await harness.alice.slash(harness.channel, command, prompt=prompt, **chosen)
    return await harness.wait_for_clip(prompt)


@pytest.mark.parametrize("catalogue", CATALOGUES)
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
async def test_new_videos_cost_what_the_provider_charges(world: BillWorld, catalogue: str, tmp_path: Path) -> None:
    async with studio(world, catalogue, tmp_path) as harness:
        requests = list(itertools.product((None, *world.seconds), world.resolutions, (False, True)))
        for number, (seconds, resolution, has_picture) in enumerate(requests):
            await order(
                harness, "generate", f"a paper boat, number {number}.", model=key(harness, world), seconds=seconds,
                resolution=resolution, image=picture() if has_picture else None,
            )  # fmt: skip
        assert_books_agree(harness, len(requests))


@pytest.mark.parametrize("catalogue", CATALOGUES)
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
async def test_remixes_cost_what_the_provider_charges(world: BillWorld, catalogue: str, tmp_path: Path) -> None:
    """Natively, by an edit of the clip, of remixes and extensions too, from each resolution."""
    async with studio(world, catalogue, tmp_path) as harness:
        count = 0
        for resolution in world.resolutions:
            name = f"in {resolution}."
            source = await order(
                harness, "generate", f"a paper boat {name}", model=key(harness, world), seconds=world.seconds[0],
                resolution=resolution,
            )  # fmt: skip
            remix = await order(harness, "remix", f"it snows {name}", video=code_of(source))
            await order(harness, "remix", f"it rains {name}", video=code_of(remix))
            edit = await order(harness, "remix", f"in red {name}", video=code_of(remix), model="grok-imagine-video@xai")
            await order(harness, "remix", f"in blue {name}", video=code_of(edit))
            count += 5
            if world.extends:
                longer = await order(harness, "extend", f"it sails on {name}", video=code_of(source))
                await order(harness, "remix", f"at night {name}", video=code_of(longer))
                count += 2
        assert_books_agree(harness, count)


@pytest.mark.parametrize("catalogue", CATALOGUES)
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
async def test_a_remix_from_the_last_frame_costs_its_picture(world: BillWorld, catalogue: str, tmp_path: Path) -> None:
    async with studio(world, catalogue, tmp_path, ("image",)) as harness:
        first = await order(
            harness, "generate", "a paper boat.", model=key(harness, world), seconds=world.seconds[0],
            resolution=world.resolutions[-1],
        )  # fmt: skip
        again = await order(harness, "remix", "the boat turns.", video=code_of(first), model=key(harness, world))
        other = await order(harness, "remix", "the boat sinks.", video=code_of(first), model="grok-imagine-video@xai")
        assert all("(from its last frame)" in message.content for message in (again, other))
        longer = await order(harness, "extend", "the boat sails on.", video=code_of(first))
        assert "continued from its last frame" in longer.content
        assert_books_agree(harness, 4)


@given(st.data())
def test_the_local_providers_bill_every_priced_model_as_quoted(data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(PRICED), label="model")
    seconds = data.draw(st.integers(1, 60), label="seconds")
    images, input_seconds = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 60))
    assert model.price is not None
    inherited = tuple(model.price.by_resolution) or (None,)  # an extension may have its source's resolution
    resolution = data.draw(st.sampled_from(model.resolutions or inherited), label="resolution")
    quoted = model.price.cost_micros(seconds, resolution, images, input_seconds)
    name = model.wire if model.creates else model.key
    assert bill_micros(model.kind, name, seconds, resolution, images, input_seconds) == quoted
