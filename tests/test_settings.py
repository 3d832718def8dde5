"""Every setting has bounds, what is outside of them is refused by name at the start, and what is within them works."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from msgspec.inspect import (
    BoolType,
    EnumType,
    FloatType,
    IntType,
    LiteralType,
    Metadata,
    StrType,
    StructType,
    TupleType,
    Type,
    VarTupleType,
    type_info,
)

from hub.app import running
from hub.base.config import InvalidSettings, Settings, WitnessEntry, load
from hub.ops.reference import render
from tests.support.axis import SON_LA, VPCP, Axis, Clock, keyring, registered
from tests.support.process import truc
from tests.support.web import Web

SECTIONS = {f.name: type(f.default) for f in msgspec.structs.fields(Settings)}
MEMBERS = [(section, f.name, f.type) for section, kind in SECTIONS.items() for f in msgspec.structs.fields(kind)]
NUMBERS = [(section, name, kind) for section, name, kind in MEMBERS if isinstance(type_info(kind), IntType | FloatType)]


def outside(kind: Type) -> Iterator[Any]:
    """What may not stand there, of every sort."""
    match kind:
        case Metadata(type=plain):
            yield from outside(plain)
        case IntType(ge=least, le=most):
            yield from (least - 1, most + 1, -1, 2**63, 1.5, "1", True)
        case FloatType(ge=least, le=most):
            assert least is not None
            assert most is not None
            yield from (math.nextafter(least, -math.inf), math.nextafter(most, math.inf), 1e300, -1.0)
            yield from (math.nan, math.inf, -math.inf, "1", True)
        case BoolType():
            yield from (0, 1, "true")
        case StrType(max_length=most):
            yield from (1, True, "a b\x00" * 2_000 if most is None else "x" * (most + 1))
        case LiteralType() | EnumType():
            yield from ("", "sometimes", 1)
        case TupleType(item_types=items):
            good = [items[0].ge] * len(items)  # type: ignore[attr-defined]
            yield from (good[:-1], [*good, good[0]], 1, "1")
            for at in range(len(items)):
                yield from ([*good[:at], bad, *good[at + 1 :]] for bad in outside(items[at]))
        case VarTupleType(item_type=item) if not isinstance(item, StructType | TupleType):
            yield from (1, "x", ["nowhere at all"])
            yield from ([bad] for bad in outside(item) if bad != "1")
        case _:
            yield from (1, "x", [1], ["x"], [["nowhere", "nowhere"]])


def toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value)


def written(path: Path, section: str, **members: Any) -> Path:
    path.write_text(f"[{section}]\n" + "".join(f"{name} = {toml(v)}\n" for name, v in members.items()), "utf-8")
    return path


@pytest.mark.parametrize(("section", "name", "kind"), MEMBERS, ids=[f"{s}.{n}" for s, n, _ in MEMBERS])
def test_outside_its_bounds_each_is_refused_by_name_with_what_was_expected_and_found(
    tmp_path: Path, section: str, name: str, kind: Any
) -> None:
    tried = 0
    for value in outside(type_info(kind)):
        if section == "witness" and name == "witnesses" and value == []:
            continue
        with pytest.raises(InvalidSettings) as refused:
            load(written(tmp_path / "hub.toml", section, **{name: value}))
        told = str(refused.value)
        assert f"{section}.{name}" in told, value
        assert "; found " in told, "in English"
        assert "; nhận được " in told, "and in Vietnamese"
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert f"found {value}" in told
        tried += 1
    assert tried >= 3


def test_every_number_has_both_bounds_and_a_default_between_them() -> None:
    assert len(NUMBERS) > 40
    for section, name, kind in NUMBERS:
        shape, default = type_info(kind), getattr(SECTIONS[section](), name)
        assert isinstance(shape, IntType | FloatType)
        assert shape.ge is not None, name
        assert shape.le is not None, name
        assert shape.ge <= default <= shape.le < math.inf, name


def test_what_is_no_setting_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    for text, name in (("[limits]\nbach = 1\n", "limits.bach"), ("[limit]\nbatch = 1\n", "limit"), ("x = 1\n", "x")):
        path.write_text(text)
        with pytest.raises(InvalidSettings, match=f"{name}: expected a table of "):
            load(path)
    for text in (b"\xff", b"[", b"x = 1" + b"0" * 10_000, b"[limits]\nbatch = 1\nbatch = 2\n"):
        path.write_bytes(text)
        with pytest.raises(InvalidSettings):
            load(path)


def test_members_of_a_witness_are_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    for member in msgspec.structs.fields(WitnessEntry):
        good = {"name": "w1", "vkey": "w1+00000000+AAAA", "url": "https://w1.example"}
        lines = "".join(f"{k} = {toml(v)}\n" for k, v in (good | {member.name: 1}).items())
        path.write_text(f"[[witness.witnesses]]\n{lines}")
        with pytest.raises(InvalidSettings, match=rf"witness\.witnesses\[0\]\.{member.name}: expected .*; found 1"):
            load(path)


@pytest.mark.parametrize(
    ("lang", "wanted", "got"), [("vi", "cần số", "nhận được"), ("en", "expected a", "found")], ids=["vi", "en"]
)
def test_the_command_refuses_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, wanted: str, got: str
) -> None:
    """The instances that started and then failed every call; told in the caller's language alone."""
    monkeypatch.setenv("TRUC_LANG", lang)
    for line in (
        "[mailbox]\nexpire_hours = [168.0, 72.0, 48.0, 24.0, inf]",
        "[mailbox]\nlease_seconds = 1e15",
        "[trust]\ntoken_seconds = 100_000_000_000_000",
    ):
        config = tmp_path / "hub.toml"
        config.write_text(f'[hub]\ndata = "{tmp_path.as_posix()}/data"\n{line}\n')
        done = truc("serve", "--config", config)
        assert done.returncode == 2
        assert wanted in done.stderr
        assert got in done.stderr
        assert ("expected a" in done.stderr) == (lang == "en")
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("end", ["ge", "le"])
def test_within_its_bounds_everything_can_be_computed(tmp_path: Path, end: str) -> None:
    for section, name, kind in MEMBERS:
        shape = type_info(kind)
        if isinstance(shape, IntType | FloatType):
            value = getattr(shape, end)
        elif isinstance(shape, TupleType):
            value = [getattr(item, end) for item in shape.item_types]
        else:
            continue
        more = (
            {"bytes_burst": 1 << 40, "bodies_per_caller": 1 << 40} if name in ("document_bytes", "batch_bytes") else {}
        )
        if name in more or name in ("bytes_burst", "bodies_per_caller"):
            more["document_bytes"] = value if end == "ge" else 1_000
            if end == "ge":
                continue  # of these two the other one decides
        if name == "expire_hours":
            more["warn_hours"] = value
        if name == "warn_hours":
            more["expire_hours"] = value
        settings = load(written(tmp_path / "hub.toml", section, **{**more, name: value}))
        for lane in range(5):
            assert 0 < settings.mailbox.warn_after(lane) <= settings.mailbox.expire_after(lane) < 2**53
        assert settings.trust.grace_ms > 0
        assert min(settings.clock.bounds) >= 0


async def test_a_hub_with_every_number_at_its_upper_bound_serves(tmp_path: Path, keys: Path) -> None:
    """A bound that is above what works would be none."""
    left = {"port", "fronts", "large_workers"}
    lines = [f'[hub]\ndata = "{tmp_path.as_posix()}/data"\nkeys = "{keys.as_posix()}"\n']
    for section in SECTIONS:
        members = {n: type_info(k).le for s, n, k in NUMBERS if s == section and n not in left}  # type: ignore[attr-defined]
        if section == "mailbox":
            members |= {name: [87_600.0] * 5 for name in ("warn_hours", "expire_hours")}
        if section == "http":
            members["port"] = 0
        lines += [f"[{section}]\n"] if section != "hub" else []
        lines += [f"{name} = {toml(value)}\n" for name, value in members.items()]
    config = tmp_path / "hub.toml"
    config.write_text("".join(lines), "utf-8")
    profile, clock = keyring(str(keys)), Clock()
    async with running(load(config), clock=clock, sweeping=False) as hub, aiohttp.ClientSession() as session:
        web = Web(hub, Axis(hub.exchange, hub.log, profile, clock), session)
        await hub.exchange.change_directory(registered(profile), "test")
        sent = await web.send(VPCP, SON_LA)
        assert len(await web.axis.fetch(SON_LA)) == 1
        assert (await web.take(SON_LA, sent)).status == 200
        assert await hub.exchange.sweep() == 0


def test_the_reference_shows_what_is_allowed() -> None:
    text = render()
    assert "| `lease_seconds` | `60.0` | a number from 0.001 to 86,400 |" in text
    assert "| `batch` | `256` | a whole number from 1 to 1,000,000 |" in text
    assert '| `tls_minimum` | `"1.2"` | one of "1.2", "1.3" |' in text
