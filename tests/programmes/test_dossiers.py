"""What documents make of a dossier: its states, parties, clock and figures; and what they may not make of it."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.edxml.detail import Detail
from hub.programmes.onestop.fields import cleaned, moment
from hub.programmes.onestop.indicators import Share
from hub.programmes.onestop.levels import level_one
from hub.programmes.onestop.measures import Mean, figures, mean, synced
from hub.programmes.onestop.procedures import procedure, procedures
from hub.programmes.onestop.programme import Dossiers, course_of
from hub.programmes.riding import Case, Event, Fault
from hub.programmes.serving import Answering, Said
from tests.programmes.dossiers import (
    COMMUNE,
    DEPARTMENT,
    HOUR,
    NINE,
    NUMBER,
    OTHER,
    PROVINCE,
    after,
    document,
    events,
    packet,
    step,
    told,
)

SOLVED = {"TrangThaiHoSo": 9, "NgayKetThucXuLy": "20261105160000"}
RESULT = {"TenGiayTo": "Giấy xác nhận", "DuongDanTepTinKetQua": "https://kq.example/1", "MaGiayToKetQua": "KQ.1"}


def made(*accounts: dict[str, Any]) -> Case:
    case, faults = after(*(document(packet(one), accepted=NINE + n * HOUR) for n, one in enumerate(accounts)))
    assert case is not None
    assert not faults
    return case


def fault_of(dossier: dict[str, Any]) -> Fault:
    _, (fault,) = after(document(packet(dossier)))
    return fault


def sums(*cases: Case) -> dict[str, int]:
    found: dict[str, int] = {}
    for measure in (one for case in cases for one in case.measures):
        found[measure[1]] = found.get(measure[1], 0) + measure[2]
    return found


def test_a_dossier_that_is_handed_over_becomes_a_case_of_both() -> None:
    case = made(told())
    assert (case.id, case.kind, case.state) == (NUMBER, "online", "in-progress")
    assert case.parties == (("receiving", COMMUNE), ("solving", DEPARTMENT))
    assert (case.opened, case.due, case.ended, case.late) == (date(2026, 11, 2), date(2026, 11, 6), None, None)
    assert case.title == "Cấp Giấy xác nhận tình trạng hôn nhân"
    assert Dossiers().concerns(Detail(application="MCDT_DT"))
    assert not Dossiers().concerns(Detail())


def test_no_person_is_left_in_what_a_case_keeps() -> None:
    """Break it: keep `applicant` in `Filed`."""
    person = {"Email": "mau@example.vn", "SoDienThoai": "0900000001", "TrichYeuHoSo": "của bà Mẫu", "GhiChu": "bà Mẫu"}
    dossier = told(**person, DinhDanhCHS=[{"LoaiDinhDanh": "CCCD", "SoDinhDanh": "001190000001"}])
    steps = [step("20261103100000", 5, NoiDungXuLy="bà Mẫu nộp thêm giấy tờ", ChucDanh="Công chức")]
    case, faults = after(document(packet(dossier, steps)))
    assert case is not None
    kept = case.body.decode() + case.title + str(faults)
    kept += json.dumps([event.body for event in events(document(packet(dossier, steps)))], ensure_ascii=False)
    assert not [word for word in ("Mẫu", "001190000001", "mau@example", "0900000001", "Công chức") if word in kept]


def test_a_name_in_the_subject_is_told_of_and_not_repeated() -> None:
    case, (fault,) = after(document(packet(told()), subject=f"1.004873/TRẦN THỊ  MẪU/{NUMBER}"))
    assert case is not None
    assert fault.code == "DOSSIER_SHOWN"
    assert "MẪU" not in fault.found.upper()


def test_the_fields_older_form_has_everything_in_the_header() -> None:
    subject = f"1.004873/Trần Thị Mẫu/{NUMBER}"
    case, faults = after(document(subject=subject, due=date(2026, 11, 6)))
    assert case is not None
    assert not faults
    course = course_of(case)
    assert course is not None
    assert (course.procedure, case.state, case.due) == ("1.004873", "in-progress", date(2026, 11, 6))
    assert b"M\xe1\xba\xabu" not in case.body
    _, (fault,) = after(document(code="12/UBND"))
    assert (fault.code, fault.place) == ("DOSSIER_NUMBER", "MessageHeader.Code.CodeNumber")


def test_a_dossier_goes_over_tiers_and_its_result_comes_back() -> None:
    up = document(packet(told()), sender=COMMUNE, to=[DEPARTMENT])
    on = document(packet(told()), sender=DEPARTMENT, to=[PROVINCE, OTHER], accepted=NINE + HOUR)
    back = document(packet(told(**SOLVED)), sender=PROVINCE, to=[COMMUNE], accepted=NINE + 2 * HOUR)
    case, faults = after(up, on, back)
    assert case is not None
    assert not faults
    assert set(case.parties) == {
        ("receiving", COMMUNE),
        ("passed", DEPARTMENT),
        ("solving", PROVINCE),
        ("joint", OTHER),
    }
    assert (case.state, case.ended, case.late) == ("solved", date(2026, 11, 5), False)


def test_a_stranger_changes_nothing() -> None:
    """Break it: let `apply` take an event of anybody."""
    strange = document(packet(told(**SOLVED)), sender=OTHER, accepted=NINE + HOUR)
    case, (fault,) = after(document(packet(told())), strange)
    assert case is not None
    assert (case.state, fault.code, fault.found) == ("in-progress", "DOSSIER_NOT_YOURS", OTHER)
    case, (fault,) = after(strange)
    assert case is None
    assert fault.code == "DOSSIER_NOT_YOURS"
    # Once the dossier was handed over to it, it takes part.
    case, faults = after(document(packet(told()), to=[OTHER]), strange)
    assert case is not None
    assert (case.state, faults) == ("solved", [])


def test_a_ministrys_portal_tells_of_what_it_took() -> None:
    dossier = told(MaHoSo="H52.101-261102-090123")
    case, _ = after(document(packet(dossier), sender="000.00.00.G09", code="H52.101-261102-090123/x"))
    assert case is not None
    _, (fault,) = after(document(packet(dossier), sender="000.00.00.G18"))
    assert fault.code == "DOSSIER_NOT_YOURS"


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("000.00.14.H20", "H20"),
        ("00.20.W00", "H20"),
        ("000.00.00.K20", "H20"),
        ("H20.14", "H20"),
        ("G09.20", "G09"),
        ("001.00.A0.H52", "H52"),
        ("0101234567", "0101234567"),
        ("Z01ABC", "Z01ABC"),
    ],
)
def test_the_body_of_level_one_that_a_code_belongs_to(code: str, body: str) -> None:
    assert level_one(code) == body


def test_steps_make_the_state_and_late_ones_take_their_place() -> None:
    steps = [step("20261103100000", 5), step("20261104100000", 4), step("20261105100000", 9)]
    whole, _ = after(document(packet(told(), steps)))
    late, _ = after(document(packet(told(), [steps[0], steps[2]])), document(packet(None, [steps[1]])))
    again, _ = after(document(packet(told(), steps)), document(packet(None, steps)))
    assert whole is not None
    assert late is not None
    assert again is not None
    assert whole.state == late.state == again.state == "solved"
    assert [s.at for s in course_of(whole).steps] == [s.at for s in course_of(late).steps]  # type: ignore[union-attr]
    assert whole == again


def test_what_cannot_be_is_a_fault_and_changes_nothing() -> None:
    case, (fault,) = after(document(packet(told(**SOLVED), [step("20261106100000", 8)])))
    assert case is not None
    assert (case.state, fault.code, fault.expected) == ("solved", "DOSSIER_STATE", "a state that may follow 9")
    case, (fault,) = after(document(packet(told(**SOLVED))), document(packet(told(TrangThaiHoSo=1))))
    assert case is not None
    assert (case.state, fault.code) == ("solved", "DOSSIER_STATE")
    _, (fault,) = after(document(packet(None, [step("20261106100000", 9)])))
    assert fault.code == "DOSSIER_UNKNOWN"
    _, (fault,) = after(document(packet()))
    assert fault.code == "DOSSIER_EMPTY"


def test_a_step_without_a_deadline_has_none() -> None:
    """A system of the field puts the next day in its place."""
    more = [step("20261103100000", 4, NgayKetThucTheoQuyDinh="20261104"), step("20261104100000", 9)]
    case, _ = after(document(packet(told(), more)))
    course = course_of(case)
    assert course is not None
    assert [s.due for s in course.steps] == [None, None, datetime(2026, 11, 4, 23, 59, 59), None]


def test_the_clock_stands_while_the_citizen_has_to_act() -> None:
    asked = step("20261103090000", 5)
    waiting, _ = after(document(packet(told(), [asked])))
    assert waiting is not None
    assert (waiting.state, waiting.due) == ("supplement-asked", None)
    brought, _ = after(document(packet(told(), [asked, step("20261105090000", 4)])))
    assert brought is not None
    assert brought.due == date(2026, 11, 8)  # two days later
    paid, _ = after(document(packet(told(), [step("20261103090000", 6), step("20261104090000", 4)])))
    assert paid is not None
    assert paid.due == date(2026, 11, 7)
    moved = {"NgayBoSung": "20261103090000", "NgayTiepNhanBoSung": "20261105090000", "NgayHenTraMoi": "20261112"}
    named = made(told(DanhSachHoSoBoSung=[{**moved, "NgayHenTraTruoc": "20261106"}], NgayHenTra="20261112"))
    assert named.due == date(2026, 11, 12)  # the request said so itself
    late = made(told(DanhSachHoSoBoSung=[moved], TrangThaiHoSo=9, NgayKetThucXuLy="20261113080000"))
    assert late.late is True


def test_papers_asked_for_twice_make_a_dossier_late() -> None:
    twice = [step("20261103090000", 5), step("20261103100000", 4), step("20261103110000", 5), step("20261103120000", 9)]
    case, _ = after(document(packet(told(), twice)))
    assert case is not None
    assert case.late is True
    assert sums(case).get("2.1") is None


def test_without_an_appointment_the_legal_maximum_counts_from_three_in_the_afternoon() -> None:
    before = made(told(NgayHenTra=None, NgayTiepNhan="20261102145900"))
    after_three = made(told(NgayHenTra=None, NgayTiepNhan="20261102150100"))
    assert (before.due, after_three.due) == (date(2026, 11, 5), date(2026, 11, 6))  # three days of procedures.csv
    assert made(told(NgayHenTra=None, ThoiHanGiaiQuyet=5)).due == date(2026, 11, 9)


@pytest.mark.parametrize(
    ("changed", "code", "place"),
    [
        ({"MaHoSo": "H52-2-1"}, "DOSSIER_NUMBER", "MaHoSo"),
        ({"MaHoSo": "H52.101-261103-0001"}, "DOSSIER_NUMBER", "MaHoSo"),
        ({"NgayTiepNhan": "02/11/2026"}, "DOSSIER_TIME", "NgayTiepNhan"),
        ({"NgayTiepNhan": "19001102090000"}, "DOSSIER_TIME", "NgayTiepNhan"),
        ({"NgayTiepNhan": None}, "DOSSIER_MISSING", "NgayTiepNhan"),
        ({"NgayHenTra": None, "MaTTHC": "9.999999"}, "DOSSIER_MISSING", "NgayHenTra"),
        ({"DonViXuLy": None}, "DOSSIER_MISSING", "DonViXuLy"),
        ({"NgayHenTra": "20261101"}, "DOSSIER_ORDER", "NgayHenTra"),
        ({"NgayKetThucXuLy": "20261101000000"}, "DOSSIER_ORDER", "NgayKetThucXuLy"),
        ({"DanhSachHoSoBoSung": [{}]}, "DOSSIER_MISSING", "DanhSachHoSoBoSung[0].NgayBoSung"),
        ({"MaTTHC": None}, "PACKET_FIELDS", ""),
        ({"TrangThaiHoSo": 11}, "PACKET_FIELDS", "TrangThaiHoSo"),
        ({"KenhThucHien": "2"}, "PACKET_FIELDS", "KenhThucHien"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(changed: dict[str, Any], code: str, place: str) -> None:
    fault = fault_of(told(**changed))
    assert fault.code == code
    assert fault.place.startswith("ho-so.packet.json $.HoSo")
    assert fault.place.endswith(place)
    assert fault.expected
    assert fault.said.vi != fault.said.en


def test_a_dossier_that_is_only_registered_needs_no_reception() -> None:
    registered = told(TrangThaiHoSo=1, NgayTiepNhan=None, NgayHenTra=None, DonViXuLy=None, NgayNopHoSo="20261102080000")
    case = made(registered, told())
    assert (case.state, case.opened) == ("in-progress", date(2026, 11, 2))
    assert made(registered).measures == ()
    refused = made(registered, {**registered, "TrangThaiHoSo": 3, "NgayTuChoi": "20261103080000"})
    assert (refused.state, refused.ended, refused.measures) == ("not-accepted", date(2026, 11, 3), ())


def test_a_recipients_status_says_that_it_is_done() -> None:
    programme, case, handed = Dossiers(), made(told()), document(packet(told()))

    def after_status(code: str, by: str) -> Case | Fault:
        (event,) = programme.read_status(handed, Said(id="urn:uuid:1", by=by, at=NINE, code=code))
        assert isinstance(event, Event)
        return programme.apply(case, event)

    solved = after_status("06", DEPARTMENT)
    assert isinstance(solved, Case)
    assert solved.state == "solved"
    assert isinstance(after_status("06", OTHER), Fault)
    assert isinstance(programme, Answering)
    assert "03" not in programme.statuses


def test_the_measures_of_a_dossier_and_the_indicators_of_their_sums() -> None:
    paper = [{"TenTepDinhKem": "a.pdf", "TepDinhKemId": "1", "DuocSoHoa": 1, "DuocTaiSuDung": 1}]
    whole = made(told(**SOLVED, TaiLieuNop=paper, DanhSachGiayToKetQua=[RESULT | {"DaDongBoKhoCaNhan": 1}]))
    late = made(told(TrangThaiHoSo=10, NgayKetThucXuLy="20261109090000", NgayTra="20261210090000", KenhThucHien=1))
    opened = made(told())
    assert {m[0] for m in late.measures} == {"2026-11"}  # it ended when it was solved, not when it was handed out
    found = sums(whole, late, opened)
    assert {f.indicator.number: f.share for f in figures(found)} == {
        "2.1": Share(1, 2),
        "3.3": Share(1, 2),
        "4.1": Share(1, 2),
        "4.2": Share(1, 2),
        "4.3": Share(1, 3),
        "4.4": Share(1, 3),
        "5.4": Share(1, 2),
    }
    assert (found["received"], found["received-online"], found["processed-early"]) == (3, 2, 1)
    assert mean(found) == Mean(3 + 5, 2)
    assert mean(found).each == 4.0
    assert mean({}).each is None
    assert {f.version for f in figures(found)} == {"QD766-2022/1"}


def test_1_4_is_of_the_larger_count_or_of_last_years() -> None:
    assert synced(90, 100, 80, None, 1) == Share(90, 100)
    assert synced(90, None, None, 1_200, 1) == Share(90, 100)
    assert synced(90, None, None, 1_200, 3) == Share(90, 300)
    assert synced(5, None, None, None, 1).percent is None


def test_times_in_all_forms_of_the_field() -> None:
    nine = datetime(2026, 11, 2, 9)
    forms = [
        "20261102090000",
        "202611020900",
        "2026-11-02T09:00:00",
        "2026-11-02T09:00:00+07:00",
        "2026-11-02T02:00:00Z",
    ]
    assert {moment(form) for form in forms} == {nine}
    assert moment("20261102", ends=True) == moment("2026-11-02", ends=True) == datetime(2026, 11, 2, 23, 59, 59)
    assert moment("") is None
    for wrong in ("2026", "20261302", "2026-11-02T25:00", "0001-01-01T00:00:00+14:00", "99991231235959", "x" * 35):
        with pytest.raises(ValueError):
            moment(wrong)


def test_null_and_empty_members_are_none() -> None:
    assert cleaned({"a": None, "b": "", "c": [{"d": None, "e": 0}], "f": 0}) == {"c": [{"e": 0}], "f": 0}
    deep: Any = None
    for _ in range(5_000):
        deep = [deep]
    assert cleaned(deep)


def test_procedures_are_known_by_their_short_codes_too() -> None:
    assert procedure("1.001193.000.00.00.H20") == procedure("1.001193")
    assert procedure("1.001193").gives_document
    assert not procedure("x").legal_days
    assert all(one.legal_days >= 0 for one in procedures().values())


STEPS = st.lists(
    st.tuples(st.integers(2, 28), st.integers(0, 23), st.integers(1, 10)).map(
        lambda t: step(f"202611{t[0]:02d}{t[1]:02d}0000", t[2])
    ),
    max_size=12,
)


@given(STEPS)
def test_whatever_is_told_twice_is_told_once(steps: list[dict[str, Any]]) -> None:
    """And no order of steps breaks the fold, or leaves a step out of its place."""
    one = document(packet(told(), steps))
    once, _ = after(one)
    twice, _ = after(one, document(packet(None, steps), accepted=NINE + HOUR))
    assert once is not None
    assert twice is not None
    course = course_of(once)
    assert course is not None
    assert [s.at for s in course.steps] == sorted(s.at for s in course.steps)
    assert (once.ended is None) is (once.late is None)
    again = course_of(twice)
    assert again is not None
    assert len(again.steps) <= len(course.steps) + len(steps)
    assert isinstance(events(one)[0], Event)
