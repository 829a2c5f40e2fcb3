"""Members of three languages in one channel: each reads their own, also after a restart."""

import asyncio
from pathlib import Path

from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.sandbox.discord import LocalMessage, Member
from bot.sandbox.discord.application.components import walk
from tests.harness import Studio, open_studio
from tests.limits.helpers import books_of, go, text_of
from tests.remix.helpers import LIGHTHOUSE, a_clip, set_rules, told


def greta(studio: Studio) -> Member:
    return studio.guild.add_member("greta", locale="de")


def yuki(studio: Studio, *, manage: bool = False) -> Member:
    return studio.guild.add_member("yuki", locale="ja", manage=manage)


def labels(message: LocalMessage) -> list[str]:
    return [str(each["label"]) for each in walk(message.components) if "label" in each and each.get("type") == 2]


async def test_a_german_order_is_german_from_its_status_line_to_its_buttons(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=30.0) as studio:
        asked = await greta(studio).slash(studio.channel, "generate", prompt="ein Leuchtturm im Sturm")
        line = await studio.said("Wird gerendert")
        assert asked.message is line
        assert labels(line) == ["Abbrechen"]
        next(iter(studio.provider.tasks.values())).hurry.set()
        clip = await studio.clip_of("ein Leuchtturm im Sturm")
        assert "· KI-generiert ·" in clip.content
        assert labels(clip) == ["Remix", "Nochmal", "Details", "Löschen"]


async def test_an_english_order_beside_a_german_one_stays_english(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        member = greta(studio)
        await member.slash(studio.channel, "generate", prompt="ein Leuchtturm im Sturm")
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        german, english = await studio.clip_of("ein Leuchtturm im Sturm"), await studio.clip_of(LIGHTHOUSE)
        assert "KI-generiert" in german.content
        assert "AI-generated" in english.content
        assert labels(english) == ["Remix", "Again", "Details", "Delete"]
        assert "asked by" in await told(await studio.alice.press(german, "Details"))
        assert "angefragt von" in await told(await member.press(english, "Details"))


async def test_refusals_before_and_after_the_order_are_german(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        member = greta(studio)
        wrong = await member.slash(studio.channel, "generate", prompt="ein Leuchtturm", aspect="21:9")
        assert " kann 16:9" in await told(wrong)
        assert ", nicht 21:9." in await told(wrong)
        await member.slash(studio.channel, "generate", prompt="[refuse] ein Leuchtturm im Sturm")
        line = await studio.said("Der Anbieter hat diesen Prompt abgelehnt (Sicherheit). Nichts berechnet.")
        assert labels(line) == ["Ändern und erneut versuchen"]
        form = await member.press(line, "Ändern und erneut versuchen")
        await form.answer()
        assert form.modal is not None
        assert form.modal.title == "Ändern und erneut versuchen"


async def test_what_is_offered_while_typing_is_in_the_typers_language(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await a_clip(studio)
        (german,) = await greta(studio).autocomplete(studio.channel, "remix", "video")
        (japanese,) = await yuki(studio).autocomplete(studio.channel, "remix", "video")
        (english,) = await studio.bob.autocomplete(studio.channel, "remix", "video")
        assert [each.name.split(" · ")[-1] for each in (german, japanese, english)] == [
            "gerade eben",
            "たった今",
            "just now",
        ]


async def test_help_and_the_panel_are_japanese_for_a_japanese_manager(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        member = yuki(studio, manage=True)
        assert (await told(await member.slash(studio.channel, "help"))).startswith("**動画をリミックスする3つの方法**")
        asked = await member.slash(studio.channel, "settings panel")
        panel = await asked.answer()
        assert isinstance(panel, LocalMessage)
        assert text_of(panel).startswith("### 設定 · 概要")
        assert labels(panel) == ["停止", "変更履歴"]
        panel = await go(studio, member, panel, "money")
        assert "今日 **$0.00**（予算：上限なし）" in text_of(panel)


async def test_a_job_speaks_german_after_a_restart(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=30.0) as studio:
        asked = await greta(studio).slash(studio.channel, "generate", prompt="ein Leuchtturm im Sturm")
        await studio.said("Wird gerendert")
        synced = studio.discord.world.commands_synced
        await studio.restart()
        line = await studio.said("Ich wurde neu gestartet; der Auftrag läuft beim Anbieter weiter")
        assert asked.message is line
        assert labels(line) == ["Abbrechen"]
        next(iter(studio.provider.tasks.values())).hurry.set()
        assert "KI-generiert" in (await studio.clip_of("ein Leuchtturm im Sturm")).content
        assert studio.discord.world.commands_synced == synced  # nothing has changed


async def test_a_reply_is_answered_in_the_language_that_its_author_was_last_seen_in(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip, member = await a_clip(studio), yuki(studio)
        await set_rules(studio, ReplyMode.CONFIRM)
        await member.reply(clip, "雪を静かに降らせてください")
        question = await studio.said("Remix this?")  # nothing is known of her yet
        assert labels(question) == ["Remix", "Not now"]
        await told(await member.slash(studio.channel, "help"))
        async with asyncio.timeout(5.0):
            while await books_of(studio).people.locale(studio.guild.id, member.id) != "ja":  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # it is written beside the answer
        await studio.restart()
        await member.reply(clip, "雨を静かに降らせてください")
        question = await studio.said("これをリミックスしますか？")
        assert labels(question) == ["リミックス", "今はしない"]
        await member.press(question, "リミックス")
        remix = await studio.clip_of("雨を静かに降らせてください")
        assert "のリミックス (ネイティブ)" in remix.content


async def test_who_was_never_seen_is_answered_in_the_servers_language(tmp_path: Path) -> None:
    async with open_studio(tmp_path, start=False) as studio:
        studio.guild.locale = "de"
        await studio.start()
        clip = await a_clip(studio)
        assert "AI-generated" in clip.content  # alice's own client is English
        await studio.bob.reply(clip, "info")
        assert (await studio.said("angefragt von")).reference_id is not None
        await studio.bob.reply(clip, "löschen")
        await studio.said("Das kann nur, wer dieses Video angefragt hat.")
        await studio.alice.reply(clip, "löschen")
        await studio.until(lambda: clip.deleted)


async def test_a_report_reaches_the_server_in_its_own_language(tmp_path: Path) -> None:
    async with open_studio(tmp_path, start=False) as studio:
        studio.guild.locale = "de"
        await studio.start()
        clip, member = await a_clip(studio), yuki(studio)
        shown = await (await member.press(clip, "Details")).answer()
        assert isinstance(shown, LocalMessage)
        form = await member.press(shown, "報告")
        await form.answer()
        await member.submit(form.modal, why="血が多すぎます")
        await studio.said("ありがとうございます。サーバーの管理者に伝えました。")
        assert "gemeldet." in (await studio.said("🚩")).content


async def test_a_budget_warning_is_in_the_servers_language_whoever_ordered_last(tmp_path: Path) -> None:
    async with open_studio(tmp_path, start=False) as studio:
        studio.guild.locale = "de"
        log = studio.guild.add_channel("protokoll")
        await studio.start()
        rules = ServerSettings(budget_day_micros=120_000, log_channel_id=log.id)
        await books_of(studio).servers.set_rules(studio.guild.id, rules)
        await yuki(studio).slash(studio.channel, "generate", prompt="雪の中の灯台", seconds=10)
        warning = await studio.said("⚠️")
        assert warning.channel is log
        assert "83 % des Video-Budgets dieses Servers für heute sind verbraucht: $0.10 von $0.12." in warning.content
