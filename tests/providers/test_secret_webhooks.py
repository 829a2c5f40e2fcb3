"""Signatures with a secret: a published vector, several signatures, times at the edge."""

import hashlib
import hmac

import pytest

from bot.providers.secret_webhooks import MAX_SIGNATURES, decode_secret, read_openrouter_call, read_standard_call

# The example of the libraries of Standard Webhooks.
SECRET, SIGNED_AT, BODY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330, b'{"test": 2432232314}'
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(SIGNED_AT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def openrouter_headers(sent: str, body: bytes = BODY) -> dict[str, str]:
    signature = hmac.new(b"secret", f"{sent},".encode() + body, hashlib.sha256).hexdigest()
    return {"x-openrouter-signature": f"t={sent},v1={signature}"}


def is_taken(headers: dict[str, str], now: float = SIGNED_AT) -> bool:
    return read_standard_call(headers, BODY, decode_secret(SECRET), now) is not None


def test_the_published_example_is_genuine() -> None:
    assert is_taken(HEADERS)
    assert decode_secret(SECRET.removeprefix("whsec_")) == decode_secret(SECRET)


def test_one_genuine_signature_of_several_is_enough() -> None:
    genuine = HEADERS["webhook-signature"]
    assert is_taken({**HEADERS, "webhook-signature": f"v1,AAAA v1a,BBBB {genuine}"})
    assert not is_taken({**HEADERS, "webhook-signature": "v1,AAAA " * MAX_SIGNATURES + genuine})
    assert not is_taken({**HEADERS, "webhook-signature": genuine.removeprefix("v1,")})


@pytest.mark.parametrize("name", HEADERS)
def test_every_header_is_needed_and_signed(name: str) -> None:
    assert not is_taken({key: value for key, value in HEADERS.items() if key != name})
    assert not is_taken({**HEADERS, name: HEADERS[name][:-2] + "99"})


@pytest.mark.parametrize(("late_s", "taken"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_call_is_fresh_for_five_minutes(late_s: int, taken: bool) -> None:
    assert is_taken(HEADERS, SIGNED_AT + late_s) is taken
    call = read_openrouter_call(openrouter_headers(str(SIGNED_AT)), BODY, "secret", SIGNED_AT + late_s)
    assert (call is not None) is taken


@pytest.mark.parametrize("sent", ["", "-1", "nan", "1e9", "١٦١٤", "9" * 5000, f" {SIGNED_AT}"])
def test_a_time_that_is_none_is_refused(sent: str) -> None:
    assert read_openrouter_call(openrouter_headers(sent), BODY, "secret", SIGNED_AT) is None
    assert not is_taken({**HEADERS, "webhook-timestamp": sent})


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_not base64", "whsec_AAA", "=", "ü"])
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a secret"):
        decode_secret(text)
