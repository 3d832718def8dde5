"""The question of the page of documents, as it stands in the address: filters, each with its label and its words."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from hub.access import Role
from hub.console.page import PageQuery, Visit
from hub.console.ui import Chip
from hub.core.errors import BadRequest, Text, Verdict
from hub.core.misfit import TIME
from hub.core.model import DeliveryState, Millis, Tier
from hub.finding.asked import KINDS, Asked, Line
from hub.routes.views import moment

PAGE: Final = 40
NEWEST, OLDEST = "-accepted", "accepted"


class DocumentsQuery(
    PageQuery,
    frozen=True,
    kw_only=True,
    rename={"sender": "from", "recipient": "to", "sender_tier": "from_tier", "recipient_tier": "to_tier"},
):
    """All of them have to hold; an empty one asks for nothing. `since` to `until`: days of passage, both included, or
    moments; `dated_…`: of promulgation. `sort`: `-accepted` or `accepted`. `cursor`: from the page before."""

    q: Line = ""
    sender: Line = ""
    recipient: Line = ""
    sender_tier: Line = ""
    recipient_tier: Line = ""
    kind: Line = ""
    state: Line = ""
    verdict: Line = ""
    urgency: Line = ""
    task: Line = ""
    application: Line = ""
    arrival: Line = ""
    since: Line = ""
    until: Line = ""
    dated_since: Line = ""
    dated_until: Line = ""
    sort: Line = ""
    cursor: Line = ""


class Filter(NamedTuple):
    """`name` in the address, `member` of a question, `option` of the command line. `choices`: keys of all there is to
    choose from, said by the text `prefix` + key. `day`: a date. `words`: something that a sender wrote. `own`: an
    agency's own note."""

    name: str
    member: str
    option: str
    read: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    prefix: str = ""
    day: bool = False
    words: bool = False
    own: bool = False


def _one_of(known: tuple[str, ...], made: Callable[[str], Any] = str) -> Callable[[str], Any]:
    def read(given: str) -> Any:
        if given not in known:
            raise BadRequest(expected=", ".join(known), found=given[:40])
        return made(given)

    return read


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadRequest(expected="a day, as 2022-10-31", found=given[:40]) from None


def _from(given: str) -> Millis:
    try:
        return moment(given)
    except (ValueError, OverflowError):
        raise BadRequest(expected=TIME, found=given[:80]) from None


def _until(given: str) -> Millis:
    """A day is meant whole."""
    return _from(_after(given))


def _after(given: str) -> str:
    try:
        return (date.fromisoformat(given) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return given


_TIERS, _STATES = tuple(tier.value for tier in Tier), tuple(state.value for state in DeliveryState)
_VERDICTS, _URGENCIES = tuple(verdict.value for verdict in Verdict), ("0", "1", "2", "3", "4")

FILTERS: Final = (
    Filter("from", "sender", "--sender"),
    Filter("to", "recipient", "--recipient"),
    Filter("state", "state", "--state", _one_of(_STATES, DeliveryState), _STATES, "state."),
    Filter("urgency", "priority", "--priority", _one_of(_URGENCIES, int), _URGENCIES, "urgency."),
    Filter("since", "since", "--since", _from, day=True),
    Filter("until", "until", "--until", _until, day=True),
    Filter("dated_since", "dated_since", "--dated-since", _day, day=True),
    Filter("dated_until", "dated_until", "--dated-until", _day, day=True),
    Filter("from_tier", "sender_tier", "--sender-tier", _one_of(_TIERS, Tier), _TIERS, "tier."),
    Filter("to_tier", "recipient_tier", "--recipient-tier", _one_of(_TIERS, Tier), _TIERS, "tier."),
    Filter("kind", "kind", "--kind", _one_of(tuple(KINDS)), tuple(KINDS), "kind."),
    Filter("verdict", "verdict", "--verdict", _one_of(_VERDICTS), _VERDICTS, "verdict."),
    Filter("task", "task", "--task", words=True),
    Filter("application", "application", "--application", words=True),
    Filter("arrival", "arrival", "--arrival", own=True),
)


def given(visit: Visit) -> Mapping[str, str]:
    """The address's conditions, by their names there."""
    return {name: value for name, value in visit.call.request.query.items() if value}


def asked(visit: Visit, limit: int = PAGE, without: str = "") -> Asked:
    """The question; `without` one of its filters. BadRequest for a value that there is not."""
    found = {name: value for name, value in given(visit).items() if name != without}
    sort, cursor = found.get("sort", NEWEST), found.get("cursor", "")
    if sort not in (NEWEST, OLDEST):
        raise BadRequest(expected=f"{NEWEST} | {OLDEST}", found=sort[:40])
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 16):
        raise BadRequest(expected="a cursor from an earlier answer", found=cursor[:40])
    members = {each.member: each.read(found[each.name]) for each in FILTERS if each.name in found}
    place = int(cursor) if cursor and not without else None
    return Asked(text=found.get("q", ""), oldest=sort == OLDEST, limit=limit, cursor=place, **members)


def held(visit: Visit) -> Iterator[tuple[str, str]]:
    """Each condition that holds: its name in the address, and how people say it."""
    known = given(visit)
    if "q" in known:
        yield "q", f"“{known['q']}”"
    for each in FILTERS:
        if each.name in known:
            yield each.name, f"{visit.t(f'documents.by.{each.name}')}: {said(visit, each, known[each.name])}"


def said(visit: Visit, each: Filter, value: str) -> str:
    if value in each.choices:
        return visit.t(each.prefix + value)
    return visit.name_of(value) if each.name in ("from", "to") else value


def chips(visit: Visit) -> list[Chip]:
    return [Chip(text, visit.here(**{name: "", "cursor": ""})) for name, text in held(visit)]


def command(visit: Visit) -> str:
    """The same question on the command line."""
    known = given(visit)
    who = visit.me.agency if visit.me.role == Role.CLERK else visit.me.role
    words = ["truc", "find", "--as", who]
    words += [known["q"]] if "q" in known else []
    for each in FILTERS:
        if each.name in known:
            value = known[each.name]
            words += [each.option, _after(value) if each.name == "until" else value]
    words += ["--oldest"] if known.get("sort") == OLDEST else []
    return shlex.join(words)


TEXTS: Final[Mapping[str, Text]] = {
    "documents.by.from": Text("Từ", "From"),
    "documents.by.to": Text("Nơi nhận", "To"),
    "documents.by.state": Text("Trạng thái", "State"),
    "documents.by.urgency": Text("Độ khẩn", "Urgency"),
    "documents.by.since": Text("Qua Trục từ ngày", "Passed from"),
    "documents.by.until": Text("Qua Trục đến ngày", "Passed until"),
    "documents.by.dated_since": Text("Ban hành từ ngày", "Dated from"),
    "documents.by.dated_until": Text("Ban hành đến ngày", "Dated until"),
    "documents.by.from_tier": Text("Cấp gửi", "Tier of the sender"),
    "documents.by.to_tier": Text("Cấp nhận", "Tier of a recipient"),
    "documents.by.kind": Text("Nghiệp vụ", "Kind"),
    "documents.by.verdict": Text("Chữ ký", "Signature"),
    "documents.by.task": Text("Mã nhiệm vụ", "Task"),
    "documents.by.arrival": Text("Số đến", "Arrival number"),
    "documents.by.application": Text("Loại ứng dụng", "Application"),
    "kind.new": Text("Văn bản mới", "New"),
    "kind.recall": Text("Thu hồi", "Recall"),
    "kind.update": Text("Cập nhật", "Update"),
    "kind.replacement": Text("Thay thế", "Replacement"),
    "verdict.VALID": Text("Thật và còn nguyên", "Genuine and unaltered"),
    "verdict.ABSENT": Text("Không ký số: chỉ để biết, tham khảo", "Not signed: for information only"),
    "verdict.MALFORMED": Text("Chữ ký sai cấu trúc", "The signature is malformed"),
    "verdict.WRONG_NAMESPACE": Text("Chữ ký sai không gian tên", "The signature has a wrong namespace"),
    "verdict.PROFILE_VIOLATION": Text("Chữ ký sai quy định", "The signature breaks the profile"),
    "verdict.ALGORITHM_FORBIDDEN": Text("Thuật toán ký không được phép", "The algorithm is not allowed"),
    "verdict.DIGEST_MISMATCH": Text("Nội dung đã đổi sau khi ký", "Altered after signing"),
    "verdict.SIGNATURE_INVALID": Text("Chữ ký không khớp chứng thư", "The signature does not fit its certificate"),
    "verdict.CERTIFICATE_UNTRUSTED": Text("Chứng thư không tin cậy", "The certificate is not trusted"),
    "verdict.CERTIFICATE_EXPIRED": Text("Chứng thư đã hết hạn", "The certificate has expired"),
    "verdict.CERTIFICATE_NOT_YET_VALID": Text("Chứng thư chưa có hiệu lực", "The certificate is not valid yet"),
    "verdict.CERTIFICATE_REVOKED": Text("Chứng thư đã bị thu hồi", "The certificate was revoked"),
    "verdict.REVOCATION_UNKNOWN": Text(
        "Chưa rõ chứng thư có bị thu hồi không", "Not known whether the certificate is revoked"
    ),
    "verdict.KEY_USAGE": Text("Chứng thư không dùng để ký", "The certificate is not for signing"),
    "verdict.NOT_JUDGED": Text("Chưa xét chữ ký", "The signature was not judged"),
    "verdict.IDENTITY_MISMATCH": Text("Chứng thư của đơn vị khác", "The certificate of another agency"),
}
