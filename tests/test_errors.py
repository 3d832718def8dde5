"""The tree of errors is what its drawing says; every leaf has a code of its own, words in both languages, a status of
HTTP, and a vector that raises it by the way that a caller takes."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, cast

import msgspec
import pytest

from hub.base.limit_settings import LimitSettings
from hub.console.page import check_form
from hub.core import edxml, errors
from hub.core.directory.routing import Directory, TierPolicy, route
from hub.core.edxml import Attachment, Code
from hub.core.errors import AxisError
from hub.core.evidence import receipt
from hub.core.log import policy
from hub.core.model import Agency, Millis, SignaturePolicy, StatusCode, Tier, vietnam_date
from hub.core.signature import assertion
from hub.core.webhooks.targets import Rules, target
from hub.core.wire import Problem
from hub.core.wire_desk import DraftLetter, Group, SaveDraft
from hub.core.wire_report import PeriodReport
from hub.desk import drafts, groups
from hub.http import problems
from hub.http.ledger import Ledger, Tab
from hub.http.limits import Rates
from hub.programmes.onestop.lists import lists
from hub.record.refusals import RefusalBudget
from hub.store.blobs import Blobs
from hub.store.sqlite import check_not_running
from hub.typeset import child
from tests.exchange.kit import a_status
from tests.exchange.test_bringing import body, brought, dossier
from tests.support.axis import HA_NOI, MAI_SON, NOON, SON_LA, VPCP, Axis, digest
from tests.support.web import Web, a_web

Vector = Callable[[Axis], Awaitable[object]]
TODAY = vietnam_date(NOON)


def test_the_drawing_shows_the_classes() -> None:
    drawn: dict[str, tuple[str, str]] = {}
    above: list[str] = []
    for row in re.findall(r"^    ([│ ├└─]*)(\w+)(?: +([A-Z]+_[A-Z_*]+\S*))?", errors.__doc__ or "", re.MULTILINE):
        depth = len(row[0]) // 4
        if row[1] in vars(errors) and (depth or row[1] == "AxisError"):
            above[depth:] = [row[1]]
            drawn[row[1]] = (above[depth - 1] if depth else "", row[2])
    classes = {kind.__name__: kind for kind in everything(AxisError)}
    assert set(drawn) == set(classes)
    for name, (parent, code) in drawn.items():
        kind = classes[name]
        assert parent in ("", kind.__mro__[1].__name__), name
        if kind in LEAVES and kind is not errors.SignatureRefusal:
            assert code == kind.code
        elif code:
            assert all(
                leaf.code.startswith(code.partition("*")[0].partition("<")[0]) for leaf in errors.leaves(kind)
            ) or (kind is errors.SignatureRefusal)


def everything(kind: type[AxisError]) -> list[type[AxisError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in everything(child))]


LEAVES: Final = list(errors.leaves())


def test_every_code_is_one_errors_and_speaks_both_languages() -> None:
    kinds = problems.kinds()
    assert len({kind.code for kind in kinds}) == len(kinds) == len(LEAVES) - 1 + len(errors.Verdict) - 1
    for kind in kinds:
        assert re.fullmatch(r"[A-Z]+(_[A-Z]+)+", kind.code)
        assert all((kind.vi, kind.en, kind.hint_vi, kind.hint_en)), kind.code
        assert kind.vi != kind.en
        assert 400 <= kind.status < 600
        assert kind.fault in set(errors.Fault)
        assert (kind.status >= 500) == (kind.fault == errors.Fault.HUB), kind.code


def test_every_verdict_but_valid_has_its_words() -> None:
    assert set(errors.VERDICT_TEXT) == set(errors.Verdict) - {errors.Verdict.VALID}
    for verdict in errors.VERDICT_TEXT:
        assert errors.SignatureRefusal(verdict).code == f"SIGNATURE_{verdict}"


def test_a_sentence_says_what_was_expected_and_found_and_never_much() -> None:
    error = errors.BadRequest(expected="a", found="\udcff" + "b" * 1_000)
    assert error.en.startswith("The request is not valid (expected: a; found: \\udcff")
    assert error.vi.startswith("Yêu cầu không hợp lệ (cần: a; nhận được: \\udcff")
    assert len(error.found) < 600
    assert msgspec.json.encode(problems.problem(error))


# One vector for each leaf.


def attached(axis: Axis, content: bytes) -> bytes:
    document = axis.document(VPCP, [SON_LA])
    made = edxml.build(document, [Attachment("cid:1", "a.zip", content_type="application/zip", data=b"PK")])
    assert b"UEs=" in made
    return made.replace(b"UEs=", content)


async def malformed(axis: Axis) -> None:
    edxml.parse(b"<edXML")


async def forbidden_xml(axis: Axis) -> None:
    edxml.parse(b"<!DOCTYPE a><a/>")


async def complex_xml(axis: Axis) -> None:
    edxml.parse(b"<a>" * 100 + b"</a>" * 100)


async def not_edxml(axis: Axis) -> None:
    edxml.parse(b"<a/>")


async def invalid_fields(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA, subject="")


async def bad_attachment(axis: Axis) -> None:
    list(edxml.attachments(edxml.parse(attached(axis, b"UEs*"))))


async def state_secret(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA, subject="TỐI MẬT - V/v kế hoạch")


async def bad_signature(axis: Axis) -> None:
    data = axis.sign(axis.document(VPCP, [SON_LA]))
    await axis.submit(data.replace("rà soát".encode(), b"ra soat"), VPCP)


async def undeliverable(axis: Axis) -> None:
    await axis.send(VPCP, "000.00.00.Z99")


async def tier_forbidden(axis: Axis) -> None:
    agencies = [
        Agency(code="000.00.00.A01", name="a", tier=Tier.CENTRAL),
        Agency(code="000.00.00.H01", name="b", tier=Tier.PROVINCIAL),
    ]
    closed = Directory.of(agencies, TierPolicy.of({"central": []}))
    route(closed, "000.00.00.A01", ["000.00.00.H01"], TODAY)


async def sender_not_allowed(axis: Axis) -> None:
    await axis.submit(axis.sign(axis.document(VPCP, [SON_LA])), MAI_SON)


async def identity_conflict(axis: Axis) -> None:
    document = axis.document(VPCP, [SON_LA])
    await axis.submit(axis.sign(document), VPCP)
    await axis.submit(axis.sign(msgspec.structs.replace(document, place="Sơn La")), VPCP)


async def delivery_conflict(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
    await axis.exchange.content(axis.caller(SON_LA), sent.message.id)


async def draft_conflict(axis: Axis) -> None:
    store = axis.exchange.store
    kept = await drafts.save(store, SON_LA, "", SaveDraft(letter=DraftLetter()), NOON)
    await drafts.save(store, SON_LA, "", SaveDraft(letter=DraftLetter(), id=kept.id, saved_at="2020"), NOON)


async def desk_full(axis: Axis) -> None:
    for _ in range(drafts.MOST + 1):
        await drafts.save(axis.exchange.store, SON_LA, "", SaveDraft(letter=DraftLetter()), NOON)


async def group_name(axis: Axis) -> None:
    group = Group(name="TẤT CẢ XÃ", members=[VPCP])
    await groups.put(axis.exchange.store, axis.exchange.directory, SON_LA, "", group, NOON)


async def form_stale(axis: Axis) -> None:
    check_form("a", "b")


async def status_out_of_order(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    await axis.status(SON_LA, StatusCode.FINISHED, sent)


async def status_not_yours(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    await axis.status(VPCP, StatusCode.ACCEPTED, sent)


async def status_unmatched(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    await axis.status(HA_NOI, StatusCode.ACCEPTED, sent)


async def status_ambiguous(axis: Axis) -> None:
    first = (await axis.send(VPCP, SON_LA)).answer.message
    number, _, notation = first.code.partition("/")
    await axis.send(VPCP, SON_LA, code=Code(number, notation))
    await axis.take(SON_LA)
    status = a_status(SON_LA, StatusCode.ACCEPTED, VPCP, number=first.code)
    await axis.submit(axis.sign(status), SON_LA)


async def signature_required(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    entry = msgspec.structs.replace(axis.exchange.directory[VPCP], signature_policy=SignaturePolicy.RECORD)
    await axis.exchange.change_directory([entry], "test")
    status = a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=sent.message.document_id)
    await axis.submit(edxml.build(status), VPCP)


async def nothing_to_take_back(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    for reason in ("một", "hai"):
        await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP, reason=reason)


async def acknowledgement(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    (item,) = (await axis.acknowledge(SON_LA, [(sent.message.id, digest(b""))])).answer
    assert item.refusal is not None
    raise item.refusal


async def unauthenticated(axis: Axis) -> None:
    assertion.verify("a.b.c", {}, "https://hub.example", axis.clock())


async def forbidden(axis: Axis) -> None:
    axis.exchange.represented(axis.caller(SON_LA), VPCP)


async def not_found(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    await axis.exchange.visible(axis.caller(HA_NOI), sent.message.id)


async def name_ambiguous(axis: Axis) -> None:
    code = Code("7", "QĐ-VX")
    for name in ("a", "b"):
        await axis.send(VPCP, SON_LA, code=code, document_id=name)
    await axis.exchange.visible(axis.caller(SON_LA), "07/qð-vx")


async def payload_gone(axis: Axis) -> None:
    sent = (await axis.send(VPCP, SON_LA)).answer
    await axis.exchange.store.write(lambda tx: tx.purge(sent.message.number, axis.clock()))
    await axis.exchange.content(axis.caller(SON_LA), sent.message.id)


async def directory(axis: Axis) -> None:
    await axis.exchange.change_directory([Agency(code="", name="", tier=Tier.CENTRAL)], "test")


async def overloaded(axis: Axis) -> None:
    Tab(Ledger(LimitSettings(answers_in_memory=1))).hold(2, "a", known=True)


async def too_many(axis: Axis) -> None:
    rates = Rates(1, 1, lambda: 0.0)
    rates.check("a")
    rates.check("a")


async def refusals_spent(axis: Axis) -> None:
    RefusalBudget(1).check(VPCP, 1, axis.clock(), "FORMAT_NOT_EDXML")


async def unavailable(axis: Axis) -> None:
    folder = Path(axis.exchange.blobs.path("0" * 64)).parents[3] / "full"
    blobs = Blobs(folder, inline=1)
    spool = blobs.spool()
    (folder / "spool").rmdir()
    spool.write(b"more than fits")


async def proof_invalid(axis: Axis) -> None:
    receipt.parse(b"no receipt")


async def policy_invalid(axis: Axis) -> None:
    policy.parse(b"nonsense")


async def integrity(axis: Axis) -> None:
    await axis.exchange.store.inspect(lambda tx: axis.log.receipt(tx, 1_000))


async def list_invalid(axis: Axis) -> None:
    lists({"essential.csv": "service,name\n"})


async def already_running(axis: Axis) -> None:
    check_not_running(Path(axis.exchange.settings.hub.data) / "axis.sqlite")


async def clock_in_doubt(axis: Axis) -> None:
    axis.exchange.sequencer.keeper.heard("a witness", Millis(NOON + 86_400_000))  # type: ignore[attr-defined]
    await axis.send(VPCP, SON_LA)


async def maintenance(axis: Axis) -> None:
    await axis.exchange.maintain(on=True, by="operator:operator")
    await axis.send(VPCP, SON_LA)


async def webhook(axis: Axis) -> None:
    target("https://169.254.169.254/latest/meta-data/", Rules())


async def not_installed(axis: Axis) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "typst", None)
        await child.report(cast(PeriodReport, None), "vi")


async def cases_behind(axis: Axis) -> None:
    axis.exchange.following = None
    await brought(axis, body([dossier()]))


VECTORS: Final[dict[type[AxisError], Vector]] = {
    errors.MalformedXml: malformed,
    errors.ForbiddenXml: forbidden_xml,
    errors.XmlTooComplex: complex_xml,
    errors.NotEdxml: not_edxml,
    errors.InvalidFields: invalid_fields,
    errors.BadAttachment: bad_attachment,
    errors.StateSecret: state_secret,
    errors.SignatureRefusal: bad_signature,
    errors.UndeliverableRecipients: undeliverable,
    errors.TierForbidden: tier_forbidden,
    errors.SenderNotAllowed: sender_not_allowed,
    errors.IdentityConflict: identity_conflict,
    errors.DeliveryConflict: delivery_conflict,
    errors.DraftConflict: draft_conflict,
    errors.DeskFull: desk_full,
    errors.GroupName: group_name,
    errors.FormStale: form_stale,
    errors.StatusOutOfOrder: status_out_of_order,
    errors.StatusNotYours: status_not_yours,
    errors.StatusUnmatched: status_unmatched,
    errors.StatusAmbiguous: status_ambiguous,
    errors.SignatureRequired: signature_required,
    errors.NothingToTakeBack: nothing_to_take_back,
    errors.AcknowledgementRefusal: acknowledgement,
    errors.Unauthenticated: unauthenticated,
    errors.Forbidden: forbidden,
    errors.NotFound: not_found,
    errors.NameAmbiguous: name_ambiguous,
    errors.PayloadGone: payload_gone,
    errors.DirectoryRefusal: directory,
    errors.WebhookRefused: webhook,
    errors.TooMany: too_many,
    errors.RefusalsSpent: refusals_spent,
    errors.Unavailable: unavailable,
    errors.ClockInDoubt: clock_in_doubt,
    errors.Maintenance: maintenance,
    errors.Overloaded: overloaded,
    errors.CasesBehind: cases_behind,
    errors.NotInstalled: not_installed,
    errors.ProofInvalid: proof_invalid,
    errors.PolicyInvalid: policy_invalid,
    errors.IntegrityAlarm: integrity,
    errors.ListInvalid: list_invalid,
    errors.AlreadyRunning: already_running,
}

ON_THE_WIRE: Final = {
    errors.BadRequest: b"GET /healthz?x=1 HTTP/1.1\r\n",
    errors.TooLarge: b"POST /v1/token HTTP/1.1\r\nContent-Length: 99999999\r\n",
    errors.TooSlow: b"POST /v1/token HTTP/1.1\r\nContent-Length: 9\r\n",
    errors.EncodedBody: b"POST /v1/token HTTP/1.1\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n",
    errors.Unexpected: b"GET /log/vkey HTTP/1.1\r\n",
}
"""What only a request can be."""


def test_every_leaf_has_a_vector() -> None:
    assert set(VECTORS) | set(ON_THE_WIRE) == set(LEAVES)


@pytest.mark.parametrize("kind", list(VECTORS), ids=lambda kind: kind.__name__)
async def test_each_is_raised_and_becomes_a_problem(axis: Axis, kind: type[AxisError]) -> None:
    with pytest.raises(kind) as caught:
        await VECTORS[kind](axis)
    assert type(caught.value) is kind
    response = problems.respond(caught.value)
    assert isinstance(response.body, bytes)
    told = msgspec.json.decode(response.body, type=Problem)
    assert response.status == told.status == problems.status_of(kind)
    assert told.code == caught.value.code
    assert told.code in {known.code for known in problems.kinds()}


async def test_those_of_requests_come_over_the_wire(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.http.listener._LINGER_SECONDS", 0.05)
    async with a_web(tmp_path / "hub", keys, body_seconds=0.05) as web:
        monkeypatch.setattr(type(web.hub.log), "vkeys", property(lambda _: 1 / 0))
        for kind, request in ON_THE_WIRE.items():
            assert (await told(web, request)).code == kind.code


async def told(web: Web, request: bytes) -> Problem:
    answer = await web.raw(request + b"Host: hub\r\nConnection: close\r\n\r\n", close=False)
    return msgspec.json.decode(answer.partition(b"\r\n\r\n")[2], type=Problem)
