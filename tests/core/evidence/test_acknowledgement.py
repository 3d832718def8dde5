"""What a recipient signs, and what must not count as its signature."""

from __future__ import annotations

import json

import pytest

from hub.core import canonical
from hub.core.errors import AcknowledgementRefusal
from hub.core.evidence import acknowledgement as ack
from hub.core.evidence.events import Event
from hub.core.model import Millis, iso_utc
from hub.core.signature import jws
from tests.support.tokens import ec_key, keys_of, kid_of, rsa_key

KEYS = keys_of(ec_key(), rsa_key())


def urn(number: int) -> str:
    return f"urn:uuid:00000000-0000-8000-8000-{number:012x}"


def of(*items: ack.Item) -> ack.Acknowledgement:
    return ack.Acknowledgement("000.00.00.H52", Millis(1_795_334_400_123), items)


ITEM = ack.Item(urn(1), "a" * 64, ack.Outcome.CONTENT_HANDOVER)
OTHER = ack.Item(urn(2), "b" * 64, ack.Outcome.CONTENT_REJECTED)


@pytest.mark.parametrize("key", [ec_key(), rsa_key()], ids=["ES256", "PS256"])
def test_an_acknowledgement_comes_back(key: jws.PrivateKey) -> None:
    token = ack.sign(of(ITEM, OTHER), key, kid_of(key))
    assert ack.verify(token, KEYS) == of(ITEM, OTHER)


def test_its_bytes() -> None:
    assert json.loads(ack.encode(of(ITEM))) == {
        "type": "truc-acknowledgement/1",
        "recipient": "000.00.00.H52",
        "time": "2026-11-22T08:00:00.123Z",
        "items": [{"messageId": urn(1), "sha256": "a" * 64, "event": "ContentHandover"}],
    }
    assert ack.encode(of(ITEM)).startswith(b'{"items":[{"event":')


def test_the_evidence_it_leads_to() -> None:
    assert ITEM.event.event is Event.CONTENT_HANDOVER
    assert OTHER.event.event is Event.CONSIGNMENT_REJECTION


def test_a_thousand_items_and_not_one_more() -> None:
    items = tuple(ack.Item(urn(i), "a" * 64, ack.Outcome.CONTENT_HANDOVER) for i in range(ack.MAX_ITEMS + 1))
    token = ack.sign(of(*items[:-1]), ec_key(), kid_of(ec_key()))
    assert len(ack.verify(token, KEYS).items) == 1000
    for bad in (items, ()):
        with pytest.raises(AcknowledgementRefusal):
            ack.sign(of(*bad), ec_key(), kid_of(ec_key()))


GOOD = ack.encode(of(ITEM, OTHER))
PAYLOADS = {
    "a message twice": GOOD.replace(urn(2).encode(), urn(1).encode()),
    "an item twice": canonical.encode(
        json.loads(ack.encode(of(ITEM))) | {"items": [json.loads(canonical.encode(ITEM))] * 2}
    ),
    "a message that is no urn": GOOD.replace(b"urn:uuid:", b"uuid:"),
    "a digest in capitals": GOOD.replace(b"a" * 64, b"A" * 64),
    "a short digest": GOOD.replace(b"a" * 64, b"a" * 63),
    "an event that a recipient cannot acknowledge": GOOD.replace(b"ContentHandover", b"SubmissionAcceptance"),
    "no recipient": GOOD.replace(b'"000.00.00.H52"', b'""'),
    "another type": GOOD.replace(b"acknowledgement/1", b"acknowledgement/2"),
    "a time that does not exist": GOOD.replace(b"2026-11-22", b"2026-11-31"),
    "another spelling of the time": GOOD.replace(b"2026-11-22T08", b"2026-11-22t08"),
    "milliseconds with a sign": GOOD.replace(b".123Z", b".+12Z"),
    "an unknown member": GOOD.replace(b'"items"', b'"Items":1,"items"'),
    "a member twice": GOOD.replace(b'"recipient"', b'"recipient":"000.00.00.H01","recipient"'),
    "a member twice, once escaped": GOOD.replace(b'"recipient"', b'"\\u0072ecipient":"000.00.00.H01","recipient"'),
    "a member twice in an item": GOOD.replace(b'"sha256"', b'"sha256":"' + b"c" * 64 + b'","sha256"', 1),
    "not JSON": b"acknowledged",
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_that_breaks_a_rule_is_refused_though_signed(name: str) -> None:
    assert PAYLOADS[name] != GOOD
    token = jws.sign(PAYLOADS[name], ec_key(), kid_of(ec_key()), ack.TYPE)
    with pytest.raises(AcknowledgementRefusal):
        ack.verify(token, KEYS)


def test_an_acknowledgement_in_any_spelling() -> None:
    read = json.loads(GOOD)
    for text in (
        json.dumps(read, indent=2),
        json.dumps(dict(reversed(read.items()))),
        GOOD.decode().replace("/", r"\/"),
    ):
        token = jws.sign(text.encode(), ec_key(), kid_of(ec_key()), ack.TYPE)
        assert ack.verify(token, KEYS) == of(ITEM, OTHER)


def test_a_token_of_another_kind_or_key() -> None:
    for token, keys in (
        (jws.sign(GOOD, ec_key(), kid_of(ec_key()), "JWT"), KEYS),
        (ack.sign(of(ITEM), ec_key(1), kid_of(ec_key(1))), KEYS),
        (ack.sign(of(ITEM), ec_key(1), kid_of(ec_key())), KEYS),
        ("", KEYS),
    ):
        with pytest.raises(AcknowledgementRefusal) as caught:
            ack.verify(token, keys)
        assert caught.value.expected


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-22T08:00:00.123Z", "2026-11-22T08:00:00.123Z"),
        ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00.000Z"),  # java.time, once in a thousand
        ("2026-11-22T08:00:00.1Z", "2026-11-22T08:00:00.100Z"),
        ("2026-11-22T08:00:00.123456+00:00", "2026-11-22T08:00:00.123Z"),  # Python's isoformat
        ("2026-11-22T15:00:00.123999999+07:00", "2026-11-22T08:00:00.123Z"),
        ("1969-12-31T23:59:59.250Z", "1969-12-31T23:59:59.250Z"),
    ],
)
def test_a_time_may_be_written_as_libraries_write_it(written: str, read: str) -> None:
    payload = GOOD.replace(b"2026-11-22T08:00:00.123Z", written.encode())
    assert iso_utc(ack.decode(payload).time) == read


@pytest.mark.parametrize(
    "written",
    ["", "2026-11-22", "2026-11-22T08:00:00", "2026-11-22 08:00:00Z", "2026-13-22T08:00:00Z",
     "0001-01-01T00:00:00+07:00",
     "2026-11-22T08:00:00.1234567890Z", "2026-11-22T08:00:00.Z", "2026-11-22T08:00:00+25:00", "٢026-11-22T08:00:00Z",
     "2026-11-22T08:00:00Z\\n"],
)  # fmt: skip
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(AcknowledgementRefusal, match="RFC 3339"):
        ack.decode(GOOD.replace(b"2026-11-22T08:00:00.123Z", written.encode()))
