"""Whatever the bytes are, the audit says no and does not fall over. Samples are drawn with a seed."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.bundle import contents as bundles
from hub.core.bundle import zipstore
from hub.core.bundle.audit import Report
from hub.core.errors import ProofInvalid
from tests.core.bundle.kit import Life, remade


def bad(report: Report) -> bool:
    """Refused, and by a rule of ours: nothing was left to the last resort that catches any exception."""
    return not report.ok and not any("cannot be processed" in step.problem.en for step in report.steps)


def flip(data: bytes, bit: int) -> bytes:
    at = bit // 8
    return data[:at] + bytes([data[at] ^ 1 << bit % 8]) + data[at + 1 :]


def test_any_bit_of_the_file_flipped_fails_in_step_1(life: Life) -> None:
    draw = random.Random(3161)
    headers = list(range(len(life.data) - 2_000, len(life.data)))  # the directory, every byte of it
    bits = [8 * n + draw.randrange(8) for n in headers] + draw.sample(range(8 * len(life.data)), 600)
    for bit in bits:
        with pytest.raises(ProofInvalid):
            bundles.read(flip(life.data, bit))
    for bit in draw.sample(bits, 20):
        assert bad(life.verify(flip(life.data, bit)))


def test_any_bit_of_a_member_flipped_fails_though_the_manifest_was_made_to_fit(life: Life) -> None:
    """So each member is proved by something else than a list that anybody can write."""
    draw = random.Random(9162)
    for name, content in bundles.read(life.data).members.items():
        for bit in draw.sample(range(8 * len(content)), 5):

            def change(members: dict[str, bytes], name: str = name, bit: int = bit) -> None:
                members[name] = flip(members[name], bit)

            report = life.verify(remade(life.data, change))
            assert bad(report), (name, bit)


def test_any_bit_of_the_manifest_flipped_fails_though_the_archive_was_made_to_fit(life: Life) -> None:
    members = zipstore.read(life.data, lambda name: 1 << 30)
    manifest = members[bundles.MANIFEST]
    for bit in random.Random(7515).sample(range(8 * len(manifest)), 250):
        data = zipstore.write((members | {bundles.MANIFEST: flip(manifest, bit)}).items())
        assert bad(life.verify(data)), bit


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_crash_it(life: Life, data: bytes) -> None:
    for attempt in (data, b"PK\x03\x04" + data, life.data[: len(data) * 40] + data):
        assert bad(life.verify(attempt))


def test_each_part_cut_away_fails(life: Life) -> None:
    for size in range(0, len(life.data), len(life.data) // 40):
        assert bad(life.verify(life.data[:size]))
        assert bad(life.verify(life.data[size + 1 :]))


# hostile archives, by attack


def deflated(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def twice(name: str) -> bytes:
    """Two members of one name, as `write` would never."""
    one = zipstore.write([(name, b"a")])
    head = one[: 30 + len(name) + 1]
    crc = zlib.crc32(b"b")
    other = bytearray(head)
    other[14:18] = struct.pack("<L", crc)
    other[-1:] = b"b"
    return head + bytes(other) + one[len(head) :]


def prefixed() -> bytes:
    """An archive that others read from its end, with a second one in front."""
    return zipstore.write([("manifest.json", b"{}")]) + zipstore.write([("manifest.json", b"[]")])


def lying_size() -> bytes:
    data = bytearray(zipstore.write([("manifest.json", b"{}")]))
    data[18:26] = struct.pack("<2L", 1 << 30, 1 << 30)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(zipstore.write([("manifest.json", b"{}")]))
    data[6] |= 1
    return bytes(data)


def many() -> bytes:
    return zipstore.write([(f"evidence/{n:013d}.tlog-proof", b"") for n in range(zipstore.MOST_MEMBERS)])


HOSTILE = {
    "a bomb": lambda: deflated("document.edxml", bytes(50_000_000)),
    "a name that leads out": lambda: zipstore.write([("../x", b"")]),
    "a drive's name": lambda: zipstore.write([("C:\\x", b"")]),
    "one name twice": lambda: twice("manifest.json"),
    "two archives in one": prefixed,
    "a size that is not there": lying_size,
    "encrypted": encrypted,
    "sixty thousand members": many,
    "a manifest of deep JSON": lambda: zipstore.write([("manifest.json", b"[" * 500_000)]),
    "a manifest that is no object": lambda: zipstore.write([("manifest.json", b"null")]),
    "no manifest": lambda: zipstore.write([("checkpoint.note", b"")]),
    "a manifest twice over": lambda: zipstore.write([("manifest.json", b'{"format":"truc-evidence/1"}')]),
    "an oversized certificate": lambda: zipstore.write([("certificates/" + "0" * 64 + ".cer", bytes(20_000))]),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_archive_is_refused(life: Life, attack: str) -> None:
    report = life.verify(HOSTILE[attack]())
    assert bad(report)
    assert [step.result.value for step in report.steps] == ["failed"] + ["not reached"] * 8


def test_no_more_than_it_may_hold_is_written() -> None:
    with pytest.raises(ValueError, match="60001 members"):
        zipstore.write([(str(n), b"") for n in range(zipstore.MOST_MEMBERS + 1)])
    with pytest.raises(ValueError, match="a member named"):
        zipstore.write([("a", b""), ("a", b"")])


def rubbish(name: str) -> bytes:
    return b"\x30\x03\x02\x01\x00" if name.endswith((".cer", ".crl", ".tst")) else b"rubbish\n"


def test_rubbish_in_place_of_any_member_fails(life: Life) -> None:
    for name in bundles.read(life.data).members:
        report = life.verify(remade(life.data, lambda members, name=name: members.update({name: rubbish(name)})))  # type: ignore[misc]
        assert bad(report), name
