"""Every command of `truc`, with hostile text from whatever it reads: a hub, a file, its own command line.

No letter that commands a terminal, turns the reading direction or hides may reach stdout or stderr, and no command may
end with anything but an exit code. A command without a line in DRIVEN fails: say how it is driven.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import pytest
from aiohttp import web
from click.testing import CliRunner, Result
from msgspec import inspect
from msgspec.structs import replace

from clients import verify_receipt as alone
from hub.cli.main import main
from hub.core import edxml, wire, wire_desk, wire_hooks, wire_report
from hub.core.edxml import Attachment
from tests.cli.test_fetch_hostile import profile_in
from tests.clients.test_axis import an_item
from tests.support.axis import SON_LA, VPCP, a_document
from tests.support.hostile import URN, UUID, Hostile, hostile, said
from tests.support.logkit import Log, ev, sample
from tests.support.process import TRUC

TURNED: Final = "\u202e\u2066\u200b\u2028\ufeff\U000e0041\x85\x9b31m"
"""What XML and JSON can carry as it is."""

EVIL: Final = f"{TURNED}\x1b[2J\x1b]0;x\x07\x7f\r\n✓ VERIFIED"
NAMED: Final = EVIL.replace("\n", "")
"""As a file or an argument can be named."""


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from leaves(found, (*path, name))
        else:
            yield (*path, name), found


COMMANDS: Final = {" ".join(path): command for path, command in leaves(main)}


def run(arguments: Sequence[object], lang: str = "vi") -> Result:
    chosen: dict[str, str | None] = {"TRUC_LANG": lang, "COLUMNS": "80"}
    for name in ("URL", "KEYS", "AS", "ANCHORS", "POLICY", "CACERT"):
        chosen[f"TRUC_{name}"] = None
    return CliRunner().invoke(main, [str(a) for a in arguments], env=chosen)


def check(result: Result, *, reached: bool = False) -> None:
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    for text in (result.stdout, result.stderr):
        hidden = [hex(ord(c)) for c in text.removeprefix("\ufeff") if not c.isprintable() and c not in "\r\n\xa0"]
        assert not hidden, (hidden[:5], text[:2000])
        assert not [line for line in text.splitlines() if line.strip().startswith("✓ VERIFIED")], text[:2000]
    if reached:
        assert "202" in result.output, "the hostile text was not told at all"


# what is hostile


def evil(kind: inspect.Type, deep: int = 0) -> Any:
    """A value that the type allows and that is as hostile as it allows."""
    match kind:
        case inspect.StrType(pattern=pattern):
            if pattern is None:
                return EVIL
            return URN if "urn:uuid" in pattern else "0" * 64 if "0-9a-f" in pattern else "t"
        case inspect.IntType():
            return 7
        case inspect.FloatType():
            return 1.5
        case inspect.BoolType():
            return True
        case inspect.BytesType():
            return EVIL.encode()
        case inspect.ListType(item_type=item) | inspect.CollectionType(item_type=item):
            return [evil(item, deep + 1)] * 2 if deep < 6 else []
        case inspect.DictType():
            return {EVIL: EVIL}
        case inspect.UnionType(types=types):
            return evil(types[0], deep + 1)
        case inspect.StructType(cls=cls, fields=fields):
            return cls(**{f.name: evil(f.type, deep + 1) for f in fields})
        case _:
            return None


def record(kind: type) -> Any:
    return evil(inspect.type_info(kind))


def one_page(kind: type) -> Any:
    page = record(kind)
    return replace(page, items=page.items[:1], cursor="") if hasattr(page, "cursor") else page


FORMS: Final = ((), ("--csv",), ("--json",))
ROUTES: Final[dict[tuple[str, str], type]] = {
    ("GET", "/v1/inbox"): wire.Inbox,
    ("POST", "/v1/inbox/acknowledge"): wire.Acknowledgements,
    ("GET", "/v1/outbox"): wire.Outbox,
    ("GET", "/v1/documents/"): wire.Life,
    ("GET", "/v1/documents/named"): wire.Message,
    ("POST", "/v1/documents"): wire.Submitted,
    ("POST", "/v1/statuses"): wire.Submitted,
    ("GET", "/v1/agencies"): wire.Agencies,
    ("GET", "/v1/agencies/"): wire.Agency,
    ("PUT", "/v1/agencies"): wire.Changed,
    ("GET", "/v1/figures"): wire.Figures,
    ("GET", "/v1/reports/period"): wire_report.PeriodReport,
    ("GET", "/v1/reports/regime"): wire_report.RegimeReports,
    ("GET", "/log/objects/"): wire.LogObjects,
    ("GET", "/v1/audit/leaves"): wire.LogObjects,
    ("GET", "/v1/audit/checkpoints"): wire.SignedCheckpoints,
    ("GET", "/v1/drafts"): wire_desk.LetterDrafts,
    ("GET", "/v1/drafts/"): wire_desk.LetterDraft,
    ("PUT", "/v1/drafts"): wire_desk.LetterDraft,
    ("DELETE", "/v1/drafts/"): wire_desk.LetterDraft,
    ("GET", "/v1/groups"): wire_desk.Groups,
    ("GET", "/v1/groups/"): wire_desk.Members,
    ("PUT", "/v1/groups"): wire_desk.Members,
    ("DELETE", "/v1/groups/"): wire_desk.GroupLine,
    ("GET", "/v1/directions"): wire_desk.Directions,
    ("POST", "/v1/directions"): wire_desk.Direction,
    ("GET", "/v1/corrections"): wire_desk.Corrections,
    ("POST", "/v1/corrections"): wire_desk.Correction,
    ("GET", "/v1/webhooks"): wire_hooks.Webhooks,
    ("GET", "/v1/webhooks/"): wire_hooks.Webhook,
    ("POST", "/v1/webhooks"): wire_hooks.Webhook,
    ("POST", "/v1/webhooks/"): wire_hooks.Webhook,
    ("DELETE", "/v1/webhooks/"): wire_hooks.Webhook,
    ("GET", "/readyz"): wire.Health,
}


def letter() -> bytes:
    """A document whose subject and attachments' names are hostile, as far as XML can say it."""
    named = a_document(VPCP, [SON_LA], 1)
    files = [Attachment("1", f"a{TURNED}.txt", f"d{TURNED}", "text/plain", b"text\n")]
    return edxml.build(replace(named, subject=f"s{TURNED}"), files)


def records(hub: Hostile) -> None:
    for key, kind in ROUTES.items():
        hub.answers[key] = said(one_page(kind))
    item = an_item(letter(), letter())
    lie = replace(record(wire.Message), sha256=item.message.sha256, kind="document")
    hub.answers["POST", "/v1/inbox/fetch"] = said(wire.Inbox(items=[replace(item, message=lie)]))
    why = {"reason": EVIL, "cause": EVIL, "status_code": EVIL, "notices": [EVIL], "by": URN, "about": URN}
    happening = msgspec.json.encode({"what": EVIL, "agency": EVIL, "message": URN, "lane": 9} | why)
    hub.answers["GET", "/v1/events"] = said(
        b"event: x\ndata: " + happening + b"\n\n", **{"Content-Type": "text/event-stream"}
    )
    lines = [{"document": record(wire.FoundDocument)}, {"end": {"lines": 1, "behind": 7}}]
    hub.answers["GET", "/v1/documents:export"] = said(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    receipt = receipt_and_policy()[0]
    for path in (f"/v1/documents/{UUID}/receipt", f"/v1/receipts/{UUID}"):
        hub.answers["GET", path] = said(receipt)
    hub.answers["GET", "/log/"] = said(EVIL.encode())
    hub.answers["GET", f"/v1/documents/{UUID}/evidence"] = said(EVIL.encode())


def entries(hub: Hostile) -> None:
    """As before, but with a directory that could be true."""
    records(hub)
    known = wire.Agency(code=VPCP, name=EVIL, tier="central", short_name=EVIL, address=EVIL, email=EVIL)
    hub.answers["GET", "/v1/agencies/"] = said(known)
    hub.answers["GET", "/v1/agencies"] = said(wire.Agencies(items=[known], total=1))


def problems(hub: Hostile) -> None:
    told = replace(record(wire.Problem), status=422, retry_after=0)
    for method in ("GET", "POST", "PUT", "DELETE"):
        hub.answers[method, "/"] = said(told, 422)


def rubbish(hub: Hostile) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        hub.answers[method, "/"] = said(EVIL.encode() * 5, 200, **{"Content-Type": "text/html"})


def refusals(hub: Hostile) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=500, body=EVIL.encode(), headers={"Content-Type": "text/h\u202etml", "ETag": TURNED[:3]}
        )

    for method in ("GET", "POST", "PUT", "DELETE"):
        hub.answers[method, "/"] = answer


MODES: Final = {f.__name__: f for f in (records, entries, problems, rubbish, refusals)}


def receipt_and_policy() -> tuple[bytes, bytes]:
    log = Log()
    party = ev.Party(f"x{TURNED}")
    hostile_one = sample(
        reasons=(ev.Reason(f"r{TURNED}", TURNED),),
        sender=party,
        recipients=(party,),
        counter=ev.Counter(f"c{TURNED}", absent=TURNED),
        signature=ev.SignatureMark(f"V{TURNED}", TURNED, "sha-256:" + "b" * 64),
    )
    log.append(ev.encode(hostile_one))
    return log.receipt(0), log.policy()


# how each command is driven


class Ground:
    """A folder in which everything is hostile, a hub, and keys that are good."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.folder = folder
        self.keys = keys
        self.url = ""
        self.evil = self._file(f"f{NAMED}.edxml", letter())
        self.broken = self._file(f"b{NAMED}", EVIL.encode())
        receipt, policy = receipt_and_policy()
        self.receipt = self._file(f"r{NAMED}.tlog-proof", receipt)
        self.policy = self._file(f"p{NAMED}.policy", policy)
        self.toml = self._file(f"c{NAMED}.toml", b'"\\u001b[2J\\u202e" = "\\u001b\\u202e"\n')
        self.csv = self._file(
            f"a{NAMED}.csv", f"code,name,tier\n{VPCP},x{TURNED},central\nx,{TURNED},{TURNED}\n".encode()
        )
        self.json = self._file(f"a{NAMED}.json", msgspec.json.encode([{"code": EVIL, "name": EVIL, "tier": EVIL}]))
        self.bundle = folder / f"z{NAMED}.zip"
        with zipfile.ZipFile(self.bundle, "w") as archive:
            archive.writestr(f"m{TURNED}", EVIL)
        self.place = folder / f"d{NAMED}"
        self.place.mkdir()
        (self.place / f"x{NAMED}").write_bytes(EVIL.encode())
        self.message = folder / "in" / UUID
        self.message.mkdir(parents=True)
        item = an_item(letter(), None)
        told = replace(record(wire.Message), sha256=item.message.sha256)
        (self.message / "message.edxml").write_bytes(letter())
        (self.message / "item.json").write_bytes(msgspec.json.encode(replace(item, message=told)))

    def _file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def own_keys(self) -> Path:
        """Keys that a command may change."""
        copy = self.folder / "own"
        if not copy.exists():
            shutil.copytree(self.keys, copy)
        return copy

    @property
    def hub(self) -> tuple[object, ...]:
        return ("--url", self.url)

    @property
    def agency(self) -> tuple[object, ...]:
        return ("--as", SON_LA, "--url", self.url, "--keys", self.keys)


Lines = Sequence[Sequence[object]]


OWED: Final = ("--regime", "II.06a", "--period", "2026-Q4")


def driven(g: Ground) -> dict[str, Lines]:
    """By command: its arguments, one list for each time that it is run."""
    config, policy = ("--config", g.toml), ("--policy", g.policy)
    out = ("--out", g.folder / f"o{NAMED}")
    named = ("--folder", g.place)
    return {
        "serve": [config],
        "sandbox": [("--reset", *named)],
        "witness init": [(*named, "--name", NAMED), ("--folder", g.folder / "w", "--name", NAMED)],
        "witness serve": [(*named, "--log", NAMED), (*named, "--logs", g.broken), ()],
        "witness show": [named],
        "tsa serve": [("--keys", g.place)],
        "agent": [("--as", NAMED, "--origin", NAMED), ("--as", NAMED, "--origin", "http://x", "--key", NAMED),
                  ("--as", NAMED, "--origin", "http://x", "--keys", g.place)],
        "demo": [named],
        "send": [
            (*g.agency, "--to", VPCP, "--subject", EVIL, "--receipt", g.folder / f"s{NAMED}", g.evil),
            (*g.agency, "--reply-to", UUID, "--subject", "x", "--receipt", g.folder / f"t{NAMED}", g.evil),
            (*g.agency, "--to", VPCP, "--subject", "x", "--task", EVIL * 9, "--application", EVIL, g.evil),
            (*g.agency, "--edxml", g.evil),
            (*g.agency, "--edxml", g.broken, "--sign"),
            (*g.agency, "--keys", g.place, "--to", VPCP, "--subject", "x"),
        ],
        "inbox": [g.agency, (*g.agency, "--all")],
        "fetch": [(*g.agency, *out, "--ack"), (*g.agency, *out, "--unverified"), (*g.agency, *out, "--keys", g.place)],
        "ack": [(*g.agency, g.message), (*g.agency, "--unverified", g.message), (*g.agency, g.place),
                (*g.agency, f"{NAMED}:{'0' * 64}")],
        "status": [(*g.agency, "--document", UUID, "--code", "03"), (*g.agency, "--document", NAMED, "--code", "03")],
        "take-back": [(*g.agency, "--document", UUID, "--reason", EVIL)],
        "outbox": [g.agency, (*g.agency, "--document", UUID), (*g.agency, "--document", NAMED)],
        "dossiers list": [g.agency],
        "dossiers show": [(*g.agency, NAMED), (*g.agency, UUID)],
        "dossiers send": [(*g.agency, "--to", VPCP, g.evil), (*g.agency, "--to", VPCP, g.broken)],
        "dossiers sync": [(*g.agency, g.evil), (*g.agency, "--unit", NAMED, g.broken)],
        "dossiers simulate": [(*g.agency, "--share", "0.00001", "--unit", NAMED)],
        "dossiers indicators": [g.agency, (*g.agency, "--csv")],
        "find": [(*g.agency, EVIL), (*g.agency, "--csv"), (*g.agency, "--xlsx", g.folder / f"x{NAMED}.xlsx"),
                 (*g.agency, "--sender", NAMED), (*g.agency, "--export", g.folder / f"e{NAMED}.csv"),
                 (*g.agency, "--all"), (*g.agency, "--export", g.folder / f"e{NAMED}.xlsx")],
        "show": [(*g.agency, UUID), (*g.agency, NAMED)],
        "register": [(*g.agency, "--from", "2026-11-01", "--to", "2026-11-30"),
                     (*g.agency, "--book", "out", "--from", "2026-11-01", "--to", "2026-11-30", "--csv")],
        "drafts list": [g.agency],
        "drafts show": [(*g.agency, 1)],
        "drafts save": [(*g.agency, "--subject", EVIL, g.evil), (*g.agency, "--id", 1, "--due", EVIL)],
        "drafts delete": [(*g.agency, 1)],
        "groups list": [g.agency],
        "groups show": [(*g.agency, NAMED)],
        "groups put": [(*g.agency, NAMED, "--member", EVIL)],
        "groups delete": [(*g.agency, NAMED)],
        "directions add": [(*g.agency, "--leader", EVIL, "--lead", EVIL, NAMED, EVIL)],
        "directions list": [g.agency, (*g.agency, EVIL, "--document", NAMED, "--due-until", EVIL)],
        "corrections add": [(*g.agency, "--cell", f"unit={EVIL}", "--reason", EVIL, NAMED),
                            (*g.agency, "--cell", NAMED, "--reason", "x", NAMED)],
        "corrections list": [g.agency],
        "watch": [(*g.agency, "--count", 1, "--seconds", 5)],
        "webhooks add": [(*g.agency, f"https://h52.example/{NAMED}")],
        **{f"webhooks {v}": [(*g.agency, NAMED)] for v in ("show", "remove", "test", "rotate", "pause", "failures")},
        "webhooks list": [g.agency],
        "webhooks replay": [(*g.agency, NAMED, "--since", EVIL), (*g.agency, NAMED)],
        "webhooks listen": [(*g.agency, "--seconds", 0.2)],
        "check": [(g.evil,), (g.broken,), (g.evil, "--anchors", g.keys / "anchors"), (g.evil, "--directory", g.json)],
        "signatures": [(g.evil, "--anchors", g.keys / "anchors", "--signer", EVIL), (g.broken, "--anchors", g.place)],
        "results register": [
            (*g.agency, "--to", VPCP, "--code", "H52-261120-0001-KQ1", "--name", EVIL, "--copy", "sao-y",
             "--copy-of", EVIL, "--receipt", g.folder / f"u{NAMED}", g.evil),
            (*g.agency, "--to", VPCP, "--code", NAMED, "--name", EVIL, g.evil),
            (*g.agency, "--to", NAMED, "--code", "H52-261120-0001-KQ1", "--name", EVIL, "--owner", NAMED, g.evil),
        ],
        "results verify": [(*g.hub, g.evil), (*g.hub, "--code", NAMED), (*g.hub, "--qr", NAMED),
                           (g.evil, *policy, "--document", g.evil, "--receipt", g.receipt)],
        "results revoke": [(*g.agency, "--to", VPCP, "--code", "H52-261120-0001-KQ1", "--reason", EVIL,
                            "--receipt", g.folder / f"v{NAMED}")],
        "results supersede": [(*g.agency, "--to", VPCP, "--code", NAMED, "--successor", NAMED,
                               "--receipt", g.folder / f"w{NAMED}")],
        "results list": [g.agency],
        "results qr": [("--code", NAMED, "--name", NAMED), ("--code", "H52-261120-0001-KQ1", "--name", EVIL)],
        "results measures": [g.agency],
        "leaders": [g.agency],
        "receipt verify": [(g.receipt, *policy), (g.broken, *policy), (g.receipt, g.broken, *policy),
                           (g.receipt, "--policy", g.broken), (g.receipt, *policy, "--document", g.evil)],
        "receipt upgrade": [(*g.agency, *policy, g.receipt), (*g.agency, g.receipt, g.broken)],
        "receipt show": [(g.receipt,), (g.broken,), (*g.agency, UUID), (NAMED,)],
        "evidence export": [(*g.agency, UUID, *out), (UUID, *out, *config), (NAMED, *out)],
        "evidence verify": [
            (g.bundle, *policy, "--anchors", g.keys / "anchors"), (g.bundle, *policy, "--anchors", g.place)],
        "log audit": [(g.url, *policy), (g.place, *policy), (NAMED, *policy),
                      (g.url, *policy, "--as", "auditor", "--keys", g.keys), (g.url, *policy, "--since", g.broken)],
        "log watch-agency": [(SON_LA, g.url, *policy, "--once", "--known", g.broken),
                             (NAMED, g.url, *policy, "--once", "--keys", g.keys)],
        "log export": [(g.url, *out), (NAMED, *out)],
        "report": [(*g.hub, "--period", "month", "--pdf", g.folder / f"r{NAMED}.pdf"),
                   g.hub, (*g.hub, "--csv"), (*g.hub, "--since", NAMED),
                   *((*g.hub, "--keys", g.keys, "--period", "month", *how) for how in FORMS),
                   *((*g.hub, "--keys", g.keys, "--regime", NAMED, "--period", NAMED, *how) for how in FORMS)],
        **{f"reports {verb}": [(*g.agency, "--regime", NAMED, "--period", NAMED), (*g.agency, *OWED)]
           for verb in ("open", "table", "sums", "chase")},
        "reports regimes": [g.agency, (*g.agency, NAMED), (*g.agency, "II.06a", "--period", NAMED)],
        "reports declare": [(*g.agency, g.evil, "--to", NAMED), (*g.agency, g.broken, "--to", VPCP)],
        "reports fill": [(*g.agency, *OWED), (*g.agency, *OWED, "--xlsx", g.evil), (*g.agency, *OWED, "--draft"),
                         (*g.agency, *OWED, "--procedures", g.evil), (*g.agency, *OWED, "--procedures", g.csv),
                         (*g.agency, *OWED, "--form", g.folder / f"b{NAMED}.xlsx", "--out", g.folder / f"p{NAMED}")],
        "reports template": [(g.folder / f"t{NAMED}",), (g.folder / f"t{NAMED}.csv",), (g.folder,)],
        "reports check": [(g.evil,), (g.broken,), (g.place,)],
        "reports send": [(*g.agency, g.evil), (*g.agency, g.broken)],
        "reports drafts": [g.agency, (*g.agency, "--drop", NAMED, NAMED, NAMED)],
        "reports accept": [(*g.agency, *OWED, "--of", NAMED)],
        "reports return": [(*g.agency, *OWED, "--of", NAMED, "--reason", EVIL)],
        "simulate": [("--url", g.url, "--keys", g.place, "--documents", 1, "--agencies", g.json)],
        "torture": [("--at", NAMED)],
        "soak": [named],
        "bench": [(NAMED,)],
        "agencies export": [g.hub, (*g.hub, "--format", "csv"), (*g.hub, "--certificates")],
        "agencies import": [("--dry-run", g.csv), ("--dry-run", g.json),
                            ("--dry-run", "--against", g.json, g.csv), (*g.hub, "--keys", g.keys, g.csv)],
        "agencies add": [(*g.hub, "--keys", g.keys, "--name", EVIL, "--tier", "commune", NAMED, "--yes"),
                         (*g.hub, "--keys", g.keys, "--name", EVIL, "--tier", "commune", VPCP)],
        "agencies suspend": [(*g.hub, "--keys", g.keys, VPCP, "--yes"), (*g.hub, "--keys", g.place, NAMED)],
        "agencies resume": [(*g.hub, "--keys", g.keys, VPCP, "--yes"), (*g.hub, "--keys", g.keys, NAMED, "--dry-run")],
        "agencies succeed": [(*g.hub, "--keys", g.keys, VPCP, NAMED, "--heir", NAMED, "--yes"),
                             (*g.hub, "--keys", g.keys, "--last-day", NAMED, VPCP, NAMED)],
        "agencies certify": [(*g.hub, "--keys", g.keys, VPCP, g.broken, "--yes"),
                             (*g.hub, "--keys", g.keys, VPCP, g.place / "x")],
        "agencies health": [(*g.hub, "--keys", g.keys, VPCP), (*g.hub, "--keys", g.keys, NAMED)],
        "agencies silent": [(*g.hub, "--keys", g.keys, "--all"), (*g.hub, "--keys", g.keys, "--since", NAMED)],
        "programmes status": [g.agency, (*g.agency, "--json")],
        "programmes cases": [(*g.agency, "tasks"),
                             (*g.agency, "tasks", "--csv"), (*g.agency, "results", "--kind", NAMED)],
        "programmes show": [(*g.agency, "tasks", NAMED)],
        "programmes board": [(*g.agency, "tasks"),
                             (*g.agency, "tasks", "--csv"), (*g.agency, "tasks", "--parent", NAMED)],
        "programmes faults": [g.agency, (*g.agency, "tasks", "--for", NAMED)],
        "programmes rebuild": [config, ("--data", g.place)],
        "tasks list": [g.agency, (*g.agency, "--given", "--csv")],
        "tasks show": [(*g.agency, NAMED)],
        "tasks board": [g.agency, (*g.agency, "--day", NAMED)],
        "tasks act": [(*g.agency, "accept", NAMED), (*g.agency, "extend", NAMED, "--due", NAMED)],
        "attention": [(*g.hub, "--keys", g.keys), (*g.hub, "--keys", g.place)],
        "centre": [(*g.hub, "--keys", g.keys, "--services"), (*g.hub, "--keys", g.keys, "--parent", NAMED)],
        "remind": [(*g.hub, "--keys", g.keys, "--reason", EVIL, NAMED)],
        "maintenance on": [(*g.hub, "--keys", g.keys, "--reason", EVIL)],
        "maintenance status": [(*g.hub, "--keys", g.keys)],
        "maintenance off": [(*g.hub, "--keys", g.keys)],
        "alerts list": [(*g.hub, "--keys", g.keys)],
        "alerts test": [(*g.hub, "--keys", g.keys)],
        "agencies search": [(*g.hub, NAMED), ("--file", g.json, "x"), ("--file", g.csv, "x")],
        "agencies show": [(*g.hub, NAMED), (*g.hub, VPCP), ("--file", g.csv, VPCP), ("--file", g.json, NAMED)],
        "agencies world": [(NAMED,)],
        "keys agency add": [("--keys", g.own_keys(), "--name", EVIL, NAMED), ("--keys", g.keys, "--from", g.json),
                            (*g.hub, "--keys", g.own_keys(), "--register", SON_LA)],
        "keys agency renew": [("--keys", g.own_keys(), NAMED), (*g.hub, "--keys", g.own_keys(), "--register", SON_LA)],
        "keys agency revoke": [
            ("--keys", g.own_keys(), NAMED), ("--keys", g.own_keys(), "--certificate", g.broken, SON_LA)],
        "keys crl": [("--keys", g.own_keys()), ("--keys", g.place)],
        "keys request": [("--keys", g.own_keys(), "--organization", EVIL, "seal"), ("--keys", g.own_keys(), NAMED),
                         ("--keys", g.folder / f"k{NAMED}", "--host", NAMED, "tls", "000.00.00.H52")],
        "keys take": [("--keys", g.own_keys(), g.broken, g.evil), ("--keys", g.place, g.broken)],
        "keys init": [("--keys", g.own_keys(), "--origin", NAMED), ("--keys", g.place)],
        "keys policy": [("--keys", g.own_keys(), "--origin", NAMED), ("--keys", g.place)],
        "keys show": [("--keys", g.own_keys()), ("--keys", g.place)],
        "accounts add": [(*g.hub, "--keys", g.keys, "--role", "operator", "--title", EVIL, "evil"),
                         (*g.hub, "--keys", g.keys, "--role", "clerk", "--agency", NAMED, NAMED)],
        "accounts list": [(*g.hub, "--keys", g.keys), (*g.hub, "--keys", g.place)],
        "accounts reset": [(*g.hub, "--keys", g.keys, "evil"), (*g.hub, "--keys", g.keys, NAMED)],
        "accounts disable": [(*g.hub, "--keys", g.keys, "evil"), (*g.hub, "--keys", g.keys, "--undo", "evil")],
        "retention apply": [("--older-than", 1, *config), ("--older-than", 1, "--data", g.place)],
        "ready": [config],
        "init": [(g.place, "--host", NAMED), (g.folder / f"i{NAMED}", "--host", NAMED, "--organization", EVIL),
                 (g.folder / f"j{NAMED}", "--host", "truc.example", "--organization", EVIL)],
        "config check": [config, ()],
        "config show": [config, ()],
        "clock trust": [("--yes", *config), ("--yes", "--data", g.place)],
        "backup": [(*config, g.folder / NAMED), ("--data", g.place, "--keys", g.place, g.folder / NAMED)],
        "restore": [(*config, g.place), ("--data", g.folder / f"e{NAMED}", g.place)],
        "fsck": [config, ("--data", g.place, "--keys", g.place)],
    }  # fmt: skip


@pytest.fixture
def ground(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path, profile_in(str(tmp_path_factory.getbasetemp() / "today")).folder)


def test_every_command_is_driven(ground: Ground) -> None:
    assert set(driven(ground)) == set(COMMANDS)


def with_languages(path: str, line: Sequence[object]) -> Iterator[list[object]]:
    """As people and as programs read it."""
    options = {option for parameter in COMMANDS[path].params for option in parameter.opts}
    yield [*path.split(), *line]
    if "--json" in options:
        yield [*path.split(), *line, "--json"]


SPEAKS_TO_A_HUB: Final = [path for path, found in COMMANDS.items() if any("--url" in p.opts for p in found.params)]
SPEAKS_TO_A_HUB += [path for path in COMMANDS if path.startswith("log ")]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", SPEAKS_TO_A_HUB)
async def test_hostile_text_from_a_hub(path: str, mode: str, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ground.folder)
    async with hostile() as hub:
        MODES[mode](hub)
        ground.url = hub.url
        for line in driven(ground)[path]:
            for arguments in with_languages(path, line):
                check(await asyncio.to_thread(run, arguments, "en" if mode == "entries" else "vi"))


@pytest.mark.parametrize("path", [path for path in COMMANDS if path not in SPEAKS_TO_A_HUB])
def test_hostile_text_from_files(path: str, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ground.folder)
    for line in driven(ground)[path]:
        for arguments in with_languages(path, line):
            check(run(arguments))


TAKES_NO_TEXT: Final = click.Choice | click.IntRange | click.FloatRange | click.DateTime


@pytest.mark.parametrize("path", COMMANDS)
def test_hostile_text_on_the_command_line(path: str) -> None:
    check(run([*path.split(), f"--x{NAMED}"]), reached=True)
    for parameter in COMMANDS[path].params:
        missing = isinstance(parameter.type, click.Path) and parameter.type.exists
        if isinstance(parameter, click.Option) and (missing or isinstance(parameter.type, TAKES_NO_TEXT)):
            result = run([*path.split(), parameter.opts[0], NAMED])
            check(result, reached=True)
            assert result.exit_code == 2


def test_what_is_driven_reaches_the_terminal(ground: Ground) -> None:
    """That the test would see it."""
    for path in ("check", "receipt verify", "receipt show"):
        check(run([*path.split(), *driven(ground)[path][0]]), reached=True)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_the_verifier_that_stands_alone(encoding: str, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [(ground.receipt, ground.policy), (ground.broken, ground.policy), (ground.receipt, ground.broken)]
    for receipt, policy in [*lines, (ground.folder / "x\u202e", ground.policy)]:
        for more in ((), ("--json",), ("--lang", "en"), (f"--x{NAMED}",)):
            told = io.BytesIO()
            for name in ("stdout", "stderr"):
                monkeypatch.setattr(sys, name, io.TextIOWrapper(told, encoding, "backslashreplace", write_through=True))
            with contextlib.suppress(SystemExit):
                assert alone.main([str(receipt), "--policy", str(policy), *more]) in (0, 1, 2)
            text = told.getvalue().decode(encoding)
            assert not [c for c in text if not c.isprintable() and c not in "\r\n\xa0"], text
            if more == ("--json",):
                json.loads(text)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_command_in_a_process_of_its_own_on_an_old_terminal(encoding: str, ground: Ground) -> None:
    for line in (
        ("--help",),
        ("receipt", "show", ground.receipt),
        ("keys", "show", "--keys", ground.keys),
        ("nothing",),
    ):
        done = subprocess.run(
            [*TRUC, *map(str, line)],
            capture_output=True,
            env=os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C", "TRUC_LANG": "vi", "COLUMNS": "30"},
            check=False,
        )
        assert done.returncode in (0, 2), done.stderr
        assert b"Traceback" not in done.stderr
        if line != ("--help",):  # own words; for a terminal that says ASCII click writes UTF-8
            done.stdout.decode(encoding)
