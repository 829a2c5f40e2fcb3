"""Names that are persisted or public, as literal sets. A rename that changes one of them breaks somebody's data."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum
from pathlib import Path

import discord
import pytest

from bot import log
from bot.chat.components.buttons import JobAction, JobButton, PageButton
from bot.chat.settings_panel.forms import Form
from bot.chat.settings_panel.items import button
from bot.client import own_commands
from bot.jobs import rejections
from bot.jobs.errors import RetakeError
from bot.jobs.job import Kind, Outcome, State
from bot.jobs.kept import KeptReason
from bot.jobs.server_settings import ReplyMode, ServerSettings, settings_to_dict
from bot.metrics import Gateway, Metrics
from bot.settings import AccountSettings, Settings
from bot.store.location import StoreLocation
from bot.store.rollback import FACT
from bot.store.rows import COLUMNS

ROOT = Path(__file__).parents[2]
SOURCES = [
    path for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")] if "sandbox" not in str(path)
]

# `job.trouble` and the metrics' label `error` hold these class names.
ERRORS = """
BothElsewhere FramesOrReferences LastFrameElsewhere LastWithoutFirst NoLastFrame NoPicturesInRemix NoReferences
PictureElsewhere PictureTooSmall ReferencesElsewhere TooManyReferences NoModelForPicture NoPictureThere
NoPictureToReplace NoneTakesBoth PicturesElsewhereInRemix
OwnPicturesOnly PictureFormGone TooManyPictures
AccountRemoved AccountTrouble AddressBlocked AgainstRules AlreadyDeleted AlreadyRequested
AlreadySending AnswerExpired BadWish Blocked
BlockedForGood BudgetSpent BudgetTooLow CannotExtend CannotRemix ClipMissing ClipNotFetched ClipNotHandedOver
ClipTooBig ClipTooHeavy ClipTooLong ClipUnreadable ClipUnusable DeletionUnclear DiscordFailed DiscordSilent DiskFailed
DraftGone FileTooLarge FilesHidden FilesUnreachable FilmIsFree FilmModel FilmShotLength FilmMoved FilmNotJoined
FilmOptions FilmPartGone FilmPartNotReady FilmPlaceUnknown FilmPriceRose FilmShots FilmTooLong FilmTooShort NotYourFilm
FirewallBlocked Flagged FrameUnreadable HeavyPicture HostBudgetSpent
HostBudgetTooLow HostMonthSpent HostMonthTooLow ImportGone InvisiblePrompt JoinedTooLong JustPressed KeyRefused
LimitLowered
LimitReached LinkDead LinkRefused MarkGone MediaRefused MethodOff MissingPermissions ModelOff ModelRemoved MonthSpent
MonthTooLow MovingPicture NeedsImage NeverPosted NoBalance NoClipGiven NoFile NoImage NoImageHere NoImageInExtension
NoModelEnabled NoModelExtends NoModelForLength NoModelForNew NoModelForVideo NoModelForWords NoModelRemixes
NoOtherMethod NoOtherModel NoPrice NoServerVideos NoSpace NoStyles NoSuchOption NoSuchOptionInExtension
NoSuchOptionInRemix NoVideoThere NoVideosAllowed NotANumber NotAVideoFile NotAnImage NotDeleted NotForYou NotInChannel
NotManager NotMoney NotOffered NotOfferedInExtension NotOfferedInRemix NotPossible NotPostedYet NotSent
NotYourQuestion NotYourRequest NotYourVideo NotYours NoWriter
NothingToCancel NothingToDelete OnlyChangesVideos OnlyOwnVideos
OptionRepeated OptionTwice OrderGone OrdersHeld OutcomeUnknown OwnVideosOnly ParentCancelled ParentFailed
ParentUnknown Paused PictureGone PictureLost PictureNotFetched PictureNotSaved PictureTooHeavy PictureTooLarge
PictureUnreadable PolicyRefused PolicyStopped PolicyStoppedFree PriceOverBudget PriceOverMonth PromptForgotten
PromptLength PromptTooLong PromptUnits ProviderError QuestionAnswered QuestionClosed RateFull RateLimited Refused
RenderFailed RenderFailedFree ReplyChanged Restored RetakeError ServerLimitLowered ServerLimitReached SourceGone
SameModel SourceNotFound SourceTooLong Stalled StillHidden StoreBusy StyleAgainstRules StyleName StyleNameTaken
StyleOptionInWords StyleWords StyledPromptLength TakesOverBudget TakesOverHostBudget TakesOverMonth TaskMissing TooLate
TooManyPixels TooManyStyles TooManyTakes TooSlow TwoSources Unchecked
UnclearAnswer UndoOver UnknownEnd UnknownModel UnknownOption UnknownStyle Unreachable UnreadableOption UploadFailed
VideoGone VideoLost VideoNotCopied VideoTooLarge VideoTooLong Withheld WithheldFree WordsAgainstRules
ContestOver ContestRunning NoContest NotContestManager NothingToEnter ThemeWords
GifJustMade GifNotYet NoGif
"""
COLUMNS_OF_JOB = """
id code state kind user_id guild_id channel_id prompt model account created_at updated_at due_at fence lease_until
attempt ambiguous tries outcome why trouble facts aspect seconds resolution image_url image_file note parent_id
root_id interaction_id interaction_token source_message_id status_message_id result_message_id result_channel_id
protocol endpoint task_id spare_ids request_hash intent_at submitted_at finished_at delivered_at deleted_at progress
price_micros clip_file clip_bytes clip_sha256 clip_seconds rung post_first_at post_last_at post_epoch no_remix resent
locale send_after cancel_requested_at cost_micros earlier_micros style typed offered bundle_id bundle_place bundle_size
posted_with chosen_at shared_message_id compared revealed_at
"""
ENUMS: list[tuple[type[StrEnum], str]] = [
    (
        State,
        "received accepted submitting submit_unknown polling downloading delivering delivered undeliverable_kept"
        " rejected provider_failed needs_person abandoned cancelled imported",
    ),
    (Kind, "generate remix extend film"),
    (Outcome, "succeeded failed unknown"),
    (ReplyMode, "smart instant confirm off undo"),
    (
        JobAction,
        "cancel remix again details delete edit retry model resend giveup other yes no improve lock unlock post"
        " get stop report undo erase restore vote reveal take",
    ),
    (KeptReason, "channel_gone content_blocked message_invalid missing_access over_limit uncertain unknown"),
]
SERVER_SETTINGS = """
reply_mode confirm_above_micros paused channels roles models_off models_on default_model videos_per_member
videos_per_role videos_per_server jobs_per_member jobs_per_server budget_day_micros budget_month_micros words
words_outside retention_days log_channel_id any_video gallery_channel_id gallery_stars
"""
HOST_SETTINGS = """
accounts allow_hosts budget_day_usd budget_month_usd catalogue check_every_s clip_limit_mb data database_url
database_url_file default_model
discord_api discord_cdn discord_gateway discord_token discord_token_file first_check_s health_port
host_alarm_channel keep_gb kept_days
log_format log_level moderation_fail moderation_key moderation_key_file moderation_model moderation_url nat64_prefixes
remix_rungs rest_per_s role shards storage_url upload_limit_mb webhook_host webhook_port webhook_url workers
writer_input_usd writer_key writer_key_file writer_model writer_output_usd writer_url
"""
ACCOUNT_SETTINGS = """
base_url deadline_h encoding flavour jobs_at_once key key_file kind price protocol requests_per_s title
webhook_secret webhook_secret_file workflows
"""
LOGGERS = """
retake retake.app retake.chat retake.client retake.health retake.jobs retake.metrics retake.models retake.moderation
retake.scale retake.settings retake.store retake.webhooks retake.writer
"""
LOG_FIELDS = "account code count event_id fail for_s job kind model scope state stopped task tries trouble why"
METRICS = """
retake_build_info retake_database_bytes retake_delivery_seconds retake_disk_free_bytes retake_download_seconds
retake_gateway_latency_seconds retake_gateway_shards_connected retake_gateway_up retake_loop_lag_seconds
retake_poll_late_seconds retake_poll_seconds retake_provider_errors retake_render_seconds retake_scrape_failures
retake_submit_seconds retake_submits retake_unknown_status
"""
METRICS_OF_THE_DATABASE = """
retake_database_rollback_timestamp_seconds retake_jobs
retake_look_seconds retake_money_usd retake_oldest_open_job_seconds retake_overdue_seconds retake_starts
"""
COMMANDS = "compare contest extend film generate help history jobs models remix settings style top tree usage"
FLAGS = """
bell boots commands gif moved online posts press rollback salt
hint parent pause withdraw upload-doubt upload-limit upload-refused upload-small warned welcome word
"""  # before the colon


def subclasses(kind: type[RetakeError]) -> Iterator[str]:
    if kind.__module__.startswith("bot."):
        yield kind.__name__
    for child in kind.__subclasses__():
        yield from subclasses(child)


def test_the_names_of_error_classes() -> None:
    assert rejections.Paused is not None  # loads the module
    assert set(subclasses(RetakeError)) == set(ERRORS.split())


def test_the_columns_of_a_job() -> None:
    assert set(COLUMNS) == set(COLUMNS_OF_JOB.split())
    assert len(COLUMNS) == len(set(COLUMNS))


@pytest.mark.parametrize(("kind", "values"), ENUMS, ids=[kind.__name__ for kind, _ in ENUMS])
def test_the_values_of_an_enum(kind: type[StrEnum], values: str) -> None:
    assert [member.value for member in kind] == values.split()


def test_the_names_of_server_settings() -> None:
    assert [field.name for field in fields(ServerSettings)] == SERVER_SETTINGS.split()
    changed = ServerSettings(paused=True, reply_mode=ReplyMode.OFF, words=("a",))
    assert settings_to_dict(changed) == {"paused": True, "reply_mode": ReplyMode.OFF, "words": ("a",)}


def test_the_names_of_host_settings() -> None:
    assert sorted(Settings.model_fields) == HOST_SETTINGS.split()
    assert sorted(AccountSettings.model_fields) == ACCOUNT_SETTINGS.split()
    assert Settings.model_config.get("env_prefix") == "RETAKE_"


def test_the_custom_ids() -> None:
    job_id = "a" * 22
    assert JobButton(job_id, JobAction.CANCEL).item.custom_id == f"v1:{job_id}:cancel"
    assert PageButton("history", 12, 3).item.custom_id == "v1p:history:12:3"
    item = button("mydata", "ask", "Delete").item
    assert isinstance(item, discord.ui.Button)
    assert item.custom_id == "v1s:mydata:ask"


async def test_the_custom_ids_of_forms() -> None:
    assert Form("report", "Report", [], "a" * 22).custom_id == f"v1n:report:{'a' * 22}"
    assert Form("limits", "Limits", []).custom_id == "v1n:limits"


def test_the_names_of_commands() -> None:
    assert sorted(own_commands()) == COMMANDS.split()


def calls() -> Iterator[ast.Call]:
    for path in SOURCES:
        yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def test_the_names_of_loggers() -> None:
    names = {
        call.args[0].value
        for call in calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "getLogger"
        and call.args and isinstance(call.args[0], ast.Constant)
    }  # fmt: skip
    assert names == set(LOGGERS.split())


def test_the_fields_of_log_lines_and_that_the_formatter_lets_them_through() -> None:
    names = {
        key.value
        for call in calls()
        for keyword in call.keywords
        if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict)
        for key in keyword.value.keys
        if isinstance(key, ast.Constant)
    }
    assert names == set(LOG_FIELDS.split())
    assert names <= log._OUR_FIELDS


def test_the_names_of_flags() -> None:
    """Keys of the table `fact`: literals in calls of set_flag, get_flag and set_flag_once_per, and in the schema."""
    text = "\n".join(path.read_text() for path in SOURCES)
    names = set(re.findall(r'(?:flag|once_per)\((?:tx, )?\s*f?"([a-z-]+)[":]', text))
    names |= set(re.findall(r'return f"(upload-small|commands):', text))
    names |= set(re.findall(r'flag = f"(press|hint):', text))
    names |= set(re.findall(r"VALUES \('(boots|posts)'", text)) | set(re.findall(r'key=f"(warned):', text))
    names |= set(re.findall(r'^_PREFIX, _AFTER = "(pause):', text, re.M)) | {FACT}
    assert names == set(FLAGS.split())


async def test_the_names_of_metrics(tmp_path: Path) -> None:
    gateway = Gateway(shards=1, connected=1, latency_s=0.1)
    metrics = Metrics(StoreLocation(tmp_path), lambda: gateway, ["toapis"])
    families = set(re.findall(r"^# TYPE (retake_\w+?)(?:_total|_created)? ", (await metrics.text()).decode(), re.M))
    assert {name for name in families if not name.startswith("retake_process")} == set(METRICS.split())
    source = (ROOT / "bot/metrics.py").read_text()
    assert set(METRICS_OF_THE_DATABASE.split()) <= set(re.findall(r'"(retake_\w+)"', source))
