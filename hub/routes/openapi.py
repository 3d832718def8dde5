"""OpenAPI 3.1, generated from the table of routes and the records of the wire.

python -m hub.routes.openapi > schemas/openapi.json      the committed copy, which a test compares
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any

import msgspec

from hub.base.version import VERSION
from hub.core import wire
from hub.http.call import NoQuery, Route
from hub.http.callers import AGENCY
from hub.routes.table import ROUTES

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
_REFERENCE = "#/components/schemas/{name}"
_PROBLEM = {"$ref": _REFERENCE.format(name="Problem")}


def document(routes: Iterable[Route] = ROUTES) -> dict[str, Any]:
    """The whole description as plain data."""
    routes = tuple(routes)
    kinds: set[type[wire.Wire]] = {wire.Problem}
    for route in routes:
        kinds.update(k for k in (route.query, route.body, route.answer) if isinstance(k, type) and k is not NoQuery)
    _, components = msgspec.json.schema_components(sorted(kinds, key=lambda k: k.__name__), ref_template=_REFERENCE)
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
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}, "certificate": {"type": "mutualTLS"}},
        },
    }


def _operation(route: Route, path: str, components: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}{re.sub(r'[^a-z0-9]+', '_', path.lower())}".rstrip("_"),
        "summary": route.summary,
        "parameters": _parameters(route, path, components),
        "responses": {
            **_answers(route),
            "default": {
                "description": "A problem (RFC 9457) with a stable code",
                "content": {"application/problem+json": {"schema": _PROBLEM}},
            },
        },
    }
    if route.roles:
        operation["security"] = [{"token": []}, *([{"certificate": []}] if AGENCY in route.roles else [])]
        operation["x-roles"] = sorted(route.roles)
    if route.body is not None:
        schema = {"schema": {"$ref": _REFERENCE.format(name=route.body.__name__)}}
        content = dict.fromkeys((JSON, *((FORM,) if route.body is wire.TokenRequest else ())), schema)
        operation["requestBody"] = {"required": True, "content": content}
    elif route.media:
        operation["requestBody"] = {"required": True, "content": {route.media: {}}}
    return operation


def _answers(route: Route) -> dict[str, Any]:
    if isinstance(route.answer, str):
        content: dict[str, Any] = {route.answer: {}}
    else:
        content = {JSON: {"schema": {"$ref": _REFERENCE.format(name=route.answer.__name__)}}}
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
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    if route.query is NoQuery:
        return inside
    schema = components[route.query.__name__]
    return inside + [
        {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": value}
        for name, value in schema["properties"].items()
    ]


def encoded() -> bytes:
    """The description as JSON, the same bytes every time."""
    return msgspec.json.format(msgspec.json.encode(document(), order="sorted"), indent=2) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(encoded())
