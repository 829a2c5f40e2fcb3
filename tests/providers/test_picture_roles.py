"""Every model of the catalogue sends the pictures that it says it takes, and its provider accepts them."""

from pathlib import Path

import pytest
from PIL import Image

from bot.catalogue.load import load_catalogue
from bot.catalogue.model import Model
from bot.catalogue.roles import takes
from bot.jobs.pictures import PictureRoles
from bot.ports.provider import Picture
from tests.providers.rigs import dialect_of, start_rig

ROLES = (
    PictureRoles(first=True, last=True),
    PictureRoles(references=1),
    PictureRoles(references=3),
    PictureRoles(first=True, references=3),
)
CASES = [(model, roles) for model in load_catalogue() for roles in ROLES if takes(model.image, roles)]


def case_id(value: object) -> str:
    if isinstance(value, Model):
        return f"{value.kind}/{value.key}"
    assert isinstance(value, PictureRoles)
    return f"{'first ' * value.first}{'last ' * value.last}{value.references}"


@pytest.mark.parametrize(("model", "roles"), CASES, ids=case_id)
async def test_a_model_sends_the_pictures_that_it_takes(
    model: Model, roles: PictureRoles, tmp_path: Path, sample_clip: Path
) -> None:
    pictures = [drawn(tmp_path / f"{number}.png", number) for number in range(roles.count)]
    frames = int(roles.first) + int(roles.last)
    async with start_rig(dialect_of(model.kind), sample_clip) as rig:
        order = rig.order(
            model=model, aspect=model.default_aspect, seconds=model.default_seconds,
            resolution=model.default_resolution, picture=pictures[0] if roles.first else None,
            last_picture=pictures[1] if roles.last else None, references=pictures[frames:],
        )  # fmt: skip
        task = await rig.provider.submit(await rig.provider.draft(order))
        taken = rig.local.tasks[rig.local_id(task)].pictures
    assert len(set(taken)) == roles.count


def drawn(path: Path, number: int) -> Picture:
    Image.new("RGB", (128, 72), (40 * number, 90, 120)).save(path, "PNG")
    return Picture(path=path, mime="image/png")
