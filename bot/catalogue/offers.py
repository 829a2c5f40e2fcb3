"""Offers: the catalogue's models at the accounts that the host configured."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.catalogue.listed import GONE, NEW, ListedChanges, ModelListing, compare, merge_new
from bot.catalogue.model import Model, Price
from bot.catalogue.options import describe_model
from bot.i18n import _
from bot.jobs.job import Job, Kind


class AccountInfo(Protocol):
    """The part of an account that offers depend on."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def flavour(self) -> str: ...
    @property
    def price(self) -> Price | None: ...
    @property
    def models(self) -> Sequence[Model]: ...
    @property
    def off(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A model at an account. `key` is what people type: the model's key, with the account if several have it."""

    account: str
    model: Model
    key: str
    off: str | None = None  # why it is disabled
    listed: bool = False  # known from the provider's list only: disabled until a server's managers enable it
    price_before: Price | None = None  # the catalogue's price, if the provider's list has another


def describe_offer(offer: Offer) -> str:
    """Return a line of autocomplete, which names the account if several offer the model."""
    text = describe_model(offer.model)
    return f"{text[: 97 - len(offer.account)]} · {offer.account}" if "@" in offer.key else text


class Offers:
    """All offers, ordered by account and then as in the catalogue; an account's own models come last."""

    def __init__(self, models: Iterable[Model], accounts: Sequence[AccountInfo], default: str | None = None) -> None:
        catalogue = list(models)
        pairs = [
            (account, model)
            for account in accounts
            for model in (*catalogue, *account.models)
            if has_model(account, model)
        ]
        counts = Counter(model.key for _, model in pairs)
        self._offers = [
            Offer(
                account=account.name,
                model=model if account.price is None else replace(model, price=account.price),
                key=model.key if counts[model.key] == 1 else f"{model.key}@{account.name}",
                off=account.off or model.off,
            )
            for account, model in pairs
        ]
        self._catalogue = list(self._offers)
        self._accounts = {account.name: account for account in accounts}
        self._listed: dict[str, ListedChanges] = {}
        self._default = default

    def excluding(self, keys: Collection[str], reason: str, on: Collection[str] = ()) -> "Offers":
        """Return the same offers with some disabled, and with the listed models that `on` enables."""
        if not keys and not on:
            return self
        offers = Offers((), (), default=self._default)
        offers._offers = [
            replace(offer, off=offer.off or reason, model=replace(offer.model, off=offer.model.off or reason))
            if offer.key in keys
            else _enabled(offer)
            if offer.key in on
            else offer
            for offer in self._offers
        ]
        return offers

    def wire_names(self, account: str) -> frozenset[str]:
        """Return the names that a provider has for the catalogue's models of an account."""
        return frozenset(offer.model.wire for offer in self._catalogue if offer.account == account)

    def update(self, account: str, listing: ModelListing) -> ListedChanges:
        """Apply a provider's list: everyone who holds these offers sees it at once. Return what differs now."""
        info = self._accounts[account]
        own = [offer.model for offer in self._catalogue if offer.account == account]
        changes = compare(own, listing, host_price=info.price is not None)
        before = self._listed.get(account, ListedChanges())
        self._listed[account] = replace(changes, new=merge_new(before.new, changes.new))
        self._offers = [self._as_listed(offer) for offer in self._catalogue]
        self._offers += [
            _new_offer(self._accounts[name], model) for name, each in self._listed.items() for model in each.new
        ]
        return changes

    def _as_listed(self, offer: Offer) -> Offer:
        changes = self._listed.get(offer.account, ListedChanges())
        model, key = offer.model, offer.model.key
        if key in changes.gone:
            return replace(offer, off=offer.off or GONE, model=replace(model, off=model.off or GONE))
        if key in changes.prices:
            return replace(offer, model=replace(model, price=changes.prices[key]), price_before=model.price)
        return offer

    def new(self) -> list[Offer]:
        """Return the listed models that a server's managers can enable."""
        return [offer for offer in self._offers if offer.listed and offer.model.off == NEW]

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
        """Return the offer of a key or a title, ignoring case.

        A model alone finds the first account at which it is enabled.
        """
        key = text.strip().casefold()
        matches = [
            offer
            for offer in self._offers
            if key in (offer.key.casefold(), f"{offer.model.key}@{offer.account}".casefold())
        ] or [offer for offer in self._offers if key in (offer.model.key.casefold(), offer.model.title.casefold())]
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
        """Return the display name of a job's model: that it's hidden, or the word for a film, which has none."""
        if job.bundle.hidden:
            return _("hidden model")
        return _("film") if job.kind is Kind.FILM else self.model_for(job.account, job.model).title

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


def _new_offer(account: AccountInfo, model: Model) -> Offer:
    """Return a disabled offer. Its key names the account, so that no key of the catalogue changes."""
    priced = model if account.price is None else replace(model, price=account.price)
    off = account.off or model.off or NEW
    return Offer(
        account=account.name, model=replace(priced, off=off), key=f"{model.key}@{account.name}", off=off, listed=True
    )


def _enabled(offer: Offer) -> Offer:
    if not offer.listed or offer.off != NEW:
        return offer
    return replace(offer, off=None, model=replace(offer.model, off=None))


def has_model(account: AccountInfo, model: Model) -> bool:
    """Return whether an account has a model, disabled or not."""
    return (
        model.kind == account.kind
        and (not model.flavours or account.flavour in model.flavours)
        and (not model.accounts or account.name in model.accounts)
    )
