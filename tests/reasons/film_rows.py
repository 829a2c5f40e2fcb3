"""Rows of why videos can't be joined to a film."""

from dataclasses import replace

from bot.chat.films.film_dialog import shots_in
from bot.jobs.film_errors import FilmPartNotReady, FilmShots, FilmTooLong, FilmTooShort
from bot.jobs.job import JobClip, Outcome, State
from bot.ordering.films import check_parts
from tests.reasons.row import row
from tests.sample_job import JOB

DONE = replace(JOB, state=State.DELIVERED, outcome=Outcome.SUCCEEDED, clip=JobClip(clip_seconds=100.0))

ROWS = [
    row(FilmShots, lambda _: shots_in("a calm sea"), lambda _: shots_in("a calm sea\na storm")),
    row(FilmShots, lambda _: shots_in("a sea\n" * 9), lambda _: shots_in("a sea\n" * 8)),
    row(FilmTooShort, lambda _: check_parts([DONE]), lambda _: check_parts([DONE, DONE])),
    row(FilmTooShort, lambda _: check_parts([DONE] * 9), lambda _: check_parts([DONE] * 6)),
    row(FilmTooLong, lambda _: check_parts([DONE] * 7), lambda _: check_parts([DONE] * 6)),
    row(FilmPartNotReady, lambda _: check_parts([DONE, JOB]), lambda _: check_parts([DONE, DONE])),
]
