"""Accounts as a host writes them: kind and flavour from the name, encodings, prices, and notices at the start."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from bot.catalogue.kinds import KINDS, FlavourName, KindName, ProtocolName, infer
from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offers
from bot.settings import Settings, SettingsError, load
from tests.providers.models import WORKFLOWS

Write = Callable[..., Settings]


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that loads the settings of one account, with fields as keywords."""
    for name in [name for name in os.environ if name.upper().startswith("RETAKE_")]:
        monkeypatch.delenv(name)

    def load_account(account: str, **fields: str) -> Settings:
        monkeypatch.setenv("RETAKE_DISCORD_TOKEN", "token-of-the-bot")
        for field, value in fields.items():
            monkeypatch.setenv(f"RETAKE_ACCOUNTS__{account.upper()}__{field.upper()}", value)
        return load(env_file=None)

    return load_account


def test_the_names_that_settings_accept_are_those_of_the_kinds() -> None:
    assert set(get_args(KindName)) == set(KINDS)
    assert set(get_args(FlavourName)) == {flavour for kind in KINDS.values() for flavour in kind.flavours}
    assert set(get_args(ProtocolName)) == {protocol for kind in KINDS.values() for protocol in kind.protocols}


NAMES: dict[str, tuple[str | None, str | None]] = {kind: (kind, None) for kind in KINDS}
NAMES |= {flavour: (kind, flavour) for kind, entry in KINDS.items() for flavour in entry.flavours}
NAMES |= {
    "litellm-eu": ("openai_videos", "litellm"),
    "vllm2": ("openai_videos", "vllm"),
    "toapis_backup": ("toapis", None),
    "openai": ("openai_videos", None),
    "something": (None, None),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_an_account_says_its_kind_and_flavour(name: str) -> None:
    assert infer(name) == NAMES[name]


@pytest.mark.parametrize("name", [name for name, (kind, _) in NAMES.items() if kind is not None and "-" not in name])
def test_every_kind_and_flavour_is_set_up_by_its_name(write: Write, name: str) -> None:
    kind, flavour = NAMES[name]
    assert kind is not None
    address = {} if KINDS[kind].base_url else {"base_url": "http://10.0.0.5:8080/v1"}
    (account,) = write(name, key="sk-1234", **address).account_list()
    assert (account.kind, account.encoding) == (kind, None)
    assert account.flavour == (flavour or next(iter(KINDS[kind].flavours), ""))


def notices(settings: Settings) -> str:
    return "\n".join(settings.notices())


def test_settings_that_disagree_with_the_name_are_said(write: Write) -> None:
    settings = write("litellm", base_url="http://10.0.0.5", flavour="bifrost", price="0.05")
    assert settings.account_list()[0].flavour == "bifrost"
    assert "FLAVOUR=bifrost differs from what the account's name says (litellm). The setting counts." in notices(
        settings
    )


def test_a_kind_that_disagrees_with_the_name_is_said(write: Write) -> None:
    settings = write("toapis", key="sk-1234", kind="xai")
    assert settings.account_list()[0].kind == "xai"
    assert "KIND=xai differs from what the account's name says (toapis). The setting counts." in notices(settings)


def test_a_gateway_that_nothing_names_is_said(write: Write) -> None:
    settings = write("gateway", base_url="http://10.0.0.5", kind="openai_videos")
    assert "RETAKE_ACCOUNTS__GATEWAY__FLAVOUR says which server this is, so bifrost is assumed" in notices(settings)


@pytest.mark.parametrize("name", ["toapis", "octopusx", "xai", "openrouter", "fal", "runway", "gemini", "runware"])
def test_an_account_that_can_order_has_no_notice(write: Write, name: str) -> None:
    assert notices(write(name, key="sk-1234")) == ""


def test_a_comfy_account_needs_a_folder_of_workflows(write: Write) -> None:
    says = notices(write("comfy", price="free"))
    assert "it has no workflow that makes videos. Set RETAKE_ACCOUNTS__COMFY__WORKFLOWS to a folder" in says


def test_a_comfy_account_needs_a_price(write: Write) -> None:
    says = notices(write("comfy", workflows=str(WORKFLOWS)))
    assert "wan2.2-5b-image, wan2.2-5b have no price. Set RETAKE_ACCOUNTS__COMFY__PRICE to free" in says


def test_a_workflow_that_cannot_be_used_is_named_and_the_others_are_offered(write: Write, tmp_path: Path) -> None:
    for file in WORKFLOWS.glob("wan2.2-5b.*"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "broken.json").write_text("{")
    settings = write("comfyui-attic", workflows=str(tmp_path), price="free")
    assert notices(settings) == "The workflow broken.json isn't used: it is not JSON."
    (offer,) = Offers(load_catalogue(), settings.account_list()).enabled()
    assert (offer.key, offer.account, offer.model.accounts) == ("wan2.2-5b", "comfyui-attic", ("comfyui-attic",))


def test_a_default_model_whose_workflow_cannot_be_used_does_not_stop_the_bot(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for file in WORKFLOWS.glob("wan2.2-5b.*"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "broken.json").write_text("{")
    write("comfy", workflows=str(tmp_path), price="free")
    monkeypatch.setenv("RETAKE_DEFAULT_MODEL", "broken")
    settings = load(env_file=None)
    default = Offers(load_catalogue(), settings.account_list(), default=settings.default_model).default()
    assert default is not None
    assert default.key == "wan2.2-5b"
    assert "The workflow broken.json isn't used" in notices(settings)
    monkeypatch.setenv("RETAKE_DEFAULT_MODEL", "brokenn")
    with pytest.raises(SettingsError):
        load(env_file=None)


def test_two_servers_have_workflows_of_their_own(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("comfy", workflows=str(WORKFLOWS), price="free")
    monkeypatch.setenv("RETAKE_ACCOUNTS__COMFY2__WORKFLOWS", str(WORKFLOWS))
    settings = load(env_file=None)
    keys = [offer.key for offer in Offers(load_catalogue(), settings.account_list()).all()]
    assert "wan2.2-5b@comfy" in keys
    assert "wan2.2-5b@comfy2" in keys


def test_a_protocol_of_another_kind_is_refused(write: Write) -> None:
    assert write("comfy", protocol="v2").account_list()[0].protocol == "v2"
    with pytest.raises(SettingsError) as caught:
        write("octopusx", key="sk-1234", protocol="v2")
    assert "octopusx has no protocol 'v2', only unified, openai" in str(caught.value)


CATALOGUE = """
[openai_videos.own]
title = "Our own"
family = "own"
seconds = [8]
"""


@pytest.fixture
def own_model(write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set a catalogue with one model of a gateway, without a price, after `write` has cleared the environment."""
    file = tmp_path / "catalogue.toml"
    file.write_text(CATALOGUE)
    monkeypatch.setenv("RETAKE_CATALOGUE", str(file))


@pytest.mark.usefixtures("own_model")
def test_an_account_without_priced_models_says_how_to_give_prices(write: Write) -> None:
    says = notices(write("vllm", base_url="http://10.0.0.5"))
    assert "Nothing can be ordered from the account vllm: wan2.2-ti2v-5b, vllm-cosmos3-nano, own have no price." in says
    assert "Set RETAKE_ACCOUNTS__VLLM__PRICE to free or to US dollars per second" in says


def test_an_account_whose_models_have_ended_says_why(write: Write) -> None:
    says = notices(write("litellm", base_url="http://10.0.0.5"))
    assert "Nothing can be ordered from the account litellm" in says


@pytest.mark.usefixtures("own_model")
@pytest.mark.parametrize(("price", "micros"), [("free", 0), ("0.05", 400_000), ("0", 0)])
def test_a_price_of_the_account_is_the_price_of_its_models(write: Write, price: str, micros: int) -> None:
    settings = write("vllm", base_url="http://10.0.0.5", price=price)
    assert notices(settings) == ""
    offer = Offers(load_catalogue(settings.catalogue), settings.account_list()).find("own")
    assert offer is not None
    assert offer.model.price is not None
    assert offer.model.price.cost_micros(8, None) == micros
    assert offer.model.price.source == "set by the host for this account"


@pytest.mark.parametrize("price", ["gratis", "-1", "0,05", "1e9", "nan"])
def test_a_price_that_is_none_is_refused_with_its_form(write: Write, price: str) -> None:
    with pytest.raises(SettingsError) as caught:
        write("litellm", base_url="http://10.0.0.5", price=price)
    (problem,) = caught.value.problems
    assert "RETAKE_ACCOUNTS__LITELLM__PRICE" in problem
    assert "free, or US dollars per second with a point, such as 0.05" in problem


def test_a_model_that_ended_is_off_with_a_sentence() -> None:
    ended = {model.key: model.off for model in load_catalogue() if model.key.endswith("veo-3.1")}
    assert ended.keys() == {"bifrost-veo-3.1", "litellm-veo-3.1"}
    assert all(reason and "ended in October 2026" in reason for reason in ended.values())
