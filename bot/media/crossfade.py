"""Filters that join prepared clips: by cuts, or by crossfades of picture and sound. Pure."""

from collections.abc import Sequence


def fade_lengths(frames: Sequence[int], fades_s: Sequence[float], fps: float) -> list[int]:
    """Return how many frames each clip overlaps the one before, at most half of either. Empty if there is no crossfade.

    `frames` are the lengths of the clips, `fades_s` the wanted crossfades; those of the first clip are 0.
    """
    places = range(1, len(frames))
    fades = [min(round(fades_s[place] * fps), frames[place - 1] // 2, frames[place] // 2) for place in places]
    return [0, *fades] if fades and all(fades) else []


def cuts(count: int, *, sound: bool) -> list[str]:
    """Return the chain from [v0] [a0] [v1] … to [v] and [a], one after the other."""
    labels = "".join(f"[v{place}]" + (f"[a{place}]" if sound else "") for place in range(count))
    return [f"{labels}concat=n={count}:v=1:a={int(sound)}[v]" + ("[a]" if sound else "")]


def crossfades(frames: Sequence[int], fades: Sequence[int], fps: float, *, sound: bool) -> list[str]:
    """Return the chains from [v0] [a0] [v1] … to [v] and [a], each clip faded into by the one before."""
    chains: list[str] = []
    last, shown, heard, length = len(frames) - 1, "v0", "a0", frames[0]
    for place in range(1, len(frames)):
        begin, fade_s = length - fades[place], f"{fades[place] / fps:.6f}"
        video, audio = ("v", "a") if place == last else (f"x{place}", f"y{place}")
        fade = f"xfade=transition=fade:duration={fade_s}:offset={begin / fps:.6f}"
        end = ",format=yuv420p" if place == last else ""  # a crossfade comes in 4:4:4, which few players show
        chains.append(f"[{shown}][v{place}]{fade}{end}[{video}]")
        if sound:
            chains.append(f"[{heard}][a{place}]acrossfade=d={fade_s}[{audio}]")
        shown, heard, length = video, audio, begin + frames[place]
    return chains
