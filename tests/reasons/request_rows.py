"""Rows of what is wrong with the prompt, the model or an option of a request."""

from dataclasses import replace
from pathlib import Path

from bot.catalogue.model import Model
from bot.catalogue.offers import Offers
from bot.catalogue.options import ResolvedOptions, resolve_options
from bot.jobs.errors import (
    InvisiblePrompt,
    ModelOff,
    NeedsImage,
    NoImage,
    NoModelEnabled,
    NoModelForWords,
    NoPrice,
    NoSuchOption,
    NotOffered,
    PromptLength,
    UnknownModel,
)
from bot.jobs.job import Job, Kind, State
from bot.jobs.model_errors import (
    NoImageInExtension,
    NoModelForNew,
    NoSuchOptionInExtension,
    NoSuchOptionInRemix,
    NotOfferedInExtension,
    NotOfferedInRemix,
    OnlyChangesVideos,
    PromptTooLong,
    PromptUnits,
    UnknownOption,
)
from bot.jobs.rejections import OptionRepeated, OptionTwice, OwnVideosOnly, PromptForgotten, UnreadableOption
from bot.jobs.server_settings import DELETED_PROMPT, NO_SERVER_LIMITS
from bot.ordering.prompt_options import read_prompt_options
from bot.ordering.quote import PreparedRequest, Quote, Request, quote
from bot.ordering.remix_methods import RUNGS
from bot.providers import Account
from bot.store.jobs import SqlJobStore
from tests.providers.models import model_of
from tests.reasons.row import row
from tests.reasons.worker import job_service
from tests.sample_job import JOB
from tests.stores import open_database

GROK = model_of("toapis/grok-video-3")
XAI = model_of("xai/grok-imagine-video")
CHANGES_ONLY = replace(model_of("octopusx/omni-fast-v2v"), price=GROK.price)
FROM_PICTURE = replace(model_of("toapis/grok-video-1.5-preview"), price=GROK.price)
SHORT_PROMPTS = replace(GROK, prompt_max=50)
UTF16 = replace(GROK, prompt_max=50, prompt_utf16=True)
OWN_VIDEO = replace(JOB, state=State.IMPORTED, account="", model="")
ACCOUNTS = [Account(name="toapis", kind="toapis"), Account(name="octopusx", kind="octopusx")]


def resolve(model: Model, kind: Kind = Kind.GENERATE, /, **options: object) -> ResolvedOptions:
    usual: dict[str, object] = {"aspect": None, "seconds": None, "resolution": None, "has_image": False}
    return resolve_options(model, kind=kind, **{**usual, "prompt": "a lighthouse", **options})  # type: ignore[arg-type]


def typed(model: Model, kind: Kind, option: str, value: object) -> ResolvedOptions:
    """Resolve a remix or an extension with an option that the member typed."""
    return resolve(model, kind, **{option: value, "explicit": {option}})


def quoted(*models: Model, prompt: str = "a lighthouse", model: str | None = None) -> Quote:
    return quote(Offers(models, ACCOUNTS), RUNGS, Request(kind=Kind.GENERATE, prompt=prompt, model=model))


async def prepared(folder: Path, prompt: str, *, source: Job | None = None, any_video: bool = True) -> PreparedRequest:
    """Prepare a request as every way in does it."""
    database = await open_database(folder / "retake.sqlite3")
    try:
        service = job_service(SqlJobStore(database), Offers([GROK], ACCOUNTS))
        kind = Kind.GENERATE if source is None else Kind.REMIX
        rules = replace(NO_SERVER_LIMITS, any_video=any_video)
        return service.prepare(rules, Request(kind=kind, prompt=prompt, source=source))
    finally:
        await database.close()


ROWS = [
    row(PromptLength, lambda _: resolve(GROK, prompt="a"), lambda _: resolve(SHORT_PROMPTS, prompt="x" * 51)),
    row(PromptLength, lambda _: resolve(GROK, prompt="x" * 2001), lambda _: resolve(GROK, prompt="x" * 2000)),
    row(PromptTooLong, lambda _: resolve(SHORT_PROMPTS, prompt="x" * 51), lambda _: resolve(UTF16, prompt="🐈" * 26)),
    row(PromptUnits, lambda _: resolve(UTF16, prompt="🐈" * 26), lambda _: resolve(UTF16, prompt="x" * 51)),
    row(InvisiblePrompt, lambda _: resolve(GROK, prompt="\u200b" * 9), lambda _: resolve(GROK, prompt="🐈🐈🐈")),
    row(UnknownModel, lambda _: quoted(GROK, model="veo"), lambda _: quoted(model="veo")),
    row(NoModelEnabled, lambda _: quoted(), lambda _: quoted(FROM_PICTURE)),
    row(NoModelForWords, lambda _: quoted(FROM_PICTURE, CHANGES_ONLY), lambda _: quoted(CHANGES_ONLY)),
    row(NoModelForNew, lambda _: quoted(CHANGES_ONLY), lambda _: quoted(FROM_PICTURE, CHANGES_ONLY)),
    row(ModelOff, lambda _: resolve(replace(GROK, off="It sleeps.")), lambda _: resolve(replace(GROK, price=None))),
    row(NoPrice, lambda _: resolve(replace(GROK, price=None)), lambda _: resolve(replace(GROK, off="It sleeps."))),
    row(OnlyChangesVideos, lambda _: resolve(CHANGES_ONLY), lambda _: resolve(CHANGES_ONLY, Kind.REMIX)),
    row(NeedsImage, lambda _: resolve(FROM_PICTURE), lambda _: resolve(FROM_PICTURE, has_image=True)),
    row(
        NoImage,
        lambda _: resolve(replace(GROK, image=replace(GROK.image, max_images=0)), has_image=True),
        lambda _: resolve(GROK, Kind.EXTEND, has_image=True),
    ),
    row(NoImageInExtension, lambda _: resolve(GROK, Kind.EXTEND, has_image=True), lambda _: resolve(GROK, Kind.EXTEND)),
    row(NotOffered, lambda _: resolve(GROK, seconds=7), lambda _: typed(XAI, Kind.EXTEND, "seconds", 11)),
    row(
        NotOfferedInRemix,
        lambda _: typed(GROK, Kind.REMIX, "aspect", "1:1"),
        lambda _: resolve(GROK, Kind.REMIX, aspect="1:1"),
    ),
    row(
        NotOfferedInExtension,
        lambda _: typed(XAI, Kind.EXTEND, "seconds", 11),
        lambda _: resolve(XAI, seconds=11),
    ),
    row(
        NoSuchOption,
        lambda _: resolve(GROK, resolution="720p"),
        lambda _: typed(GROK, Kind.REMIX, "seconds", 5),
    ),
    row(NoSuchOptionInRemix, lambda _: typed(GROK, Kind.REMIX, "seconds", 5), lambda _: resolve(GROK, seconds=5)),
    row(NoSuchOptionInExtension, lambda _: typed(GROK, Kind.EXTEND, "seconds", 5), lambda _: resolve(GROK, seconds=5)),
    row(
        UnknownOption,
        lambda folder: prepared(folder, "a lighthouse --seed 4"),
        lambda folder: prepared(folder, "a lighthouse --resolution 720p"),
    ),
    row(
        UnreadableOption,
        lambda _: read_prompt_options(Request(kind=Kind.GENERATE, prompt="a lighthouse --ar wide")),
        lambda _: read_prompt_options(Request(kind=Kind.GENERATE, prompt="a lighthouse --wide 3")),
    ),
    row(
        OptionTwice,
        lambda _: read_prompt_options(Request(kind=Kind.GENERATE, prompt="a cat --ar 9:16", aspect="16:9")),
        lambda _: read_prompt_options(Request(kind=Kind.GENERATE, prompt="a cat --ar 9:16", aspect="9:16")),
    ),
    row(
        OptionRepeated,
        lambda _: read_prompt_options(Request(kind=Kind.GENERATE, prompt="a cat --ar 9:16 --ar 16:9")),
        lambda _: read_prompt_options(Request(kind=Kind.GENERATE, prompt="a cat --ar 9:16 --ar 9:16")),
    ),
    row(
        OwnVideosOnly,
        lambda folder: prepared(folder, "make it snow", source=OWN_VIDEO, any_video=False),
        lambda folder: prepared(folder, "make it snow", source=OWN_VIDEO),
    ),
    row(PromptForgotten, lambda _: quoted(GROK, prompt=DELETED_PROMPT), lambda _: quoted(GROK, prompt="deleted")),
]
