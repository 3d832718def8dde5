"""A status names one document: by what, and what it may not contradict."""

from __future__ import annotations

from datetime import date

import pytest

from hub.core.edxml.message import ResponseFor
from hub.core.edxml.naming import Named, Unknown, mismatch, same_agency

G22, ID = "000.00.00.G22", "000.00.00.G22,2026/11/20,9/VPCP-KSTT"
THIS = Named.of(G22, ID, "9/VPCP-KSTT", 2026)
DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("meant", "named"),
    [
        (ResponseFor(G22, "", ID), True),
        (ResponseFor("G22", "", ID), True),
        (ResponseFor(G22, "9/VPCP-KSTT", ID, DAY), True),
        (ResponseFor(G22, "9/VPCP-KSTT", "", DAY), True),
        (ResponseFor(G22, "9/VPCP-KSTT", ID, date(2026, 1, 1)), True),
        (ResponseFor(G22, "9/VPCP-KSTT", "", date(2026, 1, 1)), False),
        (ResponseFor(G22, "9/VPCP-KSTT"), True),  # QCVN 102 lets a status name code and parties alone
        (ResponseFor(G22, "", "", DAY), False),
        (ResponseFor(G22, "8/VPCP-KSTT", ID), False),
        (ResponseFor(G22, "9/VPCP-KSTT", ID, date(2025, 11, 20)), False),
        (ResponseFor(G22, "9/VPCP-KSTT", ID + "x"), False),
        (ResponseFor("000.00.00.H26", "9/VPCP-KSTT", ID, DAY), False),
        (ResponseFor("", "9/VPCP-KSTT", ID, DAY), False),
    ],
)
def test_what_is_said_is_said_of_this_document_alone(meant: ResponseFor, named: bool) -> None:
    assert (mismatch(meant, THIS) is None) is named
    assert (mismatch(meant, Named.of_id(G22, ID)) is None) is named


def test_of_a_document_that_is_not_known_nothing_is_said() -> None:
    with pytest.raises(Unknown):
        mismatch(ResponseFor(G22, "9/VPCP-KSTT", "", DAY), Named.of_id(G22, "our own key"))
    assert mismatch(ResponseFor(G22, "", "our own key"), Named.of_id(G22, "our own key")) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("000.00.13.H52", "H52.13", True),
        ("000.05.21.H52", "H52.21.05", True),
        (G22, "G22", True),
        (G22, "H22", False),
        ("000.00.13.H52", "H52", False),
        ("", "", True),
        ("", G22, False),
    ],
)
def test_two_codes_of_one_agency(one: str, other: str, same: bool) -> None:
    assert same_agency(one, other) is same
