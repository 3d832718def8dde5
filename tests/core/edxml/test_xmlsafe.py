"""The fast check of a tree and the walk that explains agree on every tree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.core.edxml import xmlsafe
from hub.core.edxml.xmlsafe import Limits
from hub.core.errors import FormatRefusal

TIGHT = Limits(depth=4, elements=12, attributes=3, namespaces=5)


def element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    attributes = st.integers(0, 5).map(lambda n: "".join(f' a{i}="{i}"' for i in range(n)))
    return st.builds(lambda a, c: f"<e{a}>{''.join(c)}</e>", attributes, st.lists(children, max_size=4))


LEAVES = st.sampled_from(["text", "<x/>", "<x b='='/>", "<!--c-->", "<?p q?>", "<![CDATA[a=b]]>"])
TREES = element(st.recursive(LEAVES, element, max_leaves=12))


@given(TREES)
@settings(max_examples=300)
def test_what_the_fast_check_suspects_is_what_the_walk_refuses(text: str) -> None:
    data = text.encode()
    root = etree.fromstring(data)
    try:
        xmlsafe._check_nodes(root, TIGHT)
        refused = False
    except FormatRefusal:
        refused = True
    assert xmlsafe._suspicious(root, data, TIGHT) == refused


def test_a_tree_at_the_limits_passes_and_one_beyond_does_not() -> None:
    def refused(text: str) -> bool:
        try:
            xmlsafe.parse_xml(text.encode(), TIGHT)
        except FormatRefusal:
            return True
        return False

    assert not refused("<a><b><c><d/></c></b></a>")
    assert refused("<a><b><c><d><e/></d></c></b></a>")
    assert not refused("<a>" + "<b/>" * 11 + "</a>")
    assert refused("<a>" + "<b/>" * 12 + "</a>")
    assert not refused('<a b="1" c="2" d="3"/>')
    assert refused('<a b="1" c="2" d="3" e="4"/>')
