"""Reporting over documents: who speaks for whom, versions, deadlines, what is told."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from hub.core.phrases.table import EXPECTED_FOUND
from hub.programmes.reporting.cases import kept, kept_period, kept_regime, reporters
from hub.programmes.reporting.course import ReportState
from hub.programmes.reporting.packets import KINDS, RegimePacket, ReportPacket, Scope, encoded, file_name
from hub.programmes.reporting.regime import shipped
from hub.programmes.reporting.words import WORDS
from hub.programmes.riding import Event, Fault, fields, packet
from hub.programmes.riding import Packet as Given
from tests.programmes.reports import (
    DUE,
    II_06A,
    OTHER,
    PROGRAMME,
    RECEIVER,
    REPORTER,
    accepting,
    chasing,
    document,
    figures,
    folded,
    only,
    opening,
    report,
    returning,
)


def test_a_report_from_the_open_period_to_its_acceptance() -> None:
    cases, faults = folded(
        [
            document(opening(), RECEIVER, REPORTER, day=date(2026, 3, 15)),
            document(report(), REPORTER, RECEIVER, day=date(2026, 3, 24)),
            document(returning(), RECEIVER, REPORTER, day=date(2026, 3, 26)),
            document(report(2, {**II_06A, "12": 18, "13": 2}), REPORTER, RECEIVER, day=date(2026, 3, 30)),
            document(accepting(2), RECEIVER, REPORTER, day=date(2026, 3, 31)),
        ]
    )
    case, found = only(cases)
    assert not faults
    assert (case.id, case.state, case.kind) == (f"II.06a:2026-Q1:{REPORTER}:{RECEIVER}", "DA_DUYET", "report")
    assert case.parties == (("reporter", REPORTER), ("receiver", RECEIVER))
    assert (case.opened, case.due, case.ended) == (date(2026, 3, 15), DUE, date(2026, 3, 30))
    assert case.late is False, "a return does not make late what came in time"
    assert (found.report.version, found.returns, found.report.first_sent) == (2, 1, date(2026, 3, 24))
    assert next(one.actual for one in found.figures if one.indicator == "13") == 2
    assert [(m.month, m.name, m.n) for m in case.measures] == [
        ("2026-03", "expected", 1),
        ("2026-03", "sent", 1),
        ("2026-03", "returned", 1),
    ]


def test_a_returned_report_is_open_again_and_says_why() -> None:
    cases, _ = folded(
        [
            document(opening(), RECEIVER, REPORTER, day=date(2026, 3, 15)),
            document(report(), REPORTER, RECEIVER),
            document(returning(), RECEIVER, REPORTER, day=date(2026, 3, 21)),
        ]
    )
    case, found = only(cases)
    assert (case.state, case.ended, case.late) == ("TRA_LAI", None, None)
    assert found.report.reason == "Cột 3 chưa khớp biểu trước"


@pytest.mark.parametrize(("day", "late"), [(DUE, False), (date(2026, 3, 26), True)])
def test_late_goes_by_the_day_of_acceptance(day: date, late: bool) -> None:
    cases, _ = folded(
        [
            document(opening(), RECEIVER, REPORTER, day=date(2026, 3, 15)),
            document(report(), REPORTER, RECEIVER, day=day),
        ]
    )
    assert only(cases)[0].late is late


def test_a_period_that_is_opened_again_moves_the_deadline() -> None:
    cases, faults = folded(
        [
            document(opening(), RECEIVER, REPORTER, day=date(2026, 3, 15)),
            document(report(), REPORTER, RECEIVER, day=date(2026, 3, 27)),
            document(opening(date(2026, 3, 31)), RECEIVER, REPORTER, day=date(2026, 3, 28)),
        ]
    )
    case, found = only(cases)
    assert not faults
    assert (case.due, case.late, case.state) == (date(2026, 3, 31), False, "DA_NOP")
    assert found.report.version == 1


def test_a_report_may_come_before_its_period_is_opened() -> None:
    sent = document(report(), REPORTER, RECEIVER, day=date(2026, 3, 27))
    before, _ = folded([sent])
    assert (only(before)[0].due, only(before)[0].late) == (None, None)
    after, _ = folded([sent, document(opening(), RECEIVER, REPORTER, day=date(2026, 3, 28))])
    assert (only(after)[0].due, only(after)[0].late) == (DUE, True)


def test_nobody_opens_returns_or_chases_in_another_s_place() -> None:
    begun = [
        document(opening(), RECEIVER, REPORTER, day=date(2026, 3, 15)),
        document(report(), REPORTER, RECEIVER),
    ]
    cases, faults = folded([*begun, document(returning(), OTHER, REPORTER), document(chasing(), OTHER, REPORTER)])
    assert only(cases)[0].state == "DA_NOP"
    assert [fault.code for fault in faults] == ["REPORTING_NO_CASE"] * 2
    cases, _ = folded([*begun, document(opening(date(2026, 1, 2)), OTHER, REPORTER)])
    assert {case.id: case.due for case in cases.values() if case.kind == "report"} == {
        f"II.06a:2026-Q1:{REPORTER}:{RECEIVER}": DUE,
        f"II.06a:2026-Q1:{REPORTER}:{OTHER}": date(2026, 1, 2),
    }


def test_a_chase_is_counted_and_changes_nothing_else() -> None:
    cases, faults = folded(
        [document(opening(), RECEIVER, REPORTER), document(chasing(), RECEIVER, REPORTER, day=date(2026, 3, 28))]
    )
    case, found = only(cases)
    assert not faults
    assert (case.state, found.chased) == ("CHUA_NOP", 1)


MISSPELT = encoded(report()).replace(b"actual", b"actaul")
NO_REASON = encoded(returning(reason=" ? ")).replace(b" ? ", b"   ")


@pytest.mark.parametrize(
    ("more", "code", "found"),
    [
        (document(report(1), REPORTER, RECEIVER), "REPORTING_VERSION", "1"),
        (document(report(3), REPORTER, RECEIVER), "REPORTING_VERSION", "3"),
        (document(report(2), REPORTER, RECEIVER), "REPORTING_NOT_NOW", "send of a report that is DA_NOP"),
        (document(accepting(2), RECEIVER, REPORTER), "REPORTING_VERSION", "2"),
        (document(report(receiver=OTHER), REPORTER, RECEIVER), "REPORTING_RECEIVER", OTHER),
        (document(returning(reporter=OTHER), RECEIVER, REPORTER), "REPORTING_RECEIVER", OTHER),
        (document(opening(regime="II.07"), RECEIVER, REPORTER), "REPORTING_REGIME", "II.07"),
        (document(b'{"packet": "report/2"}', REPORTER, RECEIVER), "PACKET_UNKNOWN", "report/2"),
        (document(b'{"packet": "report/1", "regime": "II.06a"}', REPORTER, RECEIVER), "PACKET_FIELDS", "nothing"),
        (document(MISSPELT, REPORTER, RECEIVER), "PACKET_FIELDS", "actaul"),
        (document(NO_REASON, RECEIVER, REPORTER), "PACKET_FIELDS", "another value"),
    ],
)
def test_what_is_not_understood_changes_nothing_and_is_told(more: object, code: str, found: str) -> None:
    begun = [document(opening(), RECEIVER, REPORTER), document(report(), REPORTER, RECEIVER)]
    before, _ = folded(begun)
    after, faults = folded([*begun, more])  # type: ignore[list-item]
    assert after == before
    assert [(fault.code, fault.found) for fault in faults] == [(code, found)]
    if code.startswith("REPORTING"):
        assert code in WORDS.faults
        assert EXPECTED_FOUND.vi(faults[0].expected) != faults[0].expected or " " not in faults[0].expected


@pytest.mark.parametrize(
    ("owner", "days", "told"),
    [
        ("", {"first": "0001-01-01", "last": "0001-01-02", "due": "0001-01-01"}, "$.first"),
        ("", {"last": "2026-05-14"}, "$.last"),
        ("", {"due": "2025-12-15"}, "$.due"),
        ("", {"first": "9999-12-31", "last": "9999-12-31", "due": "9999-12-31", "moved": "9999-12-31"}, "$.first"),
        ("", {"moved": "2199-12-31"}, "$.moved"),
        (OTHER, {"first": "0001-01-01", "last": "0001-01-02", "due": "0001-01-01"}, "$.first"),
        (OTHER, {"due": "2199-01-01", "moved": "2199-01-01"}, "$.due"),
        (OTHER, {"first": "2025-11-01", "last": "2026-04-01"}, ""),
    ],
)
def test_days_far_from_the_period_open_none(owner: str, days: dict[str, str], told: str) -> None:
    """Break it: leave one line of the bounds out."""
    given = {**msgspec.to_builtins(opening(owner=owner)), **days}
    cases, faults = folded([document(msgspec.json.encode(given), RECEIVER, REPORTER)])
    assert bool(cases) is not bool(told)
    assert [fault.place.partition(" ")[2] for fault in faults] == [told][: bool(told)]
    assert all(fault.code == "REPORTING_PERIOD" for fault in faults)
    assert all(EXPECTED_FOUND.vi(fault.expected).startswith("ngày từ") for fault in faults)


@pytest.mark.parametrize("number", [-1, 10**15 + 1, 2**53 - 1])
def test_a_figure_that_no_answer_tells_is_none(number: int) -> None:
    cases, (fault,) = folded([document(report(of={**II_06A, "3": number}), REPORTER, RECEIVER)])
    assert not cases
    assert (fault.code, fault.place.partition(" ")[2]) == ("PACKET_FIELDS", "$.figures[0].actual")
    assert EXPECTED_FOUND.vi(fault.expected) == "số nguyên từ 0 đến 1000000000000000"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"packet": "report/1",', "nội dung bị ngắt giữa chừng"),
        ('{"Đ": 1, x}'.encode(), "ký tự sai tại byte 10"),
        (b'{"a": 1, "a": 2}', "thành phần xuất hiện hai lần"),
        (b"\xff", "mã hóa khác"),
        (b"9" * 5_000, "số có quá nhiều chữ số"),
    ],
)
def test_what_is_no_json_is_told_in_both_languages(body: bytes, found: str) -> None:
    """Break it: let the reader's own sentence out."""
    (fault,) = document(body, REPORTER, RECEIVER).faults
    assert fault.code == "PACKET_JSON"
    assert EXPECTED_FOUND.vi(fault.found) == found


def test_a_period_that_is_none_is_told_in_both_languages() -> None:
    given = {**msgspec.to_builtins(opening()), "period": "0001"}
    _, (fault,) = folded([document(msgspec.json.encode(given), RECEIVER, REPORTER)])
    assert EXPECTED_FOUND.vi(fault.expected).startswith("kỳ báo cáo ghi là 2026")


def test_wrong_figures_are_told_and_the_report_is_sent_all_the_same() -> None:
    cases, faults = folded([document(report(of={**II_06A, "3": 101}), REPORTER, RECEIVER)])
    assert only(cases)[0].state == ReportState.SENT.value
    assert {(f.code, f.place.partition(" ")[2], f.expected) for f in faults} == {
        ("REPORTING_FIGURE", "$.figures 3", "4 + 5 + 6 = 100"),
        ("REPORTING_FIGURE", "$.figures 3", "7 + 11 = 100"),
    }


def test_a_report_with_a_mark_of_secrecy_is_none() -> None:
    marked = msgspec.structs.replace(report(), figures=figures(II_06A, "Đất đai (Tối mật)"))
    cases, faults = folded([document(marked, REPORTER, RECEIVER)])
    assert not cases
    assert [(f.code, f.found) for f in faults] == [("REPORTING_SECRET", "(Tối mật)")]


def test_a_regime_is_sent_down_and_replaced_by_a_higher_version() -> None:
    own = msgspec.structs.replace(shipped()["II.06a"], code="TH-01", vi="Báo cáo của tỉnh")
    cases, faults = folded(
        [
            document(RegimePacket(regime=own), OTHER, REPORTER),
            document(RegimePacket(regime=msgspec.structs.replace(own, vi="Sửa đổi"), version=2), OTHER, REPORTER),
            document(RegimePacket(regime=own, version=2), OTHER, REPORTER),
            document(RegimePacket(regime=shipped()["II.06a"]), OTHER, REPORTER),
            document(opening(regime="TH-01", owner=OTHER), OTHER, REPORTER),
        ]
    )
    assert [fault.code for fault in faults] == ["REPORTING_VERSION", "REPORTING_REGIME"]
    case = cases[f"regime:TH-01:{OTHER}"]
    assert (kept_regime(case).regime.vi, case.parties) == ("Sửa đổi", (("owner", OTHER), ("reporter", REPORTER)))
    assert kept(cases[f"TH-01:2026-Q1:{REPORTER}:{OTHER}"]).owner == OTHER


def test_a_period_knows_who_reports_asked_or_not() -> None:
    cases, _ = folded(
        [
            document(opening(), RECEIVER, REPORTER, "000.00.00.H01"),
            document(report(), REPORTER, RECEIVER),
            document(report(), OTHER, RECEIVER),
        ]
    )
    case = cases[f"period:II.06a:2026-Q1:{RECEIVER}"]
    assert (case.kind, case.state) == ("period", "DANG_MO")
    assert reporters(case) == ("000.00.00.H01", OTHER, REPORTER)
    assert kept_period(case).due == DUE
    assert not [case for case in cases.values() if case.kind not in WORDS.kinds or case.state not in WORDS.states]
    unasked, _ = folded([document(report(), OTHER, RECEIVER)])
    assert reporters(unasked[f"period:II.06a:2026-Q1:{RECEIVER}"]) == (OTHER,)


def test_packets_go_through_their_files() -> None:
    whole = ReportPacket(
        regime="II.06a", period="2026-Q1", receiver=RECEIVER, scope=Scope.WHOLE, missing=("H52.1",), figures=()
    )
    for made in (RegimePacket(regime=shipped()["II.06a"]), opening(), whole, returning(), accepting(), chasing()):
        given = packet(file_name(made), encoded(made))
        assert isinstance(given, Given)
        assert fields(given, KINDS, type(made)) == made


def test_one_document_opens_for_all_its_recipients_within_bounds() -> None:
    many = [f"H52.{number}" for number in range(5_000)]
    opened = PROGRAMME.read(document(opening(), RECEIVER, *many[:4_999]))
    assert len(opened) == 5_000
    assert all(isinstance(one, Event) for one in opened)
    (told,) = PROGRAMME.read(document(opening(), RECEIVER, *many))
    assert isinstance(told, Fault)
    assert told.code == "REPORTING_TOO_MANY"
