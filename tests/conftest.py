"""Fixtures that several test packages share."""

import io

import pytest
from PIL import Image


@pytest.fixture
def png_bytes() -> bytes:
    """Return a small PNG."""
    file = io.BytesIO()
    Image.new("RGB", (64, 36), (200, 40, 30)).save(file, "PNG")
    return file.getvalue()
