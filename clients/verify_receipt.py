#!/usr/bin/env python3
"""Check a receipt of the document axis offline, without the axis and without its code.

    python verify_receipt.py RECEIPT --policy POLICY [--document FILE] [--proof FILE] [--json] [--lang vi|en]

Needs Python 3.11 and the package `cryptography` (50 or later). Exit code 0: it holds; 1: it does not; 2: a
file or an argument cannot be used. This one file is meant to be read before it is believed. It checks, in
this order:

1. The file is a C2SP tlog-proof in its only spelling: header, `extra`, `index`, hashes, an empty line, a
   signed note.
2. `extra` is the evidence: JSON in the one form of RFC 8785, with known members, a known event, and a reason
   where the event is negative.
3. The note's three lines (origin, size, root) are signed by a log of the policy; no known key has signed them
   badly; the witnesses that cosigned them, and not in the future, make up the policy's quorum.
4. H(0x00 ‖ 0x01 ‖ 0x01 ‖ SHA-256(evidence)) is leaf number `index` of the tree with that root (RFC 6962).
5. The checkpoint that the evidence names as already known is not younger than the leaf.
6. With --document: the file's SHA-256 is the one in the evidence.
7. With --proof (a file of `signatures/` in a bundle): the certificate in it, the one in the evidence, made the
   signature over its SignedInfo. That this is over this document is the hub's word; so is the verdict without it.

It says whether the party whose doing the event is signed for it: the evidence names the digest of its signed object, or
why it did not, and whose certificate signed. It does NOT check the document's own signature, nor that counter-signature
itself: the hub's word on the first is labelled as its word.
Whom you trust is in the policy file: get it from somebody other than the giver of the receipt.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import re
import sys
import time
import unicodedata
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509 import load_der_x509_certificate

MAX_BYTES = 1_000_000
LEEWAY = 60  # seconds by which a witness' clock may be ahead of ours


class Refused(Exception):
    """The receipt does not hold; says why, in both languages."""

    def __init__(self, vi: str, en: str) -> None:
        self.text = {"vi": vi, "en": en}
        super().__init__(en)


class Unusable(Refused):
    """The verifier's own file or argument is at fault, not the receipt."""


def need(holds: object, vi: str, en: str) -> None:
    if not holds:
        raise Refused(vi, en)


# --- texts that have one spelling only


def unbase64(text: str, length: int | None = None) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    good = base64.b64encode(raw).decode() == text and text and (length is None or len(raw) == length)
    need(good, f"base64 sai: {text[:60]}", f"bad base64: {text[:60]}")
    return raw


def decimal(text: str) -> int:
    good = re.fullmatch(r"0|[1-9][0-9]{0,18}", text) and int(text) < 2**63
    need(good, f"số thập phân sai: {text[:60]}", f"bad decimal number: {text[:60]}")
    return int(text)


def plain_text(data: bytes, what: str) -> str:
    need(len(data) <= MAX_BYTES, f"{what} quá lớn", f"{what} is too large")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(f"{what} không phải UTF-8", f"{what} is not UTF-8") from None
    need(
        "\r\n" not in text,
        f"{what} đã bị đổi dấu xuống dòng (CR LF): đổi lại thành LF, hoặc lấy lại bản gốc",
        f"{what} had its line ends converted (CR LF): convert them back to LF, or get it again",
    )
    control = re.search(r"[\x00-\x09\x0b-\x1f]", text)
    need(not control, f"{what} có ký tự điều khiển", f"{what} has control characters")
    return text


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


# --- keys and the signed note (C2SP signed-note, tlog-checkpoint, tlog-cosignature)

LOG_TYPES, WITNESS_TYPES = (1, 6), (4, 6)  # 1 Ed25519, 4 Ed25519 cosignature with time, 6 ML-DSA-44 with time
KEY_BYTES = {1: 32, 4: 32, 6: 1312}
SIGNATURE_BYTES = {1: 64, 4: 64, 6: 2420}


class Key(NamedTuple):
    name: str
    key_id: bytes
    type: int
    public: bytes


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes
    text: bytes


def good_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


def read_vkey(vkey: str) -> Key:
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = unbase64(encoded)
    good = good_name(name) and len(raw) - 1 == KEY_BYTES.get(raw[0]) and load_key(raw[0], raw[1:])
    need(good, f"khóa công khai sai: {vkey[:60]}", f"bad public key: {vkey[:60]}")
    found = sha256(name.encode() + b"\n" + raw)[:4]
    need(found.hex() == key_id, f"mã khóa sai: {vkey[:60]}", f"wrong key id: {vkey[:60]}")
    return Key(name, found, raw[0], raw[1:])


def load_key(kind: int, public: bytes) -> Ed25519PublicKey | MLDSA44PublicKey | None:
    try:
        if kind == 6:
            return MLDSA44PublicKey.from_public_bytes(public)
        return Ed25519PublicKey.from_public_bytes(public)
    except ValueError:
        return None


def signed_bytes(key: Key, checkpoint: Checkpoint, seconds: int) -> bytes:
    """The signed bytes: they depend on the type of the key."""
    if key.type == 1:
        return checkpoint.text
    if key.type == 4:
        return b"cosignature/v1\ntime %d\n" % seconds + checkpoint.text
    name, origin = key.name.encode(), checkpoint.origin.encode()
    need(len(name) < 256 and len(origin) < 256, "tên quá dài", "a name is too long")
    who, log = bytes([len(name)]) + name, bytes([len(origin)]) + origin
    when, start, end = (number.to_bytes(8, "big") for number in (seconds, 0, checkpoint.size))
    return b"subtree/v1\n\0" + who + when + log + start + end + checkpoint.root


def check_signature(key: Key, checkpoint: Checkpoint, blob: bytes) -> int:
    """The time, in seconds, that the signature states; 0 for a log's Ed25519 signature, which states none."""
    timed = 8 if key.type in WITNESS_TYPES else 0
    seconds = int.from_bytes(blob[:timed], "big")
    public = load_key(key.type, key.public)
    try:
        if len(blob) != timed + SIGNATURE_BYTES[key.type] or seconds >= 2**63 or public is None:
            raise InvalidSignature
        public.verify(blob[timed:], signed_bytes(key, checkpoint, seconds))
    except InvalidSignature:
        raise Refused(f"chữ ký của {key.name} sai", f"the signature by {key.name} is bad") from None
    return seconds


def read_note(text: str) -> tuple[Checkpoint, dict[tuple[str, bytes], bytes]]:
    """The checkpoint, and each signature by the name and id of its key; nothing is verified yet."""
    body, gap, tail = text.rpartition("\n\n")
    lines = body.split("\n")
    need(gap and len(lines) == 3 and lines[0], "checkpoint không có ba dòng", "not a checkpoint of three lines")
    checkpoint = Checkpoint(lines[0], decimal(lines[1]), unbase64(lines[2], 32), body.encode() + b"\n")
    signatures: dict[tuple[str, bytes], bytes] = {}
    rows = tail.split("\n")
    need(rows.pop() == "" and 1 <= len(rows) <= 100, "thiếu dòng chữ ký", "there is no whole signature line")
    for row in rows:
        name, space, encoded = row.removeprefix("— ").partition(" ")
        good = row.startswith("— ") and space and good_name(name)
        need(good, f"dòng chữ ký sai: {row[:60]}", f"bad signature line: {row[:60]}")
        raw = unbase64(encoded)
        need(len(raw) > 4, "chữ ký quá ngắn", "a signature is too short")
        need((name, raw[:4]) not in signatures, f"{name} ký hai lần", f"{name} signed twice")
        signatures[name, raw[:4]] = raw[4:]
    return checkpoint, signatures


# --- the policy (C2SP tlog-policy)


class Policy:
    """Logs, witnesses by name, groups as (name, how many, members) in the file's order, quorum."""

    def __init__(self, data: bytes) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: list[tuple[str, int, list[str]]] = []
        self.quorum = ""
        self._names: set[str] = set()
        self._members: set[str] = set()
        try:
            text = data.decode("utf-8")
            need(len(data) <= MAX_BYTES, "tệp quá lớn", "the file is too large")
            for line in text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"):
                control = re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line)
                need(not control, "có ký tự điều khiển", "control characters")
                self._read(re.split(r"[ \t]+", line.strip(" \t")))
            need(self.logs and self.quorum, "thiếu log hoặc quorum", "no log, or no quorum")
        except (Refused, UnicodeDecodeError) as error:
            vi = error.text["vi"] if isinstance(error, Refused) else "không phải UTF-8"
            raise Unusable(f"chính sách không dùng được: {vi}", f"unusable policy: {error}") from None

    def _read(self, words: list[str]) -> None:
        keyword, rest = words[0], words[1:]
        if not keyword or keyword.startswith("#"):
            return
        shape = {"log": (1, 2), "witness": (2, 3), "group": (3, 10**6), "quorum": (1, 1)}.get(keyword, (1, 0))
        need(shape[0] <= len(rest) <= shape[1], f"dòng sai: {keyword}", f"bad line: {keyword}")
        if keyword == "log":
            self.logs.append(self._key(rest[0], LOG_TYPES))
        elif keyword == "witness":
            self._define(rest[0])
            self.witnesses[rest[0]] = self._key(rest[1], WITNESS_TYPES)
        elif keyword == "group":
            self._group(rest[0], rest[1], rest[2:])
        else:
            known = rest[0] in self._names or rest[0] == "none"
            need(known and not self.quorum, f"quorum sai: {rest[0]}", f"bad quorum: {rest[0]}")
            self.quorum = rest[0]

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        for member in members:  # each defined above, and in one group only, so that nobody counts twice
            need(member in self._names - self._members, f"thành viên sai: {member}", f"bad member: {member}")
            self._members.add(member)
        self._define(name)
        number = int(threshold) if re.fullmatch("[1-9][0-9]{0,5}", threshold) else 0
        count = {"all": len(members), "any": 1}.get(threshold, number)
        need(1 <= count <= len(members), f"ngưỡng sai: {threshold}", f"bad threshold: {threshold}")
        self.groups.append((name, count, members))

    def _define(self, name: str) -> None:
        need(name != "none" and name not in self._names, f"tên trùng: {name}", f"name used twice: {name}")
        self._names.add(name)

    def _key(self, vkey: str, types: tuple[int, ...]) -> Key:
        key = read_vkey(vkey)
        need(key.type in types, f"loại khóa sai: {key.name}", f"wrong type of key: {key.name}")
        publics = [k.public for k in (*self.logs, *self.witnesses.values())]
        need(key.public not in publics, f"khóa trùng: {key.name}", f"key used twice: {key.name}")
        return key

    def check(self, note: str, now: int | None) -> tuple[Checkpoint, dict[str, int]]:
        """The checkpoint, and the time of each witness that counts."""
        checkpoint, signatures = read_note(note)
        keys = {(k.name, k.key_id): k for k in [*self.logs, *self.witnesses.values()]}
        need(len(keys) == len(self.logs) + len(self.witnesses), "hai khóa cùng mã", "two keys share an id")
        # Lines of other keys are ignored; a bad line of a known key refuses everything.
        known = {who: blob for who, blob in signatures.items() if who in keys}
        times = {who: check_signature(keys[who], checkpoint, blob) for who, blob in known.items()}
        by_log = any((k.name, k.key_id) in times and k.name == checkpoint.origin for k in self.logs)
        need(by_log, f"không có chữ ký của log {checkpoint.origin}", f"no log signed as {checkpoint.origin}")
        latest = 2**63 if now is None else now + LEEWAY
        stated = {name: times.get((k.name, k.key_id)) for name, k in self.witnesses.items()}
        counted = {name: seconds for name, seconds in stated.items() if seconds is not None and seconds <= latest}
        witnessed = set(counted)
        for name, threshold, members in self.groups:
            if len(witnessed.intersection(members)) >= threshold:
                witnessed.add(name)
        good = self.quorum == "none" or self.quorum in witnessed
        need(good, f"không đủ nhân chứng: {self.quorum}", f"the quorum {self.quorum} is missing")
        return checkpoint, counted


# --- the tree (RFC 6962; verification after RFC 9162 section 2.1.3.2)


def check_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    need(index < size, "chỉ số vượt kích thước cây", "the index is not below the tree's size")
    node, position, last = leaf, index, size - 1
    for sibling in path:
        need(last, "đường dẫn quá dài", "the proof is too long")
        if position & 1 or position == last:
            node = sha256(b"\x01", sibling, node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = sha256(b"\x01", node, sibling)
        position, last = position >> 1, last >> 1
    need(not last, "đường dẫn quá ngắn", "the proof is too short")
    need(node == root, "bằng chứng không dẫn tới gốc cây", "the proof does not lead to the root")


# --- the evidence (names of ETSI EN 319 522, canonical JSON of RFC 8785)

ETSI, OWN = "http://uri.etsi.org/19522/Event/", "urn:truc:event:"


def events(namespace: str, names: str) -> set[str]:
    return {namespace + name for name in names.split()}


NEGATIVE = events(OWN, "RecallRefused") | events(
    ETSI,
    """SubmissionRejection RelayRejection RelayFailure NotificationForAcceptanceFailure ConsignmentRejection
    AcceptanceRejectionExpiry ContentConsignmentFailure ConsignmentNotificationFailure ContentHandoverFailure
    RelayToNonERDSFailure""",
)
POSITIVE = events(
    OWN,
    """RecallRequest RecallConfirmed BusinessStatus HandoverWarning DocumentLookedAt EvidenceExported
    RetentionApplied DataBrought DirectoryChange""",
) | events(
    ETSI,
    """SubmissionAcceptance RelayAcceptance NotificationForAcceptance ConsignmentAcceptance ContentConsignment
    ConsignmentNotification NotificationDelivered NotificationAccessTracking ContentAccessTracking
    ContentHandover
    RelayToNonERDS ReceivedFromNonERDS""",
)


class Maybe(NamedTuple):
    """A member that may be left out."""

    form: Any


# A form: a regular expression for a string; `int`, from 0 to 2^53 - 1; [form], one or more; {name: form}.
URN = r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME = r"[0-9]{4}-[01][0-9]-[0-3][0-9]T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
DIGEST, TEXT, NONCE = r"sha-256:[0-9a-f]{64}", r"(?s:.+)", r"[A-Za-z0-9_-]{21}[AQgw]"
HASH = r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
METHOD = re.escape("http://www.w3.org/2001/04/xmlenc#sha256")
MAYBE_TEXT, MAYBE_DIGEST = Maybe(TEXT), Maybe(DIGEST)
PARTY = {"Identifier": TEXT, "AuthMethod": MAYBE_TEXT, "CertificateDigest": MAYBE_DIGEST}
PART = {"Identifier": TEXT, "DigestMethod": METHOD, "DigestValue": HASH}
EVIDENCE = {
    "version": "1",
    "EvidenceIdentifier": URN,
    "ERDSEventId": "|".join(map(re.escape, NEGATIVE | POSITIVE)),
    "EventTime": TIME,
    "SubmissionTime": Maybe(TIME),
    "EventReasons": Maybe([{"Code": TEXT, "Details": MAYBE_TEXT}]),
    "EvidenceIssuerDetails": PARTY,
    "SenderDetails": Maybe(PARTY),
    "RecipientDetails": Maybe([PARTY]),
    "MessageIdentifier": Maybe(URN),
    "UserContentInfo": Maybe({"AppLayerIdentifier": MAYBE_TEXT, "PartsInfo": [PART]}),
    "x-signature": Maybe({"verdict": TEXT, "alg": MAYBE_TEXT, "cert": MAYBE_DIGEST, "proof": MAYBE_DIGEST}),
    "x-counter": Maybe(
        {"by": TEXT, "digest": MAYBE_DIGEST, "absent": MAYBE_TEXT, "signer": MAYBE_TEXT, "cert": MAYBE_DIGEST}
    ),
    "x-seq": Maybe({"agency": TEXT, "dir": "in|out", "n": int, "prev": MAYBE_DIGEST}),
    "x-anchor": Maybe({"origin": TEXT, "size": int, "root": HASH}),
    "x-status": Maybe({"code": TEXT, "message": URN}),
    "x-recall": Maybe({"message": URN, "cause": "status-13|recall|update|replacement|hub"}),
    "x-due": Maybe(TIME),
    "x-rules": Maybe(int),
    "x-nonce": NONCE,
}


def fits(value: Any, form: Any) -> bool:
    """Whether a JSON value has a form of the table above."""
    if isinstance(form, Maybe):
        return fits(value, form.form)
    if form is int:
        return type(value) is int and 0 <= value < 2**53
    if isinstance(form, str):
        return isinstance(value, str) and re.fullmatch(form, value) is not None
    if isinstance(form, list):
        return isinstance(value, list) and bool(value) and all(fits(item, form[0]) for item in value)
    required = {name for name, inner in form.items() if not isinstance(inner, Maybe)}
    members = isinstance(value, dict) and required <= value.keys() <= form.keys()
    return members and all(fits(inner, form[name]) for name, inner in value.items())


def read_evidence(raw: bytes) -> dict[str, Any]:
    try:
        evidence = json.loads(raw)
        again = json.dumps(evidence, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        raise Refused("bằng chứng không phải JSON", "the evidence is not JSON") from None
    need(again == raw, "JSON không ở dạng chuẩn tắc", "the JSON is not in canonical form")
    need(fits(evidence, EVIDENCE), "bằng chứng sai cấu trúc", "the evidence has a wrong structure")
    counter, seq = evidence.get("x-counter", {"digest": ""}), evidence.get("x-seq", {"n": 1})
    parts = [part["Identifier"] for part in evidence.get("UserContentInfo", {"PartsInfo": []})["PartsInfo"]]
    good = (
        ("digest" in counter) != ("absent" in counter)
        and ("signer" in counter) == ("cert" in counter)
        and ("signer" not in counter or "digest" in counter)
        and evidence.get("x-rules", 1) > 0
        and seq["n"] > 0
        and ("prev" in seq) == (seq["n"] > 1)
        and len(set(parts)) == len(parts)
        and ("EventReasons" in evidence or evidence["ERDSEventId"] not in NEGATIVE)
        and all(real_time(evidence[name]) for name in ("EventTime", "SubmissionTime", "x-due") if name in evidence)
    )
    need(good, "bằng chứng tự mâu thuẫn", "the evidence contradicts itself")
    return dict(evidence)


def real_time(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


# --- the receipt


def verify(
    receipt: bytes,
    policy: Policy,
    document: bytes | None = None,
    now: int | None = None,
    proof: bytes | None = None,
) -> dict[str, Any]:
    """The proved facts, or Refused. `now`: seconds, if cosignatures from the future are not to count."""
    text = plain_text(receipt, "biên nhận / receipt")  # 1
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    shaped = gap and lines[0] == "c2sp.org/tlog-proof@v1" and 3 <= len(lines) <= 3 + 63
    shaped = shaped and lines[1].startswith("extra ") and lines[2].startswith("index ")
    need(shaped, "không phải biên nhận tlog-proof", "not a tlog-proof receipt with evidence")
    extra, index = unbase64(lines[1].removeprefix("extra ")), decimal(lines[2].removeprefix("index "))
    path = [unbase64(line, 32) for line in lines[3:]]
    need(len(extra) <= 700_000, "bằng chứng quá lớn", "the evidence is too large")
    evidence = read_evidence(extra)  # 2
    checkpoint, witnesses = policy.check(note, now)  # 3
    leaf = sha256(b"\x00", b"\x01\x01", sha256(extra))
    check_inclusion(leaf, index, checkpoint.size, path, checkpoint.root)  # 4
    anchor = evidence.get("x-anchor", {"origin": "", "size": 0})
    ahead = anchor["origin"] == checkpoint.origin and anchor["size"] > index
    need(not ahead, "mốc neo mới hơn chính nó", "the anchor is younger than the leaf")  # 5
    if document is not None:
        check_document(evidence, document)  # 6
    if proof is not None:
        check_proof(evidence, proof)  # 7
    return {
        "evidence": evidence,
        "origin": checkpoint.origin,
        "index": index,
        "size": checkpoint.size,
        "root": base64.b64encode(checkpoint.root).decode(),
        "witnesses": {name: show_time(seconds) for name, seconds in witnesses.items()},
        "document_checked": document is not None,
        "signature": "proved" if proof is not None else "hub's word" if "x-signature" in evidence else "",
        "countersigned": countersigned(evidence),
    }


# Events that are a party's own doing, and so are to be signed by it.
OF_RECIPIENTS = events(ETSI, "ContentHandover ConsignmentAcceptance ConsignmentRejection") | events(
    OWN, "BusinessStatus RecallRefused"
)


# Event → the statuses by which it comes about.
CODES = {
    ETSI + "ConsignmentAcceptance": "03",
    ETSI + "ConsignmentRejection": "02",
    OWN + "BusinessStatus": "01 04 05 06 15 16",
    OWN + "RecallRequest": "13",
    OWN + "RecallConfirmed": "15",
    OWN + "RecallRefused": "16",
}


def countersigned(evidence: dict[str, Any]) -> dict[str, str]:
    """The party beside the hub that stands behind the event: `standing` is signed, on-behalf (by another that acts for
    it), unknown (evidence of earlier versions does not say by whom), absent, missing, foreign or not-applicable."""
    event, by_status = evidence["ERDSEventId"], "x-status" in evidence
    due = [party["Identifier"] for party in evidence.get("RecipientDetails", [])]
    by_document = evidence.get("x-recall", {}).get("cause") in ("recall", "update", "replacement") and not by_status
    if event == OWN + "RecallRequest" and not by_document:
        due = [evidence.get("SenderDetails", {}).get("Identifier", "")]
    elif event not in OF_RECIPIENTS and not (event == OWN + "RecallConfirmed" and by_status):
        due = []
    counter = evidence.get("x-counter")
    if counter is None:
        return {"standing": "missing", "by": ", ".join(due)} if due else {"standing": "not-applicable"}
    by, signer = counter["by"], counter.get("signer", "")
    pairs = [r.get("Details", "").split(" ") for r in evidence.get("EventReasons", []) if r["Code"] == "FORWARDED"]
    ended = next((pair[0] for pair in pairs if pair[1:] == [by]), "")
    if [by] != due or (by_status and evidence["x-status"]["code"] not in CODES.get(event, "").split()):
        standing, signer = "foreign", ""
    elif "digest" not in counter:
        standing = "absent"
    elif not signer:
        standing = "unknown"
    else:
        standing, by = ("signed", by) if signer == by and not ended else ("on-behalf", ended or by)
    named = {
        "sha256": counter.get("digest", "").removeprefix("sha-256:"),
        "why": counter.get("absent", ""),
        "signer": signer,
        "certificate": counter.get("cert", "").removeprefix("sha-256:") if signer else "",
    }
    return {"standing": standing, "by": by, **{name: value for name, value in named.items() if value}}


def check_document(evidence: dict[str, Any], document: bytes) -> None:
    parts = evidence.get("UserContentInfo", {"PartsInfo": []})["PartsInfo"]
    named = [part["DigestValue"] for part in parts if part["Identifier"] == "edxml"]
    found = base64.b64encode(sha256(document)).decode()
    need(named == [found], f"văn bản khác: SHA-256 {found}", f"another document: SHA-256 {found}")


def check_proof(evidence: dict[str, Any], proof: bytes) -> None:
    """SignedInfo, value and certificate, kept beyond the document; the algorithm is that of the evidence."""
    mark = evidence.get("x-signature", {})
    found = "sha-256:" + hashlib.sha256(proof).hexdigest()
    need(mark.get("proof") == found, f"chứng cứ chữ ký khác: {found}", f"another proof: {found}")
    try:
        parts = json.loads(proof)
        der, signed, value = (base64.b64decode(parts[name]) for name in ("certificate", "signed", "value"))
        key: Any = load_der_x509_certificate(der).public_key()
        same = "sha-256:" + hashlib.sha256(der).hexdigest() == mark.get("cert")
        size = re.search(r"sha(256|384|512)", mark["alg"])
        digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[size[1] if size else ""]
        pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
        pads = {f"{digest.name}-rsa-MGF1": pss, f"rsa-{digest.name}": padding.PKCS1v15()}
        if mark["alg"] == f"ecdsa-{digest.name}":
            half = len(value) // 2
            r, s = int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big")
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(digest))
        else:
            key.verify(value, signed, pads[mark["alg"]], digest)
    except Exception:  # of a proof that is none, or of a bad signature
        same = False
    need(same, "chữ ký của văn bản không đúng", "the document's signature does not verify")


def show_time(seconds: int) -> str:
    if seconds >= 253402300800:  # after the year 9999
        return str(seconds)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


# --- the command

WORDS = {
    "vi": "HỢP LỆ|KHÔNG HỢP LỆ|Sự kiện|Lúc|Bên gửi|Bên nhận|Gói tin|Nhật ký|Nhân chứng|Văn bản|đã so|chưa so|"
    "Ký đối ứng|Chữ ký văn bản|theo lời Trục|chữ ký là thật; ký trên văn bản này là theo lời Trục",
    "en": "VALID|NOT VALID|Event|Time|Sender|Recipients|Message|Log|Witnesses|Document|compared|not compared|"
    "Countersigned|Its signature|by the hub's word|genuine; that it is over this document is the hub's word",
}
STANDINGS = {
    "vi": {
        "signed": "có chữ ký của",
        "on-behalf": "do đơn vị khác ký thay cho",
        "unknown": "không rõ ai ký, ghi cho",
        "absent": "không có chữ ký của",
        "missing": "lẽ ra phải có chữ ký, nhưng không có, của",
        "foreign": "chữ ký của người không phải bên liên quan",
        "not-applicable": "không cần: việc của Trục",
    },
    "en": {
        "signed": "signed by",
        "on-behalf": "signed by another for",
        "unknown": "not known who signed, in the name of",
        "absent": "not signed by",
        "missing": "should be signed and is not, by",
        "foreign": "signed by one whose doing it is not",
        "not-applicable": "not applicable: the hub's own doing",
    },
}
LABELS = {lang: words.split("|") for lang, words in WORDS.items()}


def report(proved: dict[str, Any], lang: str) -> str:
    good, _, event, at, sender, recipients, message, log, witnesses, document, yes, no, counter, *own = LABELS[lang]
    evidence, other = proved["evidence"], proved["countersigned"]
    verdict = evidence.get("x-signature", {}).get("verdict", "")
    said = [STANDINGS[lang][other["standing"]], other.get("by", "")]
    if other["standing"] == "on-behalf":
        said.append(f"({other['signer']})")
    said += [other.get("sha256", ""), other.get("why", "")]
    rows = [
        (event, evidence["ERDSEventId"]),
        (at, evidence["EventTime"]),
        (sender, evidence.get("SenderDetails", {}).get("Identifier", "")),
        (recipients, ", ".join(party["Identifier"] for party in evidence.get("RecipientDetails", []))),
        (message, evidence.get("MessageIdentifier", "")),
        (log, f"{proved['origin']} #{proved['index']} / {proved['size']}"),
        (witnesses, ", ".join(f"{name} ({when})" for name, when in proved["witnesses"].items())),
        (document, yes if proved["document_checked"] else no),
        (counter, " ".join(filter(None, said))),
        (own[0], verdict and f"{verdict} ({own[2] if proved['signature'] == 'proved' else own[1]})"),
    ]
    return "\n".join([good, *(f"  {label}: {printable(value)}" for label, value in rows if value)])


INVISIBLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
INVISIBLE |= {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}


def hides(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or ord(letter) in INVISIBLE


def printable(text: str) -> str:
    """So that a forged receipt cannot send commands to the terminal, turn its text or hide parts of it."""
    parts, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.category(letter)[0] == "M" else 0
        parts.append(f"<U+{ord(letter):04X}>" if hides(letter) or marks > 6 else letter)
    return "".join(parts)


def escaped(answer: dict[str, Any]) -> str:
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(answer, ensure_ascii=not utf8)
    return "".join(json.dumps(letter)[1:-1] if hides(letter) else letter for letter in text)


def read_file(path: str, most: int = -1) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(most)
    except OSError as error:
        reason = f"{path}: {error.strerror}"
        raise Unusable(f"không đọc được {reason}", f"cannot read {reason}") from None


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def main(argv: list[str] | None = None) -> int:
    parser = Parser(description="Kiểm tra biên nhận ngoại tuyến / check a receipt offline")
    parser.add_argument("receipt")
    parser.add_argument("--policy", required=True)
    parser.add_argument("--document")
    parser.add_argument("--proof")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lang", choices=("vi", "en"), default="vi")
    args = parser.parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    code, answer, text = judge(args.receipt, args.policy, args.document, args.lang, args.proof)
    print(escaped(answer) if args.json else text)
    return code


def judge(
    receipt: str, policy: str, document: str | None, lang: str, proof: str | None = None
) -> tuple[int, dict[str, Any], str]:
    """Exit code, answer for a program, answer for a person."""
    try:
        trusted = Policy(read_file(policy, MAX_BYTES + 1))
        content = read_file(document) if document else None
        kept = read_file(proof, MAX_BYTES) if proof else None
        proved = verify(read_file(receipt, MAX_BYTES + 1), trusted, content, int(time.time()), kept)
    except Unusable as error:
        return 2, {"valid": None, "error": error.text}, printable(error.text[lang])
    except Refused as error:
        text = f"{LABELS[lang][1]}: {printable(error.text[lang])}"
        return 1, {"valid": False, "error": error.text}, text
    return 0, {"valid": True, **proved}, report(proved, lang)


if __name__ == "__main__":
    sys.exit(main())
