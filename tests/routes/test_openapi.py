"""The description of the interface: committed as it is, valid, and true of a running hub, whoever calls."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.base.config import MailboxSettings
from hub.core import framing, wire
from hub.core.errors import Fault, Verdict
from hub.core.evidence import happenings
from hub.core.evidence.kinds import ALERT, CHALLENGE, KINDS
from hub.core.model import DeliveryState
from hub.routes import described, examples, openapi
from hub.routes.exporting import XLSX
from hub.routes.table import CALLS, ROUTES
from tests.support.axis import SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, a_web

COMMITTED = Path(__file__).parent.parent.parent / "schemas" / "openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
CALLERS = (None, VPCP, OPERATOR, AUDITOR)
DOCUMENT: dict[str, Any] = openapi.document()


def test_the_committed_description_is_the_code_s() -> None:
    assert COMMITTED.read_bytes() == openapi.encoded(), "python -m hub.routes.openapi > schemas/openapi.json"


def test_every_reference_leads_somewhere() -> None:
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) <= known
    ids = [op["operationId"] for path in DOCUMENT["paths"].values() for op in path.values()]
    assert len(set(ids)) == len(ids)


def test_every_call_is_told_and_nothing_else_is() -> None:
    assert set(CALLS) == {(r.method, re.sub(r"\{(\w+):[^{}]*\}", r"{\1}", r.path)) for r in ROUTES}
    assert {about.tag for about in CALLS.values()} == set(described.TAGS)
    for path in DOCUMENT["paths"].values():
        for operation in path.values():
            assert all(operation[name] for name in ("operationId", "summary", "description", "tags"))
            assert all(p["description"] for p in operation["parameters"])


def test_a_parameter_says_what_it_means_where_it_stands() -> None:
    told: dict[tuple[str, str], set[str]] = {}
    for path, calls in DOCUMENT["paths"].items():
        for one in (given for operation in calls.values() for given in operation["parameters"]):
            told.setdefault((path, one["name"]), set()).add(one["description"])
    for (path, name), text in described.ELSEWHERE.items():
        assert told[path, name] == {text}
    assert told["/v1/programmes/reporting/fill", "owner"] == {described.PARAMETERS["owner"]}
    assert told["/v1/webhooks/{id}/replay", "id"] == {described.ELSEWHERE["/v1/webhooks/{id}", "id"]}
    assert set(described.BODIES) <= set(DOCUMENT["paths"])


def test_every_body_has_a_schema() -> None:
    """Without one, generators make calls that send and read nothing."""
    for name, path in DOCUMENT["paths"].items():
        for operation in path.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for media, told in part.get("content", {}).items():
                    assert told["schema"], (name, media)


@pytest.mark.parametrize("kind", examples.REQUESTS | examples.ANSWERS, ids=lambda kind: kind.__name__)
def test_examples_are_records(kind: type[wire.Wire]) -> None:
    example = (examples.REQUESTS | examples.ANSWERS)[kind]
    read = msgspec.json.decode(msgspec.json.encode(example), type=kind)
    assert set(example) <= set(kind.__struct_fields__)
    assert read == msgspec.convert(example, kind, strict=True)


def test_events_are_told_by_the_names_that_they_have() -> None:
    told = {name for ends in happenings._TOLD.values() for _, name in ends}
    assert set(described.EVENTS) == told | {happenings.ARRIVAL, "status", "reset"}


def test_webhooks_are_callbacks_of_the_call_that_registers() -> None:
    """Beside the paths, generators would take them for calls of the hub, or leave out their records."""
    told = DOCUMENT["paths"]["/v1/webhooks"]["post"]["callbacks"]
    assert set(told) == {kind.type for kind in KINDS} | {CHALLENGE, ALERT}
    assert all(list(by_type) == ["{$request.body#/url}"] for by_type in told.values())
    assert "webhooks" not in DOCUMENT


def test_words_with_few_values_say_which() -> None:
    schemas = DOCUMENT["components"]["schemas"]

    def values(record: str, member: str) -> set[object]:
        return set(schemas[schemas[record]["properties"][member]["$ref"].rpartition("/")[2]]["enum"])

    assert values("Delivery", "state") == {s.value for s in DeliveryState}
    assert values("Message", "business") == {0, 1, 2, 3}
    assert values("Message", "kind") == {"document", "status"}
    assert values("Message", "verdict") == {v.value for v in Verdict}
    assert values("Problem", "fault") == {f.value for f in Fault}


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


class Running(threading.Thread):
    """A hub in a thread of its own: schemathesis waits for its answers."""

    def __init__(self, folder: Path, keys: Path) -> None:
        super().__init__(daemon=True)
        self._places = folder, keys
        self._listens = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.headers: list[dict[str, str]] = []
        self.url = ""

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        mailbox = MailboxSettings(wait_seconds=0.01)  # so that no long poll is long
        async with a_web(*self._places, mailbox=mailbox) as web:
            sent = await web.send(VPCP, SON_LA)
            await web.take(SON_LA, sent)
            self.url, self.headers = web.url, [await web.headers(who) for who in CALLERS]
            self._listens.set()
            await self._end.wait()

    def __enter__(self) -> Running:
        self.start()
        assert self._listens.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self.join(10)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("hub"), keys) as running:
        yield running


schemathesis.serializer.alias(framing.MEDIA, "application/octet-stream")
schemathesis.serializer.alias(XLSX, "application/octet-stream")
operations = schemathesis.openapi.from_dict(DOCUMENT).exclude(path="/v1/events")  # it never ends


@operations.parametrize()
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_hub_is_as_described(hub: Running, case: schemathesis.Case[Any]) -> None:
    """Whatever is asked in whoever's name: no error of ours, and every answer one that the description knows."""
    operation = DOCUMENT["paths"][case.path].get(case.method.lower(), {})
    for headers in hub.headers if "security" in operation else hub.headers[:1]:
        response = case.call(base_url=hub.url, headers=headers, timeout=10)
        case.validate_response(response, checks=CHECKS)
