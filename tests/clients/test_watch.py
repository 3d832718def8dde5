"""An agency watches its own name in the public log: what it did not ask for is found, what is kept back is missed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from clients.transport import Transport
from clients.watch import Seen, watch
from hub.core.audit.agency_watch import DirectoryWatch, Happened
from hub.core.audit.findings import Findings, What
from hub.core.audit.log import State
from hub.core.directory import log as directory_log
from hub.core.directory.log import CertificateChange, EntriesChange
from hub.core.errors import ProofInvalid
from hub.core.evidence.format import Kind, entry
from hub.core.model import Agency, Millis, RegisteredCertificate, Tier, iso_utc
from hub.pki import profile as pki
from hub.pki.issue import AGENCY, Credential, issue
from tests.core.audit.kit import DAY, faults_in, policy_of
from tests.support.axis import HA_NOI, NOON, SON_LA, VPCP
from tests.support.web import Web, a_web


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys) as opened:
        yield opened


def own(web: Web, code: str) -> frozenset[str]:
    return frozenset(c.sha256 for c in web.hub.exchange.directory[code].certificates)


async def seen_by(web: Web, code: str, known: frozenset[str], saved: State | None = None) -> Seen:
    transport = Transport(web.url, None)
    try:
        return await watch(transport, code, known, policy_of(web.axis), web.axis.clock(), saved=saved)
    finally:
        await transport.close()


def rogue(web: Web, name: str = "Kẻ mạo danh") -> Credential:
    """A certificate of the axis' own CA, in the agency's name, of which the agency knows nothing."""
    return issue(web.axis.profile._ca("issuing"), AGENCY, SON_LA, name, NOON, crl_url="http://x")


async def changed(web: Web, code: str, **changes: object) -> None:
    entry = msgspec.structs.replace(web.hub.exchange.directory[code], **changes)
    await web.hub.exchange.change_directory([entry], "operator:someone")


async def test_an_agency_sees_its_own_registration_and_nothing_unexpected(web: Web) -> None:
    seen = await seen_by(web, SON_LA, own(web, SON_LA))
    assert (seen.findings, seen.unexpected) == ((), ())
    assert {change.what for change in seen.changes} == {Happened.ENTRY_CHANGED, Happened.CERTIFICATE_ADDED}
    (digest,) = [change.digest for change in seen.changes if change.what is Happened.ENTRY_CHANGED]
    entry = web.hub.exchange.directory[SON_LA]
    assert directory_log.entry_digest(entry) == f"sha-256:{digest}"


async def test_a_certificate_that_nobody_asked_for_is_found(web: Web) -> None:
    known = own(web, SON_LA)
    first = await seen_by(web, SON_LA, known)
    false = pki.registered(rogue(web), Millis(NOON))
    await changed(web, SON_LA, certificates=(*web.hub.exchange.directory[SON_LA].certificates, false))
    await web.send(VPCP, SON_LA)
    second = await seen_by(web, SON_LA, known, first.state)
    (unexpected,) = second.unexpected
    assert (unexpected.what, unexpected.digest, unexpected.by) == (
        Happened.CERTIFICATE_ADDED,
        false.sha256,
        "operator:someone",
    )
    assert second.counts["leaves"] < first.counts["leaves"] + 4
    assert (await seen_by(web, HA_NOI, own(web, HA_NOI))).unexpected == ()
    assert (await seen_by(web, SON_LA, known, second.state)).changes == ()


@pytest.mark.parametrize("withdrawn", [NOON - DAY, NOON + 1, NOON + 3650 * DAY])
async def test_no_certificate_comes_into_use_without_a_leaf(web: Web, withdrawn: int) -> None:
    """Also one that is registered with its end, however that end is chosen, or whose end is put off later."""
    known = own(web, SON_LA)
    mine = web.hub.exchange.directory[SON_LA].certificates
    false = msgspec.structs.replace(pki.registered(rogue(web), Millis(0)), withdrawn=Millis(withdrawn))
    await changed(web, SON_LA, certificates=(*mine, false))
    first = await seen_by(web, SON_LA, known)
    assert [c.until for c in first.unexpected] == [iso_utc(Millis(withdrawn))]
    later = msgspec.structs.replace(false, withdrawn=Millis(withdrawn + 1))
    await changed(web, SON_LA, certificates=(*mine, later))
    second = await seen_by(web, SON_LA, known, first.state)
    assert [(c.what, c.until) for c in second.unexpected] == [
        (Happened.CERTIFICATE_CHANGED, iso_utc(Millis(withdrawn + 1)))
    ]


async def test_its_own_certificate_withdrawn_is_unexpected_and_anothers_is_not(web: Web) -> None:
    known, mine = own(web, SON_LA), web.hub.exchange.directory[SON_LA].certificates
    first = await seen_by(web, SON_LA, known)
    gone = tuple(msgspec.structs.replace(c, withdrawn=NOON) for c in mine)
    await changed(web, SON_LA, certificates=gone)
    second = await seen_by(web, SON_LA, known, first.state)
    assert [c.what for c in second.unexpected] == [Happened.CERTIFICATE_WITHDRAWN]
    assert (await seen_by(web, SON_LA, frozenset(), first.state)).unexpected == ()


async def test_a_centre_put_over_an_agency_is_told(web: Web) -> None:
    first = await seen_by(web, SON_LA, own(web, SON_LA))
    await changed(web, SON_LA, centre=HA_NOI)
    second = await seen_by(web, SON_LA, own(web, SON_LA), first.state)
    assert [c.what for c in second.changes] == [Happened.ENTRY_CHANGED, Happened.DELEGATION_BEGAN]
    assert [(c.what, c.digest) for c in second.unexpected] == [(Happened.DELEGATION_BEGAN, HA_NOI)]
    await changed(web, SON_LA, centre="")
    third = await seen_by(web, SON_LA, own(web, SON_LA), second.state)
    assert [c.what for c in third.changes] == [Happened.ENTRY_CHANGED, Happened.DELEGATION_ENDED]
    assert third.unexpected == ()
    assert (await seen_by(web, VPCP, own(web, VPCP), first.state)).changes == ()


async def test_an_entry_given_again_unchanged_leaves_nothing(web: Web) -> None:
    before = await web.store.last_checkpoint()
    await changed(web, SON_LA)
    assert await web.store.last_checkpoint() == before


async def test_a_log_that_was_rewritten_is_not_followed(web: Web, tmp_path: Path, keys: Path) -> None:
    for _ in range(3):
        await web.send(VPCP, SON_LA)
    first = await seen_by(web, SON_LA, own(web, SON_LA))
    async with a_web(tmp_path / "other", keys) as other:
        for _ in range(4):
            await other.send(VPCP, SON_LA)
        seen = await seen_by(other, SON_LA, own(other, SON_LA), first.state)
    assert [f.what for f in seen.findings] == [What.HISTORY_REWRITTEN]
    assert seen.state is None


async def test_an_entry_changed_behind_the_logs_back_is_found_by_fsck(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        entry = msgspec.structs.replace(web.hub.exchange.directory[SON_LA], centre=HA_NOI)
        await web.store.write(lambda tx: tx.put_agencies([entry]))
    (fault,) = await faults_in(tmp_path / "hub", keys)
    assert (fault.what, fault.where) == ("agency-differs-from-log", f"agency {SON_LA}")


# the pure part

NONCE = "A" * 22
MINE, OTHERS = "a" * 64, "b" * 64


def certificate(agency: str, digest: str, change: str = "added") -> bytes:
    return directory_log.encode(
        CertificateChange(
            agency=agency,
            certificate=f"sha-256:{digest}",
            change=change,  # type: ignore[arg-type]
            time=iso_utc(Millis(NOON)),
            by="operator:o",
            nonce=NONCE,
        )
    )


def watched(*objects: tuple[int, bytes, bytes | None]) -> tuple[DirectoryWatch, Findings]:
    """Fed with (leaf, what the entry commits to, what is given out)."""
    findings = Findings()
    watcher = DirectoryWatch(SON_LA, frozenset({MINE}), findings)
    for leaf, committed, _ in objects:
        watcher.entry(leaf, entry(Kind.DIRECTORY, committed))
        watcher.entry(leaf + 1, entry(Kind.EVIDENCE, committed))
    for leaf, _, given in objects:
        if given is not None:
            watcher.object(leaf, given)
    watcher.finish()
    return watcher, findings


def test_an_object_kept_back_is_missed() -> None:
    false = certificate(SON_LA, OTHERS)
    watcher, findings = watched((3, certificate(SON_LA, MINE), certificate(SON_LA, MINE)), (7, false, None))
    assert [(f.what, f.leaf) for f in findings.items] == [(What.OBJECT_MISSING, 7)]
    assert [c.leaf for c in watcher.changes] == [3]


def test_an_object_exchanged_is_told() -> None:
    _, findings = watched((3, certificate(SON_LA, OTHERS), certificate(HA_NOI, OTHERS)))
    assert [f.what for f in findings.items] == [What.OBJECT_DIFFERS]
    _, findings = watched((3, b"{}", b"{}"))
    assert [f.what for f in findings.items] == [What.OBJECT_UNREADABLE]


def test_what_is_younger_than_the_checkpoint_waits_for_the_next_time() -> None:
    watcher, findings = watched()
    watcher.object(99, certificate(SON_LA, OTHERS))
    assert (watcher.changes, findings.items) == ([], [])


def test_the_objects_are_read_as_they_were_written_and_no_other_way() -> None:
    agencies = [Agency(code=f"a{n}", name="x", tier=Tier.COMMUNE) for n in range(450)]
    made = list(directory_log.entries_changed(agencies, iso_utc(Millis(0)), "op", iter([NONCE] * 3)))
    assert [len(change.entries) for change in made] == [200, 200, 50]
    for change in made:
        assert directory_log.decode(directory_log.encode(change)) == change
    one = certificate(SON_LA, MINE)
    assert isinstance(directory_log.decode(one), CertificateChange)
    assert isinstance(directory_log.decode(directory_log.encode(made[0])), EntriesChange)
    for data in (
        one + b" ",
        one.replace(b"added", b"gained"),
        one.replace(b"sha-256:", b"sha-1:"),
        b"[]",
        b"",
        b'{"type":3}',
    ):
        with pytest.raises(ProofInvalid):
            directory_log.decode(data)


def test_an_entrys_digest_is_that_of_what_the_interface_shows() -> None:
    der = b"certificate"
    held = RegisteredCertificate(sha256=sha256(der).hexdigest(), der=der)
    one = Agency(code="a", name="x", tier=Tier.COMMUNE, certificates=(held,))
    others = [
        msgspec.structs.replace(one, **change)
        for change in ({"name": "y"}, {"centre": "b"}, {"suspended": True}, {"certificates": ()}, {"successor": "c"})
    ]
    digests = {directory_log.entry_digest(agency) for agency in (one, *others)}
    assert len(digests) == 6
