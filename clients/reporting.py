"""National reporting: its calls, and its documents.

    known = await axis.call(reporting.fill("TT01-2020-A", "2026-Q4"))     filled as far as the hub can
    document, files = reporting.document(sender, [receiver], packet, ...) an ordinary document with its packet
    await axis.send(document, files)

Only a document that an agency signed changes a report; these calls read, and keep drafts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from clients.axis import AxisClient
from clients.errors import UnexpectedAnswer
from clients.protocol.call import JSON, MAX_RECORD, Call, Request, body_of, record
from hub.core import wire_reporting as wire

T = TypeVar("T")
MOST_AGENCIES: Final = 20_000
"""Of one period, over all tiers; the hub sums no more."""

_AT: Final = "/v1/programmes/reporting"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def regimes() -> Call[wire.Regimes]:
    """Those that come with the hub, and those that an agency sent down."""
    return _asked(f"{_AT}/regimes", wire.Regimes, {})


def regime(code: str, period: str = "", *, owner: str = "", receiver: str = "") -> Call[wire.RegimeTold]:
    """With `period`: its days, its deadlines and those who report to the caller (to `receiver`)."""
    query = {"regime": code, "owner": owner, "period": period, "receiver": receiver}
    return _asked(f"{_AT}/regime", wire.RegimeTold, query)


def table(
    code: str, period: str, *, owner: str = "", receiver: str = "", how: str = "", day: str = "", cursor: str = ""
) -> Call[wire.ReportTable]:
    """The agencies that have sent and those that are late. `how`: in-time, late, waited-for, overdue; `day`: as of that
    day."""
    query = {"regime": code, "owner": owner, "period": period, "receiver": receiver, "how": how, "day": day}
    return _asked(f"{_AT}/table", wire.ReportTable, query | {"cursor": cursor})


def sums(
    code: str,
    period: str,
    *,
    owner: str = "",
    receiver: str = "",
    value: str = "",
    limit: int | None = None,
    cursor: str = "",
) -> Call[wire.ReportSums]:
    """Sums over the tiers, with their holes. `value`: plan, estimate, actual. `limit`, `cursor`: of the agencies, of
    which an answer has a page; `all_sums` has them all."""
    query = {"regime": code, "owner": owner, "period": period, "receiver": receiver, "value": value}
    page = {"limit": "" if limit is None else str(limit), "cursor": cursor}
    return _asked(f"{_AT}/sums", wire.ReportSums, query | page)


async def all_sums(
    axis: AxisClient,
    code: str,
    period: str,
    *,
    owner: str = "",
    receiver: str = "",
    value: str = "",
    limit: int | None = None,
) -> wire.ReportSums:
    """With the agencies of all pages; sums, holes and milestones as of the last page. UnexpectedAnswer where a page is
    not behind the one before it, or where there are more agencies than a period can have."""
    agencies: list[wire.AgencyFigures] = []
    cursor = ""
    while True:
        page = sums(code, period, owner=owner, receiver=receiver, value=value, limit=limit, cursor=cursor)
        found = await axis.call(page)
        agencies += found.agencies
        if not found.cursor:
            return msgspec.structs.replace(found, agencies=agencies)
        if found.cursor <= cursor or not found.agencies or len(agencies) > MOST_AGENCIES:
            raise UnexpectedAnswer(f"a listing that does not end, after {len(agencies)} items")
        cursor = found.cursor


def fill(
    code: str, period: str, *, owner: str = "", receiver: str = "", agency: str = "", fresh: bool = False
) -> Call[wire.FilledReport]:
    """A report to be sent. `fresh`: from its source again, also where a draft has other figures."""
    return _asked(f"{_AT}/fill", wire.FilledReport, _owed(code, period, owner, receiver, agency, fresh))


def form(
    code: str,
    period: str,
    *,
    owner: str = "",
    receiver: str = "",
    agency: str = "",
    fresh: bool = False,
    lang: str = "vi",
) -> Call[bytes]:
    """The same as an XLSX form."""
    return _file(f"{_AT}/form", _owed(code, period, owner, receiver, agency, fresh) | {"lang": lang})


def read_form(
    code: str, period: str, data: bytes, *, owner: str = "", receiver: str = "", agency: str = ""
) -> Call[wire.FilledReport]:
    """The content of a form that was filled in, and its faults."""
    query = _owed(code, period, owner, receiver, agency, False)
    return _given(f"{_AT}/form", data, wire.FilledReport, query, media=_XLSX)


def check(report: wire.ReportTold) -> Call[wire.FilledReport]:
    """The faults of a report before it is signed."""
    return _given(f"{_AT}/check", report, wire.FilledReport, {})


def drafts(agency: str = "") -> Call[wire.Drafts]:
    return _asked(f"{_AT}/drafts", wire.Drafts, {"agency": agency})


def save(draft: wire.DraftWrite, agency: str = "") -> Call[wire.DraftTold]:
    """Keep it, or ask for its approval by its state."""
    return _given(f"{_AT}/drafts", draft, wire.DraftTold, {"agency": agency})


def drop(code: str, period: str, receiver: str, *, owner: str = "", agency: str = "") -> Call[wire.Drafts]:
    query = {"regime": code, "period": period, "receiver": receiver, "owner": owner, "agency": agency}
    return _given(f"{_AT}/drafts", b"", wire.Drafts, query, method="DELETE")


def _owed(code: str, period: str, owner: str, receiver: str, agency: str, fresh: bool) -> dict[str, str]:
    said = {"regime": code, "period": period, "owner": owner, "receiver": receiver, "agency": agency}
    return said | {"fresh": "true" if fresh else ""}


Query = Mapping[str, str]


def _asked(path: str, kind: type[T], query: Query) -> Call[T]:
    """Parameters that are empty are left out."""
    request = Request(method="GET", path=path, query=_pairs(query), headers={"Accept": JSON}, most=MAX_RECORD)
    return Call(request, record(kind))


def _file(path: str, query: Query) -> Call[bytes]:
    return Call(Request(method="GET", path=path, query=_pairs(query)), body_of)


def _given(path: str, body: object, kind: type[T], query: Query, *, method: str = "POST", media: str = JSON) -> Call[T]:
    """A record, of `media` other than JSON the bytes themselves."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    headers = {"Accept": JSON, "Content-Type": media}
    return Call(Request(method=method, path=path, query=_pairs(query), headers=headers, body=data), record(kind))


def _pairs(query: Query) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in query.items() if value)
