"""Texts of films that are made shot by shot. Pure."""

from bot.chat.text.escape import cut, escape
from bot.i18n import _, ngettext
from bot.jobs.film_plan import FilmPlan, Shot
from bot.jobs.money import dollars

_SHOWN = 100  # characters of a shot's prompt


def plan_text(film: FilmPlan, total_micros: int, *, asked: bool) -> str:
    """Return the plan: its shots and the price of all; `asked` if it still has to be confirmed."""
    count = len(film.shots)
    head = ngettext("Film of {count} shot", "Film of {count} shots", count).format(count=count)
    lines = [f"🎞 **{head}** ≈ {dollars(total_micros)}"]
    lines += [f"{shot.place}. {cut(escape(shot.prompt), _SHOWN)}" for shot in film.shots]
    how = _("Each shot begins with the last frame of the one before and is charged when it starts.")
    lines.append(f"-# {how}")
    if asked:
        again = _("Another take of a shot costs its price again. After *Stop here* nothing more is spent.")
        lines.append(f"-# {again}")
    return "\n".join(lines)


def review_text(film: FilmPlan, shot: Shot, *, made: bool, trouble: str = "") -> str:
    """Return the question below a shot. `trouble` is why the next one wasn't started."""
    which = _("**Shot {place} of {count}**").format(place=shot.place, count=len(film.shots))
    following = film.shot(shot.place + 1)
    if not made:
        said = _("{which} wasn't made. Make it again, edit it, or stop with the shots before it?")
    elif following is None:
        said = _("{which} is the last one. Keep it, and join all of them?")
    else:
        said = _("{which} is done. Keep it, and make the next one ≈ {price}?")
    lines = [said.format(which=which, price=dollars(film.shot_micros))]
    if made and following is not None:
        lines.append(f"-# {following.place}. {cut(escape(following.prompt), _SHOWN)}")
    lines.append("-# " + _("Another take costs ≈ {price}.").format(price=dollars(film.shot_micros)))
    if shot.place > 1:
        hops = shot.place - 1
        drift = ngettext("{hops} hop from the first shot", "{hops} hops from the first shot", hops)
        lines.append(f"-# {drift.format(hops=hops)}")
    if trouble:
        lines.insert(0, trouble)
    return "\n".join(lines)


def started_text(place_id: int) -> str:
    return _("Started: the shots are made in {place}.").format(place=f"<#{place_id}>")


def stopped_text(shots: int) -> str:
    """Return what a stop came to: `shots` were made."""
    if shots > 1:
        return ngettext("Joining {count} shot …", "Joining {count} shots …", shots).format(count=shots)
    return _("Stopped. Nothing more is made.")
