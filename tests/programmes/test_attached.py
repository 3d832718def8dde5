"""PDF files among attachments, read together: what each bears, what the document bears, and the bounds of it all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

import pytest

from hub.core.edxml.message import Attachment
from hub.core.signature.anchors import Anchors
from hub.pdf import attached
from hub.pdf.attached import Trusted
from hub.pdf.reading import PdfReading
from hub.programmes.signatures import telling
from hub.programmes.signatures.looked import Bearing, LookedFile, bearing
from hub.programmes.signatures.verdict import Names, PdfVerdict
from tests.programmes import pdfs

NAMES = Names((pdfs.AGENCY,), pdfs.LEADER)


def file(name: str, data: bytes) -> Attachment:
    return Attachment(content_id=name, name=name, data=data)


Look = Callable[[Sequence[Attachment]], list[LookedFile]]


def trusted() -> Trusted:
    made = pdfs.offices()
    return Trusted.of(Anchors([made.root.certificate], (), [made.list]))


@pytest.fixture(scope="module")
def look() -> Iterator[Look]:
    """All of it through one reader, for its start takes longer than the files."""
    with asyncio.Runner() as runner:
        reading = PdfReading()
        yield lambda files: runner.run(attached.look(reading, iter(files), NAMES, trusted(), pdfs.RECEIVED))
        runner.run(reading.close())


def test_each_pdf_is_told_and_nothing_else(look: Look) -> None:
    found = look(
        [
            file("a.pdf", pdfs.issued()),
            file("b.packet.json", b"{}"),
            file("khong-ten", pdfs.letter()),
            file("c.pdf", b"PK\x03\x04"),
            file("d.pdf", pdfs.altered()),
        ]
    )
    assert [(one.name, one.verdict) for one in found] == [
        ("a.pdf", PdfVerdict.VALID),
        ("khong-ten", PdfVerdict.NO_SIGNATURE),
        ("d.pdf", PdfVerdict.DIGEST_MISMATCH),
    ]
    assert found[0].between
    assert [(one.role, one.signer, one.source) for one in found[0].signatures] == [
        ("person", pdfs.LEADER, "time-stamp"),
        ("agency", pdfs.AGENCY, "time-stamp"),
    ]


@pytest.mark.parametrize(
    ("names", "bears"),
    [
        (("no-signature", "valid-untimed"), Bearing.LEADER),
        (("one-signature-only",), Bearing.AGENCY),
        (("digest-mismatch",), Bearing.FAULTY),
        (("no-signature", "encrypted"), Bearing.UNSIGNED),
    ],
)
def test_what_a_document_bears_is_the_best_of_its_files(look: Look, names: tuple[str, ...], bears: Bearing) -> None:
    assert bearing(look([file(f"{name}.pdf", pdfs.FILES[name]()) for name in names])) is bears


def test_too_many_and_too_large_are_not_read(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "MOST_FILES", 1)
    found = look([file("a.pdf", pdfs.letter()), file("b.pdf", pdfs.issued())])
    assert [one.verdict for one in found] == [PdfVerdict.NO_SIGNATURE, PdfVerdict.NOT_READ]
    monkeypatch.setattr(attached, "MOST_BYTES", 100)
    found = look([file("a.pdf", pdfs.letter())])
    assert bearing(found) is Bearing.UNREAD


def test_a_hostile_file_spoils_no_other(look: Look) -> None:
    found = look([file("a.pdf", pdfs.bomb(1 << 26)), file("b.pdf", pdfs.deep(50_000)), file("c.pdf", pdfs.issued())])
    assert found[1].verdict is PdfVerdict.UNREADABLE
    assert found[2].verdict is PdfVerdict.VALID


def test_a_reader_that_ends_is_asked_once_more_and_then_left() -> None:
    asked = []

    async def work() -> list[LookedFile]:
        reading = PdfReading(lambda: asked.append(1) or ["/bin/false"])  # type: ignore[func-returns-value]
        return await attached.look(reading, iter([file("a.pdf", b"%PDF-")]), NAMES, trusted(), pdfs.RECEIVED)

    assert [one.verdict for one in asyncio.run(work())] == [PdfVerdict.NOT_READ]
    assert len(asked) == 2


def test_as_it_goes_out(look: Look) -> None:
    told = telling.signatures(look([file("a.pdf", pdfs.issued())]))
    assert (told.state, told.bears) == ("read", "leader")
    (one,) = told.files
    assert (one.signed_by_leader, one.signed_by_agency, one.content_added_between) == (True, True, True)
    assert one.signatures[0].time == "2026-11-20T02:00:00.000Z"
    assert telling.signatures(()).bears == ""
