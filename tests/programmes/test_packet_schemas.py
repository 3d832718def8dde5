"""The published schemas of data packets are those of the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import msgspec
import pytest

from hub.ops.packets import FOLDER, schemas
from hub.programmes.registry import PACKETS, PROGRAMMES
from hub.programmes.reporting.packets import RegimePacket, encoded
from hub.programmes.reporting.regime import shipped
from tests.programmes import on_hub, reports


def test_the_committed_schemas_are_the_code_s() -> None:
    made = schemas()
    assert {path.name for path in FOLDER.iterdir()} == set(made), "python -m hub.ops.packets"
    for name, data in made.items():
        assert (FOLDER / name).read_bytes() == data, "python -m hub.ops.packets"


def test_every_packet_has_one_and_is_of_one_programme() -> None:
    assert len(schemas()) == len(PACKETS) == sum(len(one.packets) for one in PROGRAMMES.values())
    for data in schemas().values():
        assert json.loads(data)["$schema"]


def test_every_word_of_a_programme_is_in_both_languages() -> None:
    for programme in PROGRAMMES.values():
        words = programme.words
        for named in (words.kinds, words.states, words.roles, words.acts, words.measures, words.faults):
            assert all(text.vi and text.en for text in named.values()), programme.name
        assert words.states
        assert words.roles


def _of_docs(page: str) -> Iterator[dict[str, Any]]:
    text = (Path(__file__).resolve().parents[2] / "docs" / page).read_text("utf-8")
    for block in re.findall(r"```json[^\n]*\n(.*?)```", text, re.DOTALL):
        for found in (json.loads(line) for line in (block.splitlines() if "\n}" not in block else [block]) if line):
            if isinstance(found, dict) and "packet" in found:
                yield found


def _examples() -> list[dict[str, Any]]:
    """Those of the guides, the regimes that come with the hub, and one of every other kind."""
    found = [one for page in ("onestop.md", "programmes.md", "results.md") for one in _of_docs(page)]
    regimes = [RegimePacket(regime=regime) for regime in shipped().values()]
    made = [reports.opening(), reports.report(), reports.returning(), reports.accepting(), reports.chasing(), *regimes]
    found += [msgspec.json.decode(encoded(one)) for one in made]
    return [*found, on_hub.revoked(), {"packet": "result-succession/1", "code": on_hub.CODE, "successor": on_hub.NEXT}]


EXAMPLES: Final = _examples()


def _wrong(schema: dict[str, Any], body: dict[str, Any]) -> bool:
    return not jsonschema_rs.is_valid(schema, body)


@pytest.mark.parametrize("body", EXAMPLES, ids=lambda body: body["packet"])
def test_an_example_is_valid_by_the_published_schema_and_a_broken_one_is_not(body: dict[str, Any]) -> None:
    """Whoever writes packets with the schema alone writes what the hub reads: each member of another type is wrong."""
    kind, _, version = body["packet"].partition("/")
    schema = json.loads((FOLDER / f"{kind}-{version}.schema.json").read_bytes())
    assert not _wrong(schema, body)
    msgspec.convert(body, PACKETS[body["packet"]])
    for name in body:
        if name != "packet":
            broken = body | {name: {"none": None} if not isinstance(body[name], dict) else 5}
            assert _wrong(schema, broken), name
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(broken, PACKETS[body["packet"]])
    required = [name for name in schema_of(schema).get("required", ()) if name != "packet"]
    for name in required:
        assert _wrong(schema, {key: value for key, value in body.items() if key != name}), name


def schema_of(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def test_there_is_an_example_of_every_kind() -> None:
    assert {body["packet"] for body in EXAMPLES} == set(PACKETS)
