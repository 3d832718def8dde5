"""The limits as they are: at each edge, and what the worst messages within them cost."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import msgspec
import pytest
from lxml import etree

from hub.base.limit_settings import LimitSettings
from hub.core import edxml
from hub.core.edxml.fields import DOCUMENT
from hub.core.edxml.parts import Group, rules
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


@pytest.mark.parametrize(("limits", "most"), [(STRICT, 120_000), (LEGACY, 20_000)])
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


def declared(*names: str) -> str:
    return "".join(f' xmlns:{name}="urn:{name}"' for name in names)


NESTED = {
    "different ones, one in each": lambda n: "".join(f"<a{declared(f'n{i}')}>" for i in range(n)) + "</a>" * n,
    "different ones, all in one": lambda n: f"<a{declared(*(f'n{i}' for i in range(n)))}></a>",
    "one prefix, another URI each time": lambda n: "".join(f'<a xmlns="urn:{i}">' for i in range(n)) + "</a>" * n,
}
SEPARATE = {
    "the same one in each": lambda n: f"<a{declared('e')}/>" * n,
    "another one in each": lambda n: "".join(f"<a{declared(f'n{i}')}/>" for i in range(n)),
    "two in each": lambda n: f"<a{declared('e', 'f')}><b{declared('e')}/></a>" * n,
}


@pytest.mark.parametrize("limits", [STRICT, LEGACY], ids=["strict", "legacy"])
@pytest.mark.parametrize("kind", NESTED)
def test_different_namespaces_in_scope_are_bounded(kind: str, limits: Limits) -> None:
    deep = msgspec.structs.replace(limits, depth=100)
    around = "<r>" + f"<a{declared('x')}/>" * 100 + "%s</r>"  # those before are not in scope
    assert refused((around % NESTED[kind](limits.namespaces)).encode(), deep) == ""
    assert refused((around % NESTED[kind](limits.namespaces + 1)).encode(), deep).startswith(
        f"at most {limits.namespaces} "
    )


@pytest.mark.parametrize("limits", [STRICT, LEGACY], ids=["strict", "legacy"])
@pytest.mark.parametrize("kind", SEPARATE)
def test_namespaces_side_by_side_are_as_many_as_elements(kind: str, limits: Limits) -> None:
    assert refused(f"<r>{SEPARATE[kind](limits.elements // 4)}</r>".encode(), limits) == ""


@pytest.mark.parametrize("limits", [STRICT, LEGACY], ids=["strict", "legacy"])
def test_the_same_namespaces_again_and_again_on_one_way_down_are_bounded(limits: Limits) -> None:
    each = limits.declared // 8
    data = f"<a{declared(*(f'n{i}' for i in range(each)))}>" * 8 + "<b/>" + "</a>" * 8
    assert each <= limits.namespaces
    assert refused(data.encode(), limits) == ""
    beyond = data.replace("<b/>", f"<b{declared('n1')}/>")
    assert refused(beyond.encode(), limits) == f"at most {limits.declared} namespace declarations in scope"


@pytest.mark.parametrize("limits", [STRICT, LEGACY], ids=["strict", "legacy"])
def test_what_canonicalisation_looks_at_grows_with_the_elements_alone(limits: Limits) -> None:
    """Counted, not timed: at each element inclusive canonicalisation goes through all declarations that are in scope,
    and for each of them up to where the prefix was bound last. So many steps any message that passes costs at most."""
    most = 0
    bodies = [make(limits.namespaces - 3) for make in NESTED.values()]
    bodies += [make(min(limits.elements // 8, 1_000)) for make in SEPARATE.values()]
    for body in bodies:
        for levels in (1, 4, 8, 16, 32):
            data = f"<r{declared('e', 'f', 'g')}>" * levels + body + "</r>" * levels
            if not refused(data.encode(), msgspec.structs.replace(limits, depth=100)):
                most = max(most, steps(data.encode()))
    assert limits.declared // 2 < most <= limits.declared


def steps(data: bytes) -> int:
    """The largest number of declarations on the way from any element to the root."""
    inner = most = 0
    for event, _ in etree.iterwalk(etree.fromstring(data), events=("start-ns", "end-ns")):
        inner += 1 if event == "start-ns" else -1
        most = max(most, inner)
    return most


@pytest.mark.parametrize("limits", [STRICT, LEGACY], ids=["strict", "legacy"])
def test_a_thousand_files_that_declare_for_themselves_pass(limits: Limits) -> None:
    """As the field's library writes them, and other builders the manifest, with all that can be said of a file."""
    said = "".join(f"<{tag}>x</{tag}>" for tag in ("ContentId", "ContentType", "Description", "AttachmentName"))
    line = f'<Reference{declared("xlink")} xlink:href="cid:1">{said}</Reference>'
    file = f"<Attachment>{said}<e:ContentTransferEncoded{declared('e')}>eA==</e:ContentTransferEncoded></Attachment>"
    data = HEAD + TAIL.replace("</edXML>", line * 1_000 + file * 1_000 + "</edXML>")
    assert refused(data.encode(), limits) == ""


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
    "prefixes declared again on every way down": lambda n: (
        f"<r{SPACES}>" + f"<a{SPACES}>" * 2 + "".join(f"<n{i % 15}:a/>" for i in range(n)) + "</a></a></r>"
    ),
    "a prefix declared by each": lambda n: "<e:a xmlns:e='urn:e'/>" * n,
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
        began = time.thread_time()
        treat(data, limits, method)
        return time.thread_time() - began

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
