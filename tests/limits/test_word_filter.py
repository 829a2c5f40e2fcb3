"""Word filter: what rules match, what they don't, and that none takes excessive time."""

import time

import pytest

from bot.jobs.word_filter import MAX_RULE_LENGTH, MAX_RULES, matching_rule, parse_rules


@pytest.mark.parametrize(
    ("rule", "prompt"),
    [
        ("gun", "a man with a Gun, drawn in ink"),
        ("gun*", "gunfire at night"),
        ("*gun*", "a handgun"),
        ("g*n", "a goblin"),
        ("red room", "the RED  room, again"),
        ("red ro*", "red rooms"),
        ("naked", "n\u0430ked"[:1] + "aked people"),
        ("naked", "n\u00e4ked"),
        ("naked", "na\u200bked"),
        ("naked", "\uff4e\uff41\uff4b\uff45\uff44"),
        ("strasse", "eine STRA\u00dfE"),
        ("\u66b4\u529b", "\u3053\u308c\u306f\u66b4\u529b\u7684\u306a\u6620\u50cf"),
        ("caf\u00e9", "a cafe"),
        ("naked", "n\u0430k\u0435d people"),  # Cyrillic a and e
        ("pope", "\u0440\u043e\u0440\u0435 in a red hat"),  # Cyrillic throughout
        ("naked", "\u0578\u0430k\u0435d"),  # Armenian n
        ("gore", "g\u03bfr\u0435"),  # Greek o
        ("naked", "n4k3d people"),
        ("naked", "N@ked"),
        ("killing", "k1ll1ng"),
        ("killing", "ki11ing"),
        ("ass", "a$$"),
        ("gun", "a g.u.n on a table"),
        ("gun", "a g u n on a table"),
        ("gun", "a g - u - n on a table"),
        ("gun", "a g_u_n"),
        ("gun", "a gu.n"),
        ("*gun*", "hand-g.u.n"),
        ("red room", "the r3d r00m"),
        ("red room", "the r.e.d r.o.o.m"),
        ("h4x", "an h4x"),
        ("gun", "a \u0262\u1d1c\u0274"),  # small capitals
        ("gun", "a \U0001f176\U0001f184\U0001f17d"),  # negative squared
        ("gun", "a \U0001f156\U0001f164\U0001f15d"),  # negative circled
        ("gun", "a \U0001f1ec\U0001f1fa\U0001f1f3"),  # regional indicators
        ("gun", "a gun\U0001f1fa\U0001f1f8"),  # before a flag
        ("gun", "\u0433\u0434\u0435 \u0262\u1d1c\u0274"),  # in a Russian sentence
        ("\u0445\u0435\u0440", "\u0432\u043e\u0442 xep \u0442\u0435\u0431\u0435"),  # Latin letters throughout
        ("\u0445\u0435\u0440", "\u0445\u0435p"),  # one Latin letter
        ("\u0445\u0435\u0440*", "\u0445ep\u0430"),
        ("\u0430\u0434", "a\u0434"),  # a Latin a in a Russian word
        ("\u0440\u043e\u0442", "\u043e\u0442\u043a\u0440\u044b\u0442\u044b\u0439 \u0440\u043e\u0442"),
    ],
)
def test_a_rule_matches(rule: str, prompt: str) -> None:
    assert matching_rule([rule], prompt) == rule


@pytest.mark.parametrize(
    ("rule", "prompt"),
    [
        ("gun", "the gunner begun"),
        ("pot", "\u043e\u0442\u043a\u0440\u044b\u0442\u044b\u0439 \u0440\u043e\u0442"),  # "an open mouth" in Russian
        ("bop", "\u0432\u043e\u0440 \u0431\u0435\u0436\u0438\u0442"),  # "a thief runs"
        ("los", "105 trees in 1999"),
        ("\u0440\u043e\u0442", "a pot of soup"),
        ("\u0441\u043e\u0440", "a cop in New York"),  # a Russian word that looks like an English one
        ("\u0441\u043e\u0440", "a cop eats \u0431\u043b\u0438\u043d\u0447\u0438\u043a\u0438"[:11]),
        ("us", "a \U0001f1e9\U0001f1ea flag"),
        ("gun", "a gum and a nut"),
        ("ass", "a class of 35 students at 5 o'clock"),
        ("bat", "8 at the table"),
        ("ass", "a glass of assam"),
        ("red room", "a red and blue room"),
        ("g*n", "a gong"),
        ("ab*ba", "aba"),
        ("*", "anything"),
        ("", "anything"),
        (".*", "anything"),
        ("(a+)+$", "b b b"),
    ],
)
def test_a_rule_does_not_match(rule: str, prompt: str) -> None:
    assert matching_rule([rule], prompt) is None


def test_rules_are_normalized_and_bounded() -> None:
    assert parse_rules("gun*\n  red   room , gun*\n***\n\n,") == ("gun*", "red room")
    many = parse_rules("\n".join(f"word{n}" for n in range(500)))
    assert len(many) == MAX_RULES
    assert all(len(rule) <= MAX_RULE_LENGTH for rule in parse_rules("x" * 5000))


@pytest.mark.parametrize(
    "prompt",
    ["a" * 100_000, "a " * 50_000, "ab" * 50_000, "\u0301" * 100_000, "\u66b4" * 100_000, "a\u200b" * 50_000],
    ids=["one word", "many words", "pairs", "marks", "no spaces", "invisible"],
)
@pytest.mark.parametrize(
    "rule", ["*a*a*a*a*a*a*a*b", "a*b*a*b*a*b*c", "a a a a a b", "*" * 60, "(a+)+$", "\u66b4*\u529b"]
)
def test_no_rule_is_slow_on_adversarial_input(rule: str, prompt: str) -> None:
    matching_rule([rule], "warm")
    began = time.perf_counter()
    matching_rule([rule], prompt)
    assert time.perf_counter() - began < 0.05  # about 5 ms on an idle machine


def test_a_hundred_rules_on_the_longest_prompt_are_fast() -> None:
    rules = [f"*word{n}*a*b" for n in range(MAX_RULES)]
    began = time.perf_counter()
    matching_rule(rules, "aaaa bbbb " * 200)
    assert time.perf_counter() - began < 0.2
