"""What can be ordered here: models of the catalogue at the accounts that the host configured. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.catalogue.model import Model
from bot.catalogue.options import describe
from bot.jobs.job import Job


class AccountInfo(Protocol):
    """What an offer needs to know of an account."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def flavour(self) -> str: ...
    @property
    def off(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A model at an account. `key` is what people type: the bare model where only one account has it."""

    account: str
    model: Model
    key: str
    off: str | None = None  # why it cannot be ordered now


def describe_offer(offer: Offer) -> str:
    """A line of autocomplete; the account is named where two sell the same."""
    text = describe(offer.model)
    return f"{text[: 97 - len(offer.account)]} · {offer.account}" if "@" in offer.key else text


class Offers:
    """Every offer, in the catalogue's order within the accounts' order."""

    def __init__(self, models: Iterable[Model], accounts: Sequence[AccountInfo], default: str | None = None) -> None:
        known = list(models)
        pairs = [(account, model) for account in accounts for model in known if sells(account, model)]
        sold = Counter(model.key for _, model in pairs)
        self._offers = [
            Offer(
                account=account.name,
                model=model,
                key=model.key if sold[model.key] == 1 else f"{model.key}@{account.name}",
                off=account.off or model.off,
            )
            for account, model in pairs
        ]
        self._default = default

    def excluding(self, keys: Collection[str], why: str) -> "Offers":
        """The same offers, with these switched off."""
        if not keys:
            return self
        fewer = Offers((), (), default=self._default)
        fewer._offers = [
            replace(o, off=o.off or why, model=replace(o.model, off=o.model.off or why)) if o.key in keys else o
            for o in self._offers
        ]
        return fewer

    def all(self) -> list[Offer]:
        return list(self._offers)

    def enabled(self) -> list[Offer]:
        """What can be ordered: switched on, and with a price."""
        return [offer for offer in self._offers if offer.off is None and offer.model.price is not None]

    def default(self) -> Offer | None:
        """The host's choice, or else the first that makes new videos from a prompt alone."""
        chosen = self.find(self._default) if self._default else None
        if chosen is not None and chosen in self.enabled():
            return chosen
        return next((o for o in self.enabled() if o.model.creates and not o.model.image.required), None)

    def find(self, text: str) -> Offer | None:
        """The offer of a key, in any case; `model` alone finds the first enabled of several accounts."""
        wanted = text.strip().casefold()
        exact = [o for o in self._offers if wanted in (o.key.casefold(), f"{o.model.key}@{o.account}".casefold())]
        bare = [o for o in self._offers if o.model.key.casefold() == wanted]
        found = exact or bare
        enabled = self.enabled()
        return next((o for o in found if o in enabled), next(iter(found), None))

    def of_job(self, account: str, model: str) -> Offer | None:
        """The offer that a stored job names."""
        return next((o for o in self._offers if o.account == account and o.model.key == model), None)

    def model_of(self, account: str, model: str) -> Model:
        """The model of a stored job; a bare one where the host has taken it out since."""
        offer = self.of_job(account, model)
        return offer.model if offer is not None else Model(key=model, kind="", title=model, wire=model, family="")

    def name_of(self, account: str, model: str) -> str:
        """What one would type to order a stored job's model again."""
        offer = self.of_job(account, model)
        return offer.key if offer is not None else f"{model}@{account}"

    def title_of(self, job: Job) -> str:
        """How people call a job's model."""
        return self.model_of(job.account, job.model).title

    def search(self, text: str, limit: int = 25) -> list[Offer]:
        """Enabled offers that have every word of a text; those that begin with it first."""
        words = text.casefold().split()
        hits = [
            offer
            for offer in self.enabled()
            if all(word in f"{offer.key} {offer.model.title} {offer.account}".casefold() for word in words)
        ]
        begun = text.strip().casefold()
        hits.sort(key=lambda o: not (o.key.casefold().startswith(begun) or o.model.title.casefold().startswith(begun)))
        return hits[:limit]


def sells(account: AccountInfo, model: Model) -> bool:
    """Whether an account has a model at all."""
    return (
        model.kind == account.kind
        and (not model.flavours or account.flavour in model.flavours)
        and (not model.accounts or account.name in model.accounts)
    )
