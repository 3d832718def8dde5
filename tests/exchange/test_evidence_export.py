"""Who gets which bundle, over HTTP and from the folder; and the commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from click.testing import CliRunner, Result

from clients import bundles as files
from hub.cli.main import main
from hub.core import wire
from hub.core.bundle import contents as bundles
from hub.core.bundle.audit import Report, verify
from hub.core.errors import BadRequest
from hub.core.evidence.acknowledgement import Outcome
from hub.core.evidence.format import Event
from hub.core.log import note
from hub.core.log import policy as policies
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.model import Millis, StatusCode, iso_utc
from hub.core.signature import jws
from hub.evidence_export.export import Wish, export
from hub.record.acts.delivery import Acknowledge, Item
from hub.upkeep import retention
from hub.upkeep.witnesses import KeepCosignature
from tests.core.audit.kit import lived as everything
from tests.core.audit.kit import policy_of
from tests.core.bundle.kit import failed, lived, results
from tests.exchange.kit import refused
from tests.support.axis import HA_NOI, MAI_SON, NOON, SON_LA, VPCP, Axis, an_axis, keyring
from tests.support.web import Web, a_web, bare

AUDITOR = "auditor"


async def judged(axis: Axis, message: object, **wish: object) -> Report:
    data = await export(axis.exchange, axis.log, message, Wish(**wish))  # type: ignore[arg-type]
    return verify(data, policy_of(axis), axis.profile.anchors())


# the exporter


async def test_a_document_that_nobody_fetched_yet_has_a_bundle(axis: Axis) -> None:
    sent = await axis.send(VPCP, SON_LA)
    report = await judged(axis, sent.answer.message)
    assert failed(report) == []
    assert results(report)[5] == "absent"
    assert report.facts.recipients == {SON_LA: "waiting"}


async def test_one_recipients_part_is_what_it_may_see(axis: Axis) -> None:
    sent = await axis.send(VPCP, SON_LA, HA_NOI)
    await axis.take(SON_LA)
    await axis.take(HA_NOI)
    report = await judged(axis, sent.answer.message, recipients=frozenset({HA_NOI}))
    assert failed(report) == []
    assert report.facts.recipients == {HA_NOI: "handed_over"}
    data = await export(axis.exchange, axis.log, sent.answer.message, Wish(recipients=frozenset({HA_NOI})))
    counters = [name for name in bundles.read(data).members if name.startswith("counters/")]
    assert len(counters) == 1


async def test_a_status_has_no_bundle_of_its_own(axis: Axis) -> None:
    sent = await axis.send(VPCP, SON_LA)
    await axis.take(SON_LA)
    status = await axis.status(SON_LA, StatusCode.ARRIVED, sent.answer)
    await refused(BadRequest, export(axis.exchange, axis.log, status.answer.message, Wish()))


async def test_all_flows_of_an_axis_make_bundles_that_verify(axis: Axis) -> None:
    """Statuses by code, refusals, take-backs in every way: whatever the axis records must be auditable."""
    await everything(axis)
    number, seen = 1, 0
    while (message := await axis.exchange.store.message(number)) is not None:
        number += 1
        if message.kind == "document":
            report = await judged(axis, message, document=True)
            assert [f for f in failed(report) if f != 8] == [], (message.id, [s.problem.en for s in report.steps])
            seen += 1
    assert seen >= 5


async def test_certificates_that_the_directory_forgot_are_kept(axis: Axis) -> None:
    sent = await axis.send(VPCP, SON_LA)
    await axis.take(SON_LA)
    for code in (VPCP, SON_LA):
        agency = axis.exchange.directory.get(code)
        assert agency is not None
        await axis.exchange.change_directory([msgspec.structs.replace(agency, certificates=())], "test")
    report = await judged(axis, sent.answer.message, document=True)
    assert failed(report) == []
    assert results(report)[4:6] == ["passed", "passed"]


async def test_a_rejection_of_the_content_is_countersigned_too(axis: Axis) -> None:
    sent = await axis.send(VPCP, SON_LA)
    message = sent.answer.message
    await axis.fetch(SON_LA)
    await axis.acknowledge(SON_LA, [(message.id, message.sha256)], Outcome.CONTENT_REJECTED)
    report = await judged(axis, message)
    assert failed(report) == []
    assert report.facts.recipients == {SON_LA: "refused"}


async def test_an_acknowledgement_that_the_hub_lost_is_a_finding(axis: Axis) -> None:
    sent = await axis.send(VPCP, SON_LA)
    message = sent.answer.message
    items = (Item(message.id, message.sha256, Event.CONTENT_HANDOVER, message.number),)
    kid = jws.key_id(axis.credential(SON_LA).certificate)
    lost = Acknowledge(recipient=SON_LA, items=items, digest="a" * 64, signer=SON_LA, certificate=kid)
    await axis.exchange.sequencer.submit(lost)
    assert failed(await judged(axis, message)) == [6]


async def test_the_newest_checkpoint_that_witnesses_signed_is_taken(axis: Axis) -> None:
    witness = Signer.from_seed("w1.example", b"w" * 32, Algorithm.COSIGNATURE)
    asked = policies.parse(
        "".join(f"log {k}\n" for k in axis.log.vkeys) + f"witness w1 {witness.verifier.vkey}\nquorum w1\n"
    )
    sent = await axis.send(VPCP, SON_LA)

    async def cosign() -> int:
        row = await axis.exchange.store.last_checkpoint()
        assert row is not None
        line = note.cosign(Checkpoint(axis.log.origin, row.size, row.root), witness, axis.clock())
        await axis.exchange.sequencer.submit(KeepCosignature(row.size, witness.verifier.id, line))
        return row.size

    async def made() -> Report:
        data = await export(axis.exchange, axis.log, sent.answer.message, Wish())
        return verify(data, asked, axis.profile.anchors())

    assert failed(await made()) == [2]  # nobody has cosigned yet
    size = await cosign()
    report = await made()
    assert (failed(report), report.facts.size, report.facts.cosigners) == ([], size, ("w1",))
    await axis.send(VPCP, HA_NOI)
    assert (await made()).facts.size == size  # the log has grown, no witness saw it: the older one says more
    await axis.take(SON_LA)
    assert failed(await made()) == [2]  # an event that no witness has seen


# over HTTP


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys) as opened:
        yield opened


async def test_sender_recipient_auditor_and_stranger(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, HA_NOI)
    await web.take(SON_LA, sent)
    path = f"/v1/documents/{bare(sent.message.id)}/evidence"
    answer = await web.get(path, VPCP)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    assert bare(sent.message.id) in answer.headers["Content-Disposition"]
    everything = bundles.read(answer.body)
    assert everything.recipients == ()
    assert bundles.DOCUMENT not in everything.members
    mine = bundles.read((await web.get(path, SON_LA)).body)
    assert mine.recipients == (SON_LA,)
    assert len(mine.numbers("evidence", "tlog-proof")) == 2
    theirs = bundles.read((await web.get(path, HA_NOI)).body)
    assert len(theirs.numbers("evidence", "tlog-proof")) == 1
    one = bundles.read((await web.get(f"{path}?recipient={HA_NOI}", VPCP)).body)
    assert one.recipients == (HA_NOI,)
    for who, query in ((MAI_SON, ""), (SON_LA, f"?recipient={HA_NOI}"), (VPCP, "?recipient=nobody")):
        assert (await web.get(path + query, who)).problem.code == "ACCESS_NOT_FOUND"
    assert (await web.get(path)).problem.code == "ACCESS_UNAUTHENTICATED"
    assert (await web.get(f"{path}?document=perhaps", VPCP)).problem.code == "REQUEST_INVALID"


async def test_an_auditors_export_is_on_record_and_in_the_bundle(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    path = f"/v1/documents/{bare(sent.message.id)}/evidence"
    data = (await web.get(f"{path}?document=true", AUDITOR)).body
    report = verify(data, policy_of(web.axis), web.axis.profile.anchors())
    assert failed(report) == []
    assert [event for _, _, event, _ in report.facts.events] == ["SubmissionAcceptance"] + ["DocumentLookedAt"] * 2


async def test_the_document_comes_when_asked_for_and_taken_under_a_lease(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    path = f"/v1/documents/{bare(sent.message.id)}/evidence?document=true&statuses=false"
    enclosed = bundles.read((await web.get(path, SON_LA)).body)
    assert (
        enclosed.members[bundles.DOCUMENT]
        == (await web.get(f"/v1/documents/{bare(sent.message.id)}/content", VPCP)).body
    )
    inbox = (await web.call("POST", "/v1/inbox/fetch", SON_LA, json={})).record(wire.Inbox)
    assert inbox.items == []  # who reads holds it


async def test_after_retention_the_content_is_gone_and_the_evidence_is_not(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    await retention.apply(web.hub.exchange.record, Millis(web.axis.clock() + 1))
    path = f"/v1/documents/{bare(sent.message.id)}"
    for who in (VPCP, SON_LA):
        gone = await web.get(f"{path}/content", who)
        assert (gone.status, gone.problem.code) == (410, "ACCESS_PAYLOAD_GONE")
        assert (await web.get(f"{path}/evidence?document=true", who)).status == 410
        assert (await web.get(f"{path}/evidence", who)).status == 200


# the commands


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """A hub's folder with one life in it, and what an auditor holds: policy, anchors, the document's identifier."""
    place = tmp_path_factory.mktemp("cli")

    async def fill() -> None:
        async with an_axis(place / "data", keys) as axis:
            message = await lived(axis)
            (place / "id").write_text(message.id)
            (place / "policy").write_text("".join(f"log {k}\n" for k in axis.log.vkeys) + "quorum none\n")
            (place / "document.edxml").write_bytes(axis.sent[message.id])

    asyncio.run(fill())
    return place


def exported(folder: Path, keys: Path, name: str, *more: str) -> Path:
    out = folder / name
    identifier = (folder / "id").read_text()
    done = run("evidence", "export", identifier, "--data", folder / "data", "--keys", keys, "--out", out, *more)
    assert done.exit_code == 0, done.output
    return out


def test_export_and_verify_from_a_folder(folder: Path, keys: Path) -> None:
    life = exported(folder, keys, "life.zip", "--with-document", "--lang", "vi")
    common = ["--policy", folder / "policy", "--anchors", keys / "anchors"]
    done = run("evidence", "verify", life, *common, "--lang", "vi")
    assert done.exit_code == 0, done.output
    assert "ĐÃ XÁC MINH" in done.output
    assert [line.split(".")[0][-1] for line in done.output.splitlines() if line[:1] in "✓–✗"] == list("123456789")
    strict = run("evidence", "verify", life, *common, "--strict", "--lang", "en")
    assert strict.exit_code == 1
    assert "INCOMPLETE" in strict.output
    root = run(
        "evidence", "verify", life, "--policy", folder / "policy", "--anchors", keys / "anchors" / "root.cert.pem"
    )
    assert root.exit_code == 0


def test_a_changed_bundle_fails_with_the_step_in_json(folder: Path, keys: Path) -> None:
    life = exported(folder, keys, "changed.zip")
    data = bytearray(life.read_bytes())
    data[len(data) // 2] ^= 1
    life.write_bytes(data)
    done = run("evidence", "verify", life, "--policy", folder / "policy", "--anchors", keys / "anchors", "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert [step["result"] for step in told["steps"]] == ["failed"] + ["not reached"] * 8
    assert told["steps"][0]["problem"]


def test_the_document_that_the_auditor_has_is_compared(folder: Path, keys: Path) -> None:
    life = exported(folder, keys, "bare.zip", "--without-statuses")
    common = ["evidence", "verify", life, "--policy", folder / "policy", "--anchors", keys / "anchors", "--json"]
    same = run(*common, "--document", folder / "document.edxml")
    assert same.exit_code == 0
    assert json.loads(same.stdout)["steps"][4]["result"] == "passed"
    other = run(*common, "--document", folder / "policy")
    assert other.exit_code == 1
    assert json.loads(other.stdout)["steps"][3]["result"] == "failed"


def test_wrong_use_is_told(folder: Path, keys: Path) -> None:
    life = exported(folder, keys, "use.zip")
    assert run("evidence", "verify", life, "--policy", folder / "policy", "--anchors", folder / "policy").exit_code == 2
    assert run("evidence", "verify", life, "--policy", life, "--anchors", keys / "anchors").exit_code == 2
    assert run("evidence", "export", "x", "--out", folder / "x.zip").exit_code == 2
    none = run("evidence", "export", "x", "--data", folder, "--keys", keys, "--out", folder / "x.zip")
    assert none.exit_code == 2
    identifier = (folder / "id").read_text()
    stranger = run(
        "evidence", "export", identifier, "--data", folder / "data", "--keys", keys, "--recipient", "nobody",
        "--out", folder / "x.zip",
    )  # fmt: skip
    assert stranger.exit_code == 1
    assert not (folder / "x.zip").exists()


def test_retention_from_the_folder(tmp_path: Path, keys: Path) -> None:
    async def fill() -> str:
        async with an_axis(tmp_path / "data", keys) as axis:
            return (await axis.send(VPCP, SON_LA)).answer.message.id

    asyncio.run(fill())
    place = ("--data", tmp_path / "data", "--keys", keys, "--json")
    assert json.loads(run("retention", "apply", "--older-than", "3650", "--dry-run", *place).stdout)["documents"] == 0
    assert run("retention", "apply", "--older-than", "1", "--data", tmp_path, "--keys", keys).exit_code == 2
    done = run("retention", "apply", "--older-than", "1", "--data", tmp_path / "data", "--keys", keys, "--lang", "vi")
    assert done.exit_code == 0
    assert "Đã xóa" in done.output


def test_the_clients_reader_needs_a_folder_and_a_file(folder: Path, keys: Path) -> None:
    life = exported(folder, keys, "client.zip")
    trusted = policies.parse((folder / "policy").read_bytes())
    report = files.verify(life, trusted, files.load_anchors(keys / "anchors"))
    assert report.ok
    assert keyring(str(keys)).anchors().roots == files.load_anchors(keys / "anchors").roots
    assert report.facts.events[0][1] == iso_utc(NOON)
