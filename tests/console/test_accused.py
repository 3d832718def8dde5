"""Honest people of the console are accused by nobody: not by `truc fsck`, not by `truc log audit`; and an account that
was no auditor's is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.access import Role
from hub.accounts.book import Who
from hub.accounts.roles import Appoint
from hub.auditing import Auditor, LookAt, Part
from hub.cli.main import main
from hub.core.audit.findings import What
from hub.core.audit.record import UNPROVED
from hub.core.errors import ProofInvalid, Unauthenticated
from hub.core.evidence import account_roles
from hub.core.evidence import format as ev
from hub.core.evidence.account_roles import Step
from hub.core.evidence.format import Event, Kind
from tests.console.kit import OPERATOR, Visitor, a_console, addresses, shown
from tests.console.test_agencies import confirmed
from tests.console.test_mailbox import entered
from tests.console.test_sandbox import did
from tests.core.audit.kit import audited
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import Web, a_web, bare

ANYONE = Who("mai", "operator")


def truc(*arguments: object) -> tuple[int, object]:
    done = CliRunner().invoke(main, [*map(str, arguments), "--json"], env={"TRUC_LANG": "en"})
    return done.exit_code, json.loads(done.stdout)["findings"]


async def a_look(web: Web, role: Role) -> LookAt:
    """At a document, by an account that is new and has this role."""
    sent = await web.send(VPCP, SON_LA)
    number = (await web.hub.exchange.find(sent.message.id)).number
    await web.hub.accounts.add("kiem", role, "", "", OPERATOR)
    return LookAt(number, Part.LIFE, Auditor("kiem", "session:password", ""))


async def nobody_is_accused(folder: Path, keys: Path, vkeys: tuple[str, ...]) -> None:
    """Of a hub that stopped: both commands exit 0."""
    policy = folder.parent / "policy"
    policy.write_text("".join(f"log {key}\n" for key in vkeys) + "quorum none\n", "utf-8")
    assert await asyncio.to_thread(truc, "fsck", "--data", folder, "--keys", keys) == (0, [])
    assert await asyncio.to_thread(truc, "log", "audit", folder, "--policy", policy) == (0, [])


async def looks(web: Web) -> int:
    rows = await web.store.leaves(0, 5_000)
    return sum(row.event in (Event.DOCUMENT_LOOKED_AT.short, Event.EVIDENCE_EXPORTED.short) for row in rows)


async def statements(web: Web) -> list[account_roles.AccountRoles]:
    rows = await web.store.leaves_of_kind(Kind.STATEMENT, 0, 100)
    return [account_roles.decode(row.object) for row in rows if account_roles.is_one(row.object)]


async def test_an_auditor_walks_through_all_pages(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web:
        came, went = await web.send(VPCP, SON_LA, HA_NOI), await web.send(SON_LA, VPCP)
        await web.take(SON_LA, came)
        message = await web.hub.exchange.find(came.message.id)
        evidence = (await web.store.timeline(message.number))[0].object
        places = dict.fromkeys(("draft", "case", "dossier"), "none") | dict.fromkeys(("agency", "hostile"), SON_LA)
        places |= {"own": bare(went.message.id), "message": bare(message.id)}
        places["evidence"] = bare(ev.decode(evidence).identifier)
        auditor = await Visitor(web).enter("auditor")
        for page in shown():
            for address in addresses(page, places):
                assert (await auditor.get(address)).status < 500, address
        assert await looks(web) > 5
        vkeys = web.axis.log.vkeys
    await nobody_is_accused(tmp_path / "hub", keys, vkeys)


async def test_operators_clerks_and_administrators_do_one_of_each(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys, caller_ms_burst=600_000) as web:
        came = await web.send(VPCP, SON_LA, HA_NOI, MAI_SON)
        await _operator(web, bare(came.message.id))
        await _clerk(web, bare(came.message.id))
        administrator = await Visitor(web).enter("administrator")
        await administrator.get("/console/accounts")
        for role in (Role.AUDITOR, Role.OPERATOR):
            fields = {"name": f"new-{role}", "role": role}
            assert (await administrator.post("/console/accounts", **fields)).status == 200
            for allowed in ("0", "1"):
                done = await administrator.post(f"/console/accounts/new-{role}/allow", allowed=allowed)
                assert done.status == 303, done.body
        auditor = await Visitor(web).enter("auditor")
        assert (await auditor.get(f"/console/documents/{bare(came.message.id)}")).status == 200
        vkeys = web.axis.log.vkeys
    await nobody_is_accused(tmp_path / "hub", keys, vkeys)


async def _operator(web: Web, message: str) -> None:
    operator = await Visitor(web).enter("operator")
    for suspended in ("1", "0"):
        await operator.get(f"/console/agencies/{MAI_SON}")
        answer = await operator.post(f"/console/agencies/{MAI_SON}/suspend", suspended=suspended)
        assert (await confirmed(operator, answer, "rà soát")).status == 303
    await operator.get(f"/console/agencies/{CHIENG_MUNG}/edit")
    fields = {"name": "UBND xã", "tier": "commune", "email": "a@b.vn", "parent": MAI_SON}
    answer = await operator.post(f"/console/agencies/{CHIENG_MUNG}/edit", **fields)
    assert (await confirmed(operator, answer, "văn bản 12")).status == 303
    await operator.get("/console/documents")
    for act in ("notify", "extend-7"):
        chosen = {"one.0": message, "act": act, "sure": "1", "why": "mất điện"}
        assert (await operator.post("/console/documents/several", **chosen)).status == 200
    await operator.get("/console/system/maintenance")
    for on in ("1", "0"):
        fields = {"on": on, "minutes": "30", "reason": "nâng cấp"} if on == "1" else {"on": on}
        assert (await operator.post("/console/system/maintenance", **fields)).status == 303
    for deed, sender, recipient in (("send", VPCP, HA_NOI), ("take_back", VPCP, ""), ("send", VPCP, MAI_SON),
                                    ("fetch", MAI_SON, ""), ("refuse", MAI_SON, "")):  # fmt: skip
        assert await did(operator, deed, sender, recipient) == 303, (deed, operator.text[-600:])


async def _clerk(web: Web, message: str) -> None:
    clerk = await entered(web)
    for page in (f"in/{message}", f"bytes/{message}", "in", "register?book=in"):
        assert (await clerk.visitor.get(f"/console/mailbox/{page}")).status == 200, page
    await clerk.does("register", message)
    back = await web.send(VPCP, SON_LA)
    await clerk.does("return", bare(back.message.id), reason="sai nơi nhận")
    await clerk.visitor.get(f"/console/mailbox/in/{message}")
    fields = {"leader": "Chủ tịch", "lead": "Phòng Nội vụ", "support": "", "what": "Tham mưu", "due": "2026-12-01"}
    assert (await clerk.visitor.post(f"/console/mailbox/in/{message}/direction", **fields)).status == 303
    place = f"/console/mailbox/correct/{message}?book=in"
    await clerk.visitor.get(place)
    assert (await clerk.visitor.post(place, unit="ĐÚNG", reason="Ghi nhầm")).status == 303


async def test_who_becomes_an_auditor_is_on_record_first_and_who_ceases_too(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        book = web.hub.accounts
        await book.add("lan", Role.OPERATOR, "", "", ANYONE)
        assert await statements(web) == [], "no auditor, no leaf"
        first = await book.add("mai-2", Role.AUDITOR, "", "", ANYONE)
        await book.allow("mai-2", ANYONE, allowed=False)
        assert (await Visitor(web).sign_in("mai-2", first)).status != 303
        await book.allow("mai-2", ANYONE, allowed=True)
        told = await statements(web)
        assert [(s.by, s.changes) for s in told] == [
            ("operator:mai", (Step("mai-2", change, "auditor"),)) for change in ("appointed", "dismissed", "appointed")
        ]
        await book.keep_roles()
        await web.hub.reload()
        assert len(await statements(web)) == 3, "nothing new, nothing said"
    async with a_web(tmp_path / "hub", keys) as web:
        assert len(await statements(web)) == 3
        # A log that does not know of it: it is told at the next look, and until then its account does not come in.
        await web.hub.exchange.sequencer.submit(Appoint((Step("mai-2", "dismissed", "auditor"),), "hub"))
    async with a_web(tmp_path / "hub", keys) as web:
        assert [(s.by, s.changes[0].change) for s in await statements(web)][4:] == [("hub", "appointed")]


async def test_a_look_that_was_under_way_when_its_account_ended_is_not_recorded(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        look = await a_look(web, Role.AUDITOR)
        await web.hub.exchange.sequencer.submit(look)
        await web.hub.accounts.allow("kiem", OPERATOR, allowed=False)
        with pytest.raises(Unauthenticated):
            await web.hub.exchange.sequencer.submit(look)
        assert not (await audited(web.axis)).findings


async def test_only_the_record_accuses_and_earlier_looks_are_told_as_not_provable(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web:
        sent = await web.send(VPCP, SON_LA)
        number = (await web.hub.exchange.find(sent.message.id)).number
        submit = web.hub.exchange.sequencer.submit
        await submit(LookAt(number, Part.LIFE, Auditor("auditor", "session:sample", "")))
        honest = await audited(web.axis)
        assert (honest.findings, honest.counts.get(UNPROVED)) == ((), None)
        await submit(LookAt(number, Part.LIFE, Auditor("operator", "session:sample", "")))
        await submit(LookAt(number, Part.LIFE, Auditor("auditor", "jwt-bearer:auditor", "")))
        await submit(Appoint((Step("auditor", "dismissed", "auditor"),), "operator:mai"))
        await submit(LookAt(number, Part.LIFE, Auditor("auditor", "session:sample", "")))
        for outcome in (await audited(web.axis), await audited(web.axis, honest.state)):
            assert [(f.what, f.subject) for f in outcome.findings] == [
                (What.AUDITOR_NOT_APPOINTED, f"auditor:{name}") for name in ("operator", "auditor", "auditor")
            ]


async def test_a_log_of_before_is_told_of_and_no_fault(tmp_path: Path, keys: Path) -> None:
    """As an earlier version left it: the look of an account, and no leaf that says who was an auditor."""
    async with a_web(tmp_path / "hub", keys) as web:
        await web.hub.exchange.sequencer.submit(await a_look(web, Role.OPERATOR))
        outcome = await audited(web.axis)
        assert (outcome.findings, outcome.counts[UNPROVED]) == ((), 1)
        vkeys = web.axis.log.vkeys
    await nobody_is_accused(tmp_path / "hub", keys, vkeys)
    place = ("--data", str(tmp_path / "hub"), "--keys", str(keys))
    for command in (("fsck", *place), ("log", "audit", str(tmp_path / "hub"), "--policy", str(tmp_path / "policy"))):
        done = await asyncio.to_thread(CliRunner().invoke, main, command, env={"TRUC_LANG": "en"})
        assert done.exit_code == 0
        assert "1 looks by an account: not provable from the record (no fault)" in done.output


def test_a_statement_of_accounts_has_one_form() -> None:
    one = account_roles.AccountRoles(
        type="accounts",
        by="operator:mai",
        changes=(Step("kiem-toan", "appointed", "auditor"),),
        time="2026-11-22T04:00:00.000Z",
        nonce="A" * 22,
    )
    data = account_roles.encode(one)
    assert account_roles.decode(data) == one
    assert account_roles.is_one(data)
    for bad in (
        data + b" ",
        data.replace(b"appointed", b"elected"),
        data.replace(b"kiem-toan", b"K T"),
        b"{}",
        b"\xff",
    ):
        with pytest.raises(ProofInvalid):
            account_roles.decode(bad)
