"""Polling policies: the worker's against fixed intervals, exponential backoff and the optimum. Draws the plot."""

import math
import os
import statistics
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from tests.bench.measurement import Measurement
from tests.bench.poll_policies import (
    FAMILIES,
    STYLES,
    Result,
    equivalent_fixed_interval,
    evaluate_schedule,
    exponential_backoff,
    fixed_interval,
    optimal_schedule,
    render_times,
    retake_policy,
)

PLOT = Path("docs/img/polls.png")
GRID_S = {"fast": 0.25, "middle": 0.5, "slow": 1.5}


def geometric_mean(values: Sequence[float]) -> float:
    return math.exp(statistics.fmean(math.log(value) for value in values))


def families() -> dict[str, list[float]]:
    """Return drawn render times, and those of the file that RECORDED names: seconds, one number per line."""
    times = {name: render_times(name) for name in FAMILIES}
    if recorded := os.environ.get("RECORDED"):
        seconds = [float(line) for line in Path(recorded).read_text().split()]
        times["recorded"] = [seconds[n % len(seconds)] for n in range(3060)]
    return times


def compare_policies(name: str, times: Sequence[float]) -> dict[str, Result]:
    """Evaluate every policy on one model family."""
    rows = {
        "fixed 1 s (openai-python)": evaluate_schedule(times, fixed_interval(1.0)),
        "fixed 5 s": evaluate_schedule(times, fixed_interval(5.0)),
        "fixed 10 s": evaluate_schedule(times, fixed_interval(10.0)),
        "exponential back-off": evaluate_schedule(times, exponential_backoff),
    }
    rows["optimum without progress"] = optimal_schedule(times, rows["fixed 5 s"].requests, GRID_S.get(name, 1.0))
    for style in STYLES:
        rows[f"Retake, progress {style}"] = retake_policy(times, style)
    return rows


def measure() -> list[Measurement]:
    """Measure the delay without progress at equal requests, and the requests with progress in steps of 10 %."""
    sooner, fewer, plain, later = [], [], [], []
    for name in FAMILIES:
        times = render_times(name)
        five = evaluate_schedule(times, fixed_interval(5.0))
        without, coarse = retake_policy(times, "none"), retake_policy(times, "10 %")
        same = equivalent_fixed_interval(times, without.requests, lambda result: result.requests)
        sooner.append(same.median_s / without.median_s)
        plain.append(without.requests / five.requests)
        fewer.append(five.requests / coarse.requests)
        later.append(max(coarse.mean_s / five.mean_s, coarse.p95_s / five.p95_s))
    fixed_text = f"fixed polling with the same number of requests ({geometric_mean(plain):.2f} of fixed 5 s)"
    delay = f"fixed 5 s, mean and p95 delay never exceeded (at most {max(later):.2f})"
    return [
        Measurement(
            name="poll.delay_vs_fixed5_no_progress", value=geometric_mean(sooner), unit="times sooner",
            against=fixed_text, ratio=geometric_mean(sooner),
        ),
        Measurement(
            name="poll.requests_vs_fixed5_coarse_progress", value=geometric_mean(fewer), unit="times fewer",
            against=delay, ratio=geometric_mean(fewer),
        ),
    ]  # fmt: skip


COLOURS = {
    "fixed": "#8a8f98", "back-off": "#b58900", "optimum": "#2aa198", "none": "#cb4b16", "smooth": "#268bd2",
    "10 %": "#6c71c4", "25 %": "#d33682", "erratic": "#859900", "lies": "#586e75",
}  # fmt: skip


def draw_plot(tables: dict[str, dict[str, Result]], into: Path) -> None:
    """Draw a panel per family: requests per job on x, mean delay on y, both logarithmic."""
    wide, high, margin = 460, 460, 56
    image = Image.new("RGB", (wide * len(tables), high + 40), "white")
    canvas, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    for number, (name, rows) in enumerate(tables.items()):
        left = number * wide + margin
        box = (left, 40, left + wide - margin - 20, high - margin + 20)

        def place(result: Result, box: tuple[int, int, int, int] = box) -> tuple[float, float]:
            x = (math.log10(result.requests) - 0.1) / 2.3
            y = (math.log10(result.mean_s) + 1.0) / 2.4
            return box[0] + x * (box[2] - box[0]), box[3] - y * (box[3] - box[1])

        canvas.rectangle(box, outline="#c8ccd2")
        canvas.text((left, 14), f"{name} models", fill="#222222", font=font)
        for requests in (2, 5, 10, 25, 50, 125):
            x, _ = place(Result(requests=requests, mean_s=1, median_s=1, p95_s=1))
            canvas.text((x - 8, box[3] + 6), str(requests), fill="#555555", font=font)
        for delay_s in (0.2, 0.5, 1, 2.5, 5, 10, 20):
            _, y = place(Result(requests=2, mean_s=delay_s, median_s=1, p95_s=1))
            canvas.text((left - 46, y - 8), f"{delay_s:g} s", fill="#555555", font=font)
        for label, result in rows.items():
            key = next((key for key in reversed(COLOURS) if key in label), "fixed")
            x, y = place(result)
            canvas.ellipse((x - 5, y - 5, x + 5, y + 5), fill=COLOURS[key])
            if label.endswith(("erratic", "lies")):
                continue  # equal to no progress
            caption = label.replace(" (openai-python)", "").replace(" without progress", "").replace("progress ", "")
            right = x + 9 + canvas.textlength(caption, font=font) > box[2]
            canvas.text((x - 9, y - 8) if right else (x + 9, y - 8), caption, fill=COLOURS[key], font=font,
                     anchor="ra" if right else "la")  # fmt: skip
        canvas.text((left + 90, box[3] + 26), "requests per job", fill="#555555", font=font)
    legend = (
        "Mean delay from the end of the render to its poll, over requests per job. Lower left is better. "
        "Retake by progress: none (or false), whole percents, steps of 10 % and 25 %."
    )
    canvas.text((8, high + 16), legend, fill="#555555", font=font)
    into.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(32).save(into, optimize=True)


def main() -> None:
    console, tables = Console(width=110), {}
    for name, times in families().items():
        tables[name] = compare_policies(name, times)
        table = Table(title=f"{name} models", box=None)
        for title in ("policy", "requests", "mean s", "median s", "p95 s"):
            table.add_column(title, justify="left" if title == "policy" else "right")
        for label, result in tables[name].items():
            facts = (result.requests, result.mean_s, result.median_s, result.p95_s)
            table.add_row(label, *(f"{fact:.2f}" for fact in facts))
        console.print(table)
    draw_plot(tables, PLOT)
    console.print(f"Plot: {PLOT}")


if __name__ == "__main__":
    main()
