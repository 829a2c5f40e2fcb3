"""Selection of a language, and messages composed of other messages."""

from dataclasses import replace

import pytest

from bot.catalogue.load import load_catalogue
from bot.catalogue.options import resolve_options
from bot.chat.requests.reply_parser import Exact, Prompt, Talk, read_reply
from bot.chat.text import job_text
from bot.chat.text.kept_text import kept_text
from bot.chat.text.list_text import age
from bot.i18n import _, current_locale, language_of, set_locale, use_locale
from bot.jobs.errors import NoSuchOption, UnknownModel
from bot.jobs.job import Kind
from bot.jobs.kept import Kept, KeptReason, kept_from
from bot.jobs.status import CannotPost, JobStatus, Parked, Queued, Rendering
from tests.sample_job import JOB

BOT_ID = 12345678901234567


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de", "de"),
        ("ja", "ja"),
        ("en-US", "en"),
        ("en-GB", "en"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
        ("..", "en"),
    ],
)
def test_a_locale_maps_to_a_language_or_english(locale: str | None, language: str) -> None:
    assert language_of(locale) == language


def test_the_innermost_language_block_applies() -> None:
    with use_locale("de"):
        assert _("Cancel") == "Abbrechen"
        with use_locale("ja"):
            assert _("Cancel") == "キャンセル"
        assert current_locale() == "de"
    assert _("Cancel") == "Cancel"


async def test_the_language_of_a_task_does_not_affect_others() -> None:
    import asyncio

    async def german() -> str:
        set_locale("de")
        return _("Cancel")

    assert await asyncio.create_task(german()) == "Abbrechen"
    assert _("Cancel") == "Cancel"


def test_the_facts_of_an_error_are_translated_with_its_message() -> None:
    error = NoSuchOption(model="sora-2", option="resolution")
    assert error.sentence() == "sora-2 doesn't have the option resolution. Remove it, or choose another model."
    with use_locale("de"):
        assert error.sentence().startswith("sora-2 kennt die Option auflösung nicht.")
        assert UnknownModel(asked="Cancel", offered="a, b").sentence().startswith("Ein Modell namens Cancel")


@pytest.mark.parametrize(
    ("notice", "german", "japanese"),
    [
        (
            Queued(place=3, length=5),
            "⏳ In der Warteschlange, 3. von 5",
            "⏳ 待機中 (5件中3番目)",
        ),
        (
            Queued(place=3, length=5, own_running=2),
            "⏳ Zwei deiner Videos laufen. Dieses habe ich eingereiht.\n-# 3. von 5",
            "⏳ あなたの動画を2件作成中です。これは順番待ちに入れました。\n-# 5件中3番目",
        ),
        (
            Rendering(elapsed_s=42, progress=None, usual_s=(62, 118)),
            "🎬 Wird gerendert · 0:42 · hier meist 1-2 min",
            "🎬 レンダリング中 · 0:42 · ここでは通常 1-2分",
        ),
        (
            Parked(missing=("view_channel", "attach_files", "read_message_history")),
            "Das Video ist fertig. Ich brauche hier Kanal anzeigen, Dateien anhängen und Nachrichtenverlauf anzeigen"
            " und poste es, sobald ich darf.",
            "動画は完成しました。ここで必要なもの：チャンネルを見る, ファイルを添付, メッセージ履歴を読む。"
            "許可されしだい投稿します。",
        ),
        (
            CannotPost(
                kept=Kept(reason=KeptReason.OVER_LIMIT, size_bytes=38_000_000, limit_bytes=10 << 20), kept_days=7
            ),
            "Das Video ist fertig, aber ich konnte es hier nicht posten (38 MB sind über dem Limit hier (10 MB))."
            " Es liegt 7 Tage in /aufträge bereit.",
            "動画は完成しましたが、ここに投稿できませんでした（38 MB はここの上限（10 MB）を超えています）。"
            "7日間 /依頼 に保管します。",
        ),
    ],
)
def test_a_status_in_german_and_japanese(notice: JobStatus, german: str, japanese: str) -> None:
    for language, line in (("de", german), ("ja", japanese)):
        with use_locale(language):
            assert job_text.status_text(JOB, "Grok 3", notice).rpartition("\n-# ")[0] == line


@pytest.mark.parametrize(
    ("why", "english", "german"),
    [
        ("the channel is gone", "the channel was deleted", "der Kanal wurde gelöscht"),
        (
            "may not post: Send Messages and Attach Files",
            "missing access: Send Messages and Attach Files",
            "Zugriff fehlt: Nachrichten senden und Dateien anhängen",
        ),
        (
            "may not post: an age-restricted channel",
            "missing access: an age-restricted channel",
            "Zugriff fehlt: einen altersbeschränkten Kanal",
        ),
        (
            "38 MB is over the limit here (10 MB)",
            "38 MB is over the limit here (10 MB)",
            "38 MB sind über dem Limit hier (10 MB)",
        ),
        (
            "1 MB is over the limit here (512 KB)",
            "1 MB is over the limit here (512 KB)",
            "1 MB sind über dem Limit hier (512 KB)",
        ),
        ("Discord refuses the content", "Discord rejected the content", "Discord lehnt den Inhalt ab"),
        ("over the upload limit", "over the upload limit", "über dem Upload-Limit"),
        (
            "unsure whether it was posted",
            "I couldn't tell whether it was posted",
            "unsicher, ob es gepostet wurde",
        ),
        ("written by a newer version", "written by a newer version", "written by a newer version"),
    ],
)
def test_a_reason_stored_in_english_is_shown_in_german(why: str, english: str, german: str) -> None:
    kept = kept_from(replace(JOB, why=why))
    assert kept_text(kept) == english
    with use_locale("de"):
        assert kept_text(kept) == german


def test_an_age_without_timestamps() -> None:
    with use_locale("de"):
        assert [age(s) for s in (1, 300, 10_000, 900_000)] == ["gerade eben", "vor 5 min", "vor 2 h", "vor 10 Tagen"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("again", "again"), ("nochmal", "again"), ("もう一度", "again"), ("Abbrechen.", "cancel"),
        ("キャンセル。", "cancel"), ("info", "info"), ("情報", "info"),
        ("LÖSCHEN", "delete"), ("lo\u0308schen", "delete"), ("削除", "delete"),
    ],
)  # fmt: skip
def test_the_four_reply_words_work_in_every_language(text: str, word: str) -> None:
    assert read_reply(text, BOT_ID) == Exact(word=word)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["extend: the storm", "Verlängern: the storm", "続き：the storm", "続き: the storm"])
def test_extend_works_in_every_language(text: str) -> None:
    assert read_reply(text, BOT_ID) == Prompt(text="the storm", short=False, kind=Kind.EXTEND)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("すごい", "talk"),
        ("雪を降らせて", "short or more"),
        ("雪を静かに降らせてください", "prompt"),
        ("ว้าว", "talk"),  # wow
        ("ให้หิมะตกเบาๆ ในเมืองเก่า", "prompt"),  # let snow fall softly in the old town
        ("ໃຫ້ຫິມະຕົກຄ່ອຍໆໃນເມືອງເກົ່າ", "prompt"),
        ("ធ្វើឱ្យមានព្រិលធ្លាក់ក្នុងទីក្រុងចាស់", "prompt"),
        ("नमस्ते", "talk"),  # one word with vowel signs
        ("cafe\u0301", "talk"),
    ],
)
def test_scripts_without_spaces_are_neither_ignored_nor_one_word(text: str, words: str) -> None:
    match read_reply(text, BOT_ID):
        case Talk():
            assert words == "talk"
        case Prompt(short=short):
            assert words == "short or more" or (words == "prompt" and not short)
        case other:
            pytest.fail(str(other))


def test_a_mapped_option_is_stated_in_the_members_language() -> None:
    model = next(
        candidate
        for candidate in load_catalogue()
        if candidate.remix is not None and "1:1" not in candidate.remix.aspects
    )
    with use_locale("de"):
        choice = resolve_options(
            model, kind=Kind.REMIX, aspect="4:3", seconds=None, resolution=None, has_image=False, prompt="ein Sturm"
        )
    assert choice.note is not None
    assert choice.note.startswith("aus 4:3 wurde ")
