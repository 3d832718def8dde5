"""Composed messages are good messages, and entries of the directory survive the wire."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from clients import compose
from hub.core import edxml
from hub.core.directory import wire as agencies
from hub.core.edxml import Code, Document, Status
from hub.core.model import Agency, Millis, Priority, StatusCode, Tier, vietnam_date
from hub.lab.country import world_2022
from tests.clients.test_axis import a_message
from tests.support.axis import AGENCIES, NOON, keyring, registered

SENDER, RECIPIENT = (agencies.to_wire(a) for a in AGENCIES[:2])


def test_a_composed_document_has_no_findings_and_reads_back_the_same() -> None:
    document = compose.document(
        SENDER, [RECIPIENT], code=Code("1011", "VPCP-KSTT"), subject="V/v", at=NOON, priority=Priority.EXPRESS
    )
    files = [compose.attachment("a.pdf", b"%PDF-1.4", 1), compose.attachment("b.pdf", b"%PDF-1.4 b", 1)]
    claimed = edxml.parse(edxml.build(document, compose.numbered(files)))
    assert edxml.findings(claimed, vietnam_date(NOON)) == []
    read = edxml.read(claimed)
    assert isinstance(read, Document)
    assert read == document
    assert read.document_id == "000.00.00.G22,2026/11/22,1011/VPCP-KSTT"
    assert [f.name for f in edxml.attachments(claimed)] == ["a.pdf", "b.pdf"]


def test_every_agency_of_the_country_can_send_and_receive() -> None:
    """Names and addresses of real length stay within the law's limits."""
    world = [agencies.to_wire(a) for a in world_2022()[::97]]
    for sender, recipient in pairwise(world):
        document = compose.document(sender, [recipient], code=Code("1", "A"), subject="s", at=NOON)
        assert edxml.findings(edxml.parse(edxml.build(document)), vietnam_date(NOON)) == []


@pytest.mark.parametrize("code", list(StatusCode))
def test_every_status_can_be_composed_and_has_words(code: StatusCode) -> None:
    about = replace(a_message("0" * 64), document_id="d", code="1/A")
    status = compose.status(compose.organ(SENDER), code, about, NOON)
    claimed = edxml.parse(edxml.build(status))
    assert edxml.findings(claimed, vietnam_date(NOON)) == []
    read = edxml.read(claimed)
    assert isinstance(read, Status)
    assert (read.code, read.response_for.document_id, read.response_for.organ_id) == (code, "d", about.sender)


def test_types_have_the_numbers_of_the_law() -> None:
    numbers = {name: compose.document_type(name).detail for name in ("Nghị quyết", "Công văn", "Giấy giới thiệu")}
    assert numbers == {"Nghị quyết": 1, "Công văn": 18, "Giấy giới thiệu": 26}
    assert compose.document_type("Thư").detail == 0


def test_vietnam_time_is_written() -> None:
    assert str(compose.local_time(Millis(NOON))) == "2026-11-22 11:00:00"


def test_entries_survive_the_wire(keys: Path) -> None:
    full = replace(
        registered(keyring(str(keys)))[0],
        valid_from=vietnam_date(NOON),
        valid_to=vietnam_date(NOON),
        successor="000.00.00.H52",
        suspended=True,
    )
    ended = replace(full.certificates[0], added=int(NOON), withdrawn=int(NOON) + 1)
    for entry in (full, replace(full, certificates=(ended,)), Agency(code="x", name="y", tier=Tier.COMMUNE)):
        assert agencies.from_wire(agencies.to_wire(entry)) == entry
