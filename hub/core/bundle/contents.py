"""The bundle: one ZIP file from which an auditor alone, with no hub and no network, judges the life of a document.

    manifest.json                          names the message, whose view this is, and every member by size and SHA-256
    checkpoint.note                        the signed checkpoint under which everything else is proved
    evidence/<leaf>.tlog-proof             each evidence in a receipt of its own under that checkpoint
    receipts/<leaf>.tlog-proof             the receipt as it was first given, byte for byte
    checkpoints/<size>.note  .proof        each earlier checkpoint named here, and its consistency with the newest
    seals/<size>.jws                       the hub's X.509 seal over the checkpoint of that size (`seal`)
    timestamps/<size>.tst  .tlog-proof     RFC 3161 token over the checkpoint of that size, and its own leaf's proof
    directory/<leaf>.json  .tlog-proof     which certificate the directory bound to which agency, or which
                                           delegation began or ceased for it, and its leaf's proof
    requests/<leaf>.tlog-proof             the acceptance of a document that took this one back: recall, update,
                                           replacement
    counters/<sha256>.jws | .edxml         the recipients' signed acknowledgements, status messages; and the requests'
                                           documents, for those that may see them
    signatures/<sha256>.json               the proof of a document's signature beyond its bytes (`proof`)
    certificates/<sha256>.cer              of agencies, of the seal, of the time-stamp authority, of their issuers (DER)
    crls/<sha256>.crl                      revocation lists of the time (DER)
    document.edxml                         the document itself, where it was asked for

The rules: leaves and sizes are decimal with 13 digits. The archive is in its only form (`zipstore`), its members in the
order of their names after the manifest. The manifest says nothing that is not also said, and proved, by a member;
`read` makes it again and compares. The meaning of a member is for `log`, `signatures`, `times` and `life`; `audit` asks
them in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Final

import msgspec

from hub.core import canonical
from hub.core.bundle import zipstore
from hub.core.canonical import Count
from hub.core.errors import ProofInvalid
from hub.core.evidence.receipt import MAX_RECEIPT
from hub.core.log.seal import MAX_SEAL
from hub.core.log.timestamp import MAX_TOKEN
from hub.core.signature.proof import MAX_PROOF

FORMAT: Final = "truc-evidence/1"
MEDIA_TYPE: Final = "application/zip"
MANIFEST: Final = "manifest.json"
CHECKPOINT: Final = "checkpoint.note"
DOCUMENT: Final = "document.edxml"
MAX_BUNDLE: Final = 512 * 1024 * 1024
MAX_DOCUMENT: Final = 256 * 1024 * 1024

_NUMBER: Final = "[0-9]{13}"
_HEX: Final = "[0-9a-f]{64}"
_LIMITS: Final = tuple(
    (re.compile(pattern, re.ASCII), most)
    for pattern, most in (
        (r"manifest\.json", 16_000_000),
        (r"checkpoint\.note", MAX_RECEIPT),
        (rf"(evidence|receipts|timestamps|directory|requests)/{_NUMBER}\.tlog-proof", MAX_RECEIPT),
        (rf"checkpoints/{_NUMBER}\.note", MAX_RECEIPT),
        (rf"checkpoints/{_NUMBER}\.proof", 4_096),
        (rf"seals/{_NUMBER}\.jws", MAX_SEAL),
        (rf"timestamps/{_NUMBER}\.tst", MAX_TOKEN),
        (rf"directory/{_NUMBER}\.json", 50_000),
        (rf"counters/{_HEX}\.jws", 1_000_000),
        (rf"counters/{_HEX}\.edxml", MAX_DOCUMENT),
        (rf"signatures/{_HEX}\.json", MAX_PROOF),
        (rf"certificates/{_HEX}\.cer", 16_384),
        (rf"crls/{_HEX}\.crl", 32_000_000),
        (r"document\.edxml", MAX_DOCUMENT),
    )
)


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    sha256: str
    size: Count


class _Manifest(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="format", tag=FORMAT
):
    members: tuple[Member, ...]
    message: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    recipients: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=100)], ...] = ()


_decoder: Final = msgspec.json.Decoder(_Manifest)


class Bundle(msgspec.Struct, frozen=True):
    """Well formed; nothing in it is proved yet.

    message     urn:uuid of the document
    recipients  whose view this is; empty: everybody's, as the sender and auditors see it
    members     name → content, without the manifest
    """

    message: str
    recipients: tuple[str, ...]
    members: Mapping[str, bytes]

    def numbers(self, part: str, suffix: str) -> list[int]:
        """The leaves or sizes of `part` that have a member with this suffix, ascending."""
        return [int(name) for name in self._names(part, suffix)]

    def digests(self, part: str, suffix: str) -> list[str]:
        """The names of `part`, SHA-256 in hex, ascending."""
        return self._names(part, suffix)

    def _names(self, part: str, suffix: str) -> list[str]:
        head, tail = f"{part}/", f".{suffix}"
        return sorted(n[len(head) : -len(tail)] for n in self.members if n.startswith(head) and n.endswith(tail))

    def need(self, name: str) -> bytes:
        """The member of that name. ProofInvalid where there is none."""
        if name not in self.members:
            raise ProofInvalid(expected=name, found="no such member")
        return self.members[name]


def numbered(part: str, number: int, suffix: str) -> str:
    """`evidence/0000000000042.tlog-proof`."""
    return f"{part}/{number:013d}.{suffix}"


def named(part: str, digest: str, suffix: str) -> str:
    return f"{part}/{digest}.{suffix}"


def limit(name: str) -> int | None:
    """How many bytes a member of that name may have; None for a name that has no place in a bundle."""
    return next((most for pattern, most in _LIMITS if pattern.fullmatch(name)), None)


def write(bundle: Bundle) -> bytes:
    """The file. ValueError for a member that `read` would refuse, or where all is more than a bundle may hold."""
    return b"".join(pieces(bundle))


def pieces(bundle: Bundle) -> Iterator[bytes]:
    """The file as `write` makes it, a piece at a time. ValueError likewise, perhaps at the end."""
    for name, data in bundle.members.items():
        most = limit(name)
        if most is None or len(data) > most or name == MANIFEST:
            raise ValueError(f"{name}: {len(data)} bytes")
    ordered = sorted(bundle.members.items())
    size = 0
    for piece in zipstore.pieces([(MANIFEST, _manifest(bundle)), *ordered]):
        size += len(piece)
        if size > MAX_BUNDLE:
            raise ValueError(f"{size} bytes, more than {MAX_BUNDLE}")
        yield piece


def read(data: bytes) -> Bundle:
    """Step 1. ProofInvalid unless `write` makes exactly `data` of the result."""
    if len(data) > MAX_BUNDLE:
        raise ProofInvalid(expected=f"a bundle of at most {MAX_BUNDLE} bytes", found=f"{len(data)}")
    members = zipstore.read(data, limit)
    names = list(members)
    if names[:1] != [MANIFEST] or names[1:] != sorted(names[1:]):
        raise ProofInvalid(expected=f"{MANIFEST}, then members by name", found=", ".join(names[:3]))
    raw = members.pop(MANIFEST)
    manifest = canonical.decode(raw, _decoder, f"a manifest of format {FORMAT}")
    bundle = Bundle(manifest.message, manifest.recipients, members)
    _check_members(manifest, bundle)
    if _manifest(bundle) != raw:
        raise ProofInvalid(expected="a manifest in canonical form", found="another spelling")
    return bundle


def _check_members(manifest: _Manifest, bundle: Bundle) -> None:
    listed = {member.name: member for member in manifest.members}
    if listed.keys() != bundle.members.keys():
        odd = sorted(listed.keys() ^ bundle.members.keys())
        raise ProofInvalid(expected="the members that the manifest lists", found=", ".join(odd)[:200])
    for name, data in bundle.members.items():
        found = sha256(data).hexdigest()
        if listed[name].sha256 != found or listed[name].size != len(data):
            raise ProofInvalid(expected=f"{name} with SHA-256 {listed[name].sha256[:80]}", found=found)
        stem = name.rpartition("/")[2].partition(".")[0]
        if len(stem) == 64 and stem != found:
            raise ProofInvalid(expected=f"{name} with that digest", found=found)


def _manifest(bundle: Bundle) -> bytes:
    members = tuple(Member(name, sha256(data).hexdigest(), len(data)) for name, data in sorted(bundle.members.items()))
    return canonical.encode(_Manifest(members, bundle.message, bundle.recipients))
