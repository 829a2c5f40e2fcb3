"""Each sentence of an error is said with the facts that make it true, and not without them."""

import string
from pathlib import Path

import pytest

from bot.jobs.errors import english_sentence
from tests.reasons import (
    file_rows,
    film_rows,
    job_rows,
    limit_rows,
    picture_rows,
    provider_rows,
    request_rows,
    source_rows,
    style_rows,
    take_rows,
)
from tests.reasons.row import Row

ROWS = [
    *request_rows.ROWS, *source_rows.ROWS, *limit_rows.ROWS, *provider_rows.ROWS, *file_rows.ROWS, *job_rows.ROWS,
    *style_rows.ROWS, *picture_rows.ROWS, *film_rows.ROWS,
    *style_rows.ROWS, *picture_rows.ROWS,
    *style_rows.ROWS, *take_rows.ROWS,
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.kind.__name__)
async def test_a_sentence_is_said_with_its_facts_and_not_without(row: Row, tmp_path: Path) -> None:
    for name in ("said", "not_said"):
        (tmp_path / name).mkdir()
    said, near = await row.said(tmp_path / "said"), await row.not_said(tmp_path / "not_said")
    assert type(said) is row.kind
    assert type(near) is not row.kind
    wanted = {name for _, name, _, _ in string.Formatter().parse(english_sentence(row.kind)) if name} - {"code"}
    assert wanted <= said.facts.keys()
