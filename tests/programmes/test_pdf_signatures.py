"""Signatures inside PDF files: a file for each verdict, the real reader, hostile files, a reader that dies."""

from __future__ import annotations

import asyncio
import os
import resource
import sys

import msgspec
import pytest

from hub.pdf import worker
from hub.pdf.messages import Job
from hub.pdf.reading import PdfReading
from hub.programmes.signatures.facts import Certificate, Change, Coverage, PdfFacts, TimeSource, Trouble
from hub.programmes.signatures.verdict import WORDS, Judged, Names, PdfVerdict, Role, judge, role
from tests.programmes import pdfs

NAMES = Names((pdfs.AGENCY, "UBND tỉnh Sơn La"), pdfs.LEADER)
EXPECTED = {
    "valid": PdfVerdict.VALID,
    "valid-nothing-between": PdfVerdict.VALID,
    "valid-untimed": PdfVerdict.VALID_UNTIMED,
    "valid-older-subfilter": PdfVerdict.VALID_UNTIMED,
    "sandbox-letter": PdfVerdict.VALID_UNTIMED,
    "no-signature": PdfVerdict.NO_SIGNATURE,
    "image-only": PdfVerdict.IMAGE_ONLY,
    "modified-after": PdfVerdict.MODIFIED_AFTER,
    "digest-mismatch": PdfVerdict.DIGEST_MISMATCH,
    "unknown-issuer": PdfVerdict.UNKNOWN_ISSUER,
    "expired-no-timestamp": PdfVerdict.EXPIRED_NO_TIMESTAMP,
    "expired-with-timestamp": PdfVerdict.VALID,
    "revoked": PdfVerdict.REVOKED,
    "one-signature-only": PdfVerdict.ONE_SIGNATURE_ONLY,
    "leader-only": PdfVerdict.ONE_SIGNATURE_ONLY,
    "wrong-agency": PdfVerdict.WRONG_AGENCY,
    "encrypted": PdfVerdict.UNREADABLE,
    "cut-off": PdfVerdict.UNREADABLE,
    "no-pdf": PdfVerdict.UNREADABLE,
}


def job(content: bytes, seconds: int = 5) -> Job:
    made = pdfs.offices()
    return Job(content=content, roots=made.roots, crls=made.crls, received=pdfs.RECEIVED, seconds=seconds)


async def _read(*contents: bytes, seconds: int = 5) -> list[PdfFacts]:
    reading = PdfReading()
    try:
        return [await reading.facts(job(content, seconds)) for content in contents]
    finally:
        await reading.close()


@pytest.fixture(scope="module")
def read() -> dict[str, PdfFacts]:
    """All files through one reader."""
    made = {name: make() for name, make in pdfs.FILES.items()}
    return dict(zip(made, asyncio.run(_read(*made.values())), strict=True))


def judged(facts: PdfFacts) -> Judged:
    return judge(facts, NAMES)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_verdict_on_a_file_made_for_it(read: dict[str, PdfFacts], name: str) -> None:
    assert judged(read[name]).verdict is EXPECTED[name]


def test_every_verdict_has_a_file_and_words() -> None:
    assert {*EXPECTED.values(), PdfVerdict.NOT_READ} == set(PdfVerdict) == set(WORDS)


def test_number_and_date_between_the_signatures_are_no_tampering(read: dict[str, PdfFacts]) -> None:
    found = judged(read["valid"])
    assert found.between
    assert [one.role for one in found.signed] == [Role.PERSON, Role.AGENCY]
    leader, agency = (one.signature for one in found.signed)
    assert (leader.coverage, leader.changes) == (Coverage.REVISION, Change.OTHER)
    assert (agency.coverage, agency.changes) == (Coverage.WHOLE_FILE, Change.NONE)
    assert leader.revision < agency.revision
    assert not judged(read["valid-nothing-between"]).between
    letter = judged(read["sandbox-letter"])
    assert letter.between
    assert [one.signature.revision for one in letter.signed] == [2, 4]
    assert [one.signature.coverage for one in letter.signed] == [Coverage.REVISION, Coverage.WHOLE_FILE]


def test_the_time_has_its_source(read: dict[str, PdfFacts]) -> None:
    now = int(pdfs.NOW.timestamp() * 1000)
    assert [(s.time, s.time_source) for s in read["valid"].signatures] == [(now, TimeSource.STAMP)] * 2
    assert {s.time_source for s in read["valid-untimed"].signatures} == {TimeSource.CLAIMED}


def test_what_follows_the_file_is_told(read: dict[str, PdfFacts]) -> None:
    """A line end that a mail program added is no content, and is covered by nobody's signature either."""
    agency = read["valid-line-end-added"].signatures[-1]
    assert agency.intact
    assert agency.sound


def test_a_list_of_revocations_had_its_say(read: dict[str, PdfFacts]) -> None:
    assert all(one.revocation_known for one in read["valid"].signatures)
    made = pdfs.offices()
    unlisted = Job(content=pdfs.FILES["revoked"](), roots=made.roots, received=pdfs.RECEIVED)

    async def without() -> PdfFacts:
        reading = PdfReading()
        try:
            return await reading.facts(unlisted)
        finally:
            await reading.close()

    found = asyncio.run(without())
    assert not any(one.revocation_known for one in found.signatures)
    assert judged(found).verdict is PdfVerdict.VALID


def test_a_leader_signed(read: dict[str, PdfFacts]) -> None:
    assert {name for name in EXPECTED if judged(read[name]).by_leader} == {
        "valid",
        "valid-nothing-between",
        "valid-untimed",
        "valid-older-subfilter",
        "sandbox-letter",
        "expired-with-timestamp",
        "leader-only",
        "modified-after",
        "wrong-agency",
    }


HOSTILE = {
    "three-thousand-revisions": lambda: pdfs.many_revisions(3_000),
    "hundred-thousand-fields": lambda: pdfs.many_fields(100_000),
    "deep-nesting": lambda: pdfs.deep(50_000),
    "pages-in-a-ring": pdfs.ring,
    "object-stream-bomb": lambda: pdfs.bomb(1 << 28),
    "ranges-without-end": lambda: pdfs.letter() + b"/ByteRange [0 1 2 3]" * 1_000,
}


@pytest.fixture(scope="module")
def survived() -> list[PdfFacts]:
    """Each hostile file, and an honest one after all of them, through one reader."""
    contents = [make() for make in HOSTILE.values()]
    return asyncio.run(_read(*contents, pdfs.FILES["leader-only"](), seconds=1))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_its_bounds_and_no_more(survived: list[PdfFacts], name: str) -> None:
    found = survived[list(HOSTILE).index(name)]
    assert judged(found).verdict in (PdfVerdict.UNREADABLE, PdfVerdict.NO_SIGNATURE)
    if name in ("three-thousand-revisions", "ranges-without-end"):  # counted before any parser saw them
        assert found.trouble is Trouble.TOO_COMPLEX


def test_an_honest_file_is_read_after_the_hostile_ones(survived: list[PdfFacts]) -> None:
    assert judged(survived[-1]).verdict is PdfVerdict.ONE_SIGNATURE_ONLY


def test_the_kernel_keeps_the_bound_on_processor_time() -> None:
    costly = pdfs.many_fields(100_000)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert worker.read(job(costly, seconds=1)).trouble is Trouble.TOO_COMPLEX
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


async def test_the_kernel_keeps_the_bound_on_memory() -> None:
    reading = PdfReading()  # a process of its own, whose heap has no room left from other files
    try:
        roomy = job(pdfs.many_fields(20_000), seconds=20)
        narrow = msgspec.structs.replace(roomy, memory=1 << 20)
        assert (await reading.facts(narrow)).trouble is Trouble.TOO_COMPLEX
        assert (await reading.facts(roomy)).trouble is not Trouble.TOO_COMPLEX
    finally:
        await reading.close()


async def test_a_reader_that_ends_or_lies_is_replaced() -> None:
    content = pdfs.FILES["no-signature"]()
    commands = iter(
        [
            [sys.executable, "-c", "pass"],
            [
                sys.executable,
                "-c",
                "import sys; sys.stdout.buffer.write(b'\\xff' * 64); sys.stdout.flush(); sys.stdin.read()",
            ],
            [
                sys.executable,
                "-c",
                "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\4abcd'); sys.stdout.flush(); sys.stdin.read()",
            ],
            ["/nonexistent"],
            [sys.executable, "-m", "hub.pdf.worker"],
        ]
    )
    reading = PdfReading(lambda: next(commands))
    try:
        for _ in range(4):
            assert (await reading.facts(job(content))).trouble is Trouble.NOT_READ
        assert (await reading.facts(job(content))).trouble is None
    finally:
        await reading.close()


async def test_a_caller_that_gives_up_leaves_no_answer_behind() -> None:
    reading = PdfReading()
    try:
        assert (await reading.facts(job(pdfs.letter()))).trouble is None
        given_up = asyncio.create_task(reading.facts(job(pdfs.many_fields(20_000))))
        await asyncio.sleep(0)  # it has asked, or waits to: either way its answer is nobody else's
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert judged(await reading.facts(job(pdfs.scan()))).verdict is PdfVerdict.IMAGE_ONLY
    finally:
        await reading.close()


def test_a_file_that_is_read_leaves_no_process() -> None:
    asyncio.run(_read(pdfs.letter()))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize(
    ("name", "organization", "what"),
    [
        (pdfs.AGENCY, pdfs.AGENCY, (Role.AGENCY, False)),
        ("ỦY BAN NHÂN DÂN TỈNH SƠN LA", "", (Role.AGENCY, False)),
        ("NGUYỄN VĂN MẪU", "", (Role.PERSON, False)),
        ("Trần Thị Khác", pdfs.AGENCY, (Role.PERSON, False)),
        ("Bộ Tài chính", "Bộ Tài chính", (Role.AGENCY, True)),
        ("somebody", "", (Role.UNKNOWN, False)),
        ("", "", (Role.UNKNOWN, False)),
    ],
)
def test_whose_certificate_it_is(name: str, organization: str, what: tuple[Role, bool]) -> None:
    made = Certificate(
        common_name=name, organization=organization, issuer="CA", sha256="", first=pdfs.RECEIVED, last=pdfs.RECEIVED
    )
    assert role(made, NAMES) == what
    assert role(None, NAMES) == (Role.UNKNOWN, False)
