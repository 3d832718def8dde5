"""`truc fetch` and `truc ack` against a hub that lies; over real connections, with the machine's own clock."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from aiohttp import web
from click.testing import CliRunner
from msgspec.structs import replace

from clients.judge import Bound, By, Judged
from hub.cli.files import put
from hub.cli.main import main
from hub.core import edxml, wire
from hub.core.directory.files import to_json
from hub.core.directory.wire import to_wire
from hub.core.edxml import Attachment
from hub.core.evidence import acknowledgement
from hub.core.model import Millis
from hub.core.signature import jws, xmldsig
from hub.pki import issue as pki_issue
from hub.pki import profile as pki
from hub.pki.profile import Profile
from tests.clients.test_axis import an_item
from tests.support.axis import AGENCIES, SON_LA, VPCP, a_document, registered
from tests.support.hostile import Answer, Hostile, hostile, said

NAME = "01a2057f-6f84-80c3-b934-da0000000001"


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


async def truc(*args: object, lang: str = "en") -> Ran:
    """A command beside the loop that serves it."""

    def run() -> Ran:
        chosen = {"TRUC_LANG": lang, "TRUC_URL": None, "TRUC_KEYS": None, "TRUC_AS": None, "TRUC_ANCHORS": None}
        result = CliRunner().invoke(main, [str(a) for a in args], env=chosen, catch_exceptions=False)
        return Ran(result.exit_code, result.stdout, result.stderr)

    return await asyncio.to_thread(run)


@cache
def profile_in(folder: str) -> Profile:
    """Good today, whatever day it is."""
    at = Millis(time.time_ns() // 1_000_000)
    profile = pki.ensure_profile(Path(folder), at)
    profile.issue_agencies(AGENCIES, at)
    return profile


@pytest.fixture
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return profile_in(str(tmp_path_factory.getbasetemp() / "today"))


def signed(profile: Profile, signer: str = VPCP, sender: str = VPCP, subject: str = "V/v") -> bytes:
    held = profile.agency(signer)
    document = replace(a_document(sender, [SON_LA], 1), subject=subject)
    data = edxml.build(document, [Attachment("1", "a.txt", "a file", "text/plain", b"text\n")])
    return xmldsig.sign(data, held.key, held.chain)


def unsigned() -> bytes:
    return edxml.build(a_document(VPCP, [SON_LA], 1), [Attachment("1", "a.txt", "a", "text/plain", b"text\n")])


def taken(*contents: bytes) -> Answer:
    return said(wire.Inbox(items=[an_item(data, data, n) for n, data in enumerate(contents, 1)]))


def arguments(hub: Hostile, profile: Profile, out: Path, *more: object) -> Sequence[object]:
    return ("fetch", "--as", SON_LA, "--url", hub.url, "--keys", profile.folder, "--out", out, *more)


def signatures(hub: Hostile) -> list[bytes]:
    return [body for _, path, body in hub.asked if path == "/v1/inbox/acknowledge"]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("wrong", ["/truc-was-here", "../../outside", f"urn:uuid:../{NAME[3:]}", NAME, ""])
async def test_an_identifier_that_is_a_path_writes_nothing(wrong: str, profile: Profile, tmp_path: Path) -> None:
    item = an_item(b"<a/>", b"<a/>")
    inbox = wire.Inbox(items=[replace(item, message=replace(item.message, id=wrong))])
    async with hostile(POST_v1_inbox_fetch=said(inbox)) as hub:
        ran = await truc(*arguments(hub, profile, tmp_path / "a" / "b" / "in", "--ack"))
        assert signatures(hub) == []
    assert ran.code == 3
    assert everything(tmp_path) == {}
    assert not (outside := tmp_path.parent / "outside").exists(), outside


async def test_what_is_kept_is_not_overwritten(profile: Profile, tmp_path: Path) -> None:
    good, other = signed(profile), signed(profile, subject="khác")
    async with hostile(POST_v1_inbox_fetch=taken(good)) as hub:
        assert (await truc(*arguments(hub, profile, tmp_path))).code == 0
        before = everything(tmp_path)
        assert before[f"{NAME}/message.edxml"] == good
        assert (await truc(*arguments(hub, profile, tmp_path))).code == 0
        assert everything(tmp_path) == before
        hub.answers["POST", "/v1/inbox/fetch"] = taken(other)
        ran = await truc(*arguments(hub, profile, tmp_path, "--ack", "--json"))
        assert signatures(hub) == []
    assert (ran.code, everything(tmp_path)) == (1, before)
    assert ran.json[0]["problem"].startswith("CLIENT_KEPT_DIFFERS")


async def test_what_a_clerk_changed_stays_beside_what_came(profile: Profile, tmp_path: Path) -> None:
    async with hostile(POST_v1_inbox_fetch=taken(signed(profile))) as hub:
        await truc(*arguments(hub, profile, tmp_path))
        file = tmp_path / NAME / "files" / "a.txt"
        file.write_bytes(b"mine")
        await truc(*arguments(hub, profile, tmp_path))
    assert file.read_bytes() == b"mine"
    assert file.with_name("a (2).txt").read_bytes() == b"text\n"


FORGED = {
    "unsigned": lambda profile: unsigned(),
    "changed": lambda profile: signed(profile).replace(b"<edXML:Priority>0<", b"<edXML:Priority>1<"),
    "of another": lambda profile: signed(profile, signer=SON_LA),
    "no message": lambda profile: b"<a/>",
    "no XML": lambda profile: b"\x00",
}


@pytest.mark.parametrize("what", FORGED)
@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_a_forgery_is_not_valid_because_the_hub_says_so(
    what: str, lang: str, profile: Profile, tmp_path: Path
) -> None:
    """The hub lies in its directory too: nobody there has the forger's certificate but the agency itself."""
    data = FORGED[what](profile)
    async with hostile(POST_v1_inbox_fetch=taken(data)) as hub:
        ran = await truc(*arguments(hub, profile, tmp_path, "--ack", "--json"), lang=lang)
        again = await truc(*arguments(hub, profile, tmp_path, "--ack"), lang=lang)
        ack = await truc("ack", *arguments(hub, profile, tmp_path)[1:7], tmp_path / NAME, lang=lang)
        assert signatures(hub) == [], "nothing was signed for"
        rejected = await truc("ack", *arguments(hub, profile, tmp_path)[1:7], "--reject", tmp_path / NAME, lang=lang)
        assert len(signatures(hub)) == 1, "to refuse it needs no good signature"
    (line,) = ran.json
    assert (ran.code, again.code, ack.code, rejected.code) == (1, 1, 1, 3)
    assert line["message"]["verdict"] == "VALID"
    assert (line["signature"]["by"], line["signature"]["hub"]) == ("client", "VALID")
    assert line["signature"]["verdict"] != "VALID"
    assert line["problem"].startswith("CLIENT_SIGNATURE_NOT_HELD")
    assert {"vi": "Trục nói VALID", "en": "the hub says VALID"}[lang] in again.out
    assert not (tmp_path / NAME / "files").exists(), "not unpacked"


async def test_a_good_signature_is_found_here_and_signed_for(profile: Profile, tmp_path: Path) -> None:
    data = signed(profile)
    async with hostile(POST_v1_inbox_fetch=taken(data)) as hub:
        ran = await truc(*arguments(hub, profile, tmp_path, "--ack", "--json"))
        (body,) = signatures(hub)
    credential = profile.agency(SON_LA)
    claimed = acknowledgement.verify(
        msgspec.json.decode(body, type=wire.AcknowledgeRequest).signed,
        {jws.key_id(credential.certificate): credential.certificate},
    )
    assert [item.sha256 for item in claimed.items] == [hashlib.sha256(data).hexdigest()]
    assert (ran.code, ran.json["code"]) == (3, "CLIENT_UNEXPECTED_ANSWER"), "this hub answers nothing"


async def test_the_recipient_is_told_which_rules_a_document_breaks(profile: Profile, tmp_path: Path) -> None:
    code = "R.MessageHeader.Subject"
    async with hostile(POST_v1_inbox_fetch=taken(signed(profile, subject="x" * 501))) as hub:
        told = await truc(*arguments(hub, profile, tmp_path), lang="vi")
        listed = await truc(*arguments(hub, profile, tmp_path, "--json"))
    assert (told.code, listed.code) == (0, 0)
    assert f"[lưu ý] {code}" in told.err
    assert code in [(notice["code"]) for notice in listed.json[0]["notices"] if notice["severity"] == "notice"]


async def test_the_hubs_directory_is_told_where_it_alone_binds(profile: Profile, tmp_path: Path) -> None:
    """A State certificate that names no agency: that some agency signed is proved, which one the hub says. One that
    names another agency is bound by nobody."""
    mine = {a.code: a for a in registered(profile)}
    at = Millis(time.time_ns() // 1_000_000)
    nameless = pki_issue.issue(profile._ca("issuing"), pki_issue.AGENCY, "", "A", at, crl_url="http://127.0.0.1/")
    lies = [
        replace(mine[VPCP], certificates=(pki.registered(nameless, Millis(0)),)),
        replace(mine[VPCP], certificates=mine[SON_LA].certificates),
    ]
    document = edxml.build(a_document(VPCP, [SON_LA], 1))
    data = [xmldsig.sign(document, nameless.key, nameless.chain), signed(profile, signer=SON_LA)]
    own = tmp_path / "agencies.json"
    own.write_bytes(to_json(list(mine.values())))
    found = []
    for lie, document in zip(lies, data, strict=True):
        async with hostile(POST_v1_inbox_fetch=taken(document)) as hub:
            hub.answers["GET", f"/v1/agencies/{VPCP}"] = said(to_wire(lie))
            for more in ((), ("--directory", own, "--anchors", profile.folder / "anchors")):
                out = tmp_path / str(len(found))
                found.append((await truc(*arguments(hub, profile, out, *more, "--json"))).json[0]["signature"])
            told = await truc(*arguments(hub, profile, tmp_path / "told"), lang="vi")
    assert [f["verdict"] for f in found] == ["VALID", *["IDENTITY_MISMATCH"] * 3]
    assert found[0]["bound_by"] == "hub"
    assert Judged("VALID", By.CLIENT, Bound.HUB).label.en == "VALID (whose certificate it is: the hub's word)"
    assert "Trục nói VALID" in told.out


@pytest.mark.parametrize(("lang", "label"), [("vi", "hợp lệ (theo lời Trục)"), ("en", "VALID (the hub's word)")])
async def test_without_roots_a_verdict_is_the_hubs_word(
    lang: str, label: str, profile: Profile, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    os.symlink(profile.folder / "agencies", keys / "agencies")
    async with hostile(POST_v1_inbox_fetch=taken(unsigned())) as hub:
        line = ("fetch", "--as", SON_LA, "--url", hub.url, "--keys", keys, "--out", tmp_path / "in")
        told = await truc(*line, lang=lang)
        ran = await truc(*line, "--json", lang=lang)
    assert label in told.out
    assert "--anchors" in told.err
    signature = ran.json[0]["signature"]
    assert (signature["verdict"], signature["by"], signature["sender"]) == ("VALID", "hub", VPCP)


async def test_what_is_shown_is_what_the_document_says(profile: Profile, tmp_path: Path) -> None:
    async with hostile(POST_v1_inbox_fetch=taken(signed(profile, subject="lời của văn bản"))) as hub:
        ran = await truc(*arguments(hub, profile, tmp_path))
    assert "lời của văn bản" in ran.out


def test_a_receipt_that_is_kept_stays(tmp_path: Path) -> None:
    file = tmp_path / "handover.tlog-proof"
    assert put(file, b"one") == file
    assert put(file, b"one") == file
    other = put(file, b"two")
    assert (other.name, file.read_bytes(), other.read_bytes()) == ("handover (2).tlog-proof", b"one", b"two")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert put(tmp_path / "link", b"x").name == "link (2)"
    assert not (tmp_path / "nowhere").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("circle", [["a"], ["a", "b", "a"]])
async def test_a_listing_that_leads_in_a_circle_ends(circle: list[str], profile: Profile, tmp_path: Path) -> None:
    async with hostile() as hub:
        line = ("--as", SON_LA, "--url", hub.url, "--keys", profile.folder)
        commands: list[tuple[str, tuple[object, ...], Callable[[str], wire.Wire]]] = [
            ("/v1/inbox", ("inbox", *line, "--all"), lambda cursor: wire.Inbox(items=[], cursor=cursor)),
            ("/v1/outbox", ("outbox", *line, "--all"), lambda cursor: wire.Outbox(items=[], cursor=cursor)),
            ("/v1/outbox", ("take-back", *line, "--document", "x", "--reason", "y"),
             lambda cursor: wire.Outbox(items=[], cursor=cursor)),
            ("/v1/agencies", ("agencies", "export", "--url", hub.url),
             lambda cursor: wire.Agencies(items=[], total=0, cursor=cursor)),
        ]  # fmt: skip
        for path, arguments, page in commands:
            turns = cycle(circle)

            async def answer(
                request: web.Request, page: Callable[[str], wire.Wire] = page, turns: Iterator[str] = turns
            ) -> web.StreamResponse:
                return web.Response(body=msgspec.json.encode(page(next(turns))), content_type="application/json")

            hub.answers = {("GET", path): answer}
            ran = await truc(*arguments)
            assert ran.code == 3, ran
