"""Some days of a server's life, written down through the bot's own store, as the bot would have done it."""

import random
from datetime import UTC, datetime

from bot.catalogue.load import load_catalogue
from bot.catalogue.model import Model
from bot.catalogue.options import model_price
from bot.jobs.ids import new_code, new_job_id
from bot.jobs.job import Job, JobMoney, Kind, State
from bot.jobs.server_settings import ServerSettings
from bot.sandbox.discord import Member
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.repositories import build_repositories
from tests.browser.person import House

DAY_S = 86_400.0
LIKED = {  # how often each model is chosen
    ("toapis", "grok-video-3"): 12,
    ("toapis", "grok-video-1.5-preview"): 5,
    ("xai", "grok-imagine-video"): 4,
    ("xai", "grok-imagine-video-1.5-lite"): 3,
}
STEPS = (State.ACCEPTED, State.SUBMITTING, State.POLLING, State.DOWNLOADING, State.DELIVERING)


async def live(house: House, days: int, rules: ServerSettings) -> None:
    """Fill the ledger of the last days, today included, and set the rules. The bot must not run yet."""
    chance, stage = random.Random(8), house.stage  # noqa: S311 - the same days every time
    models = [model for model in load_catalogue() if (model.kind, model.key) in LIKED]
    liked = [LIKED[model.kind, model.key] for model in models]
    database = await Database.open(house.world.data / "retake.sqlite3")
    store, repositories = SqlJobStore(database), build_repositories(database)
    now = datetime.now(UTC).timestamp()
    try:
        for member in stage.people:
            await repositories.members.record(stage.guild.id, member.id, member.name, now)
        for day in range(days - 1, -1, -1):
            for _ in range(chance.choice((2, 4, 5, 7, 9, 11)) if day else 3):
                who = chance.choices(stage.people, (5, 3, 2))[0]
                at = now - day * DAY_S if day else now - 60.0
                await _made(store, house, who, chance.choices(models, liked)[0], at)
        await repositories.servers.edit_settings(stage.guild.id, stage.carol.id, now - 3 * DAY_S, lambda _: rules)
    finally:
        await database.close()


async def _made(store: SqlJobStore, house: House, who: Member, model: Model, at: float) -> None:
    """A video that was requested, paid, posted and then deleted."""
    job_id, price = new_job_id(), model_price(model, model.default_seconds, model.default_resolution)
    assert price is not None
    job: Job | None = Job(
        id=job_id,
        code=new_code(),
        state=State.RECEIVED,
        kind=Kind.GENERATE,
        user_id=who.id,
        guild_id=house.stage.guild.id,
        channel_id=house.stage.videos.id,
        prompt="a paper boat",
        model=model.key,
        account=model.kind,
        created_at=at,
        updated_at=at,
        due_at=at,
        root_id=job_id,
        money=JobMoney(price_micros=price),
    )
    assert job is not None
    job = await store.insert(job)
    for state in STEPS:
        assert job is not None
        job = await store.transition(job, state, now=at, why="history")
    assert job is not None
    await store.transition(job, State.DELIVERED, now=at, why="history", money="capture", due_at=None, delivered_at=at)
