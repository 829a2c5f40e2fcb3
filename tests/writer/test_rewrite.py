"""What is taken from a writer's answer, and what isn't a prompt."""

import pytest

from bot.jobs.rewrite import LANGUAGES, LONGEST, RewriteProblem, main_script, read_rewrite
from bot.net.writer import read_answer

BOAT = "a paper boat on a pond"
BETTER = "A paper boat drifts across a still pond at dusk, slow dolly-in"


@pytest.mark.parametrize(
    "answer",
    [
        BETTER,
        f'"{BETTER}"',
        f"“{BETTER}”",
        f"**{BETTER}**",
        f"```\n{BETTER}\n```",
        f"```text\n{BETTER}\n```",
        f"Prompt: {BETTER}",
        f"Improved prompt: {BETTER}",
        f"Sure! Here is the improved prompt:\n\n{BETTER}",
        f"Here's a better version: {BETTER}",
        f"<think>The user wants a boat: a paper one.</think>\n{BETTER}",
        f"  {BETTER.replace(' at dusk', chr(10) + ' at dusk')}\n",
        f"{BETTER}\u200b\u202e",
    ],
)
def test_the_prompt_is_taken_out_of_what_a_model_says_around_it(answer: str) -> None:
    assert read_rewrite(answer, BOAT, None) == BETTER


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("", RewriteProblem.EMPTY),
        (" \n ", RewriteProblem.EMPTY),
        ("<think>Nothing comes to mind.</think>", RewriteProblem.EMPTY),
        ("x" * (LONGEST + 1), RewriteProblem.TOO_LONG),
        ("I'm sorry, but I can't help with that.", RewriteProblem.REFUSED),
        ("I’m sorry, I cannot do that", RewriteProblem.REFUSED),
        ("I can't assist with this request.", RewriteProblem.REFUSED),
        ("As an AI language model, I don't write this.", RewriteProblem.REFUSED),
        ("申し訳ありませんが、お手伝いできません。", RewriteProblem.REFUSED),
        ("Es tut mir leid, das geht nicht.", RewriteProblem.REFUSED),
        ("...", RewriteProblem.NONSENSE),
        ("12 34", RewriteProblem.NONSENSE),
        ('{"prompt": "a boat"}', RewriteProblem.NONSENSE),
        ("<html><body>504</body></html>", RewriteProblem.NONSENSE),
        ("A boat, see https://example.com/boats", RewriteProblem.NONSENSE),
        ("A boat for @everyone", RewriteProblem.NONSENSE),
        ("boat " * 40, RewriteProblem.NONSENSE),
        ("一艘纸船漂浮在平静的池塘上", RewriteProblem.LANGUAGE),
        (BOAT.upper(), RewriteProblem.SAME),
    ],
)
def test_what_is_no_prompt_is_told_apart(answer: str, problem: RewriteProblem) -> None:
    assert read_rewrite(answer, BOAT, None) is problem


def test_the_longest_prompt_is_taken() -> None:
    words = ("A boat of paper drifts on the pond at dusk while rain falls " * 40)[:LONGEST].strip()
    longest = " ".join(f"{word}{number}" for number, word in enumerate(words.split()))[:LONGEST]
    assert read_rewrite(longest, BOAT, None) == longest


def test_a_refusal_is_a_prompt_if_the_member_has_begun_so() -> None:
    song = "I can't stop dancing, a music video"
    assert read_rewrite(f"{song}, neon light", song, None) == f"{song}, neon light"


def test_words_are_in_the_script_of_the_language_that_was_asked_for() -> None:
    pond = "静かな池に浮かぶ紙の船"
    assert read_rewrite(BETTER, pond, "en") == BETTER
    assert read_rewrite(f"{pond}、夕暮れ", pond, "en") is RewriteProblem.LANGUAGE
    assert read_rewrite(BETTER, pond, None) is RewriteProblem.LANGUAGE
    assert read_rewrite(f"{pond}、夕暮れ", pond, None) == f"{pond}、夕暮れ"
    assert read_rewrite(BETTER, "🚤🌅", None) == BETTER  # no letters: in any language


def test_every_language_of_the_catalogue_has_a_script_that_letters_have() -> None:
    letters = {"LATIN": "a", "CJK": "船", "HANGUL": "배", "CYRILLIC": "л"}
    assert {script for _, script in LANGUAGES.values()} == letters.keys()
    assert all(main_script(letter) == script for script, letter in letters.items())


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, RewriteProblem.NONSENSE),
        ([], RewriteProblem.NONSENSE),
        ({"choices": []}, RewriteProblem.NONSENSE),
        ({"choices": ["x"]}, RewriteProblem.NONSENSE),
        ({"choices": [{"message": "x"}]}, RewriteProblem.NONSENSE),
        ({"choices": [{"message": {"content": 5}}]}, RewriteProblem.NONSENSE),
        ({"choices": [{"message": {"content": None}}]}, RewriteProblem.EMPTY),
        ({"choices": [{"message": {"content": None, "refusal": "No."}}]}, RewriteProblem.REFUSED),
        ({"choices": [{"message": {"content": BETTER}, "finish_reason": "content_filter"}]}, RewriteProblem.REFUSED),
        ({"choices": [{"message": {"content": BETTER}, "finish_reason": "length"}]}, RewriteProblem.TOO_LONG),
        ({"choices": [{"message": {"content": BETTER}}]}, BETTER),
        ({"choices": [{"message": {"content": BETTER, "refusal": None}, "finish_reason": "stop"}]}, BETTER),
    ],
)
def test_a_completion_is_read_strictly(answer: object, expected: object) -> None:
    assert read_answer(answer, BOAT, None) == expected
