"""OpenAPI 3.1, generated from the table of routes and the records of the wire.

python -m hub.routes.openapi > schemas/openapi.json      the committed copy, which a test compares
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from hub.admission.submission import AGENCY
from hub.base.version import VERSION
from hub.core import wire, wire_hooks
from hub.core.evidence.kinds import ALERT, CHALLENGE, KINDS
from hub.core.webhooks import signing
from hub.core.webhooks.payload import HookPayload
from hub.http.call import NoQuery, Route
from hub.routes import described, examples
from hub.routes.events import Happened
from hub.routes.table import CALLS, ROUTES
from hub.routes.table.words import Described

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
_REFERENCE = "#/components/schemas/{name}"
_PROBLEM = {"$ref": _REFERENCE.format(name="Problem")}


def document(routes: Iterable[Route] = ROUTES) -> dict[str, Any]:
    """The whole description as plain data."""
    routes = tuple(routes)
    kinds: set[type[wire.Wire]] = {HookPayload, wire.Problem, Happened}
    for route in routes:
        kinds.update(
            k for k in (route.query, route.body, route.answer, route.lines) if isinstance(k, type) and k is not NoQuery
        )
    _, components = msgspec.json.schema_components(sorted(kinds, key=lambda k: k.__name__), ref_template=_REFERENCE)
    components = _with_words({name: _left_out(schema) for name, schema in components.items()})
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = re.sub(r"\{(\w+):[^{}]*\}", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, path, components)
    for route in routes:
        components.pop(route.query.__name__, None)  # told parameter by parameter
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "truc: document axis",
            "version": VERSION,
            "description": "Signed edXML between agencies of four tiers, with evidence that needs no trust in the hub.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": _SERVERS,
        "tags": [{"name": name, "description": text} for name, text in described.TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": _SECURITY,
        },
    }


_SERVERS: Final = [
    {"url": "http://127.0.0.1:8470", "description": "make sandbox"},
    {
        "url": "https://{host}",
        "description": "A hub in service",
        "variables": {"host": {"default": "truc.example.gov.vn"}},
    },
]
_SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer", "description": "From /v1/token; good for ten minutes."},
    "certificate": {
        "type": "mutualTLS",
        "description": "A registered certificate in the TLS connection instead of a token, where the hub allows it.",
    },
}


def _callbacks() -> dict[str, Any]:
    """The messages that the hub sends by itself to a registered address, by type; the body is the same record for all.
    They are callbacks of the call that registers: of `webhooks` beside the paths generators make calls of the hub."""
    types = [(kind.type, kind.text) for kind in KINDS]
    types += [(CHALLENGE, "prove that webhooks are wanted here"), (ALERT, "the hub needs its operator")]
    return {
        name: {
            _ADDRESS: {
                "post": {
                    "operationId": "on_" + name.replace(".", "_"),
                    "tags": ["webhooks"],
                    "summary": text[0].upper() + text[1:],
                    "description": _CHALLENGED if name == CHALLENGE else _TOLD,
                    "parameters": [
                        _parameter("", header, "header", {"type": "string"}, required=True) for header in _HOOK_HEADERS
                    ],
                    "requestBody": {
                        "required": True,
                        "content": {
                            JSON: {
                                "schema": {"$ref": _REFERENCE.format(name=HookPayload.__name__)},
                                "example": examples.HOOK | {"type": name},
                            }
                        },
                    },
                    "responses": {
                        "2XX": {"description": "Taken; of the body nothing is read"},
                        "410": {"description": "Never again: the endpoint is disabled"},
                        "default": {"description": "Tried again later; `Retry-After` is heard"},
                    },
                    "security": [],
                }
            }
        }
        for name, text in types
    }


_ADDRESS: Final = "{$request.body#/url}"
_HOOK_HEADERS: Final = (signing.ID, signing.TIMESTAMP, signing.SIGNATURE)
_TOLD: Final = (
    "Standard Webhooks: `webhook-signature` holds `v1,` HMAC-SHA256 under each secret and `v1a,` Ed25519 under the "
    "key of `/v1/webhook-keys`, over `id.timestamp.body`. At least once, with the same `webhook-id`; thin: ask the API "
    "for the rest."
)
_CHALLENGED: Final = 'Verify the signature, then answer 2xx with `data.challenge`, alone or as `{"challenge": …}`.'
_BINARY: Final = {"type": "string", "format": "binary"}
_TEXTS: Final = frozenset({"text/plain", "text/event-stream", "application/x-ndjson"})


def _left_out(value: Any) -> Any:
    """A member that does not apply is left out, never null; bytes are base64, for generators that know `format`."""
    if isinstance(value, list):
        return [_left_out(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    choice = [kind for kind in value.get("anyOf", ()) if kind != {"type": "null"}]
    if len(choice) == 1:
        value = choice[0]
    if value.get("contentEncoding") == "base64":
        value = value | {"format": "byte"}
    return {name: _left_out(inner) for name, inner in value.items()}


def _with_words(records: dict[str, Any]) -> dict[str, Any]:
    """Each word with few values is one component, and one type in generated code, however many members have it."""
    words: dict[str, Any] = {}

    def read(value: Any, inside: bool = True) -> Any:
        if isinstance(value, list):
            return [read(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        title = value.get("title")
        if isinstance(title, str):  # else a record has a member of that name
            value = value | ({"enum": described.WORDS[title]} if title in described.WORDS else {})
        if inside and isinstance(title, str) and "enum" in value:
            words[title] = {name: inner for name, inner in value.items() if name != "default"}
            kept = {"default": value["default"]} if value.get("default") in value["enum"] else {}
            return {"$ref": _REFERENCE.format(name=title)} | kept
        return {name: read(inner) for name, inner in value.items()}

    told = {name: read(schema, inside=False) for name, schema in records.items()}
    return words | told


def _operation(route: Route, path: str, components: dict[str, Any]) -> dict[str, Any]:
    about = CALLS.get((route.method, path), Described(f"{route.method}_{path}", "", ""))
    operation: dict[str, Any] = {
        "operationId": about.name,
        "tags": [about.tag],
        "summary": route.summary,
        "description": about.text,
        "parameters": _parameters(route, path, components),
        "responses": {
            **_answers(route),
            "default": {
                "description": "A problem (RFC 9457) with a stable code",
                "content": {
                    "application/problem+json": {"schema": _PROBLEM, "example": examples.ANSWERS[wire.Problem]}
                },
            },
        },
    }
    if route.roles:
        operation["security"] = [{"token": []}, *([{"certificate": []}] if AGENCY in route.roles else [])]
        operation["x-roles"] = sorted(route.roles)
    if route.endless:
        operation["x-events"] = described.EVENTS
        operation["x-event-data"] = {"$ref": _REFERENCE.format(name=Happened.__name__)}
    if route.body is wire_hooks.NewWebhook:
        operation["callbacks"] = _callbacks()
    if route.lines is not None:
        operation["x-lines"] = {"$ref": _REFERENCE.format(name=route.lines.__name__)}
    if route.body is not None:
        media = _json(route.body, examples.REQUESTS)
        content = dict.fromkeys((JSON, *((FORM,) if route.body is wire.TokenRequest else ())), media)
        operation["requestBody"] = {"required": True, "content": content}
    elif route.media:
        required = path not in described.MAY_BE_EMPTY
        told = described.BODIES.get(path, _BINARY)
        operation["requestBody"] = {"required": required, "content": {route.media: {"schema": told}}}
    return operation


def _json(kind: type[wire.Wire], known: Mapping[type[wire.Wire], Any]) -> dict[str, Any]:
    schema = {"schema": {"$ref": _REFERENCE.format(name=kind.__name__)}}
    return schema | ({"example": known[kind]} if kind in known else {})


def _plain(route: Route, media: str) -> dict[str, Any]:
    """An answer that is no JSON: bytes as they are, or text."""
    if route.endless:
        return {"schema": {"type": "string"}, "example": examples.STREAM}
    if route.lines is not None:
        return {"schema": {"type": "string"}, "example": examples.LINES[route.lines]}
    return {"schema": {"type": "string"} if media in _TEXTS else _BINARY}


def _answers(route: Route) -> dict[str, Any]:
    if isinstance(route.answer, str):
        content: dict[str, Any] = {route.answer: _plain(route, route.answer)}
        content |= {media: {"schema": _BINARY} for media in route.also}
    else:
        content = {JSON: _json(route.answer, examples.ANSWERS)} | {media: {"schema": _BINARY} for media in route.also}
    answers = {str(route.status): {"description": route.summary, "content": content}}
    if route.status == 201:
        answers["200"] = {"description": "The same bytes were accepted before", "content": content}
    if route.path.endswith("/content"):
        answers["206"] = {"description": "The range asked for", "content": content}
        answers["304"] = {"description": "Unchanged"}
        answers["416"] = {"description": "No such range"}
    if route.path == "/readyz":
        answers["503"] = {"description": "Not ready", "content": content}
    return answers


def _parameters(route: Route, path: str, components: dict[str, Any]) -> list[dict[str, Any]]:
    inside = [
        _parameter(path, name, "path", {"type": "string"}, required=True) for name in re.findall(r"\{(\w+)\}", path)
    ]
    if route.endless:
        inside.append(
            {
                "name": "Last-Event-ID",
                "in": "header",
                "required": False,
                "description": "The `id` of the last event seen: the stream goes on after it",
                "schema": {"type": "string"},
            }
        )
    if route.query is NoQuery:
        return inside
    schema = components[route.query.__name__]
    return inside + [
        _parameter(path, name, "query", value, required=name in schema.get("required", []))
        for name, value in schema["properties"].items()
    ]


def _parameter(path: str, name: str, place: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    near = [above for above, other in described.ELSEWHERE if other == name and path.startswith(above)]
    text = described.ELSEWHERE[max(near, key=len), name] if near else described.PARAMETERS.get(name, "")
    return {"name": name, "in": place, "required": required, "description": text, "schema": schema}


def encoded() -> bytes:
    """The description as JSON, the same bytes every time."""
    return msgspec.json.format(msgspec.json.encode(document(), order="sorted"), indent=2) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(encoded())
