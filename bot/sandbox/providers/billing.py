"""What the real providers bill, by the prices of the shipped catalogue."""

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

NAMES = ("video", "second", "image", "input_second", "minimum")
SHIPPED = Path(__file__).parents[2] / "catalogue" / "catalogue.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The prices of one model in US dollars."""

    video: Decimal = Decimal(0)
    second: Decimal = Decimal(0)
    image: Decimal = Decimal(0)
    input_second: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    by_resolution: Mapping[str, Decimal] = field(default_factory=dict)


def bill_micros(
    kind: str,
    model: str,
    seconds: float,
    resolution: str | None,
    images: int,
    input_seconds: float,
    *,
    host_catalogue: Path | None = None,
) -> int | None:
    """Return what a video costs in millionths of a dollar. Return None for a model without a price.

    `model` is the name in the request. Started seconds are billed whole.
    """
    rates = _rates(host_catalogue).get((kind, model))
    if rates is None:
        return None
    second = rates.by_resolution[resolution or ""] if rates.by_resolution else rates.second
    usd = rates.video + second * math.ceil(seconds) + rates.image * images
    return math.ceil(max(rates.minimum, usd + rates.input_second * math.ceil(input_seconds)) * 1_000_000)


@functools.cache
def _rates(host_catalogue: Path | None) -> Mapping[tuple[str, str], Rates]:
    """Read the prices by kind and wire name; a host's catalogue replaces whole values of the shipped one.

    A model for follow-ups alone has its key as well, because its wire name may be another model's too.
    """
    catalogue = _tables(SHIPPED)
    for name, entry in (_tables(host_catalogue) if host_catalogue is not None else {}).items():
        catalogue[name] = catalogue.get(name, {}) | entry
    rates: dict[tuple[str, str], Rates] = {}
    for creates in (False, True):  # a new video has the wire name's price
        for (kind, key), entry in catalogue.items():
            if entry.get("price") and entry.get("creates", True) is creates:
                names = {str(entry.get("wire", key)), *(() if creates else (key,))}
                rates |= {(kind, name): _read(entry["price"]) for name in names}
    return rates


def _tables(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    kinds = tomllib.loads(path.read_text(), parse_float=Decimal)
    return {(kind, key): entry for kind, entries in kinds.items() for key, entry in entries.items()}


def _read(price: Mapping[str, Any]) -> Rates:
    amounts = {name: Decimal(price.get(f"{name}_usd", 0)) for name in NAMES}
    by_resolution = {name: Decimal(usd) for name, usd in price.get("by_resolution_usd", {}).items()}
    return Rates(by_resolution=by_resolution, **amounts)
