"""Checks of `doctor` for one account: its key, its address, its models and its balance. They cost nothing."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from bot.catalogue.kinds import KINDS
from bot.catalogue.offers import Offer, Offers
from bot.cli.findings import Finding
from bot.connection_errors import describe_connection_error
from bot.jobs.clean_text import clean
from bot.jobs.errors import RetakeError
from bot.jobs.provider_errors import AccountTrouble, KeyRefused, NoBalance, RateLimited, Unreachable
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import KeyAnswer, Provider
from bot.ports.provider_capabilities import ModelList
from bot.providers import build_provider
from bot.providers.account import Account
from bot.worker.model_lists import describe_changes

WRONG_KEY = "sk-not-a-key-retake-doctor-asks-whether-keys-are-checked"
TIME_LIMIT_S = 90.0
SHOWN_MODELS = 10
DISABLES_UNLISTED = ("openrouter",)  # there the bot disables what isn't listed, which `_compare_list` says


async def check_account(account: Account, guard: SsrfGuard, offers: Offers) -> list[Finding]:
    """Check an account with free requests only, in bounded time."""
    subject = f"account {account.name}"
    provider = build_provider(account, guard)
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            answer = await provider.check_key()
            return [
                await _judge_key(subject, account, answer, guard),
                *await _check_balance(subject, account.title, provider),
                *(_check_models(account, answer, offers) or await _compare_list(account, provider, offers)),
            ]
    except TimeoutError:
        says = f"{account.title} doesn't answer within {TIME_LIMIT_S:g} s. Try again later."
        return [Finding(what=subject, state="bad", says=says)]
    except RetakeError as error:
        return [Finding(what=subject, state="bad", says=_describe_error(error, account))]
    finally:
        await provider.close()


async def _judge_key(subject: str, account: Account, answer: KeyAnswer, guard: SsrfGuard) -> Finding:
    """Return whether the key is taken. An answer proves nothing if a wrong key gets it too."""
    title = account.title
    address = f"Check {_setting(account)}__BASE_URL."
    if not answer.expected:
        says = f"{title} answers with something that I did not expect, so I can't tell whether the key is right."
        return Finding(what=subject, state="look", says=f"{says} {address}")
    if not account.key and answer.models is None:
        says = f"{title} answers without a key, but lists no models, so I can't tell whether the address is right."
        return Finding(what=subject, state="look", says=f"{says} {address}")
    if not account.key:
        return Finding(what=subject, state="ok", says=f"{title} answers as expected and asks for no key.")
    if not await _refuses_wrong_key(account, guard):
        says = f"{title} answers a wrong key as well, so I can't tell whether yours is right: free requests don't show."
        return Finding(what=subject, state="look", says=says)
    return Finding(what=subject, state="ok", says=f"{title} answers as expected; the key is taken.")


async def _refuses_wrong_key(account: Account, guard: SsrfGuard) -> bool:
    """Return whether the same question with a wrong key is certainly refused."""
    provider = build_provider(replace(account, key=WRONG_KEY), guard)
    try:
        await provider.check_key()
    except RateLimited:
        return False
    except RetakeError as error:
        return 400 <= int(error.facts.get("status", 0)) < 500
    else:
        return False
    finally:
        await provider.close()


def _check_models(account: Account, answer: KeyAnswer, offers: Offers) -> list[Finding]:
    """Check whether the provider lists the models that can be ordered from it."""
    enabled, listed = [offer for offer in offers.enabled() if offer.account == account.name], answer.models
    if account.kind in DISABLES_UNLISTED:
        return []
    missing = [offer for offer in enabled if listed is not None and not _is_listed(offer, listed)]
    if not missing:
        return []
    names = ", ".join(
        f"{offer.key} ({clean(answer.lacks.get(offer.model.wire) or offer.model.wire)})"
        for offer in missing[:SHOWN_MODELS]
    )
    more = f" and {len(missing) - SHOWN_MODELS} more" if len(missing) > SHOWN_MODELS else ""
    says = (
        f"{account.title} doesn't list {len(missing)} of {len(enabled)} models that can be ordered: {names}{more}. "
        "Switch them off in the catalogue, or set them up there under these names."
    )
    if answer.lacks:
        says = (
            f"{account.title} doesn't list what {len(missing)} of {len(enabled)} workflows need: {names}{more}. "
            "Install it there, or take the workflow out of the folder."
        )
    nothing_works = len(missing) == len(enabled) and not KINDS[account.kind].needs_key  # at a server of the host's
    return [Finding(what=f"models of {account.name}", state="bad" if nothing_works else "look", says=says)]


async def _compare_list(account: Account, provider: Provider, offers: Offers) -> list[Finding]:
    """Compare the provider's list of models and prices with the catalogue, if it has one."""
    if not isinstance(provider, ModelList):
        return []
    subject = f"models of {account.name}"
    try:
        body = await provider.fetch_model_list(offers.wire_names(account.name))
        listing = provider.read_model_list(body)
    except RetakeError:
        listing = None
    if listing is None:
        says = f"{account.title} gives no list of its models; the catalogue's are used."
        return [Finding(what=subject, state="look", says=says)]
    differs = describe_changes(offers.update(account.name, listing))
    says = f"{account.title} lists {len(listing.names)} models" + (f". {differs}." if differs else ".")
    return [Finding(what=subject, state="look" if differs else "ok", says=says)]


def _is_listed(offer: Offer, listed: Collection[str]) -> bool:
    names = {offer.model.wire, offer.model.image.model or offer.model.wire}
    return all(name in listed or any(fnmatchcase(name, each) for each in listed if "*" in each) for name in names)


async def _check_balance(subject: str, title: str, provider: Provider) -> list[Finding]:
    try:
        balance = await provider.balance()
    except RetakeError:
        return [Finding(what=subject, state="look", says=f"{title} doesn't say what balance is left.")]
    if balance is None:
        return []
    left = "no limit" if balance.remaining is None else f"{balance.remaining:g}"
    empty = balance.remaining is not None and balance.remaining <= 0
    return [Finding(what=subject, state="bad" if empty else "ok", says=f"Left: {left} ({balance.unit}).")]


def _setting(account: Account) -> str:
    return f"RETAKE_ACCOUNTS__{account.name.upper()}"


def _describe_error(error: RetakeError, account: Account) -> str:
    """Return a sentence about why an account can't be used, with the setting to look at."""
    title, setting, status = account.title, _setting(account), error.facts.get("status", "unknown")
    match error:
        case NoBalance():
            return f"{title} refuses requests because the balance is used up. Top it up on its website."
        case AccountTrouble() if not isinstance(error, KeyRefused):
            return f"{title} doesn't serve the country or region of this machine. Use an account or server elsewhere."
        case AccountTrouble() if not account.key:
            return f"{title} refuses requests without a key. Set {setting}__KEY."
        case AccountTrouble():
            return f"{title} refuses the key. Check {setting}__KEY, or make a new key on its website."
        case Unreachable() if error.__cause__ is not None:
            says = describe_connection_error(error.__cause__, urlsplit(account.base_url).netloc)
            return f"{title} can't be reached: {says} The address is {setting}__BASE_URL or the provider's own."
        case Unreachable() if status == 200:
            return f"{title} answers, but not as its API does. The address is {setting}__BASE_URL."
        case Unreachable() if not account.key:
            return f"{title} answers with an error (HTTP {status}) without a key. If it needs one, set {setting}__KEY."
        case Unreachable():
            return f"{title} answers with an error (HTTP {status}). Try again later."
        case _:
            return f"{title}: {clean(error.sentence())}"
