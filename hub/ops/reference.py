"""Writes `REFERENCE.md` from the code: settings, error codes, routes, metrics, events. A test compares the committed
file, so that it cannot drift.

    python -m hub.ops.reference > hub/REFERENCE.md
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise

import msgspec
from msgspec.inspect import type_info

from hub.base.config import Settings
from hub.base.metrics import Metrics
from hub.core.bounds import allowed
from hub.core.errors import SignatureRefusal, Verdict, leaves
from hub.core.evidence.events import ETSI_EVENTS, NEGATIVE, Event
from hub.http.problems import status_of
from hub.routes.table import ROUTES


def render() -> str:
    """The whole file."""
    parts = ["# Reference", "Generated from the code by `python -m hub.ops.reference`; a test compares.", *_settings()]
    parts += [*_errors(), *_routes(), *_metrics(), *_events()]
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _settings() -> Iterator[str]:
    yield (
        "## Settings\n\nOne TOML file, `truc serve --config hub.toml`; everything has a default. What is outside of "
        "what is allowed is refused by name at the start."
    )
    for section in msgspec.structs.fields(Settings):
        kind = type(section.default)
        words = " ".join((kind.__doc__ or "").split())
        shapes = {f.name: allowed(type_info(f.type)).en for f in msgspec.structs.fields(kind)}
        meanings = _meanings(kind)
        head = ("member", "default", "allowed", "meaning") if meanings else ("member", "default", "allowed")
        rows = (
            (f"`{f.name}`", f"`{_toml(f.default)}`", shapes[f.name], *([meanings[f.name]] if meanings else []))
            for f in msgspec.structs.fields(kind)
        )
        yield f"### [{section.name}]\n\n{words}\n\n" + _table(head, rows)


def _meanings(kind: type) -> dict[str, str]:
    """The docstrings of a section's members, where they have some: then every one has."""
    (definition,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for member, after in pairwise(definition.body):
        if isinstance(member, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[ast.unparse(member.target)] = " ".join(str(after.value.value).split())
    return found


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value)


def _errors() -> Iterator[str]:
    rows = []
    for leaf in leaves():
        if leaf is SignatureRefusal:
            refusals = [SignatureRefusal(v) for v in Verdict if v is not Verdict.VALID]
            rows += [(f"`{r.code}`", "422", r.fault.value, r.text.vi, r.text.en, r.hint.en) for r in refusals]
        else:
            rows.append((f"`{leaf.code}`", str(status_of(leaf)), leaf.fault.value, *leaf.text, leaf.hint.en))
    head = ("code", "HTTP", "who must act", "vi", "en", "what to do")
    yield "## Errors\n\nRFC 9457 problems; `code` is stable.\n\n" + _table(head, iter(rows))


def _routes() -> Iterator[str]:
    rows = ((f"`{r.method} {r.path}`", ", ".join(sorted(r.roles)) or "anyone", r.summary) for r in ROUTES)
    yield "## Routes\n\nIn full: `schemas/openapi.json`.\n\n" + _table(("route", "who", "what"), rows)


def _metrics() -> Iterator[str]:
    rows = ((f"`{m.name}`", m.type, m.documentation) for m in Metrics().registry.collect())
    yield "## Metrics\n\n`GET /metrics`, for Prometheus.\n\n" + _table(("name", "type", "meaning"), rows)


def _events() -> Iterator[str]:
    rows = (
        (
            f"`{e.short}`",
            "ETSI EN 319 522" if e.value.startswith(ETSI_EVENTS) else "own",
            "yes" if e in NEGATIVE else "",
        )
        for e in Event
    )
    yield "## Events in evidence\n\n" + _table(("event", "defined by", "must give a reason"), rows)


if __name__ == "__main__":
    print(render(), end="")
