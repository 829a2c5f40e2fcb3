"""Compares the models and prices that a provider lists with the catalogue's. Pure; the host's own file wins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.catalogue.model import Model, Price
from bot.i18n import fact

GONE = fact("its provider no longer lists it.")
NEW = fact("it's new at its provider, and the managers of this server haven't enabled it.")
MAX_NEW = 100  # of one account, which is what the settings panel can show
MAX_CHANGE = 10  # a price that rises or falls by a larger factor is a mistake, or the host has to say so
MAX_NEW_MICROS = 100_000_000  # of a new model's video of 10 s


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelListing:
    """What a provider lists: the wire names of its models, and the models whose options and prices it tells.

    `complete`: a model that isn't among the names doesn't exist there. `asked`: that holds for these names alone,
    because the provider was asked about no others; None: it holds for all.
    """

    names: frozenset[str]
    models: tuple[Model, ...] = ()
    complete: bool = True
    asked: frozenset[str] | None = None

    def lacks(self, name: str) -> bool:
        """Return whether the list should have this name and hasn't."""
        return name not in self.names and (self.asked is None or name in self.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedChanges:
    """How an account's list differs from the catalogue. The keys are those of models."""

    gone: frozenset[str] = frozenset()
    prices: Mapping[str, Price] = field(default_factory=dict)
    new: tuple[Model, ...] = ()
    ignored: tuple[str, ...] = ()  # models with a price that can't be right


def compare(own: Sequence[Model], listing: ModelListing, *, host_price: bool = False) -> ListedChanges:
    """Return how the catalogue's models of an account change. `host_price`: the account has a price of its own.

    A list that has none of them, or isn't complete, disables nothing: it may name its models in another way.
    """
    known = any(model.wire in listing.names for model in own)
    judged = [model for model in own if not model.from_host and model.off is None]
    gone = frozenset(model.key for model in judged if listing.lacks(model.wire)) if known else frozenset()
    listed = {_role(model): model for model in listing.models}
    prices: dict[str, Price] = {}
    ignored: list[str] = []
    for model in () if host_price else judged:
        price = listed[_role(model)].price if _role(model) in listed and model.takes_video_s is None else None
        if price is None or model.price is None or _same(model, price):
            continue
        if _plausible(model.price, price):
            prices[model.key] = price
        else:
            ignored.append(model.key)
    taken = {model.key for model in own} | {_role(model) for model in own}
    new = [model for model in listing.models if _role(model) not in taken and model.key not in taken]
    ignored += [model.key for model in new if model.price is not None and not _affordable(model.price)]
    return ListedChanges(
        gone=gone if listing.complete else frozenset(),
        prices=prices,
        new=tuple(model for model in new if host_price or _affordable(model.price))[:MAX_NEW],
        ignored=tuple(ignored),
    )


def merge_new(before: Iterable[Model], now: Sequence[Model]) -> tuple[Model, ...]:
    """Return the new models of a list, and those of the one before that have gone, disabled."""
    keys = {model.key for model in now}
    return (*now, *(replace(model, off=GONE) for model in before if model.key not in keys))[: 2 * MAX_NEW]


def _role(model: Model) -> str:
    """Return the name of a model with what it is for: one wire name may make and extend videos."""
    return f"{model.wire} {model.creates} {model.extend is not None and not model.creates}"


def _same(model: Model, price: Price) -> bool:
    """Return whether a price differs by less than 1 % in all that the model can make, such as by rounding."""
    for resolution in model.resolutions or ("",):
        was, now = (each.cost_micros(10, resolution, 1, 10) if each else 0 for each in (model.price, price))
        if abs(was - now) * 100 > was:
            return False
    return True


def _sample(price: Price) -> int:
    """Return the price of 10 s from a picture at the highest resolution, by which prices are compared."""
    return price.cost_micros(10, None, 1, 10)


def _plausible(was: Price, now: Price) -> bool:
    return _sample(was) <= _sample(now) * MAX_CHANGE and _sample(now) <= _sample(was) * MAX_CHANGE


def _affordable(price: Price | None) -> bool:
    """Return whether a new model's price can be right. A price of 0 is the host's to set."""
    if price is None:
        return False
    return 0 < _sample(price) <= MAX_NEW_MICROS and min(price.by_resolution.values(), default=1) > 0
