"""Identifiers: each one made is read back as its number, in every spelling of it; none of another maker is."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.ids import make_id, number_of
from hub.core.model import Millis


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**40 - 1), st.binary(min_size=5, max_size=8))
def test_an_identifier_is_a_uuid_of_version_8_that_carries_its_number(at: int, number: int, salt: bytes) -> None:
    made = make_id(Millis(at), number, salt)
    bare = made.removeprefix("urn:uuid:")
    assert (UUID(bare).version, UUID(bare).int >> 80, UUID(bare).urn) == (8, at, made)
    for spelling in (made, bare, bare.upper(), bare.replace("-", ""), f"{{{bare}}}"):
        assert number_of(spelling) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "urn:uuid:",
        "7",
        "0b8e7e7c-6f0d-4b7e-9a57-6f2f4a5c1d11",
        "urn:uuid:5d0c3f7a-2a7b-4d0c-8b8e-3c1f0e9a7b22",
        make_id(Millis(1), 7, b"salty")[:-1],
        make_id(Millis(1), 7, b"salty") + "0",
        make_id(Millis(1), 7, b"salty")[:-2] + "_7",
        make_id(Millis(1), 7, b"salty").replace("-8", "-4", 1),
        "urn:uuid:0000000z-0001-8000-8000-000000000007",
    ],
)
def test_what_is_no_identifier_of_a_hub_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        number_of(text)
