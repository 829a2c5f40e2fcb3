"""The scripted conversation runs, and docs/transcript.md is its transcript."""

from pathlib import Path

from tests.remix.transcript import OUTPUT, open_recorded_harness, play_conversation


async def test_the_scripted_conversation_matches_the_transcript_in_docs(tmp_path: Path) -> None:
    async with open_recorded_harness(tmp_path) as (harness, script):
        await play_conversation(harness, script)
        text = script.rendered()
    written = OUTPUT.read_text()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [line for line in written.splitlines() if line.startswith("## ")]
    for line in (
        "is offered: V001 · a lighthouse",
        "🔔",
        "I can't find that video, or you don't have access to it.",
        "(from a picture)",
        "Animate this? ≈ $0.10",
        "is shown “Make a video of this” (Prompt, Model, More pictures, Use the pictures as)",
        "Grok 3 takes no last frame, and no other model here does. Not charged.",
    ):
        assert line in text
        assert line in written
    assert len(harness.provider.complaints) == 0
    paid = [clip for clip in harness.clips if " · free · " not in clip.content]  # a film is joined for nothing
    assert len(harness.provider.charges) == sum(clip.attachments[0].filename.endswith(".mp4") for clip in paid)
