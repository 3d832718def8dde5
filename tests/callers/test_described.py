"""Every operation of the published description, with data that fits it and data that does not, in the name of every
role, against a hub that is a process of its own: no answer of 5xx, none that the description does not know, and a hub
that is as sound afterwards as before.

`TRUC_EXAMPLES` says how many examples of each operation; each is asked by every caller, and once more with identifiers
that there are. `make hostile` takes hundreds.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.app import system_clock
from hub.core import edxml, framing
from hub.core.signature import assertion, jws, xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from hub.routes import openapi
from hub.routes.exporting import XLSX
from tests.support.axis import HA_NOI, SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc

EXAMPLES: Final = int(os.environ.get("TRUC_EXAMPLES", "2"))
DOCUMENT: Final[dict[str, Any]] = openapi.document()
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SECONDS: Final = 60
_TOML: Final = """
[trust]
token_seconds = 86400
[limits]
requests_per_second = 100000
burst = 100000
anonymous_per_second = 100000
anonymous_burst = 100000
stranger_ms_per_second = 100000
stranger_ms_burst = 100000
"""


class Hub(NamedTuple):
    """`callers`: headers by who calls; `places`: values of path parameters that there are."""

    url: str
    callers: dict[str, dict[str, str]]
    places: dict[str, str]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    config = folder / "hub.toml"
    prepared = prepare(folder)
    config.write_text(config.read_text().replace("[mailbox]\n", "[mailbox]\nwait_seconds = 0.01\n") + _TOML)
    process = HubProcess(config, free_port())
    asyncio.run(process.start())
    try:
        yield _filled(process.url, pki.Profile(Path(prepared.hub.keys)))
        assert requests.get(f"{process.url}/readyz", timeout=SECONDS).json()["status"] == "ok"
        figures = requests.get(f"{process.url}/v1/figures", timeout=SECONDS).json()
        assert [line for line in figures["ledger"] if line.get("difference", 0)] == []
    finally:
        status = process.stop()
    assert status == 0
    log = (folder / "hub.log").read_text()
    assert '"unexpected"' not in log
    assert "Traceback" not in log
    checked = truc("fsck", "--config", config, "--json")
    assert checked.returncode == 0, checked.stdout


def _filled(url: str, profile: pki.Profile) -> Hub:
    callers = {"nobody": {}, "nonsense": {"Authorization": "Bearer t1.x.y"}}
    for name, who in (("sender", VPCP), ("recipient", SON_LA), ("stranger", HA_NOI)):
        callers[name] = _token(url, who, profile.agency(who))
    for role in ("operator", "auditor"):
        callers[role] = _token(url, role, profile.hub(role))
    mine = profile.agency(VPCP)
    data = xmldsig.sign(edxml.build(a_document(VPCP, [SON_LA], 1)), mine.key, mine.chain)
    sent = requests.post(f"{url}/v1/documents", data=data, headers=callers["sender"], timeout=SECONDS).json()
    message = sent["message"]["id"].removeprefix("urn:uuid:")
    life = requests.get(f"{url}/v1/documents/{message}", headers=callers["sender"], timeout=SECONDS).json()
    evidence = life["timeline"][0]["evidence"].removeprefix("urn:uuid:")
    places = {
        "/v1/receipts/{id}": evidence,
        "id": message,
        "code": VPCP,
        "path": "0/000.p/1",
        "kind": "directory",
        "digest": "0" * 64,
        "name": "communes:000.00.00.H52",
        "programme": "tasks",
        "case": "NV-01@000.00.00.G22/000.00.00.H52",
    }
    return Hub(url, callers, places)


def _token(url: str, who: str, credential: Any) -> dict[str, str]:
    kid = jws.key_id(credential.certificate)
    signed = assertion.build(who, f"{url}/v1/token", os.urandom(16).hex(), system_clock(), credential.key, kid)
    answer = requests.post(f"{url}/v1/token", json={"assertion": signed}, timeout=SECONDS)
    return {"Authorization": f"Bearer {json.loads(answer.content)['access_token']}"}


for media in (framing.MEDIA, XLSX):
    schemathesis.serializer.alias(media, "application/octet-stream")
described = schemathesis.openapi.from_dict(DOCUMENT)


@described.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 10,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_asked_by_whomever_is_answered_as_described(hub: Hub, case: schemathesis.Case[Any]) -> None:
    for headers in hub.callers.values():
        _ask(hub, case, headers)
    if case.path_parameters:
        real = {name: hub.places.get(case.path, hub.places[name]) for name in case.path_parameters}
        for headers in hub.callers.values():
            case.path_parameters = real
            _ask(hub, case, headers)


def _ask(hub: Hub, case: schemathesis.Case[Any], headers: dict[str, str]) -> None:
    if case.path == "/v1/events":
        # It never ends: its head is looked at, and what a refusal says.
        asked = case.as_transport_kwargs(base_url=hub.url, headers=headers)
        with requests.request(**asked, stream=True, timeout=SECONDS) as response:
            assert response.status_code < 500
        return
    response = case.call(base_url=hub.url, headers=headers, timeout=SECONDS)
    case.validate_response(response, checks=CHECKS)
