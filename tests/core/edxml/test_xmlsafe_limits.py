"""The limits as they are: at each edge, and what the worst messages within them cost."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest

from hub.base.config import LimitSettings
from hub.core import edxml
from hub.core.edxml.fields import DOCUMENT, Group, rules
from hub.core.edxml.xmlsafe import LEGACY, STRICT, Limits, parse_xml
from hub.core.errors import InvalidFields, XmlTooComplex
from hub.core.signature.profile import EXCLUSIVE, INCLUSIVE, canonical

TODAY = date(2026, 11, 22)


def refused(data: bytes, limits: Limits) -> str:
    try:
        parse_xml(data, limits)
    except XmlTooComplex as error:
        return error.expected
    return ""


@pytest.mark.parametrize(("limits", "most"), [(STRICT, 120_000), (LEGACY, 5_000)])
def test_at_the_limit_of_elements_a_message_passes_and_one_beyond_it_does_not(limits: Limits, most: int) -> None:
    assert limits.elements == most
    for child in (b"<a/>", b"<a></a>"):
        assert refused(b"<r>" + child * (most - 2) + b"<a/></r>", limits) == ""
    assert refused(b"<r>" + b"<a/>" * most + b"</r>", limits) == f"at most {most} elements"
    assert refused(b"<r>" + b"<a></a>" * most + b"</r>", limits) == f"at most {2 * most} tags"


@pytest.mark.parametrize("limits", [STRICT, LEGACY])
def test_at_the_limit_of_attributes_a_message_passes_and_one_beyond_it_does_not(limits: Limits) -> None:
    """All elements together, before the parser builds any: however they are spelled, each needs its sign."""
    most = 2 * limits.elements
    wide = b"<a " + b" ".join(b"b%d = '1'" % i for i in range(64)) + b"/>"
    wide = b"<r>" + wide * (most // 64)
    assert refused(wide + b"=" * (most % 64) + b"</r>", limits) == ""
    assert refused(wide + b"=" * (most % 64 + 1) + b"</r>", limits) == f"at most {most} attributes"


def test_the_most_recipients_with_all_that_can_be_said_of_each_fit() -> None:
    to = next(part for part in rules(DOCUMENT) if part.path == "MessageHeader.To")
    assert isinstance(to, Group)
    assert LimitSettings().recipients * (1 + len(to.parts)) <= STRICT.elements - LimitSettings().recipients


HEAD = '<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXMLEnvelope><edXMLHeader><MessageHeader>'
TAIL = "</MessageHeader></edXMLHeader></edXMLEnvelope></edXML>"
SPACES = "".join(f' xmlns:n{i}="urn:{i}"' for i in range(15))
ORGAN = "".join(f"<{t}>x</{t}>" for t in ("OrganizationInCharge", "OrganName", "OrganAdd", "Email", "Fax", "Website"))

# Of each kind as many as the limit of elements, or of attributes, allows.
WORST: dict[str, Callable[[int], str]] = {
    "elements": lambda n: "<a></a>" * n,
    "text between elements": lambda n: "<a/>x" * n,
    "chains as deep as may be": lambda n: ("<a>" * 60 + "</a>" * 60) * (n // 60),
    "recipients": lambda n: "".join(f"<To><OrganId>{i}</OrganId></To>" for i in range(n // 2)),
    "recipients with everything": lambda n: "".join(f"<To><OrganId>{i}</OrganId>{ORGAN}</To>" for i in range(n // 8)),
    "a finding each": lambda n: "<To><a/></To>" * (n // 2),
    "the same thing many times": lambda n: "<To>" + "<OrganId>x</OrganId>" * n + "</To>",
    "prefixes": lambda n: f"<r{SPACES}>" + "".join(f"<n{i % 15}:a></n{i % 15}:a>" for i in range(n)) + "</r>",
    "attributes": lambda n: "<a b='1'/>" * n,
    "attributes with prefixes": lambda n: (
        f"<r{SPACES}>" + ("<a" + "".join(f" n{i % 15}:b{i}=''" for i in range(60)) + "/>") * (2 * n // 61) + "</r>"
    ),
}


def message(kind: str, elements: int) -> bytes:
    return (HEAD + WORST[kind](elements - 8) + TAIL).encode()


def treat(data: bytes, limits: Limits, method: str) -> None:
    """All that is done to a message whose signature holds."""
    claimed = edxml.parse(data.replace(b"<MessageHeader>", b"<MessageHeader><From/>"), limits)
    edxml.findings(claimed, TODAY)
    canonical(claimed.root, method, 8)
    with suppress(InvalidFields):
        edxml.read(claimed)


@pytest.mark.parametrize(("limits", "method"), [(STRICT, EXCLUSIVE), (LEGACY, INCLUSIVE)], ids=["strict", "legacy"])
@pytest.mark.parametrize("kind", WORST)
def test_the_worst_messages_at_the_limit_cost_in_proportion(kind: str, limits: Limits, method: str) -> None:
    """Four times as many elements take about four times as long; what is quadratic would take sixteen times."""

    def seconds(elements: int) -> float:
        data = message(kind, elements)
        began = time.process_time()
        treat(data, limits, method)
        return time.process_time() - began

    quarter = max(0.001, *(seconds(limits.elements // 4) for _ in range(2)))
    assert any(seconds(limits.elements) < 10 * quarter for _ in range(3))


def test_the_worst_messages_at_the_limit_stay_within_bounds_of_memory() -> None:
    """In a process of its own, whose peak is that of these messages one after another."""
    program = (
        "from tests.core.edxml.test_xmlsafe_limits import *\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for kind in WORST:\n"
        "    treat(message(kind, STRICT.elements), STRICT, EXCLUSIVE)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 150, "MB"
    assert resource.getpagesize()
