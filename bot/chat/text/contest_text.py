"""Texts of contests. Pure."""

from collections.abc import Sequence

from bot.chat.text.escape import escape, mention
from bot.chat.text.top_text import starred_list
from bot.i18n import _, ngettext
from bot.jobs.job import Job
from bot.ports.contests import Contest

MOST_LISTED = 10
MOST_NAMED = 10  # winners of a tie


def announcement(contest: Contest) -> str:
    """Return the text of the announcement."""
    return _(
        "🏆 **Contest: {theme}**\n"
        "Make a video that fits the theme, then press **[Enter]** or add a ⭐ to your own video. Vote with ⭐ on the "
        "others' videos. One entry per member. It ends <t:{ends}:R> (<t:{ends}:f>)."
    ).format(theme=escape(contest.theme), ends=int(contest.ends_at))


def result_text(theme: str, entries: Sequence[tuple[Job, int]], *, winners: int) -> str:
    """Return the text of the result. `entries` have their stars, the most starred first; equal ones share a place.

    `winners`: how many won, which may be more than `entries` names.
    """
    lines = [_("🏆 **The contest has ended: {theme}**").format(theme=escape(theme))]
    if not entries:
        return "\n".join([*lines, _("Nobody entered.")])
    if winners:
        named = named_winners(entries)
        names, left = ", ".join(mention(job.user_id) for job in named), winners - len(named)
        if left:
            more = ngettext("{shown} and {count} more", "{shown} and {count} more", left)
            names = more.format(shown=names, count=left)
        lines.append(ngettext("The winner is {members}.", "The winners are {members}.", winners).format(members=names))
    else:
        lines.append(_("No entry has a ⭐, so nobody wins."))
    return starred_list("\n".join(lines), entries[:MOST_LISTED])


def winners_of(entries: Sequence[tuple[Job, int]]) -> list[Job]:
    """Return the entries with the most stars: several if it's a tie, none without a star."""
    most = max((stars for _, stars in entries), default=0)
    return [job for job, stars in entries if stars == most] if most else []


def named_winners(entries: Sequence[tuple[Job, int]]) -> list[Job]:
    """Return the winners that the result has room to name: a tie may have more than fit in a message."""
    return winners_of(entries)[:MOST_NAMED]


def entries_text(contest: Contest, entries: Sequence[tuple[Job, int]]) -> str:
    """Return the list of the entries so far that the reader may see."""
    theme = escape(contest.theme)
    if not entries:
        return _("No entries that you can see yet: {theme}").format(theme=theme)
    return starred_list(_("**Entries: {theme}**").format(theme=theme), entries[:MOST_LISTED])


def entered_text(job: Job, contest: Contest) -> str:
    text = _("✅ {code} is your entry for {theme}. Others can vote for it with ⭐ until <t:{ends}:f>.")
    return text.format(code=job.code, theme=escape(contest.theme), ends=int(contest.ends_at))
