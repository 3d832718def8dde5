"""The questions of `send` to a person at a terminal: recipient, number, subject, urgency, files.

Each answer is held against the rules as soon as it is given, so that nobody types all of it to hear that the first
line was wrong. Nothing is sent before the last question is answered with yes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from clients.axis import AxisClient
from hub.cli import printing
from hub.cli.common import Shared, finding_lines
from hub.cli.screen import pairs, show, table, who
from hub.cli.terms import PRIORITIES
from hub.core import edxml, wire
from hub.core.edxml import Code, Document, Organ, OtherInfo
from hub.core.errors import AxisError, InvalidFields
from hub.core.model import Priority

_SHOWN: Final = 10
_CODE: Final = "MessageHeader.Code"
_SUBJECT: Final = "MessageHeader.Subject"


async def complete(shared: Shared, axis: AxisClient, given: dict[str, Any]) -> None:
    """Fill in the fields that `given` lacks; click.Abort where the answer to the last question is no."""
    names: dict[str, str] = {}
    if not given["recipients"]:
        names = await _recipients(shared, axis)
        given["recipients"] = tuple(names)
    if not given["number"]:
        given["number"] = _number(shared)
    if not given["subject"]:
        given["subject"] = _subject(shared)
    if click.get_current_context().get_parameter_source("priority") is click.core.ParameterSource.DEFAULT:
        given["priority"] = _priority(shared)
    given["files"] = tuple(_files(shared))
    _last_question(shared, given, names)


async def _recipients(shared: Shared, axis: AxisClient) -> dict[str, str]:
    """Code → name, in the order in which they were chosen."""
    chosen: dict[str, str] = {}
    more = shared.pick("Nơi nhận nữa (để trống khi đủ)", "Another recipient (empty: no more)")
    first = shared.pick("Nơi nhận (mã, hoặc vài chữ trong tên)", "Recipient (code, or words of its name)")
    while True:
        typed = printing.ask(more if chosen else first, may_be_empty=bool(chosen)).strip()
        if not typed:
            return chosen
        found = (await axis.search(typed, limit=_SHOWN)).items
        one = _only(typed, found) or _picked(shared, typed, found)
        if one is not None:
            chosen[one.code] = one.name
            printing.line(who(one.code, one.name), mark="✓", err=True)


def _only(typed: str, found: Sequence[wire.Agency]) -> wire.Agency | None:
    """The one that was named by its code, or the only one that was found."""
    exact = [agency for agency in found if typed.upper() in (agency.code.upper(), agency.code_qd20.upper())]
    return exact[0] if exact else found[0] if len(found) == 1 else None


def _picked(shared: Shared, typed: str, found: Sequence[wire.Agency]) -> wire.Agency | None:
    if not found:
        shared.warn(f"Danh bạ không có {typed}; thử vài chữ khác", f"The directory has no {typed}; try other words")
        return None
    columns = shared.pick("|tên|mã", "|name|code").split("|")
    show(table("", columns, ((n, a.name, a.code) for n, a in enumerate(found, 1)), whole=(2,)), err=True)
    question = shared.pick("Số thứ tự (để trống: tìm lại)", "Which line (empty: search again)")
    number = printing.ask(question, may_be_empty=True).strip()
    return (
        found[int(number) - 1] if number.isdecimal() and number.isascii() and 1 <= int(number) <= len(found) else None
    )


def _number(shared: Shared) -> str:
    question = shared.pick("Số văn bản (để trống: theo giờ gửi)", "Number (empty: by the time of sending)")
    return _until(shared, question, lambda text: _wrong(_CODE, code=Code(text, "X")), may_be_empty=True)


def _subject(shared: Shared) -> str:
    return _until(shared, shared.pick("Trích yếu", "Subject"), lambda text: _wrong(_SUBJECT, subject=text))


def _until(
    shared: Shared, question: str, wrong: Callable[[str], Sequence[wire.Finding]], *, may_be_empty: bool = False
) -> str:
    """The first answer with which nothing is wrong. An odd answer is told, and asked for again."""
    while True:
        text = printing.ask(question, may_be_empty=may_be_empty).strip()
        found = wrong(text) if text else ()
        if not found and (text or may_be_empty):
            return text
        for line in finding_lines(shared, found):
            printing.line(f"! {line}", err=True, fg="yellow")


def _wrong(path: str, **said: Any) -> tuple[wire.Finding, ...]:
    """The rules' findings about this part of a document."""
    day = date(2000, 1, 1)
    fields: dict[str, Any] = {"code": Code("1", "X"), "subject": "-"} | said
    organ = Organ("-", name="-")
    document = Document(
        sender=organ, recipients=(organ,), document_id="-", promulgation_date=day, other=OtherInfo(), **fields
    )
    try:
        claimed = edxml.parse(edxml.build(document))
        found = [f for f in edxml.findings(claimed, day) if f.path.startswith(path)]
        edxml.check_not_secret(claimed)
    except InvalidFields as error:  # of a character that no XML carries
        found = list(error.findings)
    except AxisError as error:
        return (
            wire.Finding(code=error.code, value=error.found, rule="", clause="", vi=error.text.vi, en=error.text.en),
        )
    return tuple(map(wire.Finding.of, found))


def _priority(shared: Shared) -> int:
    choices = ", ".join(f"{int(p)} {shared.pick(*PRIORITIES[p])}" for p in Priority)
    question = shared.pick(f"Độ khẩn: {choices} (để trống: 0)", f"Urgency: {choices} (empty: 0)")
    while True:
        typed = printing.ask(question, may_be_empty=True).strip() or "0"
        if typed in {str(int(p)) for p in Priority}:
            return int(typed)


def _files(shared: Shared) -> list[Path]:
    files: list[Path] = []
    question = shared.pick("Tệp đính kèm (để trống khi đủ)", "File to attach (empty: no more)")
    while typed := printing.ask(question, may_be_empty=True).strip().strip("'\""):
        path = Path(typed).expanduser()
        try:
            size = path.stat().st_size if path.is_file() else 0
            with path.open("rb"):
                pass
        except (OSError, ValueError) as error:
            printing.line(f"! {typed}: {getattr(error, 'strerror', None) or error}", err=True, fg="yellow")
            continue
        if size:
            files.append(path)
            printing.line(f"{path} ({size:,} B)", mark="✓", err=True)
        else:
            shared.warn(f"! {path}: tệp rỗng hoặc không phải tệp", f"! {path}: empty, or no file")
    return files


def _last_question(shared: Shared, given: dict[str, Any], names: dict[str, str]) -> None:
    to = ", ".join(who(code, names.get(code, "")) for code in given["recipients"])
    told = [
        (shared.pick("nơi nhận", "to"), to),
        (shared.pick("trích yếu", "subject"), given["subject"]),
        (shared.pick("độ khẩn", "urgency"), shared.pick(*PRIORITIES[Priority(given["priority"])])),
        (shared.pick("tệp", "files"), ", ".join(map(str, given["files"])) or "–"),
    ]
    show(pairs(told), err=True)
    if not printing.confirm(shared.pick("Ký và gửi?", "Sign and send?")):
        raise click.Abort
