"""Texts of a writer's words: what is offered, in which language, and why there is nothing to offer. Pure."""

from bot.chat.text.escape import cut, escape
from bot.i18n import N_, _
from bot.jobs.rewrite import RewriteProblem

LIMIT = 2000  # characters of a message
_LEAST = 300  # characters of the member's own words that are shown in any case
_PROBLEMS = {
    RewriteProblem.SLOW: N_("The writer didn't answer within 5 seconds."),
    RewriteProblem.DOWN: N_("The writer isn't answering."),
    RewriteProblem.REFUSED: N_("The writer refused this prompt."),
    RewriteProblem.EMPTY: N_("The writer's answer was empty."),
    RewriteProblem.TOO_LONG: N_("The writer's answer was over 2,000 characters long."),
    RewriteProblem.LANGUAGE: N_("The writer answered in another language."),
    RewriteProblem.NONSENSE: N_("The writer's answer wasn't a prompt."),
    RewriteProblem.SAME: N_("The writer found nothing to improve."),
}
_LANGUAGES = {
    "en": N_("English"),
    "de": N_("German"),
    "es": N_("Spanish"),
    "fr": N_("French"),
    "zh": N_("Chinese"),
    "ja": N_("Japanese"),
    "ko": N_("Korean"),
    "ru": N_("Russian"),
}


def problem_text(problem: RewriteProblem) -> str:
    return _(_PROBLEMS[problem])


def improve_text(*, typed: str, shown: str, offered: str | None, language: str | None, model: str, note: str) -> str:
    """Return the text above the buttons, within the limit of a message. `note`: what the member should know first.

    `shown` is what would be sent: the member's words, the writer's, or edited ones.
    """
    if shown == typed and offered is None:
        head = _("Your own words:")
    elif shown != offered:
        head = _("Edited words:")
    elif language is not None:
        head = _("Improved, in {language}, which {model} understands best:").format(
            language=_(_LANGUAGES[language]), model=escape(model)
        )
    else:
        head = _("Improved:")
    lines = [note] if note else []
    foot = _("Nothing is charged for the video before you press Make it.")
    room = LIMIT - sum(len(line) + 1 for line in (*lines, head, foot)) - 40
    if shown != typed:
        mine = cut(escape(typed), max(_LEAST, room - len(escape(shown)) - 40))
        lines.append(_("You wrote:") + f"\n> {mine}")
        room -= len(mine) + len(_("You wrote:")) + 4
    lines.append(f"**{head}**\n> {cut(escape(shown), room)}")
    return "\n".join([*lines, f"-# {foot}"])
