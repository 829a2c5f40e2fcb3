"""The scorer of replies, judged by a table of replies as members write them."""

import pytest

from bot.chat.requests.reply_intent import Intent, intent_of
from bot.chat.requests.reply_parser import Exact, Prompt, Reading, Talk, read_reply
from bot.chat.requests.reply_words import Word
from bot.jobs.job import Kind
from tests.remix.reply_table import CHANGE, HELD_OUT_ROWS, OUTSIDER_ROWS, TABLE, UNSEEN_ROWS

OWN_ID = 123456789012345678


def asks_first(reading: Reading) -> bool:
    return isinstance(reading, Exact) or (isinstance(reading, Prompt) and (reading.talk or reading.unsure))


@pytest.mark.parametrize("rows", [TABLE, HELD_OUT_ROWS], ids=["table", "held out"])
def test_at_least_97_percent_of_the_replies_are_read_right(rows: list[tuple[str, str]]) -> None:
    wrong = [(text, label, intent_of(text)) for text, label in rows if intent_of(text) != label]
    assert len(TABLE) >= 200
    assert len(wrong) <= 0.03 * len(rows), wrong


def test_no_talk_becomes_an_order_without_a_question_beyond_three_percent() -> None:
    talk = [text for text, label in (*TABLE, *HELD_OUT_ROWS, *OUTSIDER_ROWS) if label != CHANGE]
    ordered = [text for text in talk if not isinstance(read := read_reply(text, OWN_ID), Talk) and not asks_first(read)]
    assert len(ordered) <= 0.03 * len(talk), ordered


def test_at_least_97_percent_of_an_outsiders_replies_are_read_right() -> None:
    wrong = [text for text, label in OUTSIDER_ROWS if (intent_of(text) is Intent.CHANGE) != (label == CHANGE)]
    assert len(wrong) <= 0.03 * len(OUTSIDER_ROWS), wrong


def test_at_most_5_percent_of_unseen_talk_becomes_an_order_without_a_question() -> None:
    talk = [text for text, label in UNSEEN_ROWS if label != CHANGE]
    ordered = [text for text in talk if not isinstance(read := read_reply(text, OWN_ID), Talk) and not asks_first(read)]
    assert len(ordered) <= 0.05 * len(talk), ordered


def test_no_change_is_dropped_without_a_question() -> None:
    every = (*TABLE, *HELD_OUT_ROWS, *OUTSIDER_ROWS, *UNSEEN_ROWS)
    changes = [text for text, label in every if label == CHANGE]
    assert [text for text in changes if isinstance(read_reply(text, OWN_ID), Talk)] == []


@pytest.mark.parametrize(
    "text",
    [
        "this is so cool haha, how did you make it?",
        "can you delete this please",
        "wtf 😂😂 that is amazing",
    ],
)
def test_talk_asks_first(text: str) -> None:
    assert asks_first(read_reply(text, OWN_ID))


@pytest.mark.parametrize("text", ["¿cómo se hace esto?", "c'est quoi ce modèle ?", "это нейросеть?"])
def test_a_question_mark_asks_in_any_language(text: str) -> None:
    assert intent_of(text) is Intent.QUESTION


def test_a_long_text_is_a_prompt() -> None:
    assert intent_of("how " * 200) is Intent.CHANGE


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Delete it", "delete"),
        ("please delete this!", "delete"),
        ("Lösch das bitte", "delete"),
        ("これを削除してください", "delete"),
        ("消して", "delete"),
        ("try again", "again"),
        ("Redo.", "again"),
        ("nochmal", "again"),
        ("もう一回", "again"),
        ("stop", "cancel"),
        ("Stopp!", "cancel"),
        ("中止", "cancel"),
        ("help", "help"),
        ("Hilfe", "help"),
        ("ヘルプ", "help"),
        ("details", "info"),
        ("longer", "longer"),
        ("länger bitte", "longer"),
        ("もっと長く", "longer"),
        ("extend:", "longer"),
    ],
)
def test_words_near_a_command_are_that_command(text: str, word: Word) -> None:
    reading = read_reply(text, OWN_ID)
    assert isinstance(reading, Exact)
    assert reading.word == word


@pytest.mark.parametrize("text", ["longer", "again?", "noch länger", "もう一度？"])
def test_an_unclear_word_asks_first(text: str) -> None:
    reading = read_reply(text, OWN_ID)
    assert isinstance(reading, Exact)
    assert reading.unsure


@pytest.mark.parametrize(
    ("text", "kind", "prompt"),
    [
        ("extend: the storm goes by", Kind.EXTEND, "the storm goes by"),
        ("Continue: the storm goes by", Kind.EXTEND, "the storm goes by"),
        ("longer: the storm goes by", Kind.EXTEND, "the storm goes by"),
        ("erweitern: der Sturm zieht ab", Kind.EXTEND, "der Sturm zieht ab"),
        ("verlängern: der Sturm zieht ab", Kind.EXTEND, "der Sturm zieht ab"),
        ("延長: 嵐が過ぎる", Kind.EXTEND, "嵐が過ぎる"),
        ("続き：嵐が過ぎる", Kind.EXTEND, "嵐が過ぎる"),
        ("リミックス: 雪を降らせて", Kind.REMIX, "雪を降らせて"),
        ("remix: snow", Kind.REMIX, "snow"),
        ("generate: a cat", Kind.GENERATE, "a cat"),
        ("生成：猫が走る", Kind.GENERATE, "猫が走る"),
    ],
)
def test_an_opening_command_takes_its_names_in_every_language(text: str, kind: Kind, prompt: str) -> None:
    reading = read_reply(text, OWN_ID)
    assert isinstance(reading, Prompt)
    assert (reading.kind, reading.text, reading.unsure) == (kind, prompt, False)


@pytest.mark.parametrize("text", ["upscale: the whole thing", "delete: the people", "拡大: この動画を"])
def test_an_unknown_opening_asks_first(text: str) -> None:
    reading = read_reply(text, OWN_ID)
    assert isinstance(reading, Prompt)
    assert (reading.kind, reading.text, reading.unsure) == (Kind.REMIX, text, True)


@pytest.mark.parametrize("text", ["make it 12:30 on the clock", "a sign that says: hello there", "16:9 and slower"])
def test_a_colon_within_a_sentence_is_no_opening(text: str) -> None:
    reading = read_reply(text, OWN_ID)
    assert isinstance(reading, Prompt)
    assert not reading.unsure


@pytest.mark.parametrize(
    ("text", "word", "options"),
    [
        ("cancel --ar 9:16", "cancel", "--ar 9:16"),
        ("delete --ar 9:16", "delete", "--ar 9:16"),
        ("again --ar 9:16", "again", "--ar 9:16"),
        ("again 9:16", "again", "--aspect 9:16"),
        ("nochmal bitte --seconds 5", "again", "--seconds 5"),
        ("longer --seconds 6", "longer", "--seconds 6"),
    ],
)
def test_a_commands_word_stays_one_with_options_behind_it(text: str, word: Word, options: str) -> None:
    assert read_reply(text, OWN_ID) == Exact(word=word, options=options, unsure=word == "longer")
