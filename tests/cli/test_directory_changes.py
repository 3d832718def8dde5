"""The directory as operators change it, over a real hub: files as spreadsheets leave them, and one agency at a time."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from hub.cli.main import main
from hub.core.directory.files import from_json, to_json
from hub.core.model import Agency, Tier
from tests.cli.test_fetch_hostile import Ran
from tests.support.axis import HA_NOI, SON_LA, VPCP, keyring
from tests.support.web import Web, a_web

A = "205.01.01.H52"
SUSPENDED = (
    "code,name,tier,parent,centre,code_qd20,suspended\n"
    + f"{A},UBND xã Mường Thử,commune,{SON_LA},{SON_LA},H52.205,true\n"
)
THREE_COLUMNS = f"code,name,tier\n{A},UBND xã Mường Thử,commune\n"
DUPLICATE = "code,name,tier\n206.01.01.H52,UBND xã A,commune\n206.01.01.H52,UBND xã B,commune\n"
INVISIBLE = "code,name,tier\n\u200b207.01.01.H52,UBND xã C,commune\n"
TWO_LINES = 'code,name,tier\n208.01.01.H52,"UBND\nxã D",commune\n'
SEP = "sep=;\r\ncode;name;tier\r\n209.01.01.H52;UBND xã E;commune\r\n"
EMPTY_COLUMNS = "code;name;tier;;\r\n209.01.01.H52;UBND xã E;commune;;\r\n"
TWENTY = "code,name,tier,valid_from\n" + "".join(
    f"{300 + i}.01.01.H52,UBND xã {i},{'commune,2025/13/01' if i % 2 else 'Thôn,'}\n" for i in range(20)
)


async def truc(*arguments: object, lang: str = "en", answer: str = "") -> Ran:
    """A command beside the loop that serves it; `answer` is what somebody types."""
    chosen = {"TRUC_LANG": lang, "TRUC_URL": None, "TRUC_KEYS": None, "TRUC_AS": None, "COLUMNS": "200"}

    def run() -> Ran:
        done = CliRunner().invoke(main, [str(a) for a in arguments], input=answer, env=chosen, catch_exceptions=False)
        return Ran(done.exit_code, done.stdout, done.stderr)

    return await asyncio.to_thread(run)


class Desk:
    """An operator at a hub, with a folder of files."""

    def __init__(self, web: Web, keys: Path, folder: Path) -> None:
        self.web = web
        self._hub, self._keys = ("--url", web.url), ("--keys", keys)
        self._folder = folder

    def file(self, content: str | bytes, name: str = "a.csv") -> Path:
        path = self._folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    async def agencies(self, command: str, *rest: object, **how: Any) -> Ran:
        keys = () if command == "show" else self._keys
        return await truc("agencies", command, *self._hub, *keys, *rest, **how)

    async def bring(self, content: str | bytes, *rest: object, **how: Any) -> Ran:
        return await self.agencies("import", *rest, self.file(content), **how)

    def entry(self, code: str) -> Agency | None:
        return self.web.hub.exchange.directory.get(code)


@pytest_asyncio.fixture
async def desk(tmp_path: Path, keys: Path) -> AsyncIterator[Desk]:
    # The hub's own log would stand among what the command prints, for they share the process.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        async with a_web(tmp_path / "hub", keys) as web:
            web.axis.clock.run()
            yield Desk(web, keys, tmp_path)
    finally:
        structlog.reset_defaults()


# -- files -----------------------------------------------------------------------------------------------------


async def test_a_column_that_is_not_there_changes_nothing_and_an_empty_cell_empties(desk: Desk) -> None:
    assert (await desk.bring(SUSPENDED)).code == 0
    before = desk.entry(A)
    assert before is not None
    assert (before.suspended, before.parent, before.centre, before.code_qd20) == (True, SON_LA, SON_LA, "H52.205")

    again = await desk.bring(THREE_COLUMNS)
    assert (again.code, "1 read, 0 changes" in again.out) == (0, True)
    assert desk.entry(A) == before

    one = f"code,suspended,code_qd20\n{A},,H52.205\n"
    dry = await desk.bring(one, "--dry-run")
    assert (dry.code, "suspended: true → (empty)" in dry.out, "1 would change" in dry.out) == (0, True, True)
    assert desk.entry(A) == before
    assert (await desk.bring(one)).code == 0
    after = desk.entry(A)
    assert after is not None
    assert (after.suspended, after.parent, after.code_qd20, after.name) == (False, SON_LA, "H52.205", before.name)


async def test_what_a_new_agency_needs_is_asked_for_by_its_line(desk: Desk) -> None:
    refused = await desk.bring(f"code,suspended\n{SON_LA},\n250.01.01.H52,true\n", "--json")
    assert (refused.code, refused.json["code"]) == (1, "DIRECTORY_INVALID")
    assert [(e["line"], e["entry"], e["field"]) for e in refused.json["entries"]] == [
        (3, "250.01.01.H52", "name"),
        (3, "250.01.01.H52", "tier"),
    ]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (DUPLICATE, 3, "duplicate_code"),
        (INVISIBLE, 2, "code_malformed"),
        (TWO_LINES, 2, "name_malformed"),
        ("code,name,tier,parent\n210.01.01.H52,UBND xã F,commune,999.00.00.H52\n", 2, "parent_unknown"),
        (
            f"code,name,tier,parent\n\n{VPCP},VPCP,central,\n210.01.01.H52,Tỉnh,central,{SON_LA}\n",
            4,
            "tier_above_parent",
        ),
        (f"code,name,tier,code_qd20\n210.01.01.H52,UBND xã F,commune,{HA_NOI}\n", 2, "duplicate_code"),
    ],
)
async def test_a_dry_run_refuses_what_the_import_refuses(desk: Desk, content: str, line: int, reason: str) -> None:
    told = [(await desk.bring(content, *how, "--json")) for how in (("--dry-run",), ())]
    assert [t.code for t in told] == [1, 1]
    assert told[0].json == told[1].json
    assert [(e["line"], e["reason"]) for e in told[0].json["entries"]] == [(line, reason)]


@pytest.mark.parametrize(
    "content",
    [
        SEP,
        EMPTY_COLUMNS,
        "code\tname\ttier\r\n209.01.01.H52\tUBND xã E\tcommune\r\n".encode("utf-16"),
        "code\tname\ttier\r\n209.01.01.H52\tUBND xã E\tcommune\r\n".encode("utf-16-be"),
        b"\xef\xbb\xbf" + SEP.encode(),
        "code,name,tier\n209.01.01.H52,UBND xã E,Phường\n",
        "code,name,tier,valid_from\n209.01.01.H52,UBND xã E,Cấp xã,\n",
    ],
)
async def test_what_spreadsheets_leave_is_read(desk: Desk, content: str | bytes) -> None:
    read = await desk.bring(content)
    assert (read.code, "1 read, 1 changes" in read.out) == (0, True), read
    entry = desk.entry("209.01.01.H52")
    assert entry is not None
    assert (entry.name, entry.tier) == ("UBND xã E", Tier.COMMUNE)


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_every_fault_is_told_with_line_found_and_right(desk: Desk, lang: str) -> None:
    told = await desk.bring(TWENTY, lang=lang)
    assert told.code == 1
    lines = [text for text in told.err.splitlines() if ".01.01.H52" in text]
    assert len(lines) == 20
    if lang == "en":
        assert lines[0].strip().startswith("line 2, 300.01.01.H52, tier: “Thôn” — A tier is central")
        assert (
            lines[1].strip()
            == "line 3, 301.01.01.H52, valid_from: “2025/13/01” — A date is yyyy-MM-dd, dd/MM/yyyy or yyyy/MM/dd"
        )
    else:
        assert lines[0].strip().startswith("dòng 2, 300.01.01.H52, tier: “Thôn” — Cấp: central (trung ương)")
    found = (await desk.bring(TWENTY, "--dry-run", "--json")).json["entries"]
    assert [(e["line"], e["entry"]) for e in found] == [(i + 2, f"{300 + i}.01.01.H52") for i in range(20)]
    assert all(e["value"] and e["vi"] and e["en"] for e in found)


async def test_a_dry_run_tells_every_change_and_its_true_number(desk: Desk) -> None:
    rows = (
        f"{SON_LA},UBND Sơn La,provincial",
        f"{HA_NOI},Ủy ban nhân dân thành phố Hà Nội,provincial",
        f"{A},Xã,commune",
    )
    content = "\n".join(("code,name,tier", *rows))
    dry = (await desk.bring(content, "--dry-run", "--json")).json
    made = (await desk.bring(content, "--json")).json
    assert dry["changes"] == made["changes"] == 2
    assert {change["code"]: change["kind"] for change in dry["diff"]} == {SON_LA: "changed", A: "added"}
    assert (await desk.bring(content, "--dry-run", "--json")).json["changes"] == 0


async def test_a_large_file_changes_what_differs_and_keeps_certificates(desk: Desk) -> None:
    rows = "".join(f"{i}.01.01.H52,UBND xã {i},commune\n" for i in range(400, 550))
    assert (await desk.bring(f"code,name,tier\n{rows}", "--json")).json == {"read": 150, "changes": 150}
    held = desk.entry(SON_LA)
    assert held is not None
    assert held.certificates
    rows = rows.replace("UBND xã 500", "UBND xã mới") + f"{SON_LA},UBND Sơn La,provincial\n"
    assert (await desk.bring(f"code,name,tier\n{rows}", "--json")).json == {"read": 151, "changes": 2}
    after = desk.entry(SON_LA)
    assert after is not None
    assert (after.name, after.certificates) == ("UBND Sơn La", held.certificates)


async def test_a_file_upon_a_file(desk: Desk) -> None:
    base = desk.file(to_json([Agency(A, "UBND xã", Tier.COMMUNE, suspended=True)]), "base.json")
    told = await truc(
        "agencies", "import", "--dry-run", "--against", base, "--json", desk.file(f"code,email\n{A},a@b\n")
    )
    assert told.json["diff"] == [
        {"code": A, "kind": "changed", "fields": [{"field": "email", "old": "", "new": "a@b"}]}
    ]
    bad = desk.file(f"code,parent\n{A},X\n", "bad.csv")
    refused = await truc("agencies", "import", "--dry-run", "--against", base, "--json", bad)
    assert [(e["line"], e["reason"]) for e in refused.json["entries"]] == [(2, "parent_unknown")]


# -- one agency ------------------------------------------------------------------------------------------------


async def test_an_agency_is_added_suspended_resumed_and_succeeded(desk: Desk) -> None:
    fields = ("--name", "UBND xã Mường Thử", "--tier", "commune", "--parent", SON_LA)
    added = await desk.agencies("add", A, *fields, "--from", "2025/07/01", "--yes", "--json")
    assert (added.code, added.json["changes"], added.json["diff"][0]["kind"]) == (0, 1, "added")
    assert (await desk.agencies("add", A, *fields, "--yes")).code == 1

    suspended = await desk.agencies("suspend", A, "--yes")
    assert (suspended.code, "suspended: (empty) → true" in suspended.out) == (0, True)
    assert "nothing to change" in (await desk.agencies("suspend", A, "--yes")).out
    assert (await desk.agencies("resume", A, "--yes")).code == 0
    entry = desk.entry(A)
    assert entry is not None
    assert not entry.suspended

    ended = await desk.agencies("succeed", A, SON_LA, "--heir", HA_NOI, "--last-day", "30/06/2026", "--yes", "--json")
    assert ended.json["diff"][0]["fields"] == [
        {"field": "valid_to", "old": "", "new": "2026-06-30"},
        {"field": "successor", "old": "", "new": SON_LA},
        {"field": "heirs", "old": "", "new": HA_NOI},
    ]
    shown = await desk.agencies("show", A)
    assert HA_NOI in shown.out
    assert "a part" in shown.out
    assert (await desk.agencies("show", A, "--json")).json["heirs"] == [HA_NOI]


async def test_a_change_is_shown_and_asked_for(desk: Desk) -> None:
    no = await desk.agencies("suspend", SON_LA, answer="n\n")
    assert (no.code, "suspended: (empty) → true" in no.out, "Make this change?" in no.err) == (1, True, True)
    assert (await desk.agencies("suspend", SON_LA)).code == 1, "nobody there to answer"
    assert (await desk.agencies("suspend", SON_LA, "--json")).code == 2, "a program says --yes"
    assert (await desk.agencies("suspend", SON_LA, "--dry-run", "--json")).json["dry_run"] is True
    entry = desk.entry(SON_LA)
    assert entry is not None
    assert not entry.suspended
    yes = await desk.agencies("suspend", SON_LA, answer=b"y\n")
    assert yes.code == 0
    entry = desk.entry(SON_LA)
    assert entry is not None
    assert entry.suspended


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (("succeed", SON_LA, "999.00.00.H52"), "successor_unknown"),
        (("succeed", SON_LA, HA_NOI, "--heir", HA_NOI), "heir_unknown"),
        (("succeed", SON_LA, SON_LA), "successor_cycle"),
        (("add", "a b", "--name", "x", "--tier", "commune"), "code_malformed"),
        (("add", "213.01.01.H52", "--name", "x", "--tier", "central", "--parent", SON_LA), "tier_above_parent"),
    ],
)
async def test_a_change_that_would_break_the_directory_is_not_asked_for(
    desk: Desk, line: tuple[str, ...], reason: str
) -> None:
    refused = await desk.agencies(*line, "--yes", "--json")
    assert refused.code == 1
    assert [e["reason"] for e in refused.json["entries"]] == [reason]


async def test_an_agency_that_is_not_there_is_told(desk: Desk) -> None:
    for line in (("suspend", "999.00.00.H52"), ("succeed", "999.00.00.H52", SON_LA)):
        assert (await desk.agencies(*line, "--yes", "--json")).json["code"] == "ACCESS_NOT_FOUND"


@pytest.mark.parametrize("form", [Encoding.DER, Encoding.PEM])
async def test_a_certificate_is_registered_from_a_file_as_a_ca_hands_it_out(
    desk: Desk, tmp_path: Path, form: Encoding
) -> None:
    fresh = keyring(tmp_path / "others").agency(HA_NOI).certificate
    path = desk.file(fresh.public_bytes(form), "H26.cer")
    before = desk.entry(HA_NOI)
    assert before is not None
    told = await desk.agencies("certify", HA_NOI, path, "--yes")
    assert (told.code, "subject" in told.out, "certificate" in told.out) == (0, True, True), told
    after = desk.entry(HA_NOI)
    assert after is not None
    assert after.certificates[:-1] == before.certificates
    assert after.certificates[-1].der == fresh.public_bytes(Encoding.DER)
    assert "nothing to change" in (await desk.agencies("certify", HA_NOI, path, "--yes")).out
    chain = b"".join(c.public_bytes(Encoding.PEM) for c in keyring(tmp_path / "others").agency(HA_NOI).chain)
    assert chain.count(b"BEGIN") == 2
    assert "nothing to change" in (await desk.agencies("certify", HA_NOI, desk.file(chain, "chain.pem"), "--yes")).out
    for bad in (b"", b"no certificate", fresh.public_bytes(Encoding.PEM) * 2):
        assert (await desk.agencies("certify", HA_NOI, desk.file(bad, "bad.cer"), "--yes")).code == 2


async def test_an_operators_key_lies_where_it_likes_and_who_has_none_is_told_what_is_wanted(
    desk: Desk, tmp_path: Path
) -> None:
    path = desk.file(keyring(tmp_path / "others").agency(HA_NOI).certificate.public_bytes(Encoding.PEM), "H26.cer")
    certify = ("agencies", "certify", "--url", desk.web.url, "--keys", tmp_path / "nothing", HA_NOI, path, "--yes")
    for lang, words in (("en", ("operator", "--keys or TRUC_KEYS", "--key")), ("vi", ("quản trị Trục", "--key"))):
        told = await truc(*certify, lang=lang)
        assert told.code == 2
        assert all(word in told.err for word in words), told.err
        assert "agency add" not in told.err
    hub = desk.web.axis.profile.folder / "hub"
    own = ("--key", hub / "operator.key.pem", "--cert", hub / "operator.cert.pem")
    assert (await truc(*certify, *own)).code == 0


async def test_an_exported_directory_comes_back_as_it_was(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert (await truc("agencies", "export", "--certificates", "--url", desk.web.url, "--out", out)).code == 0
    assert len(from_json(out.read_bytes())) == len(desk.web.hub.exchange.directory)
    assert json.loads((await desk.agencies("import", "--json", out)).out)["changes"] == 0
