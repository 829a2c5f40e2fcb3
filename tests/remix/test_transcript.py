"""The scripted conversation runs, and docs/transcript.md is its transcript."""

from pathlib import Path

from tests.limits.helpers import database_of
from tests.remix.transcript.conversation import OUTPUT, open_recorded_harness, play_conversation

SAID = (
    "is offered: V001 · a lighthouse",
    "🔔",
    "I can't find that video, or you don't have access to it.",
    "(from a picture)",
    "Animate this? ≈ $0.10",
    "is shown “Make a video of this” (Prompt, Model, More pictures, Use the pictures as)",
    "Grok 3 takes no last frame, and no other model here does. Not charged.",
    "**Shot 2 of 3** is done. Keep it, and make the next one ≈ $0.05?",
    "> 4 takes · Grok 3",
    "👍 1",
    "has more votes.",
    "won 1 of 1 comparisons here",
    "continued from its last frame",
    "style: noir",
    "`[Make it ≈ $0.05]` `[Edit]` `[Once more]` `[Keep mine]`",
    "forwards Retake's message in #videos to #talk",
    "> GIF · ",
    "**Most starred videos of the last day**",
    "🏆 **The contest has ended: autumn**",
    "The winner is @rosa.",
    "1 unfinished video won't be posted.",
)


async def test_the_scripted_conversation_matches_the_transcript_in_docs(tmp_path: Path) -> None:
    async with open_recorded_harness(tmp_path) as (harness, script):
        await play_conversation(harness, script)
        text = script.rendered()
        sent = await database_of(harness).run("SELECT count(*) FROM job WHERE task_id IS NOT NULL")
    written = OUTPUT.read_text()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [line for line in written.splitlines() if line.startswith("## ")]
    for line in SAID:
        assert line in text
        assert line in written
    providers = (harness.provider, *harness.other_providers)
    assert [provider.complaints for provider in providers] == [[], []]
    assert sum(len(provider.charges) for provider in providers) == sent[0][0]
