"""Commands, options, exit codes, tables and files that hosts and members rely on, as literal sets."""

import inspect
import sqlite3
from contextlib import closing
from pathlib import Path

import typer
from typer.main import get_command

from bot import __main__ as command_line
from bot.app import EXIT_CONFIG
from bot.chat.components.buttons import JobAction
from bot.chat.components.prompt_modal import MODAL_ID
from bot.cli.exits import EXIT_DAMAGED, EXIT_IN_USE
from bot.store.database import Database
from bot.worker.clip_files import ClipFiles
from cogs.compare import Compare
from cogs.contest import Contest
from cogs.film import Film
from cogs.generate import Generate
from cogs.lists import Lists
from cogs.remix import Remix
from cogs.settings import Settings
from cogs.stars import Stars
from cogs.style import Styles
from cogs.tree import Tree
from cogs.usage import Usage

SLASH_OPTIONS = {
    "generate": (
        "prompt model aspect seconds resolution image style improve last_image reference1 reference2 reference3 takes"
    ),
    "remix": "prompt video model aspect seconds file last_image reference1 reference2 reference3 improve",
    "compare": "prompt a b aspect seconds",
    "extend": "prompt video seconds improve",
    "film": "video1 video2 video3 video4 video5 video6 video7 video8 title model aspect seconds transition",
    "history": "member page",
    "jobs": "",
    "models": "",
    "help": "",
    "tree": "video",
    "top": "days",
    "usage": "days",
}
COMMAND_LINE = {
    "run": "role",
    "healthy": "role",
    "doctor": "as_json",
    "demo": "out picture provider store",
    "play": "port",
    "jobs": "",
    "usage": "days",
    "backup": "into keep",
    "restore": "copy yes",
    "migrate": "dry_run",
    "move": "to from_ cancel",
    "adopt": "yes",
}
JOBS_COMMANDS = "adopt deliver give-up list show"
TABLES = {
    "audit": "id guild_id user_id at what was became",
    "block": "guild_id user_id until by_id at",
    "day_use": "day guild_id user_id micros videos",
    "event": "job_id seq at from_state to_state why fence",
    "fact": "name value at",
    "ledger": "job_id part kind debit credit micros at",
    "video": "guild_id delivered_at job_id channel_id user_id no_remix",
    "video_count": "guild_id channel_id videos",
    "member_video_count": "guild_id user_id channel_id videos",
    "day_model_use": "guild_id day user_id model account micros videos real_micros",
    "member_job_count": "guild_id user_id jobs",
    "writer_ledger": "id call_id kind guild_id user_id model debit credit micros day at",
    "picture": "job_id role position url digest mime width height",
    "film": "id guild_id user_id channel_id created_at place_id auto review_id title model aspect seconds"
    " shot_micros locale transition at_place moves opened_at",
    "shot": "film_id place prompt job_id takes",
    "film_part": "film_id place job_id from_s fade_s",
    "vote": "bundle_id user_id job_id guild_id at",
    "pace": "account next_at",
    "turn": "job_id account given_at",
    "member_turn": "guild_id user_id at",
    "style": "id guild_id user_id name folded words model aspect resolution",
    "contest": "id guild_id channel_id theme started_at ends_at message_id tried_at result result_tried_at",
    "contest_entry": "contest_id user_id guild_id job_id by_star",
    "contest_result": "message_id guild_id channel_id theme winners due_at",
    "contest_line": "message_id place guild_id job_id stars shows",
    "star": "message_id user_id job_id guild_id at",
    "presence": "guild_id shard seen_at upload_limit",
    "shown": "job_id guild_id channel_id message_id epoch tried_at due_at removed_at",
}
FILES = ["alive", "clips", "pictures", "retake.sqlite3", "retake.sqlite3.lock", "retake.sqlite3.mark"]


def test_the_options_of_slash_commands() -> None:
    cogs = (Compare, Generate, Remix, Film, Lists, Tree, Usage, Stars)
    commands = [command for cog in cogs for command in cog.__cog_app_commands__]
    names = {command.name: " ".join(parameter.name for parameter in command.parameters) for command in commands}  # type: ignore[union-attr]
    assert names == SLASH_OPTIONS
    (group,) = Settings.__cog_app_commands__
    assert sorted(command.name for command in group.commands) == ["audit", "panel"]  # type: ignore[union-attr]
    (group,) = Contest.__cog_app_commands__
    assert {each.name: " ".join(option.name for option in each.parameters) for each in group.commands} == {  # type: ignore[union-attr]
        "start": "theme hours",
        "end": "",
    }
    (group,) = Styles.__cog_app_commands__
    assert {each.name: " ".join(option.name for option in each.parameters) for each in group.commands} == {  # type: ignore[union-attr]
        "save": "name words model aspect resolution",
        "list": "",
        "delete": "name",
    }


def test_the_commands_of_the_command_line() -> None:
    group = get_command(command_line.cli)
    assert isinstance(group, typer.core.TyperGroup)
    found = {
        name: " ".join(parameter.name or "" for parameter in command.params) for name, command in group.commands.items()
    }
    assert {name: set(parameters.split()) for name, parameters in found.items()} == {
        name: set(parameters.split()) for name, parameters in COMMAND_LINE.items()
    }
    jobs = group.commands["jobs"]
    assert isinstance(jobs, typer.core.TyperGroup)
    assert sorted(jobs.commands) == JOBS_COMMANDS.split()


def test_the_exit_codes() -> None:
    assert (EXIT_IN_USE, EXIT_DAMAGED, EXIT_CONFIG, command_line.EX_CONFIG) == (3, 4, 78, 78)


def test_the_custom_ids_of_prompt_forms() -> None:
    assert MODAL_ID.fullmatch(f"v1m:{'a' * 22}:{JobAction.REMIX}")
    assert MODAL_ID.fullmatch(f"v1m:{'a' * 22}:{JobAction.EDIT}")


async def test_the_columns_of_tables(tmp_path: Path) -> None:
    await (await Database.open(tmp_path / "retake.sqlite3")).close()
    with closing(sqlite3.connect(tmp_path / "retake.sqlite3")) as connection:
        for table, columns in TABLES.items():
            found = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            assert found == columns.split(), table


async def test_the_names_of_files_and_folders(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "retake.sqlite3")
    ClipFiles(tmp_path).prepare()
    await database.record_start(lambda tx: tx.run("SELECT 1"))
    found = {path.name for path in tmp_path.iterdir()}  # noqa: ASYNC240
    await database.close()
    assert found - {"retake.sqlite3-wal", "retake.sqlite3-shm"} == set(FILES) - {"alive"}
    from bot.app import alive_file

    assert '"alive"' in inspect.getsource(alive_file)
