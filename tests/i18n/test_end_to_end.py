"""Members of three languages in one channel: each reads their own language, also after a restart."""

import asyncio
from pathlib import Path

from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.sandbox.discord import LocalMessage, Member
from bot.sandbox.discord.application.components import walk
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import open_page, panel_text, repositories_of
from tests.remix.helpers import LIGHTHOUSE, create_clip, delete_by_reply, response_text, set_server_settings


def german_member(harness: BotHarness) -> Member:
    return harness.guild.add_member("greta", locale="de")


def japanese_member(harness: BotHarness, *, manage: bool = False) -> Member:
    return harness.guild.add_member("yuki", locale="ja", manage=manage)


def labels(message: LocalMessage) -> list[str]:
    return [
        str(component["label"])
        for component in walk(message.components)
        if "label" in component and component.get("type") == 2
    ]


async def test_a_german_request_is_german_from_its_status_to_its_buttons(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        interaction = await german_member(harness).slash(harness.channel, "generate", prompt="ein Leuchtturm im Sturm")
        line = await harness.wait_for_message("Wird gerendert")
        assert await harness.status_of(interaction) is line
        assert labels(line) == ["Abbrechen"]
        next(iter(harness.provider.tasks.values())).hurry.set()
        clip = await harness.wait_for_clip("ein Leuchtturm im Sturm")
        assert "· KI-generiert ·" in clip.content
        assert labels(clip) == ["Remix", "Nochmal", "Details", "Löschen"]


async def test_an_english_request_beside_a_german_one_stays_english(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        member = german_member(harness)
        await member.slash(harness.channel, "generate", prompt="ein Leuchtturm im Sturm")
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        german, english = (
            await harness.wait_for_clip("ein Leuchtturm im Sturm"),
            await harness.wait_for_clip(LIGHTHOUSE),
        )
        assert "KI-generiert" in german.content
        assert "AI-generated" in english.content
        assert labels(english) == ["Remix", "Again", "Details", "Delete"]
        assert "requested by" in await response_text(await harness.alice.press(german, "Details"))
        assert "angefragt von" in await response_text(await member.press(english, "Details"))


async def test_rejections_before_and_after_the_request_are_german(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        member = german_member(harness)
        wrong = await member.slash(harness.channel, "generate", prompt="ein Leuchtturm", aspect="21:9")
        assert " kann 16:9" in await response_text(wrong)
        assert ", nicht 21:9." in await response_text(wrong)
        await member.slash(harness.channel, "generate", prompt="[refuse] ein Leuchtturm im Sturm")
        line = await harness.wait_for_message(
            "Der Anbieter hat diesen Prompt abgelehnt (Sicherheit). Nichts berechnet."
        )
        assert labels(line) == ["Ändern und erneut versuchen"]
        form = await member.press(line, "Ändern und erneut versuchen")
        await form.answer()
        assert form.modal is not None
        assert form.modal.title == "Ändern und erneut versuchen"


async def test_autocomplete_uses_the_language_of_the_member(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await create_clip(harness)
        (german,) = await german_member(harness).autocomplete(harness.channel, "remix", "video")
        (japanese,) = await japanese_member(harness).autocomplete(harness.channel, "remix", "video")
        (english,) = await harness.bob.autocomplete(harness.channel, "remix", "video")
        assert [choice.name.split(" · ")[-1] for choice in (german, japanese, english)] == [
            "gerade eben",
            "たった今",
            "just now",
        ]


async def test_help_and_the_panel_are_japanese_for_a_japanese_manager(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        member = japanese_member(harness, manage=True)
        said = await response_text(await member.slash(harness.channel, "help"))
        assert said.partition(" ")[2].startswith("で動画を作ります。")
        interaction = await member.slash(harness.channel, "settings panel")
        panel = await interaction.answer()
        assert isinstance(panel, LocalMessage)
        assert panel_text(panel).startswith("### 設定 · 概要")
        assert labels(panel) == ["停止", "変更履歴"]
        panel = await open_page(harness, member, panel, "money")
        assert "今日 **$0.00**（予算：$5.00）" in panel_text(panel)


async def test_a_job_stays_german_after_a_restart(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        interaction = await german_member(harness).slash(harness.channel, "generate", prompt="ein Leuchtturm im Sturm")
        await harness.wait_for_message("Wird gerendert")
        synced = harness.discord.world.commands_synced
        await harness.restart()
        line = await harness.wait_for_message("Ich wurde neu gestartet; der Auftrag läuft beim Anbieter weiter")
        assert await harness.status_of(interaction) is line
        assert labels(line) == ["Abbrechen"]
        next(iter(harness.provider.tasks.values())).hurry.set()
        assert "KI-generiert" in (await harness.wait_for_clip("ein Leuchtturm im Sturm")).content
        assert harness.discord.world.commands_synced == synced  # unchanged commands are not synced again


async def test_a_reply_is_answered_in_the_last_known_language_of_its_author(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, member = await create_clip(harness), japanese_member(harness)
        await set_server_settings(harness, ReplyMode.CONFIRM)
        await member.reply(clip, "雪を静かに降らせてください")
        question = await harness.wait_for_message("Remix this?")  # her language is unknown
        assert labels(question) == ["Remix", "Not now"]
        await response_text(await member.slash(harness.channel, "help"))
        async with asyncio.timeout(5.0):
            while await repositories_of(harness).members.locale(harness.guild.id, member.id) != "ja":  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # stored concurrently with the response
        await harness.restart()
        await member.reply(clip, "雨を静かに降らせてください")
        question = await harness.wait_for_message("これをリミックスしますか？")
        assert labels(question) == ["リミックス", "今はしない"]
        await member.press(question, "リミックス")
        remix = await harness.wait_for_clip("雨を静かに降らせてください")
        assert "のリミックス (ネイティブ)" in remix.content


async def test_an_unknown_member_is_answered_in_the_servers_language(tmp_path: Path) -> None:
    async with open_harness(tmp_path, start=False) as harness:
        harness.guild.locale = "de"
        await harness.start()
        clip = await create_clip(harness)
        assert "AI-generated" in clip.content  # Alice's client is English
        await harness.bob.reply(clip, "info")
        assert (await harness.wait_for_message("angefragt von")).reference_id is not None
        await harness.bob.reply(clip, "löschen")
        await harness.wait_for_message("Das kann nur, wer dieses Video angefragt hat oder")
        await delete_by_reply(harness, harness.alice, clip, "löschen")
        await harness.wait_until(lambda: clip.deleted)


async def test_a_report_is_sent_in_the_servers_language(tmp_path: Path) -> None:
    async with open_harness(tmp_path, start=False) as harness:
        harness.guild.locale = "de"
        await harness.start()
        clip, member = await create_clip(harness), japanese_member(harness)
        response = await (await member.press(clip, "Details")).answer()
        assert isinstance(response, LocalMessage)
        form = await member.press(response, "報告")
        await form.answer()
        await member.submit(form.modal, why="血が多すぎます")
        await harness.wait_for_message("ありがとうございます。サーバーのモデレーターに通知しました。")
        assert "gemeldet." in (await harness.wait_for_message("🚩")).content


async def test_a_budget_warning_is_in_the_servers_language(tmp_path: Path) -> None:
    async with open_harness(tmp_path, start=False) as harness:
        harness.guild.locale = "de"
        log = harness.guild.add_channel("protokoll")
        await harness.start()
        rules = ServerSettings(budget_day_micros=120_000, log_channel_id=log.id)
        await repositories_of(harness).servers.save_settings(harness.guild.id, rules)
        await japanese_member(harness).slash(harness.channel, "generate", prompt="雪の中の灯台", seconds=10)
        warning = await harness.wait_for_message("⚠️")
        assert warning.channel is log
        assert "83 % des Video-Budgets dieses Servers für heute sind verbraucht: $0.10 von $0.12." in warning.content
