"""The scripted conversation still runs, and says what the page in docs says."""

from pathlib import Path

from tests.remix.transcript import WHERE, perform, stage


async def test_the_scripted_conversation_runs_and_the_page_in_docs_is_its_transcript(tmp_path: Path) -> None:
    async with stage(tmp_path) as (studio, script):
        await perform(studio, script)
        text = script.text()
    written = WHERE.read_text()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [line for line in written.splitlines() if line.startswith("## ")]
    for line in (
        "is offered: V001 · a lighthouse",
        "🔔",
        "I cannot find a video there that you may use.",
        "(from a picture)",
    ):
        assert line in text
        assert line in written
    assert len(studio.provider.complaints) == 0
    assert len(studio.provider.charges) == sum(c.attachments[0].filename.endswith(".mp4") for c in studio.clips)
