"""A message's words on other documents, in lines for people: the ones it answers, changes or takes back, why, by when,
and how to answer it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hub.cli.common import Shared
from hub.cli.screen import short
from hub.core import wire
from hub.core.model import Business, StatusCode

_CONCERNS: Final[dict[int, tuple[str, str]]] = {
    Business.RECALL: ("thu hồi", "recalls"),
    Business.UPDATE: ("cập nhật", "updates"),
    Business.REPLACEMENT: ("thay thế", "replaces"),
}
_NOTICES_TOLD: Final = 3
_WITH_A_REASON: Final = (StatusCode.REFUSED, StatusCode.TAKE_BACK, StatusCode.DISAGREED)


def kind_of(shared: Shared, message: wire.Message) -> str:
    """Document, recall, update, replacement, or status with its code."""
    if message.kind == "document" and message.business in _CONCERNS:
        return f"{shared.term(message.kind)}: {shared.pick(*_CONCERNS[message.business])}"
    return f"{shared.term(message.kind)} {message.status_code}".strip()


def said(
    shared: Shared, message: wire.Message, says: wire.Says | None, asked: wire.Asked | None = None
) -> Iterator[str]:
    """Lines, most of all those that ask for something to be done."""
    if asked is not None:
        yield from _asked(shared, message, asked)
    if says is None:
        return
    for answered in says.answers:
        named = ", ".join(
            filter(None, (answered.code or answered.document_id, answered.organ_id, answered.promulgated))
        )
        yield shared.pick(f"trả lời {named}", f"answers {named}")
    if says.of:
        verb = shared.pick(*_CONCERNS.get(message.business, ("về", "about")))
        yield f"{verb} {', '.join(says.of)}"
    yield from _changes(shared, says)
    if says.reason and (asked is None or says.reason != asked.reason):
        told = message.kind == "status" and message.status_code not in _WITH_A_REASON
        yield shared.pick("ý kiến: " if told else "lý do: ", "remark: " if told else "reason: ") + says.reason
    yield from _work(shared, says)
    for notice in says.notices[:_NOTICES_TOLD]:
        yield shared.pick(f"lưu ý: {notice.vi}", f"notice: {notice.en}")
    if len(says.notices) > _NOTICES_TOLD:
        more = len(says.notices) - _NOTICES_TOLD
        yield shared.pick(f"còn {more} lưu ý (--json)", f"{more} more notices (--json)")


def _asked(shared: Shared, message: wire.Message, asked: wire.Asked) -> Iterator[str]:
    what = {
        Business.UPDATE: ("được đề nghị cập nhật", "asked to agree to an update"),
        Business.REPLACEMENT: ("được đề nghị thay thế", "asked to give way to a replacement"),
    }.get(
        Business(asked.business) if asked.business in _CONCERNS else Business.NEW,
        ("được đề nghị trả lại", "asked back"),
    )
    yield shared.pick(*what) + (f": {asked.reason}" if asked.reason else "")
    document = short(message.about or message.id) if message.id == asked.by else short(message.id)
    how = f"truc status --as {shared.agency} --document {document} --code {'|'.join(asked.answer_with)} --reason …"
    yield shared.pick(f"trả lời bằng: {how}", f"answer with: {how}")


def _changes(shared: Shared, says: wire.Says) -> Iterator[str]:
    if says.added:
        yield shared.pick("thêm nơi nhận ", "adds ") + ", ".join(says.added)
    if says.removed:
        yield shared.pick("bỏ nơi nhận ", "removes ") + ", ".join(says.removed)


def _work(shared: Shared, says: wire.Says) -> Iterator[str]:
    if says.due:
        yield shared.pick(f"hạn trả lời {says.due}", f"due {says.due}")
    if says.tasks:
        yield shared.pick("nhiệm vụ ", "task ") + ", ".join(says.tasks)
    if says.steering:
        yield shared.pick(f"chỉ đạo: {says.steering}", f"steering: {says.steering}")
    if says.application:
        yield shared.pick(f"nghiệp vụ {says.application}", f"application {says.application}")
