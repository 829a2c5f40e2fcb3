"""Uploads to fal's storage: where they go, and what a bad answer does."""

from dataclasses import replace

import pytest

from bot.jobs.provider_errors import NotSent
from bot.ports.provider import Picture
from bot.providers.fal import storage_address
from bot.sandbox.fault_injection import Fault
from tests.providers.cases import fault_response
from tests.providers.rigs import ProviderRig, dialect_of, rig_fixture

fal = rig_fixture(dialect_of("fal"))


@pytest.mark.parametrize(
    ("endpoint", "storage"),
    [
        ("https://queue.fal.run", "https://rest.fal.ai"),
        ("https://queue.falrun.com", "https://rest.fal.ai"),
        ("https://fal.run.example", "https://fal.run.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_uploads_go_to_fal_or_to_the_hosts_own_server(endpoint: str, storage: str) -> None:
    assert storage_address(endpoint) == storage


@pytest.mark.parametrize("upload_url", ["http://169.254.169.254/latest", "https://10.0.0.1/x", "file:///etc", "", 7])
async def test_an_upload_link_to_a_private_address_is_refused(
    fal: ProviderRig, picture_file: Picture, upload_url: object
) -> None:
    body = {"upload_url": upload_url, "file_url": f"{fal.local.origin}/cdn/pictures/x"}
    fal.local.wire.fail(replace(fault_response(200, body), route="POST /storage/upload/initiate"))
    with pytest.raises(NotSent):
        await fal.provider.draft(fal.order(picture=picture_file))
    assert fal.local.charges == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(route="PUT /cdn/uploads/*", status=403, body="<Error/>", times=None),
        Fault(route="PUT /cdn/uploads/*", drop=True, times=None),
        Fault(route="POST /storage/upload/initiate", status=500, body="no", times=None),
        Fault(
            route="POST /storage/upload/initiate", status=200, body={"upload_url": "https://x.example/y"}, times=None
        ),
    ],
    ids=["refused", "dropped", "500", "no link"],
)
async def test_a_failed_upload_sends_nothing_paid(fal: ProviderRig, picture_file: Picture, fault: Fault) -> None:
    fal.local.wire.fail(fault)
    with pytest.raises(NotSent):
        await fal.provider.draft(fal.order(picture=picture_file))
    assert fal.local.charges == []
