"""Hypothesis strategies for messages, for every test that needs some.

What they draw is without fault for the validator and the XSDs, on `TODAY` or later: text is trimmed, NFC,
legal in XML, within the lengths of the table; codes need no shape; whole numbers fit nine digits.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from hypothesis import strategies as st

from hub.core.edxml import (
    Attachment,
    BusinessInfo,
    Code,
    Document,
    DocumentType,
    Organ,
    OtherInfo,
    Receiver,
    Replacement,
    ResponseFor,
    Signer,
    Staff,
    Status,
    Trace,
)
from hub.core.model import Business, Priority, StatusCode

TODAY = date(2022, 11, 22)

VIETNAMESE = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYaăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệ"
ODD = " \t\n\r<>&\"'/.,;:-–“”[](){}0123456789 \u0301\u0323\ufeff]]>�𝒳"
LEGAL = st.one_of(
    st.sampled_from(VIETNAMESE + ODD),
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
)


def clean(text: str) -> str:
    return normalize("NFC", text.strip()).strip()


def text(most: int, *, empty: bool = True) -> st.SearchStrategy[str]:
    """Trimmed NFC text of at most `most` characters; `empty`: may be ""."""
    drawn = st.text(LEGAL, max_size=min(most, 40)).map(clean).map(lambda t: clean(t[:most]))
    edge = st.sampled_from(("ậ", "x")).map(lambda c: c * most)
    either = st.one_of(drawn, drawn, drawn, edge)
    return either if empty else either.map(lambda t: t or "ẩn")


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


def _filled(value: Any) -> bool:
    """An element with nothing in it is no element: such values do not survive the journey, by design."""
    return bool(value != type(value)())


codes = st.one_of(
    st.builds(
        "{:03}.{:02}.{:02}.{}{:02}".format,
        *3 * [st.integers(0, 99)],
        st.sampled_from("GHW"),
        st.integers(1, 63),
    ),
    st.sampled_from(("H52.13", "00.53.W00", "28.22.H17", "vxp.saas.03")),
    text(35, empty=False),
)
numbers = st.integers(0, 999_999_999)
days = st.dates(date(1945, 9, 2), TODAY)
moments = st.datetimes(datetime(1945, 9, 2), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0))
maybe_days = st.none() | days

organs = st.builds(Organ, codes, text(500), text(200), text(500), text(100), text(20), text(20), text(200))
staff = st.builds(Staff, text(200), text(100), text(100), text(20))
answers = st.builds(ResponseFor, st.just("") | codes, text(42), text(255), maybe_days)
others = st.builds(
    OtherInfo,
    st.sampled_from(Priority),
    text(100),
    text(10),
    st.none() | numbers,
    st.none() | st.integers(0, 999),
    st.none() | st.booleans(),
    some(text(500, empty=False)),
)
businesses = st.builds(
    BusinessInfo,
    st.sampled_from(Business),
    text(255),
    text(500),
    st.none() | numbers,
    st.none() | st.integers(0, 1),
    st.none() | st.integers(0, 1),
    some(st.builds(Receiver, codes, st.booleans())),
    some(st.builds(Replacement, text(255, empty=False), some(codes))),
    some(staff.filter(_filled)),
)

documents = st.builds(
    Document,
    sender=organs,
    recipients=st.lists(organs, min_size=1, max_size=3, unique_by=lambda o: o.organ_id).map(tuple),
    document_id=text(255, empty=False),
    code=st.builds(Code, text(11, empty=False), text(30, empty=False)),
    place=text(50, empty=False),
    promulgation_date=days,
    type=st.builds(DocumentType, numbers, numbers, text(100, empty=False)),
    subject=text(500, empty=False),
    content=text(500),
    signer=st.builds(Signer, text(100), text(100, empty=False), text(50, empty=False)),
    due_date=st.none() | st.dates(),
    other=st.none() | others,
    response_for=some(answers.filter(_filled)),
    steering_type=st.none() | numbers,
    task_codes=some(text(100, empty=False)),
    application_type=text(50),
    to_places=some(text(150, empty=False)),
    traces=st.lists(st.builds(Trace, codes, moments), min_size=1, max_size=2).map(tuple),
    business=st.none() | businesses,
)

statuses = st.builds(
    Status,
    sender=organs,
    response_for=st.builds(ResponseFor, codes, text(42, empty=False), text(255), maybe_days),
    staff=staff,
    code=st.sampled_from(StatusCode),
    description=text(500, empty=False),
    timestamp=moments,
)

messages = st.one_of(documents, statuses)

attachment_lists = st.lists(
    st.builds(
        Attachment,
        content_id=text(100, empty=False).filter(lambda t: not t.lower().startswith("cid:")),
        name=text(200, empty=False),
        description=text(500),
        content_type=st.sampled_from(("", "application/pdf", "text/plain", "application/octet-stream")),
        data=st.binary(min_size=1, max_size=200),
    ),
    max_size=3,
    unique_by=lambda a: a.content_id,
)

messages_with_files = st.one_of(
    st.tuples(documents, attachment_lists), st.tuples(statuses, st.builds(list[Attachment]))
)
