"""Whatever is kept of a report can be told, and read again by whoever gets the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from hub.core import wire_reporting as records
from hub.core.strict import MAX_INTEGER
from hub.programmes.reporting.cases import Kept, kept
from hub.programmes.reporting.figures import wrongs
from hub.programmes.reporting.packets import ReportPacket, encoded, kept_report
from hub.programmes.reporting.regime import shipped
from hub.programmes.riding import Case
from hub.routes.programmes.reporting import told
from tests.programmes.reports import II_06A, figures
from tests.support.axis import SON_LA, VPCP

FORM: Final = shipped()["II.06a"]


def bounds(kind: inspect.Type, at: str = "") -> Iterator[tuple[str, Any]]:
    """Of each member its bounds, those of a list and of its items apart."""
    match kind:
        case inspect.UnionType(types=types):
            for one in types:
                yield from bounds(one, at)
        case inspect.Metadata(type=plain):
            yield from bounds(plain, at)
        case inspect.VarTupleType(item_type=item, max_length=most):
            yield f"{at}[]", most
            yield from bounds(item, f"{at}[].")
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from bounds(field.type, f"{at}{field.encode_name}")
        case inspect.IntType(ge=least, le=most):
            yield at, (least, most)
        case inspect.StrType(max_length=most):
            yield at, most


def test_an_answer_tells_whatever_a_packet_takes() -> None:
    """Break it: a wider number in the packet."""
    kept, tells = dict(bounds(inspect.type_info(ReportPacket))), dict(bounds(inspect.type_info(records.ReportTold)))
    assert len(kept) > 12
    for name, bound in kept.items():
        if isinstance(bound, tuple):
            assert bound == tells[name], name
            assert abs(bound[1]) <= MAX_INTEGER
        else:
            assert bound is not None, name
            assert tells[name] is None or bound <= tells[name], name


@given(st.lists(st.integers(-(10**18), 10**18), min_size=1, max_size=11))
def test_a_draft_of_an_earlier_version_is_told_with_what_is_wrong(numbers: list[int]) -> None:
    of = dict(zip(II_06A, numbers, strict=False))
    packet = ReportPacket(regime="II.06a", period="2026-Q4", receiver=VPCP, figures=figures(of))
    again = kept_report(encoded(packet))
    assert again == packet
    answer = msgspec.json.decode(msgspec.json.encode(told.report(again)), type=records.ReportTold)
    left_out = {f.indicator for f in answer.figures if f.actual is None}
    assert left_out == {code for code, number in of.items() if not 0 <= number <= 10**15}
    assert left_out <= {wrong.indicator for wrong in wrongs(FORM, again.figures)}


def test_a_sum_beyond_exact_numbers_is_told_by_its_digits() -> None:
    by = {figure.code: figure for figure in told.figures(FORM, {"3": 2**53 + 1, "4": 2**53})}
    assert (by["3"].value, by["3"].digits) == (None, str(2**53 + 1))
    assert (by["4"].value, by["4"].digits, by["5"].digits) == (2**53, "", "")


def test_a_case_of_an_earlier_version_can_be_read() -> None:
    one = Kept(regime="II.06a", period="2026-Q4", reporter=SON_LA, receiver=VPCP, figures=figures({"3": -5}))
    case = Case(
        id="x", kind="report", state="DA_NOP", parties=(), opened=date(2026, 1, 1), body=msgspec.json.encode(one)
    )
    assert kept(case) == one
