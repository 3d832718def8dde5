"""Questions to reporting: answered from the programme's cases, from the directory, and from an agency's drafts.

Nothing here changes a case: a report is sent, returned and urged by documents. A report that an agency has begun
and not sent is its own draft, in the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from hub import auditing
from hub.access import AGENCY, reports_to
from hub.admission.submission import AUDITOR, Caller
from hub.core.errors import BadRequest, NotFound, StateSecret, TooMany, Unavailable
from hub.core.misfit import misfit, one_of
from hub.core.model import Agency, vietnam_date
from hub.exchange import Exchange
from hub.programmes.reporting import figures, plan
from hub.programmes.reporting.cases import OWNER, REGIME, REPORTER, Kept, kept, kept_regime, reporters
from hub.programmes.reporting.packets import NAME, ReportPacket, case_id, encoded, kept_report, period_id, regime_id
from hub.programmes.reporting.periods import Window
from hub.programmes.reporting.plan import NoPeriod
from hub.programmes.reporting.regime import Regime, shipped
from hub.programmes.reporting.rollup import BOUND
from hub.programmes.riding import Case
from hub.programmes.working_days import vietnam
from hub.store import Transaction
from hub.store.drafts import MOST_OF_ONE, DraftKey, ReportDraft
from hub.store.programmes import Programmes, Wanted
from hub.store.search import Bill

_SECONDS: Final = 2.0
"""Of waiting for documents that were accepted just now."""
_AT_ONCE: Final = 500
MOST_CASES: Final = 20_000
"""Of one period over all tiers: 3,321 communes, 34 provinces, and as much again for every year that is to come."""
MOST_REGIMES: Final = 500
MOST_DRAFT: Final = 1024 * 1024
DRAFTED: Final = ("NHAP", "CHO_DUYET_DON_VI")


class Known(NamedTuple):
    """A regime as it is in force. `owner`: empty for one that comes with the hub."""

    regime: Regime
    owner: str
    version: int


class Book:
    """Of one caller."""

    def __init__(self, exchange: Exchange, caller: Caller) -> None:
        self.exchange = exchange
        self.caller = caller
        self.now = exchange.clock()
        self.today = vietnam_date(self.now)
        self.directory = exchange.directory

    @property
    def store(self) -> Programmes:
        if self.exchange.store.programmes is None:
            raise Unavailable(expected="a hub that keeps programmes", found="none")
        return self.exchange.store.programmes

    async def caught_up(self) -> None:
        """A document accepted a moment ago is told too, if it can be read in a moment."""
        if self.exchange.following is not None:
            await self.exchange.following.caught_up(_SECONDS)

    async def _recorded(self, count: int, **asked: str) -> None:
        """What documents brought is on record before an auditor sees it, as with the cases of every programme."""
        if self.caller.role == AUDITOR:
            given = {"programme": NAME} | {key: value for key, value in asked.items() if value}
            await auditing.searched(self.exchange, self.caller, msgspec.json.encode(given).decode(), count)

    # Regimes.

    async def known(self, code: str, owner: str = "") -> Known:
        """NotFound for a regime that nobody sent down, and that does not come with the hub."""
        if not owner and code in shipped():
            return Known(shipped()[code], "", 1)
        agency = self.directory.get(owner) if owner else None
        found = await self._kept([regime_id(code, agency.code if agency is not None else owner)])
        for case in found.values():
            body = kept_regime(case)
            await self._recorded(1, regime=body.regime.code, owner=owner)
            return Known(body.regime, agency.code if agency is not None else owner, body.version)
        raise NotFound(expected=f"a regime: {one_of(shipped())}, or one with its owner", found=code[:64])

    async def regimes(self) -> list[Known]:
        """Those that come with the hub, and those that were sent down to or by the caller."""
        found = [Known(regime, "", 1) for regime in shipped().values()]
        mine = (self.caller.agency,) if self.caller.role == AGENCY else None
        wanted = Wanted(programme=NAME, agencies=mine, roles=(OWNER, REPORTER), kind=REGIME)
        page = await self.store.cases(Bill(), wanted, MOST_REGIMES)
        await self._recorded(len(page.rows), kind=REGIME)
        for row in page.rows:
            body = kept_regime(row.case)
            owner = next(agency for role, agency in row.case.parties if role == OWNER)
            found.append(Known(body.regime, owner, body.version))
        return found

    def top(self, known: Known) -> str:
        """Code of the agency that the last tier reports to."""
        agency = self.directory.get(known.owner or known.regime.receiver)
        return agency.code if agency is not None else known.owner or known.regime.receiver

    def window(self, known: Known, period: str) -> Window:
        try:
            return plan.period_of(known.regime, period)[1]
        except NoPeriod as error:
            raise BadRequest(
                expected=f"a period of {' or '.join(error.may) or 'its days'}", found=period[:16]
            ) from None

    def asked(self, known: Known, period: str, receiver: str) -> list[plan.Asked]:
        """The agencies that report to `receiver`, by tier."""
        self.window(known, period)
        return plan.asked(known.regime, period, self.directory, receiver, self.top(known), vietnam())

    # Reports that were sent.

    def receiver(self, known: Known, code: str) -> tuple[Agency, bool]:
        """Whose reporters are asked for, and whether with their words. An agency means itself where it names nobody,
        others the regime's receiver."""
        named = code or (self.caller.agency if self.caller.role == AGENCY else self.top(known))
        return reports_to(self.directory, self.caller, named, self.now)

    async def period(self, known: Known, period: str, receiver: str) -> list[Kept]:
        """The reports of one period to one receiver; empty where nobody was asked and nobody sent."""
        name = period_id(known.regime.code, period, receiver)
        found = (await self._kept([name])).get(name)
        of = await self._reports(known, period, receiver, reporters(found)) if found is not None else []
        await self._recorded(len(of), regime=known.regime.code, owner=known.owner, period=period, receiver=receiver)
        return of

    async def down(self, known: Known, period: str, receiver: str) -> dict[str, list[Kept]]:
        """By receiver, the reports to `receiver` and to the agencies that report to it, and so on down."""
        found: dict[str, list[Kept]] = {}
        waiting, count = [receiver], 0
        while waiting:
            ids = {period_id(known.regime.code, period, code): code for code in waiting}
            waiting = []
            for name, case in (await self._kept(list(ids))).items():
                of = await self._reports(known, period, ids[name], reporters(case))
                found[ids[name]] = of
                count += len(of)
                waiting += [one.reporter for one in of if one.reporter not in found]
            if count > MOST_CASES:
                raise TooMany(expected=f"at most {MOST_CASES} reports of one period", found=str(count))
        await self._recorded(count, regime=known.regime.code, owner=known.owner, period=period, receiver=receiver)
        return found

    async def _reports(self, known: Known, period: str, receiver: str, whose: Sequence[str]) -> list[Kept]:
        ids = [case_id(known.regime.code, period, reporter, receiver) for reporter in whose]
        found = await self._kept(ids)
        of = [kept(found[name]) for name in ids if name in found]
        return [one for one in of if one.owner == known.owner]

    async def report(self, known: Known, period: str, reporter: str, receiver: str) -> Kept | None:
        name = case_id(known.regime.code, period, reporter, receiver)
        case = (await self._kept([name])).get(name)
        return kept(case) if case is not None else None

    async def _kept(self, ids: Sequence[str]) -> dict[str, Case]:
        found: dict[str, Case] = {}
        for begin in range(0, len(ids), _AT_ONCE):
            found |= await self.store.kept(NAME, ids[begin : begin + _AT_ONCE])
        return found

    # Reports that an agency has begun.

    def receiver_of(self, known: Known, period: str, reporter: Agency) -> str:
        """To whom an agency reports that does not say so."""
        window = self.window(known, period)
        return plan.receiver_of(known.regime, reporter, self.directory.get, window, self.top(known))

    async def drafts(self, agency: str) -> list[ReportDraft]:
        """Of the agency, without those that were sent meanwhile: these are thrown away."""
        rows = await self.exchange.store.report_drafts(agency)
        ids = {case_id(row.key.regime, row.key.period, agency, row.key.receiver): row.key for row in rows}
        sent = [
            ids[name] for name, case in (await self._kept(list(ids))).items() if await self._overtaken(ids[name], case)
        ]
        for key in sent:
            await self.drop(key)
        return [row for row in rows if row.key not in sent]

    async def _overtaken(self, key: DraftKey, case: Case) -> bool:
        """Whether the version that this draft was to become is on record."""
        found, draft = kept(case), await self.draft(key)
        return draft is not None and found.owner == key.owner and found.report.version >= packet_of(draft).version

    def agency(self, code: str = "") -> Agency:
        """For whom the caller writes. Forbidden where it does not act for that agency."""
        return self.exchange.represented(self.caller, code)

    async def draft(self, key: DraftKey) -> ReportDraft | None:
        return await self.exchange.store.report_draft(key)

    async def save(
        self, report: ReportPacket, key: DraftKey, state: str, revision: int, by: str, note: str
    ) -> ReportDraft:
        """BadRequest where somebody else wrote it meanwhile, where it is too large, or where there are too many."""
        if state not in DRAFTED:
            raise BadRequest(expected=one_of(DRAFTED), found=state)
        check_open(report)
        check_bounds(report)
        body = encoded(report)
        if len(body) > MOST_DRAFT:
            raise BadRequest(expected=f"a report of at most {MOST_DRAFT} bytes", found=str(len(body)))
        check_packet(body)
        row = ReportDraft(key=key, state=state, revision=revision + 1, at=self.now, by=by[:80], note=note, body=body)

        def write(tx: Transaction) -> None:
            before = tx.report_draft(key)
            if (now := before.revision if before is not None else 0) != revision:
                raise BadRequest(expected=f"revision {now}: somebody else wrote this draft", found=str(revision))
            if before is None and len(tx.report_drafts(key.agency)) >= MOST_OF_ONE:
                raise BadRequest(expected=f"at most {MOST_OF_ONE} drafts", found="more")
            tx.put_report_draft(row)

        await self.exchange.store.write(write)
        return row

    async def drop(self, key: DraftKey) -> None:
        await self.exchange.store.write(lambda tx: tx.drop_report_draft(key))


def packet_of(draft: ReportDraft) -> ReportPacket:
    return kept_report(draft.body)


def check_bounds(report: ReportPacket) -> None:
    """BadRequest for a figure that no packet takes."""
    for one in report.figures:
        for number in (one.plan, one.estimate, one.actual):
            if figures.beyond(number):
                raise BadRequest(expected=BOUND, found=str(number), field=one.indicator)


def check_packet(body: bytes) -> None:
    """BadRequest for a report that could not be read again: a page makes one of parts that were not read as a whole."""
    try:
        msgspec.json.decode(body, type=ReportPacket)
    except msgspec.ValidationError as error:
        wrong = misfit(ReportPacket, error)
        raise BadRequest(expected=wrong.told, found=wrong.found) from None


def check_open(report: ReportPacket) -> None:
    """StateSecret for a report with a mark: NĐ 09/2019/NĐ-CP (Art. 1.2) is not about it, and no axis carries it."""
    if mark := figures.secret(report):
        raise StateSecret(expected="no mark of secrecy", found=mark, field="report/1", mark=mark)
