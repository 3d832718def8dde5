"""Drafts of letters: kept, listed, continued, deleted."""

from __future__ import annotations

from typing import Final

import msgspec

from hub.core import typed
from hub.core.errors import DeskFull, DraftConflict, NotFound, TooLarge
from hub.core.model import Millis, from_iso_utc, iso_utc
from hub.core.wire_desk import DraftLetter, LetterDraft, LetterDrafts, SaveDraft
from hub.store import Store, Transaction
from hub.store.papers import Paper, PaperRow

MOST: Final = 50
"""Drafts of one agency."""
MOST_BYTES: Final = 32 * 1024 * 1024
"""Of them together."""
MOST_ONE: Final = 4 * 1024 * 1024
"""Of the files of one, decoded: it is written in one transaction, for which documents wait."""
MOST_SENT: Final = MOST_ONE * 4 // 3 + 512 * 1024
"""Of the call that saves one: its files in base64, and its text."""
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(DraftLetter).decode


async def save(store: Store, agency: str, by: str, wanted: SaveDraft, at: Millis) -> LetterDraft:
    """Durable when this returns. NotFound for one that is gone, DraftConflict for one that somebody saved meanwhile,
    TooLarge for one that is too large, DeskFull beyond an agency's share, BadRequest for text that hides something."""
    _check(wanted.letter)
    entry = _encode(wanted.letter)

    def work(tx: Transaction) -> PaperRow:
        held = tx.papers_held(agency, Paper.DRAFT)
        known = tx.paper(agency, Paper.DRAFT, wanted.id) if wanted.id else None
        if wanted.id and known is None:
            raise NotFound(expected="a draft that is kept", found=str(wanted.id))
        if known is not None and iso_utc(known.at) != wanted.saved_at:
            raise DraftConflict(expected=f"the draft as saved at {iso_utc(known.at)}", found=wanted.saved_at)
        if known is None and held.papers >= MOST:
            raise DeskFull(expected=f"at most {MOST} drafts", found=str(held.papers + 1))
        size = held.size + len(entry) - (len(known.entry) if known is not None else 0)
        if size > MOST_BYTES:
            raise DeskFull(expected=f"drafts of at most {MOST_BYTES} bytes together", found=f"{size} bytes")
        row = PaperRow(
            agency=agency,
            kind=Paper.DRAFT,
            number=known.number if known is not None else held.last + 1,
            at=Millis(max(at, known.at + 1)) if known is not None else at,
            by=by,
            entry=entry,
        )
        tx.put_paper(row)
        return row

    return told(await store.write(work))


def _check(letter: DraftLetter) -> None:
    """Files count as the bytes that they are, not as the base64 in which they travel."""
    files = sum(len(file.data) for file in letter.files)
    if files > MOST_ONE:
        raise TooLarge(expected=f"files of at most {MOST_ONE} bytes in a draft", found=f"{files} bytes", field="files")
    texts = {name: value for name, value in msgspec.structs.asdict(letter).items() if isinstance(value, str)}
    typed.check(texts | {"to": "".join(letter.to), "files": "".join(file.name for file in letter.files)})


def told(row: PaperRow, *, whole: bool = False) -> LetterDraft:
    letter = _decode(row.entry)
    return LetterDraft(
        id=row.number,
        saved_at=iso_utc(row.at),
        by=row.by,
        subject=letter.subject,
        to=len(letter.to),
        files=len(letter.files),
        size=len(row.entry),
        letter=letter if whole else None,
    )


async def listed(store: Store, agency: str) -> LetterDrafts:
    """One letter after another is in memory, never all 32 MB of an agency."""
    found: list[LetterDraft] = []
    while len(found) < MOST and (rows := await store.papers(agency, Paper.DRAFT, 1, found[-1].id if found else None)):
        found.append(told(rows[0]))
    items = sorted(found, key=lambda draft: (from_iso_utc(draft.saved_at), draft.id), reverse=True)
    return LetterDrafts(items=items, most=MOST, most_bytes=MOST_BYTES)


async def one(store: Store, agency: str, number: int) -> LetterDraft:
    """With its letter. NotFound."""
    row = await store.paper(agency, Paper.DRAFT, number)
    if row is None:
        raise NotFound(expected="a draft that is kept", found=str(number))
    return told(row, whole=True)


async def delete(store: Store, agency: str, number: int) -> LetterDraft:
    """The draft as it was. NotFound."""
    found = await one(store, agency, number)
    await store.write(lambda tx: tx.drop_paper(agency, Paper.DRAFT, number))
    return msgspec.structs.replace(found, letter=None)
