"""Numbers and notations as people compare them, and what a status says however it is written."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.edxml import Staff
from hub.core.edxml.naming import Named, matching_key, mismatch, saying
from hub.core.model import StatusCode
from tests.exchange.kit import a_status

SAME = {
    "07/QĐ-VX": [
        "7/QĐ-VX",
        "007/QĐ-VX",
        "07 / QĐ-VX",
        " 7/ QĐ - VX ",
        "07/QÐ-VX",  # eth
        "07/QƉ-VX",  # African D
        "07/QD\u0336-VX",  # a stroke laid over
        "07/qđ-vx",
        "07/qð-vx",
        "０７／ＱĐ－ＶＸ",
        "07⁄QĐ–VX",
        "07∕QĐ‑VX",
        "07/QĐ\u200b-VX\u00a0",
        "\ufeff07/QĐ-VX",
        "07/QĐ-VХ",  # Cyrillic Ha
        "07/QĐ-VΧ",  # Greek Chi
    ],
    "12/TTr-UBND": ["12/TTR-UBND", "012/TTr-ubnd"],
    "100/BC-SỞ": [unicodedata.normalize("NFD", "100/BC-Sở")],
}
OTHERS = [
    ("05/ĐA-UBND", "05/DA-UBND"),  # a scheme and a project
    ("7/QĐ-VX", "70/QĐ-VX"),
    ("7/QĐ-VX", "7/QĐ-VXX"),
    ("7/QĐ-VX", "7/QĐVX"),
    ("7a/QĐ-VX", "7/QĐ-VX"),
    ("0/QĐ-VX", "1/QĐ-VX"),
    ("7/BC-SỞ", "7/BC-SO"),
]


@pytest.mark.parametrize(("one", "other"), [(one, other) for one, others in SAME.items() for other in others])
def test_the_same_to_people_is_the_same(one: str, other: str) -> None:
    assert matching_key(one) == matching_key(other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_what_reads_differently_is_different(one: str, other: str) -> None:
    assert matching_key(one) != matching_key(other)


def test_zero_stays_a_number() -> None:
    assert matching_key("00/X") == matching_key("0/X") == "0/X"


@given(st.text(max_size=60))
def test_a_key_is_its_own_key(text: str) -> None:
    """So that a document whose code is already in that form is found by any spelling of it."""
    assert matching_key(matching_key(text)) == matching_key(text)


def test_a_verifier_takes_the_spellings_that_the_hub_takes() -> None:
    named = Named("000.00.00.G22", "x", "07/QĐ-VX", None, 2026)
    for spelled in SAME["07/QĐ-VX"]:
        meant = a_status("000.00.00.H52", StatusCode.ACCEPTED, "000.00.00.G22", number=spelled).response_for
        assert mismatch(meant, named) is None
        assert mismatch(msgspec.structs.replace(meant, promulgation_date=None), named) is None
    other = a_status("000.00.00.H52", StatusCode.ACCEPTED, "000.00.00.G22", number="8/QĐ-VX").response_for
    assert mismatch(other, named) is not None


def test_a_status_says_the_same_at_another_time_and_in_other_white_space() -> None:
    one = a_status("000.00.00.H52", StatusCode.ACCEPTED, "000.00.00.G22", number="7/X", reason="đã  nhận\n")
    again = msgspec.structs.replace(one, timestamp=None, description=unicodedata.normalize("NFD", " đã nhận"))
    assert saying(one) == saying(again)
    for other in (
        msgspec.structs.replace(one, code=StatusCode.ARRIVED),
        msgspec.structs.replace(one, description="đã trả"),
        msgspec.structs.replace(one, staff=Staff(department="Văn thư", staff="người khác")),
    ):
        assert saying(other) != saying(one)
