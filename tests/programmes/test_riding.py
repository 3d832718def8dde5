"""Data packets within their bounds, and a document as programmes see it."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Annotated, Any

import msgspec
import pytest

from hub.core.edxml.message import Attachment, BusinessInfo, Code, Document, Organ, ResponseFor
from hub.core.model import Business, Millis
from hub.core.phrases.table import EXPECTED_FOUND
from hub.programmes import riding
from hub.programmes.riding import Fault, File, Packet

NAME = "so-lieu.packet.json"


def test_a_packet_says_of_which_kind_it_is() -> None:
    read = riding.packet(NAME, b'{"packet": "task/1", "act": "accept"}')
    assert read == Packet(name=NAME, kind="task", version=1, body={"packet": "task/1", "act": "accept"})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "PACKET_JSON"),
        (b'{"packet": "task/1"', "PACKET_JSON"),
        (b'{"packet": "task/1", "a": 1, "a": 2}', "PACKET_JSON"),
        (b'{"packet": "task/1", "a": NaN}', "PACKET_JSON"),
        ('{"packet": "task/1", "a": "ệ"}'.encode("utf-16"), "PACKET_JSON"),
        (b"[" * 300 + b"]" * 300, "PACKET_TOO_LARGE"),
        (b"[" * 200_000, "PACKET_JSON"),
        (b'{"packet": "task/1", "a": "\\ud800"}', "PACKET_JSON"),
        (b'{"packet": "task/1", "\\udfff": 1}', "PACKET_JSON"),
        (b'{"packet": "task/1", "a": 1e999}', "PACKET_JSON"),
        (b'{"packet": "task/1", "a": 9007199254740992}', "PACKET_JSON"),
        (b'{"packet": "task/1", "a": ' + b"9" * 5000 + b"}", "PACKET_JSON"),
        (b" " * (riding.MOST_BYTES + 1), "PACKET_TOO_LARGE"),
        (json.dumps({"packet": "task/1", "a": [0] * riding.MOST_VALUES}).encode(), "PACKET_TOO_LARGE"),
        (b"[]", "PACKET_KIND"),
        (b"null", "PACKET_KIND"),
        (b'{"packet": 1}', "PACKET_KIND"),
        (b'{"packet": "task"}', "PACKET_KIND"),
        (b'{"packet": "task/0"}', "PACKET_KIND"),
        (b'{"packet": "task/1\\n"}', "PACKET_KIND"),
    ],
)
def test_what_is_no_packet_is_a_fault_of_a_known_code(data: bytes, code: str) -> None:
    read = riding.packet(NAME, data)
    assert isinstance(read, Fault)
    assert read.code == code
    assert read.code in riding.FRAME
    assert read.place.startswith(NAME)
    assert EXPECTED_FOUND.vi(read.expected) != read.expected
    assert read.said.en.isprintable()


@pytest.mark.parametrize(("levels", "taken"), [(riding.MOST_DEEP, True), (riding.MOST_DEEP + 1, False)])
def test_levels_are_counted(levels: int, taken: bool) -> None:
    nested: Any = 1
    for _ in range(levels - 2):
        nested = [nested]
    read = riding.packet(NAME, json.dumps({"packet": "task/1", "deep": nested}).encode())
    assert isinstance(read, Packet) is taken


@pytest.mark.parametrize(("more", "taken"), [(0, True), (1, False)])
def test_values_are_counted(more: int, taken: bool) -> None:
    beside = len(["the object", "packet", "task/1", "a", "the list"])
    data = {"packet": "task/1", "a": [0] * (riding.MOST_VALUES - beside + more)}
    assert isinstance(riding.packet(NAME, json.dumps(data).encode()), Packet) is taken


class Sample(msgspec.Struct):
    n: Annotated[int, msgspec.Meta(ge=0, le=4)]
    s: Annotated[str, msgspec.Meta(max_length=4)] = ""
    p: Annotated[str, msgspec.Meta(pattern="^a$")] = "a"
    day: date | None = None
    rows: list[dict[str, int]] = []


@pytest.mark.parametrize(
    ("given", "place", "expected"),
    [
        ({}, "$", "the field n"),
        ({"n": "x"}, "$.n", "a whole number from 0 to 4"),
        ({"n": 5}, "$.n", "a whole number from 0 to 4"),
        ({"n": 1, "s": "aaaaa"}, "$.s", "text of at most 4 characters"),
        ({"n": 1, "p": "b"}, "$.p", "text of the form ^a$"),
        ({"n": 1, "day": "28/11/2026"}, "$.day", "a day as 2025-06-30"),
        ({"n": 1, "rows": [{"a": 1}, {"b": None}]}, "$.rows[1][...]", "a whole number"),
    ],
)
def test_a_wrong_field_is_told_with_its_place_and_what_is_right(
    given: dict[str, object], place: str, expected: str
) -> None:
    packet = Packet(name=NAME, kind="sample", version=1, body={"packet": "sample/1", **given})
    fault = riding.fields(packet, {"sample/1": Sample}, Sample)
    assert isinstance(fault, Fault)
    assert (fault.code, fault.place, fault.expected) == ("PACKET_FIELDS", f"{NAME} {place}", expected)
    assert EXPECTED_FOUND.vi(expected) != expected or "<=" in expected


def test_fields_come_as_the_struct_and_unknown_ones_are_let_be() -> None:
    packet = Packet(name=NAME, kind="sample", version=1, body={"packet": "sample/1", "n": 3, "later": True})
    assert riding.fields(packet, {"sample/1": Sample}, Sample) == Sample(n=3)


def test_another_version_is_a_fault_that_names_the_known_ones() -> None:
    packet = Packet(name=NAME, kind="sample", version=2, body={"packet": "sample/2", "n": 3})
    fault = riding.fields(packet, {"sample/1": Sample}, Sample)
    assert isinstance(fault, Fault)
    assert (fault.code, fault.expected, fault.found) == ("PACKET_UNKNOWN", "one of `sample/1`", "sample/2")


DOCUMENT = Document(
    sender=Organ("000.00.00.G22"),
    recipients=(Organ("000.00.00.H52"), Organ("000.00.00.H53")),
    document_id="000.00.00.G22,2026/11/28,1/VPCP",
    code=Code("1", "VPCP"),
    promulgation_date=date(2026, 11, 28),
    subject="Giao nhiệm vụ",
    due_date=date(2026, 12, 28),
    steering_type=1,
    task_codes=("NV1", "NV2"),
    response_for=(ResponseFor("000.00.00.H52", "2/UBND", "abc", date(2026, 11, 1)),),
    business=BusinessInfo(type=Business.RECALL, document_id="xyz"),
)


def test_a_document_as_programmes_see_it() -> None:
    files = [
        Attachment("1", "van-ban.pdf", data=b"%PDF"),
        Attachment("2", "A.Packet.JSON", data=b'{"packet": "task/1"}'),
        Attachment("3", "b.packet.json", data=b"{"),
    ]
    ridden = riding.ride(DOCUMENT, files, accepted=Millis(5), sender="S", recipients=("R",), verdict="VALID", id="u")
    assert (ridden.sender, ridden.recipients, ridden.id, ridden.accepted) == ("S", ("R",), "u", 5)
    assert (ridden.promulgated, ridden.due, ridden.steering) == (date(2026, 11, 28), date(2026, 12, 28), 1)
    assert ridden.tasks == ("NV1", "NV2")
    assert [(a.organ, a.document_id) for a in ridden.answers] == [("000.00.00.H52", "abc")]
    assert (ridden.business, ridden.of) == (Business.RECALL, ("xyz",))
    assert ridden.files[0] == File("van-ban.pdf", hashlib.sha256(b"%PDF").hexdigest(), 4)
    assert [packet.called for packet in ridden.packets] == ["task/1"]
    assert [(fault.code, fault.place) for fault in ridden.faults] == [("PACKET_JSON", "b.packet.json $")]


def test_a_document_that_is_only_checked_counts_by_its_own_word() -> None:
    ridden = riding.ride(DOCUMENT, [], accepted=Millis(5))
    assert ridden.sender == "000.00.00.G22"
    assert ridden.recipients == ("000.00.00.H52", "000.00.00.H53")


def test_packets_beyond_the_bound_are_not_read() -> None:
    files = [Attachment(str(n), f"{n}.packet.json", data=b'{"packet": "task/1"}') for n in range(60)]
    ridden = riding.ride(DOCUMENT, files, accepted=Millis(5))
    assert len(ridden.packets) == riding.MOST_PACKETS
    assert len(ridden.files) == 60


@pytest.mark.parametrize(
    ("name", "good"),
    [("a", True), ("x" * 300, True), ("x" * 301, False), ("", False), (" a", False), ("a\n", False), ("a\x00", False)],
)
def test_what_a_case_may_be_called(name: str, good: bool) -> None:
    assert riding.usable(name) is good
