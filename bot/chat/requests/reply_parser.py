"""Parse a reply to a video: a prompt, a keyword, or unrelated talk. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from bot.chat.requests.reply_intent import Intent, intent_of
from bot.chat.requests.reply_words import Word, commands, keyword, opener, style_words
from bot.jobs.job import Kind
from bot.ordering.prompt_options import split_options

_LINK = re.compile(r"https?://\S+")
_CUSTOM_EMOJI = re.compile(r"<a?:\w{2,32}:\d{15,20}>")
_MENTION = re.compile(r"<(?:@[!&]?|#)\d{15,20}>")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

# Scripts without spaces between words, and about how many letters make a word.
_DENSE = (
    (re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"), 2),  # Japanese, Chinese
    (re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"), 3),  # Thai, Lao, Burmese, Khmer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """A command's word on its own. `unsure`: it's asked about first, as `again?` is.

    `options` are those written behind it, as in a prompt: `again --ar 9:16`.
    """

    word: Word
    unsure: bool = False
    options: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt, and what kind of video it asks for.

    `short`: fewer than three words. `unsure`: the opening word before a colon is no command that makes a video.
    `talk`: it reads as a question, a reaction or a wish to the bot.
    """

    text: str
    short: bool
    kind: Kind = Kind.REMIX
    talk: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Styled:
    """The name of a style, and words to use it with if any follow. `options` are those of a prompt.

    `unsure`: it's asked about first.
    """

    text: str
    options: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Animate:
    """Pictures without a word. They are always asked about."""

    unsure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Not a request."""


Order = Exact | Prompt | Styled | Animate
Reading = Order | Talk


def read_reply(content: str, own_id: int, *, pictures: bool = False) -> Reading:
    """Parse a reply's text. Mentions of `own_id`, the bot, are ignored; mentions of others make it talk.

    `pictures`: it has attachments, and all of them are pictures.
    """
    text = re.sub(rf"<@!?{own_id}>", " ", content).strip()
    if pictures and not text:
        return Animate()
    asks = text.endswith(("?", "？"))
    command, options = split_options(text)
    word = keyword(command.rstrip("?？ "))
    if word is not None:
        return Exact(word=word, unsure=asks or word == "longer", options=options)
    if _MENTION.match(text):
        return Talk()
    opening = opener(text)
    if opening is not None and opening[0] in style_words() and opening[1]:
        named, options = split_options(opening[1])
        return Styled(text=named.rstrip("?？ "), options=options, unsure=asks)
    kind = commands().get(opening[0]) if opening is not None else None
    if opening is not None and kind is not None:
        return Prompt(text=opening[1], short=False, kind=kind)
    unknown = opening is not None and " " not in opening[0]
    words, talk = _words(text), intent_of(text) is not Intent.CHANGE
    if words < (2 if talk else 1.5):
        return Talk()
    return Prompt(text=text, short=words < 3, talk=talk, unsure=unknown)


def _words(text: str) -> float:
    """Count the words of a text without links, emoji and mentions. Scripts without spaces count by letters."""
    bare = _MENTION.sub(" ", _CUSTOM_EMOJI.sub(" ", _LINK.sub(" ", text)))
    # Python doesn't count combining marks as letters; they would end the word.
    bare = "".join(
        each for each in unicodedata.normalize("NFC", bare) if not unicodedata.category(each).startswith("M")
    )
    count = 0.0
    for letters, a_word in _DENSE:
        count += len(letters.findall(bare)) / a_word
        bare = letters.sub(" ", bare)
    return count + len(_WORD.findall(bare))


def change_of(reading: Reading) -> Prompt | Styled | None:
    """Return the prompt or the style of a reply that starts from the video, or None."""
    if isinstance(reading, Styled):
        return reading
    return reading if isinstance(reading, Prompt) and reading.kind is not Kind.GENERATE else None
