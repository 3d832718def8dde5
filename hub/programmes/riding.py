"""How a programme rides on documents: its view of each, the things it may make of it, and nothing else.

    document  →  Ridden  →  Programme.read  →  events and faults  →  Programme.apply  →  cases

A programme is a fold over the accepted documents in the order of the record. It has no clock and keeps nothing: the
same documents give the same cases wherever and whenever they are read. It never refuses a document either, for the axis
has accepted and delivered it; a packet that it does not understand is a fault, told to the document's sender and
recipients.

A data packet is one of the first fifty files of a document, of a name that ends in `.packet.json`: a JSON object
`{"packet": "<kind>/<version>", ...}`. Its fields are a msgspec struct of its programme, and published as
`schemas/packets/<kind>-<version>.schema.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from math import isfinite
from typing import Any, Final, NamedTuple, Protocol, TypeVar, runtime_checkable

import msgspec

from hub.core.edxml.detail import MOST, PACKET_ENDING, Detail, concerned
from hub.core.edxml.message import Attachment, Document
from hub.core.errors import Text
from hub.core.misfit import Unfit, misfit, one_of, unreadable
from hub.core.model import Business, Millis
from hub.core.phrases.table import EXPECTED_FOUND
from hub.core.strict import MAX_INTEGER

S = TypeVar("S", bound=msgspec.Struct)

MOST_PACKETS: Final = 50
"""Packets of one document."""
MOST_BYTES: Final = 1024 * 1024
MOST_DEEP: Final = 32
MOST_VALUES: Final = 20_000
"""Bounds of one packet: its bytes as they stand in the file, levels, and values of any kind."""
MOST_EVENTS: Final = 5_000
MOST_FAULTS: Final = 50
"""Events, and faults, that one document may bring to one programme."""
LONGEST_ID: Final = 300
"""Characters of a case's identifier."""
_LONGEST_FOUND: Final = 120
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_KIND: Final = re.compile(r"([a-z][a-z0-9-]{0,39})/([1-9][0-9]{0,2})")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A part that a programme did not understand or may not take: its document was accepted and delivered all the same.

    code      stable, upper case, begun with the programme's name: TASK_NOT_YOURS; those of the frame are `FRAME`
    place     where: a header field by its path (`MessageHeader.DueDate`), or a file and a path in it
              (`a.packet.json $.tasks[2].code`)
    expected, found   the right thing, and the one that stands there: English phrases of `hub.core.phrases`
    """

    code: str
    place: str = ""
    expected: str = ""
    found: str = ""

    @property
    def said(self) -> Text:
        """Expected and found as one sentence in both languages; the code's meaning stands in its programme."""
        told = EXPECTED_FOUND.vi
        return Text(
            f"cần {told(self.expected)}; nhận được {told(self.found)}", f"expected {self.expected}; found {self.found}"
        )


FRAME: Final[Mapping[str, Text]] = {
    "PACKET_JSON": Text("Gói dữ liệu không phải JSON hợp lệ", "The data packet is no valid JSON"),
    "PACKET_TOO_LARGE": Text("Gói dữ liệu vượt giới hạn", "The data packet exceeds a bound"),
    "PACKET_KIND": Text("Gói dữ liệu không nêu loại", "The data packet does not say of which kind it is"),
    "PACKET_UNKNOWN": Text("Không chương trình nào đọc loại gói này", "No programme reads packets of this kind"),
    "PACKET_FIELDS": Text("Trường của gói dữ liệu sai", "A field of the data packet is wrong"),
    "DOCUMENT_TOO_MUCH": Text("Văn bản mang quá nhiều dữ liệu", "The document brings more than it may"),
    "DOCUMENT_UNPROVED": Text(
        "Văn bản không có chữ ký hợp lệ nên không thay đổi hồ sơ nào",
        "The document has no valid signature, so it changes no case",
    ),
    "DOCUMENT_GONE": Text(
        "Nội dung văn bản đã được xóa theo thời hạn lưu", "The bytes of the document were deleted under retention"
    ),
    "CASE_NAME": Text("Mã không dùng được", "The identifier cannot be used"),
    "PROGRAMME_ERROR": Text(
        "Lỗi của chương trình; nhật ký của hub có nêu", "An error of the programme; the hub's log has it"
    ),
}
"""The meaning of the frame's codes."""


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """name: of its file. `body`: the whole object, `packet` included."""

    name: str
    kind: str
    version: int
    body: dict[str, Any]

    @property
    def called(self) -> str:
        return f"{self.kind}/{self.version}"

    def place(self, path: str = "$") -> str:
        return f"{self.name} {path}"


class File(msgspec.Struct, frozen=True):
    """name as its sender wrote it; sha256 (hex) and size of the file's own bytes, out of any packing."""

    name: str
    sha256: str
    size: int


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A document that this one answers (ResponseFor), as its sender names it. `id`, `sender`, `tasks`: of the document
    that the record has by that name: the axis's identifier, its sender, and its task codes; empty where it has none
    such. (TaskCode stands once in a header, so the tasks that an answer is about are those of `Ridden.tasks`.)"""

    organ: str = ""
    code: str = ""
    document_id: str = ""
    promulgated: date | None = None
    id: str = ""
    sender: str = ""
    tasks: tuple[str, ...] = ()


class Ridden(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted document, as programmes see it.

    number      in the order of the record
    id          the axis's identifier, by which its receipt is asked for
    document_id, code   as its sender names it
    sender, recipients  codes of the directory, the latter sorted; of a document that is only being checked, those that
                it names
    heir_of     agencies that have ended by the day of acceptance and whose business the sender took over
    accepted    when the hub took it
    promulgated its own day, which is the day of its acts
    business    new, recall, update or replacement; `of`: the DocumentIds that the last three are about
    tasks       ResponseForTask/TaskCode; `answers`: ResponseFor; of each the first fifty
    verdict     of its signature: "VALID" for a proved one
    files       of a document without a data packet without their digests: its bytes are not read
    packets     those that are JSON and say of which kind they are; `faults`: why the others are none
    """

    number: int
    id: str
    document_id: str
    sender: str
    recipients: tuple[str, ...]
    code: str
    subject: str
    accepted: Millis
    promulgated: date
    heir_of: tuple[str, ...] = ()
    due: date | None = None
    steering: int | None = None
    tasks: tuple[str, ...] = ()
    application: str = ""
    answers: tuple[Answered, ...] = ()
    business: Business = Business.NEW
    of: tuple[str, ...] = ()
    verdict: str = ""
    files: tuple[File, ...] = ()
    packets: tuple[Packet, ...] = ()
    faults: tuple[Fault, ...] = ()

    def of_kind(self, kind: str) -> Iterator[Packet]:
        """Its packets of that kind, of any version."""
        return (packet for packet in self.packets if packet.kind == kind)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An act of a document on a case.

    case      the case's identifier, from the document alone; `others`: its other names, where
              an agency has ended: the first that there is, is meant
    act       a word of the programme
    at        when the hub accepted the document; `day`: the day that counts, of the document itself
    document  the axis's identifier of it: its receipt is the event's evidence
    by        the agency that sent it; `heir_of`: ended ones whose place it took
    body      all else that the programme needs to apply it and to show it: JSON values
    place     where in its source it stands, before the place of a fault that applying it finds; not kept
    """

    case: str
    act: str
    at: Millis
    day: date
    document: str
    by: str
    heir_of: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    body: dict[str, Any] = {}
    place: str = ""

    def is_by(self, agency: str) -> bool:
        """Whether it is that agency's act: its own, or of the one that took its place."""
        return agency == self.by or agency in self.heir_of

    @classmethod
    def of(cls, ridden: Ridden, case: str, act: str, **body: Any) -> Event:
        return cls(
            case=case,
            act=act,
            at=ridden.accepted,
            day=ridden.promulgated,
            document=ridden.id,
            by=ridden.sender,
            heir_of=ridden.heir_of,
            body=body,
        )


class Measure(NamedTuple):
    """`n` of something in a month ("2026-11"), which a case adds to the sums of its parties."""

    month: str
    name: str
    n: int


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One thing as the documents so far have made it.

    kind, state   words of the programme; boards count by them
    parties       (role, agency): its readers, on whose boards it counts, once for each pair
    title         the words that a person finds it by; a caller that may not read documents gets neither it nor `body`
    opened, due, ended   days. A case without `ended` is open
    late          of an ended one whether it ended after its deadline; None while it is open, for that depends on the
                  day on which somebody asks
    about         the thing that many cases are about, by which they are asked for: of a dossier its procedure
    measures      its additions to monthly sums, besides itself; those called `name:thing` are summed apart
    body          the programme's own, as JSON
    """

    id: str
    kind: str
    state: str
    parties: tuple[tuple[str, str], ...]
    opened: date
    title: str = ""
    due: date | None = None
    ended: date | None = None
    late: bool | None = None
    measures: tuple[Measure, ...] = ()
    body: bytes = b"{}"
    about: str = ""


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The programme's words in both languages, by which boards and pages name things. `faults`: the meaning of each of
    its codes. `things`: measures that tell the thing that a case is about."""

    title: Text
    kinds: Mapping[str, Text]
    states: Mapping[str, Text]
    roles: Mapping[str, Text]
    acts: Mapping[str, Text]
    measures: Mapping[str, Text] = {}
    faults: Mapping[str, Text] = {}
    things: frozenset[str] = frozenset()


class Programme(Protocol):
    """A programme. Stateless and pure.

    name      in addresses and commands: "tasks"
    version   another one means that all is derived again
    packets   its data packets: "task/1" → the struct of its fields
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def words(self) -> Vocabulary: ...
    @property
    def packets(self) -> Mapping[str, type[msgspec.Struct]]: ...

    def concerns(self, told: Detail) -> bool:
        """Whether to read the document, by the register's word of it. Asked of documents that are notable for their
        data (`hub.core.edxml.detail`), and so true of no other."""

    def read(self, ridden: Ridden) -> Sequence[Event | Fault]:
        """Its meaning, from the document alone."""

    def apply(self, case: Case | None, event: Event) -> Case | Fault:
        """The case after one more event; None where there was none. A fault leaves it as it was."""


@runtime_checkable
class Listed(Protocol):
    """A programme whose cases depend on lists that an operator may put in the place of those that are shipped."""

    @property
    def lists_digest(self) -> str: ...


def version_of(programme: Programme) -> str:
    """With the digest of its lists: other ones make other cases, and all is derived again."""
    lists = f"-{programme.lists_digest[:16]}" if isinstance(programme, Listed) else ""
    return f"{programme.version}{lists}"


@runtime_checkable
class Marked(Protocol):
    """A programme whose cases have marks that are true for a day, and so are computed and never kept."""

    def marks(self, case: Case, day: date) -> Mapping[str, Text]:
        """By their codes, in both languages."""


def carries_packet(told: Detail) -> bool:
    """Whether a document has a data packet of any programme, by the names of its files."""
    return any(is_packet(file.name) for file in told.files)


def is_packet(name: str) -> bool:
    return name.lower().endswith(PACKET_ENDING)


def ride(
    document: Document,
    files: Iterable[Attachment],
    *,
    number: int = 0,
    id: str = "",
    sender: str = "",
    recipients: Sequence[str] = (),
    accepted: Millis,
    verdict: str = "",
    answers: Sequence[Answered] = (),
) -> Ridden:
    """A document as programmes see it. Facts that the record knows better than the document stand in the keywords; left
    out, the document's own word counts."""
    kept, packets, faults = files_of(files)
    return Ridden(
        number=number,
        id=id,
        document_id=document.document_id,
        sender=sender or document.sender.organ_id,
        recipients=tuple(sorted(recipients or {one.organ_id for one in document.recipients})),
        code=document.code.text,
        subject=document.subject,
        accepted=accepted,
        promulgated=document.promulgation_date,
        due=document.due_date,
        steering=document.steering_type,
        tasks=document.task_codes[:MOST],
        application=document.application_type,
        answers=tuple(answers) or answered(document),
        business=document.business_type,
        of=concerned(document),
        verdict=verdict,
        files=kept,
        packets=packets,
        faults=faults,
    )


def answering(ridden: Ridden, answers: Sequence[Answered], heir_of: Sequence[str]) -> Ridden:
    """With the record's knowledge of the documents that it answers, and of whose place its sender took."""
    return msgspec.structs.replace(ridden, answers=tuple(answers), heir_of=tuple(heir_of))


def meaning(code: str, said: Vocabulary | None) -> Text:
    """The meaning of a fault's code, by its programme's words or the frame's."""
    own = said.faults.get(code) if said is not None else None
    return own or FRAME.get(code) or Text(code, code)


def files_of(files: Iterable[Attachment]) -> tuple[tuple[File, ...], tuple[Packet, ...], tuple[Fault, ...]]:
    """Files, data packets, and why others are none. They are taken one after another: one alone is in memory."""
    kept: list[File] = []
    packets: list[Packet] = []
    faults: list[Fault] = []
    for place, file in enumerate(files):
        kept.append(File(file.name, file.sha256, len(file.data)))
        if is_packet(file.name) and place < MOST_PACKETS:
            read = packet(file.name, file.data)
            if isinstance(read, Fault):
                faults.append(read)
            else:
                packets.append(read)
    return tuple(kept), tuple(packets), tuple(faults)


def answered(document: Document) -> tuple[Answered, ...]:
    """As the document names them."""
    return tuple(
        Answered(organ=a.organ_id, code=a.code, document_id=a.document_id, promulgated=a.promulgation_date)
        for a in document.response_for[:MOST]
    )


def packet(name: str, data: bytes) -> Packet | Fault:
    """The packet that stands in a file, within its bounds, each member once."""
    if len(data) > MOST_BYTES:
        expected = f"a data packet of at most {MOST_BYTES} bytes"
        return Fault(code="PACKET_TOO_LARGE", place=f"{name} $", expected=expected, found=f"{len(data)} bytes")
    try:
        body = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        expected = "JSON in UTF-8, each member once"
        return Fault(code="PACKET_JSON", place=f"{name} $", expected=expected, found=cut(unreadable(error)))
    if (fault := _exceeded(name, body)) is not None:
        return fault
    called = body.get("packet") if isinstance(body, dict) else None
    matched = _KIND.fullmatch(called) if isinstance(called, str) else None
    if matched is None:
        expected = 'an object with "packet": "<kind>/<version>"'
        return Fault(code="PACKET_KIND", place=f"{name} $.packet", expected=expected, found=cut(str(called)))
    return Packet(name=name, kind=matched[1], version=int(matched[2]), body=body)


def fields(given: Packet, kinds: Mapping[str, type[msgspec.Struct]], kind: type[S]) -> S | Fault:
    """The packet's fields as a struct of its programme. Unknown fields are let be, so that a later writer may add."""
    if kinds.get(given.called) is not kind:
        known = one_of(name for name in kinds if name.startswith(f"{given.kind}/"))
        return Fault(code="PACKET_UNKNOWN", place=given.place("$.packet"), expected=known, found=given.called)
    return as_struct(given.body, kind, given.name)


def as_struct(body: Any, kind: type[S], name: str, *, strict: bool = True) -> S | Fault:
    """JSON values as a struct. `name`: of the thing that they stand in; not `strict`: a number may stand as text."""
    try:
        return msgspec.convert(body, kind, strict=strict)
    except msgspec.ValidationError as error:
        wrong = misfit(kind, error)
        expected = f"the field {wrong.missing}" if wrong.missing else wrong.expected
        at = wrong.holder if wrong.missing else wrong.place
        place = f"{name} ${'.' if at and not at.startswith('[') else ''}{at}"
        return Fault(code="PACKET_FIELDS", place=cut(place), expected=expected, found=cut(wrong.found))


def usable(case: str) -> bool:
    """Whether a case may be called that: it stands in addresses, lists and files."""
    return 0 < len(case) <= LONGEST_ID and case == case.strip() and not _CONTROL.search(case)


def cut(text: str) -> str:
    """As much of a stranger's text as a fault tells."""
    shown = _CONTROL.sub(" ", text.encode("utf-8", "replace").decode())
    return shown if len(shown) <= _LONGEST_FOUND else f"{shown[: _LONGEST_FOUND - 1]}…"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unfit("a member that stands twice")
    return made


def _no_number(constant: str) -> Any:
    raise Unfit(constant)


def _exceeded(name: str, body: Any) -> Fault | None:
    """The bound that it exceeds. Level by level, so depth costs no stack."""
    level, seen = [body], 0
    for _ in range(MOST_DEEP):
        seen += len(level)
        if seen > MOST_VALUES:
            expected = f"at most {MOST_VALUES} values"
            return Fault(code="PACKET_TOO_LARGE", place=f"{name} $", expected=expected, found="more")
        if not all(map(_is_plain, level)):
            expected = f"text of Unicode, and numbers up to {MAX_INTEGER}"
            return Fault(code="PACKET_JSON", place=f"{name} $", expected=expected, found="another value")
        level = [value for holder in level for value in _inside(holder)]
        if not level:
            return None
    return Fault(code="PACKET_TOO_LARGE", place=f"{name} $", expected=f"at most {MOST_DEEP} levels", found="more")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return (*value, *value.values())
    return value if isinstance(value, list) else ()


def _is_plain(value: Any) -> bool:
    """False for half of a character, and for a number that another program would read as another one."""
    if isinstance(value, str):
        return value.isascii() or _is_text(value)
    if isinstance(value, float):
        return isfinite(value)
    return not isinstance(value, int) or abs(value) <= MAX_INTEGER


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
