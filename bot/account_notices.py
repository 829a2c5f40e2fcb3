"""Notices about accounts at the start: names and settings that disagree, and what an account can't be ordered for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.catalogue.kinds import KINDS, infer
from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offer, Offers
from bot.providers.account import Account
from bot.setting_errors import PREFIX


def account_notices(
    accounts: Sequence[Account], set_by_host: Mapping[str, tuple[str | None, str | None]], catalogue: Path | None
) -> list[str]:
    """Return one sentence per notice. `set_by_host` are the settings KIND and FLAVOUR by account name."""
    offers = Offers(load_catalogue(catalogue), accounts)
    notices = []
    for account in accounts:
        notices += _disagreements(account, *set_by_host.get(account.name, (None, None)))
        own = [offer for offer in offers.all() if offer.account == account.name]
        notices += _webhook_notices(account)
        notices += account.problems
        notices += _missing_offers(account, own, offers.enabled())
    return notices


def _disagreements(account: Account, kind: str | None, flavour: str | None) -> list[str]:
    setting = f"{PREFIX}ACCOUNTS__{account.name.upper()}"
    named_kind, named_flavour = infer(account.name)
    notices = []
    if kind is not None and named_kind not in (None, kind):
        notices.append(
            f"{setting}__KIND={kind} differs from what the account's name says ({named_kind}). The setting counts."
        )
    flavours = KINDS[account.kind].flavours
    if flavour is not None and named_flavour not in (None, flavour):
        notices.append(
            f"{setting}__FLAVOUR={flavour} differs from what the account's name says ({named_flavour}). The setting "
            "counts."
        )
    if flavours and flavour is None and named_flavour is None:
        notices.append(
            f"Neither the name nor {setting}__FLAVOUR says which server this is, so {account.flavour} is assumed. "
            f"Set it to one of {', '.join(flavours)}."
        )
    return notices


def _webhook_notices(account: Account) -> list[str]:
    """Return why no webhooks arrive although the account has a secret for them."""
    if not account.webhook_secret or account.webhook_url.startswith("https://"):
        return []
    setting = f"{PREFIX}ACCOUNTS__{account.name.upper()}__WEBHOOK_SECRET"
    return [f"{setting} has no effect without an https address in {PREFIX}WEBHOOK_URL. The account is polled."]


def _missing_offers(account: Account, own: Sequence[Offer], enabled: Sequence[Offer]) -> list[str]:
    """Return what is missing before anything can be ordered from an account."""
    if account.off is not None or any(offer in enabled and offer.model.creates for offer in own):
        return []
    setting = f"{PREFIX}ACCOUNTS__{account.name.upper()}"
    creates = [offer for offer in own if offer.model.creates]
    unpriced = [offer.model.key for offer in creates if offer.off is None and offer.model.price is None]
    if unpriced:
        return [
            f"Nothing can be ordered from the account {account.name}: {', '.join(unpriced)} have no price. Set "
            f"{setting}__PRICE to free or to US dollars per second, or give prices in RETAKE_CATALOGUE."
        ]
    if creates:
        reasons = "; ".join(f"{offer.model.key}: {offer.off}" for offer in creates)
        return [f"Nothing can be ordered from the account {account.name}. {reasons}"]
    if account.kind == "comfy":
        return [
            f"Nothing can be ordered from the account {account.name}: it has no workflow that makes videos. Set "
            f"{setting}__WORKFLOWS to a folder with workflows of your ComfyUI; docs/local-gpu.md shows how."
        ]
    return [
        f"Nothing can be ordered from the account {account.name}: the catalogue has no model for it. Add your server's "
        "models to a file and name it in RETAKE_CATALOGUE; the README shows one."
    ]
