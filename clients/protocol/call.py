"""A request, the strict reading of its answer, and the bounds of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from clients.errors import Busy, ProblemError, UnexpectedAnswer
from hub.core import wire
from hub.core.errors import IntegrityAlarm
from hub.core.evidence.receipt import MAX_RECEIPT

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

BUSY: Final = frozenset({429, 503})
JSON_BODY: Final = {"Content-Type": JSON, "Accept": JSON}
NOT_JSON: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
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
        raise (Busy if response.status in BUSY else ProblemError)(problem)
    if response.status in BUSY:
        raise Busy(_unspoken(response))
    raise UnexpectedAnswer(_excerpt(response), response.status)


def problem_of(response: Response) -> wire.Problem | None:
    """The problem document in an answer, if it is one."""
    if response.media_type != PROBLEM:
        return None
    try:
        return msgspec.json.decode(response.body, type=wire.Problem)
    except NOT_JSON:
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


def get(path: str, kind: type[T], authorized: bool = True, **query: str | int) -> Call[T]:
    pairs = tuple((name, str(value)) for name, value in query.items() if value != "")
    request = Request(method="GET", path=path, query=pairs, headers={"Accept": JSON}, authorized=authorized)
    return Call(request, record(kind))


def text(path: str) -> Request:
    return Request(method="GET", path=path, headers={"Accept": "text/plain"}, most=MAX_RECEIPT)


def record(kind: type[T], expected: Sequence[int] = (200,)) -> Callable[[Response], T]:
    def read(response: Response) -> T:
        check(response, expected)
        try:
            return msgspec.json.decode(response.body, type=kind)
        except NOT_JSON as error:
            raise UnexpectedAnswer(f"not a {kind.__name__} ({error})", response.status) from None

    return read


def body_of(response: Response) -> bytes:
    check(response)
    return response.body


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
