"""Why a clip couldn't be posted, and permissions by Discord's names, in words. Pure."""

from collections.abc import Sequence
from typing import assert_never

from bot.chat.text.escape import escape
from bot.i18n import N_, _
from bot.jobs.kept import (
    AGE_RESTRICTED,
    NOT_IN_THREAD,
    OVER_LIMIT,
    THREAD_LOCKED,
    TIMED_OUT,
    UNNAMED,
    BlockedBy,
    Kept,
    KeptReason,
    limit_text,
    size_text,
)

PERMISSION_WORDS = {
    "view_channel": N_("View Channel"),
    "send_messages": N_("Send Messages"),
    "send_messages_in_threads": N_("Send Messages in Threads"),
    "attach_files": N_("Attach Files"),
    "read_message_history": N_("Read Message History"),
    "manage_threads": N_("Manage Threads"),
    AGE_RESTRICTED: N_("an age-restricted channel"),
    THREAD_LOCKED: N_("this thread to be unlocked"),
    NOT_IN_THREAD: N_("to be added to this private thread"),
    TIMED_OUT: N_("my timeout to end"),
    UNNAMED: N_("a permission that Discord doesn't name"),
}


BLOCKED_BY: dict[BlockedBy, str] = {
    "automod": N_("this server's AutoMod blocks the message"),
    "explicit": N_("Discord's filter for explicit media rejected it"),
    "links": N_("Discord's filter for harmful links rejected it"),
    "": N_("Discord rejected the content"),
}


def permission_words(names: Sequence[str]) -> str:
    """Return permission names as `View Channel, Attach Files and Read Message History`."""
    return listed([_(PERMISSION_WORDS.get(name, name.replace("_", " ").title())) for name in names])


def listed(words: Sequence[str]) -> str:
    """Join words as `one, two and three`."""
    if len(words) == 1:
        return words[0]
    return _("{others} and {last}").format(others=", ".join(words[:-1]), last=words[-1])


def kept_text(kept: Kept) -> str:
    """Return why a clip was kept, in the reader's language."""
    match kept.reason:
        case KeptReason.CHANNEL_GONE:
            return _("the channel was deleted")
        case KeptReason.CONTENT_BLOCKED:
            return _(BLOCKED_BY[kept.by])
        case KeptReason.MESSAGE_INVALID:
            return _("Discord didn't accept my message, error {code}; the host can look it up").format(code=kept.code)
        case KeptReason.MISSING_ACCESS:
            return _("missing access: {missing}").format(missing=permission_words(kept.missing))
        case KeptReason.OVER_LIMIT if kept.size_bytes is not None and kept.limit_bytes is not None:
            return _(OVER_LIMIT).format(size=size_text(kept.size_bytes), limit=limit_text(kept.limit_bytes))
        case KeptReason.OVER_LIMIT:
            return _("over the upload limit")
        case KeptReason.UNCERTAIN:
            return _("I couldn't tell whether it was posted")
        case KeptReason.UNKNOWN:
            return escape(kept.text)
        case _:
            assert_never(kept.reason)
