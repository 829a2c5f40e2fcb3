"""What a provider's list changes about the catalogue: pure, and bounded for any list."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.catalogue.listed import GONE, MAX_NEW, NEW, ModelListing, compare
from bot.catalogue.load import load_catalogue
from bot.catalogue.model import Model, Price
from bot.catalogue.offers import Offers
from bot.net.ssrf_guard import SsrfGuard
from bot.providers import Account, build_provider
from bot.providers.json_fields import MAX_LISTED
from bot.providers.openai_videos import OpenAIVideos
from bot.providers.openrouter import OpenRouter

ACCOUNT = Account(name="openrouter", kind="openrouter", key="sk-local")


def model(key: str, cents: int = 10, **changes: object) -> Model:
    price = Price(second_micros=cents * 10_000)
    made = Model(key=key, kind="openrouter", title=key, wire=f"lab/{key}", family=key, seconds=(5,), price=price)
    return replace(made, **changes)  # type: ignore[arg-type]


def listing(*models: Model, complete: bool = True) -> ModelListing:
    return ModelListing(names=frozenset(each.wire for each in models), models=models, complete=complete)


def test_a_model_that_is_no_longer_listed_is_disabled_with_a_sentence() -> None:
    offers = Offers([model("a"), model("b")], [ACCOUNT])
    assert offers.update("openrouter", listing(model("a"))).gone == {"b"}
    gone = offers.find("b")
    assert gone is not None
    assert (gone.off, gone.model.off) == (GONE, GONE)
    assert [offer.key for offer in offers.enabled()] == ["a"]
    offers.update("openrouter", listing(model("a"), model("b")))
    assert [offer.key for offer in offers.enabled()] == ["a", "b"]


@pytest.mark.parametrize("seen", [listing(model("x")), listing(model("a"), complete=False)])
def test_a_list_of_other_names_or_of_some_models_disables_nothing(seen: ModelListing) -> None:
    assert compare([model("a"), model("b")], seen).gone == frozenset()


def test_a_list_about_some_names_disables_only_those() -> None:
    about = replace(listing(model("a")), asked=frozenset({"lab/a", "lab/b"}))
    assert compare([model("a"), model("b"), model("c")], about).gone == {"b"}


def test_a_new_price_counts_and_an_absurd_one_is_ignored() -> None:
    own = [model("a"), model("b"), model("c"), model("d", from_host=True)]
    found = compare(own, listing(model("a", 12), model("b", 900), model("c", 0), model("d", 12)))
    assert {key: price.second_micros for key, price in found.prices.items()} == {"a": 120_000}
    assert found.ignored == ("b", "c")


def test_the_hosts_file_and_the_accounts_own_price_win(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[openrouter."gen-4.5"]\nprice = { second_usd = 0.5 }\n')
    models = load_catalogue(file)
    assert [each.key for each in models if each.from_host] == ["gen-4.5"]
    kept = next(each for each in models if each.key == "gen-4.5")
    other = replace(kept, price=Price(second_micros=400_000), from_host=False)
    found = compare([kept, model("a")], listing(other, model("a", 11)))
    assert list(found.prices) == ["a"]
    assert compare([kept, model("b")], listing(model("b"))).gone == frozenset()
    assert compare([model("a")], listing(model("a", 11)), host_price=True).prices == {}


def test_a_new_model_is_disabled_until_a_server_enables_it() -> None:
    offers = Offers([model("a")], [ACCOUNT])
    offers.update("openrouter", listing(model("a"), model("n")))
    assert [offer.key for offer in offers.new()] == ["n@openrouter"]
    assert [offer.key for offer in offers.enabled()] == ["a"]
    here = offers.excluding((), "off here", on=("n@openrouter",))
    assert [offer.key for offer in here.enabled()] == ["a", "n@openrouter"]
    both = offers.excluding(("n@openrouter",), "off here", on=("n@openrouter",))
    assert [offer.key for offer in both.enabled()] == ["a"]
    offers.update("openrouter", listing(model("a")))
    gone = offers.excluding((), "off here", on=("n@openrouter",)).find("n@openrouter")
    assert gone is not None
    assert gone.off == GONE
    assert GONE != NEW


def test_new_models_are_bounded_and_need_a_price_that_can_be_right() -> None:
    own = [model("a")]
    assert len(compare(own, listing(*own, *(model(f"n{number}") for number in range(400)))).new) == MAX_NEW
    odd = (model("free", 0), model("dear", 5_000), model("unknown", price=None))
    found = compare(own, listing(*own, *odd))
    assert found.new == ()
    assert found.ignored == ("free", "dear")
    assert len(compare(own, listing(*own, *odd), host_price=True).new) == 3


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"data": {}},
        {"data": []},
        {"data": "x" * 1000},
        {"data": [None, 7, {"id": 9}, {"id": "<b>"}]},
        {"data": [{"id": f"lab/m{number}"} for number in range(MAX_LISTED + 1)]},
    ],
)
async def test_a_hostile_list_is_no_list(body: object) -> None:
    router = OpenRouter(ACCOUNT, SsrfGuard(()))
    gateway = OpenAIVideos(Account(name="litellm", kind="openai_videos", base_url="http://x"), SsrfGuard(()))
    assert router.read_model_list(body) is None
    assert gateway.read_model_list(body) is None
    await router.close()
    await gateway.close()


async def test_names_lose_what_discord_reads_as_markup() -> None:
    router = OpenRouter(ACCOUNT, SsrfGuard(()))
    entry = {"id": "lab/n", "name": "Lab: **@everyone** [x](https://evil) <@1>", "supported_durations": [5]}
    found = router.read_model_list({"data": [entry | {"pricing_skus": {"duration_seconds": "0.1"}}]})
    assert found is not None
    assert not set("*@[]<>:/`_") & set(found.models[0].title)
    assert found.models[0].price is not None
    assert found.models[0].price.second_micros == Decimal("0.1") * 1_000_000
    await router.close()


@pytest.mark.parametrize(("flavour", "new"), [("vllm", 1), ("sglang", 1), ("litellm", 0)])
async def test_a_server_of_the_hosts_own_offers_what_it_serves(flavour: str, new: int) -> None:
    account = Account(name="home", kind="openai_videos", flavour=flavour, base_url="http://x", price=Price())
    provider = build_provider(account, SsrfGuard(()))
    assert isinstance(provider, OpenAIVideos)
    found = provider.read_model_list({"data": [{"id": "Wan-AI/Wan2.2-TI2V-5B-Diffusers"}]})
    assert found is not None
    offers = Offers([], [account])
    offers.update("home", found)
    assert [offer.key for offer in offers.new()] == ["Wan2.2-TI2V-5B-Diffusers@home"] * new
    await provider.close()
