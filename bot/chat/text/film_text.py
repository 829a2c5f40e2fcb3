"""Texts of films that are made shot by shot. Pure."""

from collections.abc import Sequence

from bot.chat.text.escape import cut, escape
from bot.i18n import _, ngettext
from bot.jobs.film_plan import FilmPlan, Shot, Transition
from bot.jobs.money import dollars
from bot.ordering.film_ladder import QuotedShot

_SHOWN = 100  # characters of a shot's prompt


def plan_text(film: FilmPlan, quotes: Sequence[QuotedShot], *, asked: bool) -> str:
    """Return the plan: its shots and the price of all; `asked` if it still has to be confirmed."""
    count, total = len(film.shots), sum(quote.price_micros for quote in quotes)
    head = ngettext("Film of {count} shot", "Film of {count} shots", count).format(count=count)
    lines = [f"🎞 **{head}** ≈ {dollars(total)}"]
    differ = len({quote.price_micros for quote in quotes}) > 1
    for shot, quote in zip(film.shots, quotes, strict=True):
        price = f"≈ {dollars(quote.price_micros)}" if differ else ""
        how = _how(quote) if shot.place > 1 else ""
        lines.append(" · ".join(filter(None, (f"{shot.place}. {cut(escape(shot.prompt), _SHOWN)}", how, price))))
    said = _("Each shot continues the one before and is charged when it starts.")
    if film.transition is Transition.CROSSFADE:
        said += " " + _("In the film, they crossfade.")
    if any(quote.extends for quote in quotes):
        said += " " + _("The price of a native extension includes what it continues, if that's billed.")
    lines.append(f"-# {said}")
    if asked:
        again = _("Another take of a shot costs its price again. After *Stop here* nothing more is spent.")
        lines.append(f"-# {again}")
    return "\n".join(lines)


def _how(quote: QuotedShot) -> str:
    return _("continued natively") if quote.extends else _("from the last frame")


def review_text(
    film: FilmPlan,
    shot: Shot,
    *,
    made: bool,
    again: QuotedShot | None = None,
    following: QuotedShot | None = None,
    trouble: str = "",
    stale: Sequence[int] = (),
    shows_next: bool = True,
) -> str:
    """Return the question below a shot. `trouble` is why the next one wasn't started.

    `shows_next`: with the words of the next shot.

    `stale` are the places of shots that continue an earlier take of another one. `again` and `following` are the quotes
    of another take and of the next shot; None: the most that a shot costs.
    """
    which = _("**Shot {place} of {count}**").format(place=shot.place, count=len(film.shots))
    next_shot = film.shot(shot.place + 1)
    if not made:
        said = _("{which} wasn't made. Make it again, edit it, or stop with the shots before it?")
    elif next_shot is None:
        said = _("{which} is the last one. Keep it, and join all of them?")
    elif next_shot.job_id is not None:
        said = _("{which} is done. Keep it, and look at the next one, which is made already?")
    else:
        said = _("{which} is done. Keep it, and make the next one ≈ {price}?")
    lines = [said.format(which=which, price=_price(film, following))]
    if shows_next and made and next_shot is not None and next_shot.job_id is None:
        shown = f"{next_shot.place}. {cut(escape(next_shot.prompt), _SHOWN)}"
        lines.append("-# " + " · ".join(filter(None, (shown, _how(following) if following is not None else ""))))
    lines.append("-# " + _("Another take costs ≈ {price}.").format(price=_price(film, again)))
    if shot.place > 1:
        hops = shot.place - 1
        drift = ngettext("{hops} hop from the first shot", "{hops} hops from the first shot", hops)
        lines.append(f"-# {drift.format(hops=hops)}")
    lines += [f"-# {line}" for line in _stale_lines(shot, stale)]
    if trouble:
        lines.insert(0, trouble)
    return "\n".join(lines)


def _stale_lines(shot: Shot, stale: Sequence[int]) -> list[str]:
    lines: list[str] = []
    if shot.place in stale:
        own = _("It continues an earlier take of shot {place}. *Again* continues the one that you kept.")
        lines.append(own.format(place=shot.place - 1))
    later = [place for place in stale if place > shot.place]
    if later:
        said = ngettext(
            "Shot {places} continues an earlier take. It's made again only if you say so.",
            "Shots {places} continue an earlier take. They're made again only if you say so.",
            len(later),
        )
        lines.append(said.format(places=", ".join(map(str, later))))
    return lines


def _price(film: FilmPlan, quote: QuotedShot | None) -> str:
    return dollars(quote.price_micros if quote is not None else film.shot_micros)


def started_text(place_id: int) -> str:
    return _("Started: the shots are made in {place}.").format(place=f"<#{place_id}>")


def stopped_text(shots: int) -> str:
    """Return what a stop came to: `shots` were made."""
    if shots > 1:
        return ngettext("Joining {count} shot …", "Joining {count} shots …", shots).format(count=shots)
    return _("Stopped. Nothing more is made.")


def ended_text(shots: int) -> str:
    """Return why a film isn't joined: so many shots are left, fewer than two."""
    if shots:
        return _("Only one shot of this film is left, so there's nothing to join. It ends here.")
    return _("No shot of this film is left, so there's nothing to join. It ends here.")


def left_text() -> str:
    return _("The member who ordered this film isn't on this server any more, so it ends here.")


def unused_text(reason: str) -> str:
    """Return what is said in a thread in which nothing was started, and which the bot can't delete."""
    return _("No shots are made here. {reason}").format(reason=reason)


def reopened_text(film: FilmPlan) -> str:
    """Return the question in a thread that was opened before a crash."""
    head = _("I was restarted before the first shot of this film, so nothing was made or charged. Start it here?")
    return "\n".join([head, *(f"{shot.place}. {cut(escape(shot.prompt), _SHOWN)}" for shot in film.shots)])
