"""Registers of documents as NĐ 30/2020/NĐ-CP, Annex IV has them: one line for each document that came in, or went out.

Made of a search's finds, so a line tells the hub's own facts: numbers and times of the mailbox and of hand-over
evidence. The columns that an agency decides for itself (the person in charge, the copies it keeps) stay empty for its
own pen.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from hub.core import wire
from hub.core.errors import Text
from hub.core.model import VIETNAM, from_iso_utc, to_datetime
from hub.core.terms import urgency
from hub.core.wire_desk import Correction
from hub.core.wire_export import ExportEnd, ExportLine

NAMED: Final = 20
"""Recipients that a line names; of more it says how many."""
_WHY: Final = {"lines": "đủ số dòng của một lần xuất", "time": "hết thời gian của một lần xuất"}
_BOM: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class Book(StrEnum):
    IN = "in"
    OUT = "out"
    FOUND = "found"


COLUMNS: Final[dict[Book, tuple[str, str]]] = {
    Book.IN: (
        "Ngày đến|Số đến|Tác giả|Số, ký hiệu văn bản|Ngày tháng văn bản|Tên loại và trích yếu nội dung văn bản|"
        "Đơn vị hoặc người nhận|Ngày chuyển|Ký nhận|Ghi chú",
        "Came in|Arrival number|Issuer|Number and notation|Date of document|Type and subject|"
        "Unit or person|Passed on|Signed for|Remarks",
    ),
    Book.OUT: (
        "Số, ký hiệu văn bản|Ngày tháng văn bản|Tên loại và trích yếu nội dung văn bản|Người ký|Nơi nhận văn bản|"
        "Đơn vị, người nhận bản lưu|Số lượng bản|Ngày chuyển|Ký nhận|Ghi chú",
        "Number and notation|Date of document|Type and subject|Signed by|Recipients|"
        "Kept by|Copies|Passed on|Signed for|Remarks",
    ),
    Book.FOUND: (
        "Ngày|Số, ký hiệu văn bản|Ngày tháng văn bản|Tên loại và trích yếu nội dung văn bản|Từ|Nơi nhận|Người ký|"
        "Độ khẩn|Trạng thái|Tệp|Mã gói tin",
        "Accepted|Number and notation|Date of document|Type and subject|From|Recipients|Signed by|"
        "Urgency|States|Files|Identifier",
    ),
}
"""In Vietnamese and in English."""


KEYS: Final[dict[Book, tuple[str, ...]]] = {
    Book.IN: ("came", "number", "issuer", "code", "dated", "what", "unit", "passed", "signed", "remark"),
    Book.OUT: ("code", "dated", "what", "signer", "to", "kept", "copies", "passed", "signed", "remark"),
}
"""The names of a register's columns in a correction, in their order."""
CORRECTABLE: Final[dict[Book, frozenset[str]]] = {
    Book.IN: frozenset({"issuer", "code", "dated", "what", "unit", "passed", "remark"}),
    Book.OUT: frozenset({"code", "dated", "what", "signer", "kept", "copies", "remark"}),
}
"""All but numbers that were given and facts of evidence."""


STANDS: Final[dict[str, Text]] = {
    "waiting": Text("Chưa nhận", "Not fetched"),
    "handed_over": Text("Chờ vào sổ", "To be registered"),
    "01": Text("Đã đến", "Arrived"),
    "02": Text("Trả lại", "Returned"),
    "03": Text("Đã tiếp nhận", "Registered"),
    "04": Text("Đã phân công", "Assigned"),
    "05": Text("Đang xử lý", "In progress"),
    "06": Text("Hoàn thành", "Finished"),
    "refused": Text("Trả lại", "Returned"),
    "take_back_pending": Text("Chờ trả lời lấy lại", "Take-back asked"),
    "taken_back": Text("Đã lấy lại", "Taken back"),
    "16": Text("Không đồng ý", "Kept"),
    "expired": Text("Quá hạn nhận", "Expired"),
}
"""How a delivery stands, by its state or its recipient's last status, in a register's words."""


class Line(NamedTuple):
    """A line of a register as it is printed."""

    cells: list[str]
    struck: bool = False


def versions(book: Book, row: Sequence[str], corrections: Sequence[Correction]) -> list[dict[str, str]]:
    """The cells of a line by the names of their columns: as they were first, and after each of its corrections."""
    cells = dict(zip(KEYS[book], row, strict=True))
    for one in reversed(corrections):
        cells |= one.was  # back to its words before the first of them
    found = [dict(cells)]
    for one in corrections:
        cells |= one.cells
        found.append(dict(cells))
    return found


def lines(book: Book, row: Sequence[str], corrections: Sequence[Correction], lang: str = "vi") -> list[Line]:
    """A line with its corrections, oldest first: all but the last are struck out, and each names itself."""
    own = [one for one in corrections if one.book == book.value]
    told = []
    for number, cells in enumerate(versions(book, row, own) if own else [dict(zip(KEYS[book], row, strict=True))]):
        marks = [cells["remark"]]
        if number:
            one = own[number - 1]
            marks.append(corrected(number, one.at, one.reason, one.by, lang))
        if struck := number < len(own):
            marks.append("đã gạch, xem dòng sửa dưới" if lang == "vi" else "struck out, see the correction below")
        told.append(Line([*list(cells.values())[:-1], "; ".join(filter(None, marks))], struck))
    return told


def printed(book: Book, item: ExportLine, agency: str, lang: str) -> list[Line]:
    """A line of an export as rows of a register, with the agency's own notes."""
    if item.document is None:
        return []
    cells = noted(book, item, agency, lang)
    return [Line(cells)] if book is Book.FOUND else lines(book, cells, item.corrections, lang)


def noted(book: Book, item: ExportLine, agency: str, lang: str = "vi") -> list[str]:
    """The line with the notes of the agency's own book, before any correction. Empty where there is no document."""
    if item.document is None:
        return []
    cells = row(book, item.document, agency, lang)
    if book is Book.IN:
        cells[1] = str(item.arrival or "")
        cells[6], cells[7] = item.unit, cells[0] if item.unit else ""
    return cells


def corrected(number: int, at: str, reason: str, by: str, lang: str) -> str:
    """The mark of a line that corrects the one above it."""
    who = f", {by}" if by else ""
    if lang == "vi":
        return f"sửa lần {number} lúc {moment(at)}{who}: {reason}"
    return f"correction {number} at {moment(at)}{who}: {reason}"


def columns(book: Book, lang: str) -> list[str]:
    return COLUMNS[book][lang != "vi"].split("|")


def row(book: Book, item: wire.FoundDocument, agency: str = "", lang: str = "vi") -> list[str]:
    """The cells of one document; in the book of incoming ones, of the delivery to `agency` (or the first), and without
    an arrival number: that is the agency's own."""
    register = item.register or wire.Register()
    message = item.message
    what = " ".join(filter(None, (message.type_name, message.subject)))
    signed = " ".join(filter(None, (register.position, register.signer)))
    if book is Book.IN:
        own = next((d for d in item.deliveries if d.recipient == agency), None) or next(iter(item.deliveries), None)
        came, taken, remark = (
            (day(own.placed_at), moment(own.handed_at), _stands(own.progress or own.state, lang)) if own else ("",) * 3
        )
        issuer = message.sender_name or register.sender_name or message.sender
        return [came, "", issuer, message.code, register.promulgated, what, "", "", taken, remark]
    if book is Book.OUT:
        kept = "; ".join(place for place in register.to_places if place.lower().startswith("lưu"))
        copies = str(register.copies) if register.copies is not None else ""
        passed = moment(message.accepted_at)
        place = recipients(item, lang)
        return [
            message.code,
            register.promulgated,
            what,
            signed,
            place,
            kept,
            copies,
            passed,
            handed(item),
            _states_told(item, lang),
        ]
    return [
        moment(message.accepted_at),
        message.code,
        register.promulgated,
        what,
        name(message.sender, message.sender_name),
        recipients(item, lang),
        signed,
        urgency(lang, message.priority),
        _states_told(item, lang),
        "; ".join(file.name for file in register.files),
        message.id,
    ]


def recipients(item: wire.FoundDocument, lang: str) -> str:
    named = [name(d.recipient, d.name) for d in item.deliveries[:NAMED]]
    more = sum(item.states.values()) - len(named)
    if more > 0:
        named.append(f"… và {more} nơi khác" if lang == "vi" else f"… and {more} more")
    return "; ".join(named)


def handed(item: wire.FoundDocument) -> str:
    """`5/6`, with the last time where it is one place alone."""
    done, of = item.states.get("handed_over", 0), sum(item.states.values())
    alone = moment(item.deliveries[0].handed_at) if of == 1 and item.deliveries else ""
    return alone or f"{done}/{of}"


def _states_told(item: wire.FoundDocument, lang: str) -> str:
    return ", ".join(f"{_stands(state, lang)} {count}" for state, count in sorted(item.states.items()))


def _stands(key: str, lang: str) -> str:
    text = STANDS.get(key, Text(key, key))
    return text.vi if lang == "vi" else text.en


def name(code: str, known: str) -> str:
    return f"{known} ({code})" if known and known != code else code


def day(time: str) -> str:
    return moment(time)[:10]


def moment(time: str) -> str:
    """`2026-11-22 15:00` in Vietnam, of a time of the wire; a text that is none stays as it came."""
    try:
        return f"{to_datetime(from_iso_utc(time)).astimezone(VIETNAM):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return time


def safe(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula stands after an apostrophe."""
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def ended(end: ExportEnd, lang: str = "vi") -> str:
    """The words of the last line of a table that is cut; empty where it is whole."""
    vi, en = [], []
    if end.cursor:
        why = _WHY.get(end.why, end.why)
        vi.append(f"… có thể còn nữa: đã dừng sau {end.lines} dòng ({why}); xuất tiếp từ cursor={end.cursor}")
        en.append(f"… there may be more: stopped after {end.lines} lines ({end.why}); go on with cursor={end.cursor}")
    if end.behind:
        vi.append(f"{end.behind} văn bản chưa lập chỉ mục: có thể thiếu")
        en.append(f"{end.behind} documents are not indexed yet: some may be missing")
    return "; ".join(vi if lang == "vi" else en)


def csv_lines(rows: Iterable[Sequence[str]], head: Sequence[str]) -> Iterator[str]:
    """A CSV file in UTF-8 with a mark, line by line."""
    yield _BOM + _csv_line(head)
    yield from csv_more(rows)


def csv_more(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """More lines of one."""
    return (_csv_line(list(map(safe, cells))) for cells in rows)


def _csv_line(cells: Sequence[str]) -> str:
    target = io.StringIO()
    csv.writer(target, lineterminator="\r\n").writerow(cells)
    return target.getvalue()
