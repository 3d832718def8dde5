"""What a register tells of a message is what the message says, cut to a bounded length."""

from __future__ import annotations

from datetime import date, datetime

from hub.core import edxml
from hub.core.edxml import Attachment, OtherInfo, ResponseFor, Staff, Status
from hub.core.edxml.detail import LONGEST, MOST, Answers, Detail, File, Notable, decode, notable, told_of
from hub.core.model import Priority, StatusCode
from tests.support.axis import SON_LA, VPCP, a_document, organ


def told(message: edxml.Message, files: tuple[Attachment, ...] = ()) -> Detail:
    claimed = edxml.parse(edxml.build(message, files))
    return decode(told_of(edxml.read(claimed), claimed, "ab" * 32))


def test_of_a_document_every_column_of_the_register_is_told() -> None:
    document = a_document(
        VPCP,
        [SON_LA],
        7,
        due_date=date(2026, 12, 1),
        content="Rà soát thủ tục",
        task_codes=("NV-1", "NV-2"),
        application_type="eOffice",
        steering_type=1,
        response_for=(ResponseFor(SON_LA, "12/UBND", "id", date(2026, 10, 3)),),
        to_places=("Lưu: VT",),
        other=OtherInfo(priority=Priority.URGENT, sphere="Tư pháp", page_amount=3, promulgation_amount=2),
    )
    files = (
        Attachment("a", "Tờ trình.pdf", data=b"%PDF-1.4 " + bytes(1000)),
        Attachment("b", "Phụ lục.xsl", data=b"12345"),
    )
    assert told(document, files) == Detail(
        promulgated=date(2026, 11, 20),
        due=date(2026, 12, 1),
        place="Hà Nội",
        sender_name="Văn phòng Chính phủ",
        competence="TL. BỘ TRƯỞNG, CHỦ NHIỆM",
        position="Cục trưởng",
        signer="Người ký thử nghiệm",
        sphere="Tư pháp",
        content="Rà soát thủ tục",
        type_detail=18,
        steering=1,
        tasks=("NV-1", "NV-2"),
        application="eOffice",
        answers=(Answers(SON_LA, "12/UBND", "id", date(2026, 10, 3)),),
        to_places=("Lưu: VT",),
        pages=3,
        copies=2,
        files=(File("Tờ trình.pdf", 1009), File("Phụ lục.xsl", 5)),
        attached=2,
        certificate="ab" * 32,
    )


def test_a_file_is_measured_whatever_its_base64_is_broken_into() -> None:
    for size in range(1, 200):
        (file,) = told(a_document(VPCP, [SON_LA], 1), (Attachment("a", "f.pdf", data=bytes(size)),)).files
        assert file.size == size


def test_of_a_status_who_said_what_is_told() -> None:
    status = Status(
        sender=organ(SON_LA),
        response_for=ResponseFor(VPCP, "1/VPCP-KSTT", "id", date(2026, 11, 20)),
        staff=Staff("Văn thư", "Lò Thị B"),
        code=StatusCode.REFUSED,
        description="Gửi nhầm đơn vị",
        timestamp=datetime(2026, 11, 22, 9, 15),
    )
    found = told(status)
    assert (found.description, found.department, found.staff) == ("Gửi nhầm đơn vị", "Văn thư", "Lò Thị B")
    assert found.promulgated is None


def test_a_sender_who_writes_much_makes_no_long_register() -> None:
    long = "ệ" * 4_000
    document = a_document(VPCP, [SON_LA], 1, task_codes=tuple(f"{n}{long}"[:900] for n in range(200)), content=long)
    found = told(document, tuple(Attachment(f"c{n}", f"{n}.pdf", data=b"x") for n in range(70)))
    assert len(found.tasks) == len(found.files) == MOST
    assert found.attached == 70
    assert {len(text) for text in (*found.tasks, found.content)} == {LONGEST}
    assert found.content.endswith("…")


def test_a_document_is_notable_for_its_data_and_for_pdf_files_by_what_the_register_tells() -> None:
    plain = (Attachment("a", "Tờ trình.docx", data=b"1"),)
    pdf = (Attachment("a", "Tờ trình.PDF", data=b"%PDF-1.4"),)
    packet = (Attachment("a", "So-Lieu.Packet.JSON", data=b"{}"),)
    assert notable(told(a_document(VPCP, [SON_LA], 7), plain)) == ()
    assert notable(told(a_document(VPCP, [SON_LA], 7, steering_type=0), plain)) == ()
    assert notable(told(a_document(VPCP, [SON_LA], 7), pdf)) == (Notable.PDF,)
    assert notable(told(a_document(VPCP, [SON_LA], 7), plain + pdf + packet)) == (Notable.DATA, Notable.PDF)
    for fact in ({"steering_type": 1}, {"task_codes": ("NV",)}, {"application_type": "MCDT_DT"}):
        assert notable(told(a_document(VPCP, [SON_LA], 7, **fact), plain)) == (Notable.DATA,)
    assert (Notable.DATA.value, Notable.PDF.value) == (1, 2), "they stand in stores"
