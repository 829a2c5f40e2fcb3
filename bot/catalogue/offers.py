"""Offers: the catalogue's models at the accounts that the host configured."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.catalogue.model import Model
from bot.catalogue.options import describe_model
from bot.jobs.job import Job


class AccountInfo(Protocol):
    """The part of an account that offers depend on."""

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
    """A model at an account. `key` is what people type: the model's key, with the account if several have it."""

    account: str
    model: Model
    key: str
    off: str | None = None  # why it is disabled


def describe_offer(offer: Offer) -> str:
    """Return a line of autocomplete, which names the account if several offer the model."""
    text = describe_model(offer.model)
    return f"{text[: 97 - len(offer.account)]} · {offer.account}" if "@" in offer.key else text


class Offers:
    """All offers, ordered by account and then as in the catalogue."""

    def __init__(self, models: Iterable[Model], accounts: Sequence[AccountInfo], default: str | None = None) -> None:
        catalogue = list(models)
        pairs = [(account, model) for account in accounts for model in catalogue if has_model(account, model)]
        counts = Counter(model.key for _, model in pairs)
        self._offers = [
            Offer(
                account=account.name,
                model=model,
                key=model.key if counts[model.key] == 1 else f"{model.key}@{account.name}",
                off=account.off or model.off,
            )
            for account, model in pairs
        ]
        self._default = default

    def excluding(self, keys: Collection[str], reason: str) -> "Offers":
        """Return the same offers with some disabled."""
        if not keys:
            return self
        offers = Offers((), (), default=self._default)
        offers._offers = [
            replace(offer, off=offer.off or reason, model=replace(offer.model, off=offer.model.off or reason))
            if offer.key in keys
            else offer
            for offer in self._offers
        ]
        return offers

    def all(self) -> list[Offer]:
        return list(self._offers)

    def enabled(self) -> list[Offer]:
        """Return the offers that can be ordered: not disabled, and with a price."""
        return [offer for offer in self._offers if offer.off is None and offer.model.price is not None]

    def default(self) -> Offer | None:
        """Return the host's choice if it is enabled, or else the first model that needs only a prompt."""
        enabled = self.enabled()
        chosen = self.find(self._default) if self._default else None
        if chosen is not None and chosen in enabled:
            return chosen
        return next((offer for offer in enabled if offer.model.creates and not offer.model.image.required), None)

    def find(self, text: str) -> Offer | None:
        """Return the offer of a key, ignoring case. A model alone finds the first account at which it is enabled."""
        key = text.strip().casefold()
        matches = [
            offer
            for offer in self._offers
            if key in (offer.key.casefold(), f"{offer.model.key}@{offer.account}".casefold())
        ] or [offer for offer in self._offers if offer.model.key.casefold() == key]
        enabled = self.enabled()
        return next((offer for offer in matches if offer in enabled), next(iter(matches), None))

    def for_job(self, account: str, model: str) -> Offer | None:
        """Return the offer of a stored job, or None if the host has removed it."""
        return next((offer for offer in self._offers if offer.account == account and offer.model.key == model), None)

    def model_for(self, account: str, model: str) -> Model:
        """Return the model of a stored job, or a placeholder if the host has removed it."""
        offer = self.for_job(account, model)
        return offer.model if offer is not None else Model(key=model, kind="", title=model, wire=model, family="")

    def key_for(self, account: str, model: str) -> str:
        """Return the key with which a stored job's model can be ordered again."""
        offer = self.for_job(account, model)
        return offer.key if offer is not None else f"{model}@{account}"

    def title_for(self, job: Job) -> str:
        """Return the display name of a job's model."""
        return self.model_for(job.account, job.model).title

    def search(self, text: str, limit: int = 25) -> list[Offer]:
        """Return the enabled offers that contain every word of a text, those that start with it first."""
        words = text.casefold().split()
        matches = [
            offer
            for offer in self.enabled()
            if all(word in f"{offer.key} {offer.model.title} {offer.account}".casefold() for word in words)
        ]
        prefix = text.strip().casefold()
        matches.sort(
            key=lambda offer: (
                not (offer.key.casefold().startswith(prefix) or offer.model.title.casefold().startswith(prefix))
            )
        )
        return matches[:limit]


def has_model(account: AccountInfo, model: Model) -> bool:
    """Return whether an account has a model, disabled or not."""
    return (
        model.kind == account.kind
        and (not model.flavours or account.flavour in model.flavours)
        and (not model.accounts or account.name in model.accounts)
    )
