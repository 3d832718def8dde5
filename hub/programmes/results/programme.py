"""Electronic results as a programme: which documents register, revoke and supersede, and the cases that come of it.

A case of the kind `result` is one entry of the book, called `<number>@<issuer>`. Two more kinds only lead to it, from
a thing that a stranger holds: `number` from a result's number, `digest` from the digest of a file. They have no
parties, so nobody lists them, and they count on no board.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from hub.core.edxml.detail import Detail
from hub.core.errors import Text
from hub.core.model import vietnam_date
from hub.programmes.onestop.codes import result_number
from hub.programmes.results import book, texts
from hub.programmes.results.book import Came, Entry, Objection
from hub.programmes.results.packets import KINDS, ResultPacket, RevocationPacket, SuccessionPacket
from hub.programmes.riding import Case, Event, Fault, Measure, Packet, Ridden, Vocabulary, carries_packet, fields

RESULT: Final = "result"
NUMBER: Final = "number"
DIGEST: Final = "digest"
ISSUER: Final = "issuer"
TOLD: Final = "told"
HEIR: Final = "heir"
MOST_LEADS: Final = 16
"""Entries of one issuer that one number or one digest leads to; no issuer takes another's room."""
MOST_TOLD: Final = 50
"""Recipients that a result counts for and is listed by; a document to more agencies is found by its issuer."""

STANDING, REVOKED, SUPERSEDED = "standing", "revoked", "superseded"
CLAIMED, ATTACHED, CONVERTED = "claimed", "attached", "converted"
DOSSIERS: Final = "claimed-dossiers"
"""Dossiers of which a result is registered: by their first one, -KQ1."""

_ENCODER: Final = msgspec.json.Encoder()
_ENTRY: Final = msgspec.json.Decoder(Entry)
_LEADS: Final = msgspec.json.Decoder(list[str])

VOCABULARY: Final = Vocabulary(
    title=Text("Kết quả điện tử", "Electronic results"),
    kinds={RESULT: Text("Kết quả giải quyết thủ tục", "Result of a procedure")},
    states={
        STANDING: Text("Còn hiệu lực đăng ký", "Stands"),
        REVOKED: Text("Đã thu hồi, hủy", "Revoked"),
        SUPERSEDED: Text("Đã được thay thế", "Superseded"),
    },
    roles={
        ISSUER: Text("Cơ quan cấp", "Issuer"),
        HEIR: Text("Cơ quan kế thừa", "Heir of the issuer"),
        TOLD: Text("Cơ quan được thông báo", "Told of it"),
    },
    acts={
        "register": Text("Đăng ký kết quả", "Registered"),
        "revoke": Text("Thu hồi, hủy kết quả", "Revoked"),
        "supersede": Text("Thay thế bằng kết quả khác", "Superseded"),
        "take-place": Text("Thay thế kết quả khác", "Took the place of another"),
    },
    measures={
        CLAIMED: Text("Kết quả đã đăng ký", "Results claimed"),
        ATTACHED: Text("Kết quả có tệp kèm theo", "Results with their file"),
        DOSSIERS: Text("Hồ sơ có kết quả đăng ký", "Dossiers with a registered result"),
        CONVERTED: Text("Kết quả chuyển đổi từ giấy", "Results converted from paper"),
    },
    faults={
        book.NUMBER: Text("Mã kết quả sai", "The number of the result is wrong"),
        book.FILE: Text("Không có tệp mà gói dữ liệu nêu", "The file that the packet names is not there"),
        book.VALIDITY: Text("Thời hạn hoặc thời điểm sai", "A day or time is wrong"),
        book.COPY: Text("Bản sao không nêu bản được sao", "A copy does not say of what"),
        book.OWNER: Text("Chủ sở hữu ghi sai", "The owner is told wrongly"),
        book.NOT_ISSUER: Text(
            "Chỉ cơ quan cấp, hoặc cơ quan kế thừa, được làm việc này", "Only the issuer or its heir may do this"
        ),
        book.NOT_YOURS: Text(
            "Mã kết quả thuộc tỉnh hoặc bộ, ngành khác", "The number belongs to another province or ministry"
        ),
        book.REGISTERED: Text("Mã này đã được đăng ký", "This number is registered already"),
        book.UNKNOWN: Text("Chưa có kết quả này", "There is no such result"),
        book.ENDED: Text("Kết quả này đã chấm dứt hiệu lực", "This result has ended already"),
    },
)

_Field = ResultPacket | RevocationPacket | SuccessionPacket


class Results:
    name: Final = "results"
    version: Final = 4
    words: Final = VOCABULARY
    packets: Final[Mapping[str, type[msgspec.Struct]]] = {
        f"{kind}/{version}": struct for (kind, version), struct in KINDS.items()
    }

    def concerns(self, told: Detail) -> bool:
        return carries_packet(told)

    def read(self, ridden: Ridden) -> Sequence[Event | Fault]:
        came = _came(ridden)
        kinds = {kind for kind, _ in KINDS}
        return [made for packet in ridden.packets if packet.kind in kinds for made in self._read(packet, ridden, came)]

    def _read(self, packet: Packet, ridden: Ridden, came: Came) -> Iterator[Event | Fault]:
        kind = self.packets.get(packet.called, ResultPacket)
        read = fields(packet, self.packets, kind)
        if isinstance(read, Fault):
            yield read
            return
        assert isinstance(read, _Field)
        found = [_fault(one, packet.name) for one in book.wrong(read, came)]
        found += texts.hidden(packet.name, msgspec.to_builtins(read))
        yield from found or _READERS[type(read)](read, ridden, packet.name)

    def apply(self, case: Case | None, event: Event) -> Case | Fault:
        return _APPLIED[event.act](case, event)


def entry_of(body: bytes) -> Entry:
    """The body of a case of the kind `result`."""
    return _ENTRY.decode(body)


def leads_of(body: bytes) -> list[str]:
    """The cases that a case of the kinds `number` and `digest` leads to, as they were registered."""
    return _LEADS.decode(body)


def digest_case(sha256: str) -> str:
    return f"sha256:{sha256}"


def _came(ridden: Ridden) -> Came:
    return Came(
        by=ridden.sender,
        document=ridden.id,
        at=ridden.accepted,
        files={file.name: file.sha256 for file in ridden.files},
        heir_of=ridden.heir_of,
    )


def _fault(wrong: Objection, file: str) -> Fault:
    return Fault(code=wrong.code, place=f"{file} $.{wrong.place}", expected=wrong.expected, found=wrong.found)


# A packet → events.


def _registered(packet: ResultPacket, ridden: Ridden, file: str) -> Iterator[Event]:
    """A sender that names a digest without the file may never have had it: such a digest alone leads nowhere."""
    number = book.number(packet.code)
    entry = book.name(number, ridden.sender)
    attached = any(one.sha256 == packet.sha256 for one in ridden.files)
    yield Event.of(
        ridden,
        entry,
        "register",
        file=file,
        packet=msgspec.to_builtins(packet),
        attached=attached,
        told=list(ridden.recipients[:MOST_TOLD]),
    )
    yield Event.of(ridden, number, "lead", file=file, to=entry)
    if attached:
        yield Event.of(ridden, digest_case(packet.sha256), "lead", file=file, to=entry)


def _revoked(packet: RevocationPacket, ridden: Ridden, file: str) -> Iterator[Event]:
    entry = book.name(book.number(packet.code), packet.issuer or ridden.sender)
    told = list(ridden.recipients[:MOST_TOLD])
    yield Event.of(ridden, entry, "revoke", file=file, packet=msgspec.to_builtins(packet), told=told)


def _superseded(packet: SuccessionPacket, ridden: Ridden, file: str) -> Iterator[Event]:
    old, new = book.number(packet.code), book.number(packet.successor)
    told = list(ridden.recipients[:MOST_TOLD])
    yield Event.of(ridden, book.name(new, ridden.sender), "take-place", file=file, of=old)
    entry = book.name(old, packet.issuer or ridden.sender)
    yield Event.of(ridden, entry, "supersede", file=file, packet=msgspec.to_builtins(packet), told=told)


_READERS: Final[dict[type[Any], Callable[[Any, Ridden, str], Iterator[Event]]]] = {
    ResultPacket: _registered,
    RevocationPacket: _revoked,
    SuccessionPacket: _superseded,
}


# An event → the case.


def _register(case: Case | None, event: Event) -> Case | Fault:
    before = entry_of(case.body) if case is not None else None
    packet = msgspec.convert(event.body["packet"], ResultPacket)
    made = book.register(before, packet, _of(event))
    if isinstance(made, Objection):
        return _fault(made, event.body["file"])
    day = vietnam_date(event.at)
    made = replace(made, attached=event.body["attached"])
    month = f"{day:%Y-%m}"
    first = result_number(made.number).number == 1
    counts = {CLAIMED: True, DOSSIERS: first, ATTACHED: made.attached, CONVERTED: packet.converted is not None}
    return Case(
        id=event.case,
        kind=RESULT,
        state=STANDING,
        parties=_parties(made, event, ()),
        opened=day,
        title=packet.name,
        measures=tuple(Measure(month, name, 1) for name, counts_so in counts.items() if counts_so),
        body=_ENCODER.encode(made),
    )


def _end(case: Case | None, event: Event) -> Case | Fault:
    before = entry_of(case.body) if case is not None else None
    made: Entry | Objection
    if event.act == "revoke":
        made = book.revoke(before, msgspec.convert(event.body["packet"], RevocationPacket), _of(event))
    else:
        made = book.supersede(before, msgspec.convert(event.body["packet"], SuccessionPacket), _of(event))
    if isinstance(made, Objection) or case is None:
        return _fault(made, event.body["file"]) if isinstance(made, Objection) else _missing(event)
    return replace(
        case,
        state=REVOKED if made.revoked else SUPERSEDED,
        parties=_parties(made, event, case.parties),
        ended=case.ended or vietnam_date(event.at),
        late=False,  # it has no deadline; None would count it among those that stand
        body=_ENCODER.encode(made),
    )


def _take_place(case: Case | None, event: Event) -> Case | Fault:
    return case if case is not None else _missing(event)


def _lead(case: Case | None, event: Event) -> Case | Fault:
    """One more entry that a number or a digest leads to, in the order of the record."""
    leads = leads_of(case.body) if case is not None else []
    to = event.body["to"]
    if to not in leads:
        issuer = to.rpartition("@")[2]
        if sum(lead.rpartition("@")[2] == issuer for lead in leads) >= MOST_LEADS:
            expected = f"at most {MOST_LEADS} results of one issuer by one number or one file"
            return Fault(code=book.REGISTERED, place=f"{event.body['file']} $", expected=expected, found="more")
        leads = [*leads, to]
    kind = DIGEST if event.case.startswith("sha256:") else NUMBER
    return Case(
        id=event.case,
        kind=kind,
        state="lead",
        parties=(),
        opened=case.opened if case is not None else vietnam_date(event.at),
        body=_ENCODER.encode(leads),
    )


def _missing(event: Event) -> Fault:
    found = event.case.partition("@")[0]
    return Fault(
        code=book.UNKNOWN,
        place=f"{event.body['file']} $",
        expected="a result that this issuer registered",
        found=found,
    )


def _of(event: Event) -> Came:
    return Came(by=event.by, document=event.document, at=event.at, files={})


def _parties(entry: Entry, event: Event, before: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    told = [code for role, code in before if role == TOLD]
    told += [code for code in event.body["told"] if code not in told]
    heirs = dict.fromkeys(code for role, code in before if role == HEIR)
    if event.by != entry.issuer:
        heirs[event.by] = None
    return (
        (ISSUER, entry.issuer),
        *((HEIR, code) for code in heirs),
        *((TOLD, code) for code in told[:MOST_TOLD]),
    )


_APPLIED: Final[dict[str, Callable[[Case | None, Event], Case | Fault]]] = {
    "register": _register,
    "revoke": _end,
    "supersede": _end,
    "take-place": _take_place,
    "lead": _lead,
}
