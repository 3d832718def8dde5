"""Operators and auditors are inside trust: appointed on record, and good at every call, or they come in nowhere."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core import wire
from hub.core.audit.findings import Findings, What
from hub.core.audit.record import RecordCheck
from hub.core.errors import ProofInvalid
from hub.core.evidence import appointments
from hub.core.evidence.format import Event, Kind
from hub.core.model import Millis
from hub.core.signature.anchors import DAY
from hub.pki import profile as pki
from hub.pki.issue import HUB_USES, Use, issue
from hub.pki.profile_files import CRL_URL
from tests.support.axis import AGENCIES, NOON, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Web, a_web, bare, nobody_in_charge

pytestmark = pytest.mark.asyncio
ENTRY = {"agencies": [{"code": "000.00.99.H52", "name": "Sở", "tier": "provincial"}]}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A profile that a test may change; no copy of the shared one, whose lists a hub of later may have renewed."""
    folder = tmp_path / "keys"
    pki.ensure_profile(folder, NOON).issue_agencies(AGENCIES, NOON)
    return folder


@asynccontextmanager
async def hub(folder: Path, own: Path) -> AsyncIterator[Web]:
    async with a_web(folder, own) as web:
        yield web


async def used(web: Web, who: str, **options: object) -> int:
    """What a call that only this role may make comes to."""
    if who == OPERATOR:
        return (await web.call("PUT", "/v1/agencies", who, json=ENTRY, **options)).status
    return (await web.get("/v1/audit/checkpoints", who, **options)).status


async def said(web: Web) -> list[tuple[str, str, str]]:
    page = (await web.get("/log/objects/statement")).record(wire.LogObjects)
    steps = [step for item in page.items for step in appointments.decode(item.object).changes]
    return [(step.change, step.role, step.who) for step in steps]


def fingerprint(certificate: x509.Certificate) -> str:
    return f"sha-256:{certificate.fingerprint(SHA256()).hex()}"


def revoked(profile: pki.Profile, who: str) -> None:
    profile.revoke(profile.hub(who).certificate, Millis(NOON - 1000))


def replaced(profile: pki.Profile, who: str, *, by: Use, at: int = NOON) -> None:
    with profile.locked():
        made = issue(profile._ca("issuing"), by, "", who, Millis(at), crl_url=CRL_URL)
        profile._store("hub", who, made, durable=False)


def for_servers(profile: pki.Profile, who: str) -> None:
    replaced(profile, who, by=HUB_USES["tls"])


def foreign(profile: pki.Profile, who: str) -> None:
    """By a CA of the same names that nobody trusts."""
    other = pki.ensure_profile(profile.folder.parent / "other", NOON)
    for part in other.files_of(who, "hub"):
        shutil.copy(part, profile.folder / "hub" / part.name)


BAD: dict[str, tuple[Callable[[pki.Profile, str], None], str]] = {
    "revoked": (revoked, "SIGNATURE_CERTIFICATE_REVOKED"),
    "for servers": (for_servers, "SIGNATURE_KEY_USAGE"),
    "foreign": (foreign, "SIGNATURE_CERTIFICATE_UNTRUSTED"),
}


@pytest.mark.parametrize("who", [OPERATOR, AUDITOR])
@pytest.mark.parametrize("kind", BAD)
async def test_one_that_is_not_good_gets_no_token(tmp_path: Path, own: Path, kind: str, who: str) -> None:
    spoil, code = BAD[kind]
    spoil(pki.Profile(own), who)
    async with hub(tmp_path / "hub", own) as web:
        answer = await web.grant(web.assertion(who))
        assert answer.status == 401
        assert code in answer.problem.en


@pytest.mark.parametrize("who", [OPERATOR, AUDITOR])
async def test_a_revocation_ends_what_is_held_already(tmp_path: Path, own: Path, who: str) -> None:
    async with hub(tmp_path / "hub", own) as web:
        assert await used(web, who) == 200
        web.axis.clock.forward(2_000)
        pki.Profile(own).revoke(web.credential(who).certificate, Millis(NOON + 1_000))
        await web.hub.reload()
        assert await used(web, who) == 401, "with the token from before"
        assert (await web.grant(web.assertion(who))).status == 401


@pytest.mark.parametrize("who", [OPERATOR, AUDITOR])
async def test_so_does_the_end_of_its_dates(tmp_path: Path, own: Path, who: str) -> None:
    replaced(pki.Profile(own), who, by=HUB_USES[who]._replace(days=31), at=NOON)
    async with hub(tmp_path / "hub", own) as web:
        web.axis.clock.forward(31 * DAY - 60_000)
        fresh = pki.Profile(own)
        with fresh.locked():
            fresh.publish_crls(web.axis.clock())
        web.hub.exchange.anchors = web.hub.exchange.anchors.with_crls(fresh.anchors().crls)
        assert await used(web, who) == 200
        web.axis.clock.forward(120_000)
        assert await used(web, who) == 401
        assert "EXPIRED" in (await web.grant(web.assertion(who))).problem.en


async def test_appointment_and_dismissal_are_leaves_that_anyone_reads(tmp_path: Path, own: Path) -> None:
    profile = pki.Profile(own)
    async with hub(tmp_path / "hub", own) as web:
        assert sorted(await said(web)) == [("appointed", role, role) for role in (AUDITOR, OPERATOR)]
        (leaf,) = await web.store.leaves_of_kind(Kind.STATEMENT, 0, 10)
        told = {step.who: step.certificate for step in appointments.decode(leaf.object).changes}
        assert told == {who: fingerprint(profile.hub(who).certificate) for who in (OPERATOR, AUDITOR)}
        for digest in told.values():
            assert await web.store.x509(digest.removeprefix("sha-256:")) is not None, "kept for whoever asks later"

        second = issue(profile._ca("issuing"), HUB_USES[AUDITOR], "", "x", NOON, crl_url=CRL_URL)
        path = own / "hub" / "auditor-kiem-toan.cert.pem"
        path.write_bytes(second.certificate.public_bytes(Encoding.PEM))
        await web.hub.reload()
        assert (await said(web))[2:] == [("appointed", "auditor", "auditor-kiem-toan")]
        await web.hub.reload()
        assert len(await said(web)) == 3, "nothing new, nothing said"

        kept = web.hub.authenticator.principals
        path.rename(path.with_suffix(".away"))
        await web.hub.reload()
        assert (await said(web))[3:] == [("dismissed", "auditor", "auditor-kiem-toan")]
        digest = fingerprint(second.certificate).removeprefix("sha-256:")
        assert (kept.role_of(digest), web.hub.authenticator.principals.role_of(digest)) == (AUDITOR, None)
        path.with_suffix(".away").rename(path)
    async with a_web(tmp_path / "hub", own, filled=False) as web:
        assert (await said(web))[4:] == [("appointed", "auditor", "auditor-kiem-toan")]
        assert await used(web, AUDITOR) == 200


async def test_who_is_dismissed_is_out_at_once_with_the_token_that_it_holds(tmp_path: Path, own: Path) -> None:
    """In a profile with a CA of its own another certificate is made in its place: that is a new one's, not its."""
    async with hub(tmp_path / "hub", own) as web:
        assert await used(web, AUDITOR) == 200
        (own / "hub" / "auditor.cert.pem").unlink()
        await web.hub.reload()
        assert (await said(web))[2:] == [("dismissed", "auditor", "auditor"), ("appointed", "auditor", "auditor")]
        assert await used(web, AUDITOR) == 401


async def test_a_hub_starts_without_any_of_them(tmp_path: Path, keys: Path) -> None:
    """Their keys are their own; a hub that names nobody goes on, and says nothing of it."""
    async with a_web(tmp_path / "hub", nobody_in_charge(keys, tmp_path / "keys")) as web:
        assert await said(web) == []
        assert (await web.send(VPCP, SON_LA)).receipt


async def test_an_old_folder_goes_on_and_is_renewed_in_time(tmp_path: Path, keys: Path) -> None:
    """A demo profile has the CA and the keys: its operator is not shut out when two years are over."""
    own = tmp_path / "keys"
    profile = pki.ensure_profile(own, Millis(NOON))
    first = {who: profile.hub(who).certificate for who in (OPERATOR, AUDITOR, "seal")}
    later = Millis(NOON + 720 * DAY)
    pki.ensure_profile(own, Millis(later - 60 * DAY))
    assert {who: profile.hub(who).certificate for who in first} == first, "not before its time"
    pki.ensure_profile(own, later)
    renewed = {who: profile.hub(who).certificate for who in first}
    assert [who for who in first if renewed[who] != first[who]] == [OPERATOR, AUDITOR]


async def test_what_was_revoked_is_not_renewed(tmp_path: Path) -> None:
    profile = pki.ensure_profile(tmp_path / "keys", Millis(NOON))
    held = profile.hub(OPERATOR).certificate
    profile.revoke(held, NOON)
    pki.ensure_profile(tmp_path / "keys", Millis(NOON + 720 * DAY))
    assert profile.hub(OPERATOR).certificate == held


async def test_an_audit_finds_a_look_of_who_was_not_appointed(tmp_path: Path, own: Path) -> None:
    async with hub(tmp_path / "hub", own) as web:
        sent = await web.send(VPCP, SON_LA)
        await web.get(f"/v1/documents/{bare(sent.message.id)}", AUDITOR)
        leaves = await web.store.leaves(0, 1000)
    looked = next(leaf.object for leaf in leaves if leaf.event == Event.DOCUMENT_LOOKED_AT.short)
    statement = next(leaf.object for leaf in leaves if leaf.kind == Kind.STATEMENT)
    nobody = appointments.encode(
        appointments.Appointments(
            type="appointments",
            changes=tuple(
                appointments.Step(step.certificate, "dismissed", step.role, step.who)
                for step in appointments.decode(statement).changes
            ),
            time="2026-11-22T04:00:00.000Z",
            nonce="A" * 22,
        )
    )
    for before, expected in (([], 0), ([statement], 0), ([statement, nobody], 1), ([nobody], 1)):
        assert looks_found(before, looked) == expected, "a log from before appointments were told says nothing"


def looks_found(statements: list[bytes], looked: bytes) -> int:
    from hub.core.evidence.format import entry

    findings = Findings()
    check = RecordCheck("x", lambda size: bytes(32), findings, 0)
    for number, content in enumerate(statements):
        check.feed(number, entry(Kind.STATEMENT, content), content)
    check = RecordCheck("x", lambda size: bytes(32), findings, 0, check.save())
    check.feed(len(statements), entry(Kind.EVIDENCE, looked), looked)
    return sum(finding.what is What.AUDITOR_NOT_APPOINTED for finding in findings.items)


async def test_a_statement_has_one_form() -> None:
    one = appointments.Appointments(
        type="appointments",
        changes=(appointments.Step("sha-256:" + "0" * 64, "appointed", "auditor", "auditor"),),
        time="2026-11-22T04:00:00.000Z",
        nonce="A" * 22,
    )
    data = appointments.encode(one)
    assert appointments.decode(data) == one
    assert appointments.is_one(data)
    assert not appointments.is_one(b'{"type":"other"}')
    for bad in (data + b" ", data.replace(b"appointed", b"elected"), data.replace(b"0" * 64, b"0"), b"{}", b"\xff"):
        with pytest.raises(ProofInvalid):
            appointments.decode(bad)
