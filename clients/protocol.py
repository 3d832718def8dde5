"""The HTTP interface without I/O: every call as a request to make and a way to read its answer.

    call = protocol.submit(data)            the call to send: method, path, query, headers, body
    submitted = call.read(response)         the answer: a record of `hub.core.wire`, or a typed error

A `Call` is a value: it may be sent twice, logged, or carried by any HTTP library. Reading is strict: a status
that the call does not know, a body that is not its record, is UnexpectedAnswer, never half an answer. Bytes
of documents are compared with the digest they should have; receipts are the business of `clients.receipts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from clients.errors import Busy, ProblemError, UnexpectedAnswer
from hub.core import framing, wire, wire_accounts, wire_hooks, wire_report, wire_watch
from hub.core.bundle.contents import MAX_BUNDLE
from hub.core.errors import IntegrityAlarm, ProofInvalid
from hub.core.evidence.receipt import MAX_RECEIPT
from hub.core.model import MessageKind

T = TypeVar("T")

XML: Final = "application/xml"
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
LINES: Final = "application/x-ndjson"
MAX_ACKNOWLEDGED: Final = 1000
"""Items in one acknowledgement."""

# The most that is read of an answer, in bytes: a server is not believed to stop by itself.
MAX_RECORD: Final = 32 * 1024 * 1024
"""The life of a circular to 11,000 recipients is 10 MB."""

MAX_BATCH: Final = 128 * 1024 * 1024
"""A receipt for each item, and of a circular its recipients."""

MAX_OUTBOX: Final = 128 * 1024 * 1024
"""Fifty such circulars on a page."""

MAX_CONTENT: Final = 64 * 1024 * 1024
"""`limits.document_bytes` of a hub as it is set up."""

MAX_PROBLEM: Final = 4 * 1024 * 1024
"""Every answer that is no success."""

MAX_TOKEN: Final = 64 * 1024

_SUBMISSIONS: Final = {MessageKind.DOCUMENT: "/v1/documents", MessageKind.STATUS: "/v1/statuses"}
_BUSY: Final = frozenset({429, 503})
_NOT_JSON: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""The decoder's errors over bytes that are no record of ours; the last, where they are nested too deeply."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is percent-encoded; `query` is not.

    wait        seconds that the hub may take over and above the usual
    most        bytes of a good answer that are read; more is no answer of the hub's
    authorized  whether an access token goes with it
    again       whether it is worth a second try when the hub is away
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = {}
    body: bytes = b""
    authorized: bool = True
    again: bool = True
    wait: float = 0.0
    most: int = MAX_RECORD

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


class Response(msgspec.Struct, frozen=True):
    """`headers`: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Call(msgspec.Struct, Generic[T], frozen=True):
    """A request, and how to read its answer: ProblemError, Busy, UnexpectedAnswer, ProofInvalid."""

    request: Request
    read: Callable[[Response], T]


def token(assertion: str) -> Call[wire.TokenAnswer]:
    """An access token for a signed assertion (`hub.core.signature.assertion`)."""
    # Written out, because the record leaves out members with their default, and RFC 7523 wants grant_type always.
    body = msgspec.json.encode({"grant_type": _GRANT, "assertion": assertion})
    request = Request(method="POST", path="/v1/token", headers=_JSON_BODY, body=body, authorized=False)
    return Call(msgspec.structs.replace(request, most=MAX_TOKEN), _record(wire.TokenAnswer))


def submit(data: bytes, kind: MessageKind = MessageKind.DOCUMENT) -> Call[wire.Submitted]:
    """`data`: an edXML message as signed. 201 new, 200 the same bytes were accepted before."""
    headers = {"Content-Type": XML, "Accept": JSON}
    request = Request(method="POST", path=_SUBMISSIONS[kind], headers=headers, body=data)
    return Call(request, _record(wire.Submitted, (200, 201)))


def named(name: str, side: str = "") -> Call[wire.Message]:
    """The one document that is called that: identifier, DocumentId, or number and notation. `side`: sent, received."""
    return _get("/v1/documents/named", wire.Message, name=name, side=side)


class Told(msgspec.Struct, frozen=True):
    """The answer to a batch: a line for each item that was looked at, in the order of the items, and the end."""

    lines: list[wire.BatchLine]
    end: wire.BatchEnd


def submit_batch(items: Sequence[bytes]) -> Call[Told]:
    """Documents and statuses as signed. Each is recorded as by `submit`, in their order."""
    headers = {"Content-Type": framing.MEDIA, "Accept": f"{LINES}, {PROBLEM}"}
    body = framing.framed(items)
    request = Request(method="POST", path="/v1/documents:batch", headers=headers, body=body, most=MAX_BATCH)
    return Call(request, lambda response: _told(response, len(items)))


def _told(response: Response, sent: int) -> Told:
    """No line twice, none missing, none that was not sent, and the end at the end."""
    check(response)
    try:
        *lines, last = (msgspec.json.decode(line, type=wire.BatchLine) for line in response.body.splitlines())
    except (*_NOT_JSON, ValueError) as error:
        raise UnexpectedAnswer(f"not a BatchLine ({error})", response.status) from None
    by_index = {line.index: line for line in lines if (line.submitted is None) != (line.problem is None)}
    if last.end is None or len(by_index) < len(lines) or set(by_index) != set(range(last.end.items)):
        raise UnexpectedAnswer("a batch's answer without its end, or with other lines than it says", response.status)
    if last.end.items > sent or (last.end.items < sent and last.end.problem is None):
        raise UnexpectedAnswer(f"{last.end.items} outcomes of {sent} items", response.status)
    return Told([by_index[index] for index in range(last.end.items)], last.end)


def life(message_id: str) -> Call[wire.Life]:
    return _get(f"/v1/documents/{bare(message_id)}", wire.Life)


def content(message_id: str, sha256: str = "") -> Call[bytes]:
    """The message's bytes as received. ProofInvalid unless they have the digest `sha256`, or that of the
    ETag.
    """
    path = f"/v1/documents/{bare(message_id)}/content"
    request = Request(method="GET", path=path, headers={"Accept": XML}, most=MAX_CONTENT)
    return Call(request, lambda response: _content(response, sha256))


def content_of(item: wire.InboxItem) -> bytes | None:
    """The bytes that came with an item; None where they are to be asked for. ProofInvalid unless they have the digest
    of its message."""
    if item.content is not None:
        _check_digest(item.content, item.message.sha256)
    return item.content


def receipt_of(message_id: str) -> Call[bytes]:
    """The receipt of a message's acceptance, a `.tlog-proof` file; not verified yet."""
    return Call(_text(f"/v1/documents/{bare(message_id)}/receipt"), _body)


def evidence(message_id: str, *, document: bool = False, statuses: bool = True, recipient: str = "") -> Call[bytes]:
    """The bundle of a document's life (`hub.core.bundle.contents`); not verified yet."""
    asked = {"document": str(document).lower(), "statuses": str(statuses).lower(), "recipient": recipient}
    query = tuple((name, value) for name, value in asked.items() if value)
    path = f"/v1/documents/{bare(message_id)}/evidence"
    request = Request(method="GET", path=path, query=query, headers={"Accept": "application/zip"}, most=MAX_BUNDLE)
    return Call(request, _body)


def receipt(evidence_id: str) -> Call[bytes]:
    """The receipt of any evidence; not verified yet."""
    return Call(_text(f"/v1/receipts/{bare(evidence_id)}"), _body)


def inbox(agency: str = "", state: str = "", limit: int = 50, cursor: str = "") -> Call[wire.Inbox]:
    """Look, without taking a lease."""
    return _get("/v1/inbox", wire.Inbox, agency=agency, state=state, limit=limit, cursor=cursor)


def fetch(limit: int = 50, wait: float = 0, agency: str = "", content: bool = True) -> Call[wire.Inbox]:
    """Take up to `limit` messages for some time, waiting up to `wait` seconds for the first. `content`: small ones with
    their bytes, for `content_of`."""
    body = msgspec.json.encode(wire.FetchRequest(limit=limit, wait=wait, agency=agency, content=content))
    request = Request(method="POST", path="/v1/inbox/fetch", headers=_JSON_BODY, body=body, wait=wait)
    return Call(request, _taken(limit))


def acknowledge(signed: str, agency: str = "") -> Call[wire.Acknowledgements]:
    """`signed`: a JWS of `hub.core.evidence.acknowledgement`."""
    return _acknowledge(wire.AcknowledgeRequest(signed=signed, agency=agency))


def acknowledge_unsigned(items: Sequence[wire.UnsignedItem], agency: str = "") -> Call[wire.Acknowledgements]:
    """For a client that cannot sign: the evidence will say so."""
    return _acknowledge(wire.AcknowledgeRequest(items=list(items), agency=agency))


def acknowledge_batch(requests: Sequence[wire.AcknowledgeRequest]) -> Call[wire.AcknowledgedBatch]:
    """Acknowledgements of several mailboxes, each with its own outcome."""
    body = msgspec.json.encode(wire.AcknowledgeBatch(requests=list(requests)))
    request = Request(method="POST", path="/v1/inbox/acknowledge:batch", headers=_JSON_BODY, body=body)
    read = _record(wire.AcknowledgedBatch)

    def answered(response: Response) -> wire.AcknowledgedBatch:
        found = read(response)
        if len(found.answers) != len(requests):
            raise UnexpectedAnswer(f"{len(found.answers)} outcomes of {len(requests)} acknowledgements")
        return found

    return Call(request, answered)


def find(asked: Mapping[str, str | int]) -> Call[wire.Found]:
    """`asked`: parameters of `GET /v1/documents`; empty ones are left out."""
    call = _get("/v1/documents", wire.Found)
    query = tuple((name, str(value)) for name, value in asked.items() if value != "")
    return Call(msgspec.structs.replace(call.request, query=query, most=MAX_OUTBOX), call.read)


def export(asked: Mapping[str, str | int]) -> Request:
    """All finds as JSON lines; `asked`: as of `find`, without `limit`. The body is for `clients.exports`."""
    query = tuple((name, str(value)) for name, value in asked.items() if value != "")
    headers = {"Accept": f"{LINES}, {PROBLEM}"}
    return Request(method="GET", path="/v1/documents:export", query=(*query, ("format", "jsonl")), headers=headers)


def outbox(agency: str = "", limit: int = 50, cursor: str = "") -> Call[wire.Outbox]:
    call = _get("/v1/outbox", wire.Outbox, agency=agency, limit=limit, cursor=cursor)
    return Call(msgspec.structs.replace(call.request, most=MAX_OUTBOX), call.read)


def agencies(
    text: str = "", tier: str = "", parent: str = "", limit: int = 50, cursor: str = ""
) -> Call[wire.Agencies]:
    return _get(
        "/v1/agencies",
        wire.Agencies,
        authorized=False,
        text=text,
        tier=tier,
        parent=parent,
        limit=limit,
        cursor=cursor,
    )


def agency(code: str) -> Call[wire.Agency]:
    call = _get(f"/v1/agencies/{quote(code, safe='')}", wire.Agency, authorized=False)

    def asked_for(response: Response) -> wire.Agency:
        """Keys and certificates go by the code: another agency's entry is no answer."""
        found = call.read(response)
        if code.strip().casefold() not in (found.code.casefold(), found.code_qd20.casefold()):
            raise UnexpectedAnswer(f"the entry of {found.code[:100]} for {code}")
        return found

    return Call(call.request, asked_for)


def put_agencies(entries: Sequence[wire.Agency], *, dry_run: bool = False) -> Call[wire.Changed]:
    """Add entries or replace them whole, by code; or ask for the effect of that. Operators only."""
    body = msgspec.json.encode(wire.AgencyChanges(agencies=list(entries)))
    query = (("dry_run", "true"),) if dry_run else ()
    request = Request(method="PUT", path="/v1/agencies", query=query, headers=_JSON_BODY, body=body)
    return Call(request, _record(wire.Changed))


def accounts() -> Call[wire_accounts.Accounts]:
    """People of the console. Operators only."""
    return _get("/v1/accounts", wire_accounts.Accounts)


def change_account(change: wire_accounts.AccountChange) -> Call[wire_accounts.AccountChanged]:
    """Add, reset, disable or enable an account. Operators only."""
    request = Request(method="POST", path="/v1/accounts", headers=_JSON_BODY, body=msgspec.json.encode(change))
    return Call(request, _record(wire_accounts.AccountChanged))


def agency_health(code: str) -> Call[wire_watch.AgencyHealth]:
    """Why it does not fetch: of the caller itself, or for operators and auditors of any."""
    return _get(f"/v1/agencies/{quote(code, safe='')}/health", wire_watch.AgencyHealth)


def silent_agencies(since: str, everyone: bool, limit: int, cursor: str) -> Call[wire_watch.SilentAgencies]:
    """Operators and auditors only."""
    every = "true" if everyone else ""
    return _get("/v1/agencies/silent", wire_watch.SilentAgencies, since=since, all=every, limit=limit, cursor=cursor)


def attention() -> Call[wire_watch.AttentionList]:
    """Operators and auditors only."""
    return _get("/v1/attention", wire_watch.AttentionList)


def alerts() -> Call[wire_watch.StandingAlerts]:
    """Operators and auditors only."""
    return _get("/v1/alerts", wire_watch.StandingAlerts)


def prove_alerts() -> Call[wire_watch.AlertsTested]:
    """Operators only. The hub waits for the mail server: up to `alerts.smtp_seconds`."""
    request = Request(method="POST", path="/v1/alerts/test", headers=_JSON_BODY, again=False, wait=120.0)
    return Call(request, _record(wire_watch.AlertsTested))


def figures(since: str = "", until: str = "") -> Call[wire.Figures]:
    """`since`, `until`: RFC 3339 times or days; empty for the hub's default."""
    return _get("/v1/figures", wire.Figures, authorized=False, since=since, until=until)


def period_report(period: str, first: str = "", last: str = "") -> Call[wire_report.PeriodReport]:
    """`period`: day, week, month or quarter; `first`, `last`: days. Operators and auditors."""
    call = _get("/v1/reports/period", wire_report.PeriodReport, period=period, first=first, last=last)
    return Call(msgspec.structs.replace(call.request, most=MAX_OUTBOX), call.read)


def regime_report(regime: str, period: str, agency: str = "") -> Call[wire_report.RegimeReports]:
    """`regime`: TT01-2020-A; `period`: 2026-Q1; `agency`: that one alone. Operators and auditors."""
    call = _get("/v1/reports/regime", wire_report.RegimeReports, regime=regime, period=period, agency=agency)
    return Call(msgspec.structs.replace(call.request, most=MAX_OUTBOX), call.read)


def log_file(path: str) -> Call[bytes]:
    """The log's public files: `checkpoint`, or a tile or bundle under its name (`hub.core.log.tiles`)."""
    return Call(Request(method="GET", path=f"/log/{quote(path)}", authorized=False), _body)


def public_objects(kind: str, start: int = 0, count: int = 1000) -> Call[wire.LogObjects]:
    """Objects of a kind that anyone may read (`directory`, `release`, …), from leaf `start` on; fewer may come."""
    return _get(f"/log/objects/{quote(kind, safe='')}", wire.LogObjects, authorized=False, start=start, count=count)


def audit_leaves(start: int, count: int) -> Call[wire.LogObjects]:
    """Objects of all kinds, for auditors; each call is recorded as evidence. Fewer may come."""
    return _get("/v1/audit/leaves", wire.LogObjects, start=start, count=count)


def audit_checkpoints(above: int = 0, count: int = 1000) -> Call[wire.SignedCheckpoints]:
    """Every checkpoint of a size above `above` that was signed, for auditors."""
    return _get("/v1/audit/checkpoints", wire.SignedCheckpoints, above=above, count=count)


def audit_signed(digest: str) -> Call[bytes]:
    """The acknowledgement with this SHA-256 (hex), as its recipient signed it, for auditors."""
    return Call(_text(f"/v1/audit/signed/{quote(digest, safe='')}"), _body)


def health() -> Call[wire.Health]:
    """`/readyz`; 503 with a reason is an answer too."""
    request = Request(method="GET", path="/readyz", headers={"Accept": JSON}, authorized=False, again=False)
    return Call(request, _record(wire.Health, (200, 503)))


def events(last_id: str = "", agency: str = "") -> Request:
    """The stream of an agency's events, from after `last_id` on; its body is for `clients.sse`."""
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if last_id:
        headers["Last-Event-ID"] = last_id
    query = (("agency", agency),) if agency else ()
    return Request(method="GET", path="/v1/events", query=query, headers=headers)


def webhooks(agency: str = "") -> Call[wire_hooks.Webhooks]:
    return _get("/v1/webhooks", wire_hooks.Webhooks, agency=agency)


def webhook(identifier: str, agency: str = "") -> Call[wire_hooks.Webhook]:
    return _get(f"/v1/webhooks/{quote(identifier, safe='')}", wire_hooks.Webhook, agency=agency)


def add_webhook(url: str, types: Sequence[str] = (), agency: str = "") -> Call[wire_hooks.Webhook]:
    """Its secret is in this answer alone, so it is not asked for twice by itself."""
    body = msgspec.json.encode(wire_hooks.NewWebhook(url=url, types=tuple(types)))
    request = _hook("POST", "", agency, body=body, again=False)
    return Call(request, _record(wire_hooks.Webhook, (201,)))


def remove_webhook(identifier: str, agency: str = "") -> Call[wire_hooks.Webhook]:
    return Call(_hook("DELETE", identifier, agency), _record(wire_hooks.Webhook))


def rotate_webhook(identifier: str, agency: str = "") -> Call[wire_hooks.Webhook]:
    return Call(_hook("POST", identifier, agency, "/rotate", again=False), _record(wire_hooks.Webhook))


def prove_webhook(identifier: str, agency: str = "") -> Call[wire_hooks.WebhookTested]:
    """The hub waits for the receiver: up to `webhooks.timeout_seconds`, a minute at most."""
    request = _hook("POST", identifier, agency, "/test", again=False, wait=60.0)
    return Call(request, _record(wire_hooks.WebhookTested))


def webhook_failures(
    identifier: str, agency: str = "", limit: int = 50, cursor: str = ""
) -> Call[wire_hooks.WebhookFailures]:
    path = f"/v1/webhooks/{quote(identifier, safe='')}/failures"
    return _get(path, wire_hooks.WebhookFailures, agency=agency, limit=limit, cursor=cursor)


def replay_webhooks(
    identifier: str, agency: str = "", *, since: str = "", failure: str = ""
) -> Call[wire_hooks.Webhook]:
    body = msgspec.json.encode(wire_hooks.ReplayRequest(since=since, id=failure))
    return Call(_hook("POST", identifier, agency, "/replay", body=body), _record(wire_hooks.Webhook))


def _hook(
    method: str,
    identifier: str,
    agency: str,
    verb: str = "",
    *,
    body: bytes = b"",
    again: bool = True,
    wait: float = 0.0,
) -> Request:
    path = "/v1/webhooks" + (f"/{quote(identifier, safe='')}{verb}" if identifier else "")
    query = (("agency", agency),) if agency else ()
    return Request(method=method, path=path, query=query, headers=_JSON_BODY, body=body, again=again, wait=wait)


def bare(identifier: str) -> str:
    """The UUID of `urn:uuid:…`, fit for a path."""
    return quote(identifier.removeprefix("urn:uuid:"), safe="")


def check(response: Response, expected: Sequence[int] = (200,)) -> None:
    """That the status is one of these. ProblemError or Busy with the hub's own words, UnexpectedAnswer
    without.
    """
    if response.status in expected:
        return
    problem = problem_of(response)
    if problem is not None:
        raise (Busy if response.status in _BUSY else ProblemError)(problem)
    if response.status in _BUSY:
        raise Busy(_unspoken(response))
    raise UnexpectedAnswer(_excerpt(response), response.status)


def problem_of(response: Response) -> wire.Problem | None:
    """The problem document in an answer, if it is one."""
    if response.media_type != PROBLEM:
        return None
    try:
        return msgspec.json.decode(response.body, type=wire.Problem)
    except _NOT_JSON:
        return None


def hopeless(response: Response) -> bool:
    """Whether a second try cannot help though the status may: the hub's record contradicts itself."""
    problem = problem_of(response)
    return problem is not None and problem.code == IntegrityAlarm.code


def retry_after(response: Response, now: float) -> float:
    """Seconds that an answer asks to wait, by its problem document or its Retry-After; 0 for none.

    `now`: seconds since the epoch, for a Retry-After that is a date.
    """
    problem = problem_of(response)
    if problem is not None and problem.retry_after > 0:
        return problem.retry_after
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0


_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JSON_BODY: Final = {"Content-Type": JSON, "Accept": JSON}


def _get(path: str, kind: type[T], authorized: bool = True, **query: str | int) -> Call[T]:
    pairs = tuple((name, str(value)) for name, value in query.items() if value != "")
    request = Request(method="GET", path=path, query=pairs, headers={"Accept": JSON}, authorized=authorized)
    return Call(request, _record(kind))


def _text(path: str) -> Request:
    return Request(method="GET", path=path, headers={"Accept": "text/plain"}, most=MAX_RECEIPT)


def _acknowledge(record: wire.AcknowledgeRequest) -> Call[wire.Acknowledgements]:
    request = Request(
        method="POST",
        path="/v1/inbox/acknowledge",
        headers=_JSON_BODY,
        body=msgspec.json.encode(record),
    )
    return Call(request, _record(wire.Acknowledgements))


def _record(kind: type[T], expected: Sequence[int] = (200,)) -> Callable[[Response], T]:
    def read(response: Response) -> T:
        check(response, expected)
        try:
            return msgspec.json.decode(response.body, type=kind)
        except _NOT_JSON as error:
            raise UnexpectedAnswer(f"not a {kind.__name__} ({error})", response.status) from None

    return read


def _taken(limit: int) -> Callable[[Response], wire.Inbox]:
    read = _record(wire.Inbox)

    def taken(response: Response) -> wire.Inbox:
        """No more than were asked for, and none twice: each becomes a folder and a line that is signed."""
        inbox = read(response)
        named = [item.message.id for item in inbox.items]
        if len(named) > limit or len(set(named)) < len(named):
            raise UnexpectedAnswer(f"{len(named)} messages, {len(set(named))} of them different, of at most {limit}")
        return inbox

    return taken


def _body(response: Response) -> bytes:
    check(response)
    return response.body


def _content(response: Response, sha256: str) -> bytes:
    check(response)
    _check_digest(response.body, sha256 or response.headers.get("etag", "").strip('"'))
    return response.body


def _check_digest(data: bytes, expected: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise ProofInvalid(expected=f"content with SHA-256 {expected or 'named by the hub'}", found=found)


def _unspoken(response: Response) -> wire.Problem:
    """The meaning of a 429 or 503 without a problem document: a proxy speaks for a hub that is away."""
    return wire.Problem(
        type="about:blank",
        title="Try later",
        status=response.status,
        code="HUB_UNAVAILABLE",
        fault="hub",
        detail=f"HTTP {response.status}",
        vi=f"Trục tạm thời không phục vụ (HTTP {response.status})",
        en=f"The hub does not serve just now (HTTP {response.status})",
    )


def _excerpt(response: Response) -> str:
    text = response.body[:120].decode("utf-8", "replace")
    return f"{response.media_type or 'no content type'}: {' '.join(text.split())}"
