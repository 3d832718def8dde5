"""A document as the words by which it is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from hub.core.directory.routing import Directory
from hub.core.edxml.detail import Detail
from hub.core.words import day_tags, fold, tag
from hub.store import MessageRow
from hub.store.search import Entry

SENT_BY, SENT_TO, TASK, APPLICATION, DOCUMENT_ID, SHA256 = "srjaih"
"""Kinds of tags that stand for a value."""
KIND, PRIORITY, VERDICT, SENDERS_TIER, RECIPIENTS_TIER = "kpvtu"
"""Kinds of tags that are one of a few words."""
_MOST_NAMES: Final = 2_000
"""Words of recipients' names: a circular goes to thousands of agencies of the same few words."""


def entry_of(row: MessageRow, detail: Detail | None, recipients: Sequence[str], directory: Directory) -> Entry:
    """Names and tiers are those of the directory as it is now."""
    told = detail or Detail()
    texts = (
        *(row.subject, row.type_name, told.content, told.sphere, told.competence, told.position, told.signer),
        *(file.name for file in told.files),
    )
    return Entry(
        number=row.number,
        said=fold(" ".join(filter(None, texts))),
        code=_code(row),
        sender=_name(directory, row.sender),
        names=" ".join(_bounded(_name(directory, code) for code in recipients)),
        tags=" ".join(_tags(row, told, directory)),
        placed=" ".join(_placed(recipients, directory)),
    )


def of_word(kind: str, word: str) -> str:
    return kind + fold(word).replace(" ", "")


def _code(row: MessageRow) -> str:
    """As it is written, and as people compare it: without the zeros before."""
    written, compared = fold(row.code), fold(row.key)
    return written if written == compared else f"{written} {compared}"


def _tags(row: MessageRow, told: Detail, directory: Directory) -> Iterator[str]:
    yield tag(SENT_BY, row.sender)
    yield tag(DOCUMENT_ID, row.document_id)
    yield tag(SHA256, row.sha256)
    yield of_word(KIND, str(int(row.business)))
    yield of_word(PRIORITY, str(row.priority))
    yield of_word(VERDICT, row.verdict)
    if (agency := directory.get(row.sender)) is not None:
        yield of_word(SENDERS_TIER, agency.tier)
    if told.promulgated is not None:
        yield from day_tags(told.promulgated)
    yield from (tag(TASK, fold(task)) for task in told.tasks)
    if told.application:
        yield tag(APPLICATION, fold(told.application))


def _placed(recipients: Sequence[str], directory: Directory) -> Iterator[str]:
    yield from (tag(SENT_TO, code) for code in recipients)
    agencies = filter(None, map(directory.get, recipients))
    yield from sorted({of_word(RECIPIENTS_TIER, agency.tier) for agency in agencies})


def _name(directory: Directory, code: str) -> str:
    agency = directory.get(code)
    return _folded(f"{agency.name} {agency.short_name} {agency.code} {agency.code_qd20}" if agency else code)


_folded = lru_cache(maxsize=32_768)(fold)


def _bounded(names: Iterable[str]) -> Iterator[str]:
    left = _MOST_NAMES
    seen: set[str] = set()
    for name in names:
        new = name.split() if left else []
        if not seen.issuperset(new):
            seen.update(new)
            left = max(left - len(new), 0)
            yield name
