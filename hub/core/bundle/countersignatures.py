"""Step 6 of an audit: the parties' signatures for the events that are their doing.

The rules:

1. Each object that an evidence names as counter-signature is signed by a certificate that the directory bound then to
   the agency that it names as signer, good at the time of the evidence. No key of the hub's own and no authority's is
   an agency's.
2. The signer is the party itself. If it is another, its centre or the successor of one that has ended, the log shows by
   a leaf before it that it acted for the party just then, and the step says so (`on behalf`); evidence of earlier
   versions does not name the signer, and their log does not show it. Where a successor stands in the place of one that
   has ended, the evidence names both, and the successor's own centre may sign for it.
3. The signed object says the same as the evidence, and of this document alone: an acknowledgement lists the message
   with its digest and outcome; a status message has the code, which is one for this event, and names the document
   (`naming`), or as an answer (15, 16) the document that asked. One status serves once.
4. A request to take back is the sender's, signed if the document was: a status 13, or a document (recall, update,
   replacement) whose acceptance is in the log before it and which, where its bytes are enclosed, names this one. For
   those that may not see it its proof stands in, and the step says `not enclosed`.

An evidence that admits to have no signature (`absent`) is reported as that.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.core import edxml
from hub.core.bundle.contents import Bundle, named
from hub.core.bundle.log import Entry, Proved
from hub.core.bundle.signatures import Credentials, Identity, Shown, bound, document_signature, verified
from hub.core.directory.delegation import Delegations
from hub.core.edxml import Document, Status
from hub.core.edxml.naming import Named, Unknown, mismatch
from hub.core.errors import ProofInvalid, Text
from hub.core.evidence import acknowledgement, countersign
from hub.core.evidence.countersign import Countersignature, Standing, due_from, standing
from hub.core.evidence.format import Event, Evidence
from hub.core.model import Business, SignatureProfile, StatusCode
from hub.core.signature import jws
from hub.core.signature.archive import is_authority
from hub.core.signature.xmldsig import examine

_CAUSES = {"recall": Business.RECALL, "update": Business.UPDATE, "replacement": Business.REPLACEMENT}


class _Token(NamedTuple):
    """An acknowledgement whose signature verified, and its word on this message."""

    kid: str
    certificate: bytes
    recipient: str
    items: list[tuple[str, Event]]


class Tally(NamedTuple):
    """How many counter-signatures verified, how many of these by another on behalf of the party, how many evidence
    admit to have none, the number of signed objects that are not enclosed; and the notes."""

    signed: int
    behalf: int
    absent: int
    missing: int
    notes: tuple[Text, ...]


def counter_signatures(bundle: Bundle, found: Proved, who: Identity, trusted: Credentials) -> Tally:
    """Step 6. AxisError if one of them fails."""
    return _Step(bundle, found, who, trusted).run()


class _Step:
    def __init__(self, bundle: Bundle, found: Proved, who: Identity, trusted: Credentials) -> None:
        self._bundle = bundle
        self._found = found
        self._who = who
        self._trusted = trusted
        self._accepted = who.acceptance.evidence
        self._named = _named(who.sender, who.document_id, who.document)
        self._requests = {entry.evidence.message: entry for entry in found.requests}
        self._names_of: dict[int, Named] = {}
        self._acting = Delegations()
        self._reserved = _reserved(found, trusted)
        self._used: set[str] = set()
        self._checked: set[str] = set()
        self._tokens: dict[str, _Token] = {}
        self._asked: dict[str, Named] = {}
        self._notes: list[Text] = []
        self._signed = self._behalf = self._absent = self._missing = 0

    def run(self) -> Tally:
        changes = deque(self._found.acting)
        for entry in self._found.entries:
            while changes and changes[0].leaf < entry.leaf:
                self._acting.apply(changes[0].leaf, changes.popleft().change)
            self._entry(entry)
        return Tally(self._signed, self._behalf, self._absent, self._missing, tuple(self._notes))

    def _entry(self, entry: Entry) -> None:
        evidence, said = entry.evidence, standing(entry.evidence)
        if said.standing in (Standing.MISSING, Standing.FOREIGN):
            due = ", ".join(due_from(evidence)) or "nobody"
            found = f"leaf {entry.leaf}: {said.standing} {said.by}"
            raise ProofInvalid(expected=f"{evidence.event.short} counter-signed by {due}"[:300], found=found)
        if evidence.recall is not None and evidence.recall.cause in _CAUSES:
            self._request(entry)
        if said.standing is Standing.ABSENT:
            _need(evidence.event is not Event.RECALL_REQUEST or not self._valid, "a signed take-back", said.why)
            self._absent += 1
            self._note(entry, said.by, "không ký", "did not sign", said.why)
        elif said.standing in countersign.SIGNATURES:
            self._countersigned(entry, said)

    @property
    def _valid(self) -> bool:
        return self._accepted.signature is not None and self._accepted.signature.verdict == "VALID"

    def _countersigned(self, entry: Entry, said: Countersignature) -> None:
        by = entry.evidence.counter.by if entry.evidence.counter else ""
        self._successor(entry, by)
        acting = self._heir(entry, by)
        if entry.evidence.status is None:
            token = self._bundle.members.get(named("counters", said.sha256, "jws"))
            if token is None:
                raise ProofInvalid(expected=f"the acknowledgement {said.sha256}", found="no such member")
            self._acknowledged(self._token(said.sha256, token), entry, by, acting, said)
        else:
            _need(said.sha256 not in self._used, "a status that serves once", f"leaf {entry.leaf}: {said.sha256}")
            self._used.add(said.sha256)
            message = self._bundle.members.get(named("counters", said.sha256, "edxml"))
            if message is None:
                self._missing += 1
                self._note(entry, by, "bản tin trạng thái không kèm theo", "signed status not enclosed")
                return
            self._reported(message, entry, acting, said)
        self._signed += 1

    # who signed

    def _successor(self, entry: Entry, by: str) -> None:
        ended = countersign.replaced(self._accepted, by) or countersign.replaced(entry.evidence, by)
        if not ended:
            return
        if self._accepted.rules:
            _need(bool(self._acting.successors(ended, by)), f"a leaf by which {by} succeeds {ended}", "none before it")
        self._behalf += 1
        self._note(entry, ended, f"ký thay bởi đơn vị kế thừa {by}", f"signed on its behalf by its successor {by}")

    def _heir(self, entry: Entry, by: str) -> str:
        """The acting agency: the party itself, or its successor, if the log shows it."""
        heir = countersign.successor(entry.evidence, by)
        if not heir:
            return by
        _need(bool(self._acting.successors(by, heir)), f"a leaf by which {heir} succeeds {by}", "none before it")
        self._behalf += 1
        self._note(entry, by, f"ký thay bởi đơn vị kế thừa {heir}", f"signed on its behalf by its successor {heir}")
        return heir

    def _token(self, digest: str, token: bytes) -> _Token:
        """Read and verified once, however many evidence name it: a bundle decides how large it is and how often it is
        named, and must not multiply them."""
        if digest not in self._tokens:
            text = token.decode("ascii", "replace")
            kid = jws.unverified_kid(text)
            certificate = self._trusted.certificates.get(kid)
            if certificate is None:
                raise ProofInvalid(expected=f"the certificate {kid}", found="no such member")
            der = certificate.public_bytes(Encoding.DER)
            self._own_key(der)
            read = acknowledgement.verify(text, {kid: certificate})
            items = [(i.sha256, i.event.event) for i in read.items if i.message_id == self._bundle.message]
            self._tokens[digest] = _Token(kid, der, read.recipient, items)
        return self._tokens[digest]

    def _acknowledged(self, token: _Token, entry: Entry, by: str, acting: str, said: Countersignature) -> None:
        evidence = entry.evidence
        signer = self._signer(entry, acting, said, token.kid)
        self._trusted.archive.signer([token.certificate], evidence.at)
        _need(token.recipient in (by, acting), f"an acknowledgement of {by}", token.recipient)
        due = (self._who.digest.hex(), evidence.event)
        _need(token.items == [due], f"{evidence.event.short} of {due[0]}", str(token.items[:4])[:200])
        if signer != acting:
            self._behalf += 1
            self._note(entry, acting, f"ký thay bởi {signer}", f"signed on its behalf by {signer}")

    def _signer(self, entry: Entry, by: str, said: Countersignature, kid: str) -> str:
        """The agency whose certificate it is: by rules 1 and 2."""
        at, leaf = entry.evidence.at, entry.leaf
        if said.certificate:
            _need(said.certificate == kid, f"a signature by {said.certificate}", kid)
            _need(kid in self._bound(said.signer, entry), f"a certificate bound to {said.signer} then", kid)
            acts = said.signer == by or self._acting.centre(by, said.signer) is not None
            _need(acts, f"a leaf by which {said.signer} acts for {by}", "none before it")
            return said.signer
        if kid in self._bound(by, entry):
            return by
        owners = self._found.bindings.owners(kid)
        holding = sorted(owner for owner in owners if kid in bound(self._found.bindings, owner, at, leaf))
        _need(bool(holding), f"a certificate bound to {by} then", kid)
        return holding[0]

    def _bound(self, agency: str, entry: Entry) -> frozenset[str]:
        return bound(self._found.bindings, agency, entry.evidence.at, entry.leaf)

    def _own_key(self, der: bytes) -> None:
        if any(key in der for key in self._reserved):
            raise ProofInvalid(expected="a key of the agency's own", found="one of the hub or of an authority")

    # what was signed

    def _reported(self, data: bytes, entry: Entry, by: str, said: Countersignature) -> None:
        evidence, mark = entry.evidence, entry.evidence.status
        made = verified(data, self._bound(by, entry), self._trusted.archive, evidence.at)
        status = made.message
        if not isinstance(status, Status) or mark is None:
            raise ProofInvalid(expected="a status message", found="a document")
        self._own_key(examine(edxml.parse(data).root, SignatureProfile.LEGACY).certificates[0])
        if said.certificate:
            stated = (said.signer, said.certificate)
            _need(stated == (by, made.signature.certificate_sha256), f"a status signed by {by}", " ".join(stated))
        _need(status.code.value == mark.code, f"status {mark.code}", status.code.value)
        self._names(status, entry, by)

    def _names(self, status: Status, entry: Entry, by: str) -> None:
        """Rule 3 of a status: it names this document, or as an answer the document that asked."""
        named = [self._named]
        if status.code in (StatusCode.AGREED, StatusCode.DISAGREED):
            asked = entry.evidence.recall
            named += [
                self._called(request)
                for request in self._found.requests
                if request.leaf < entry.leaf and (asked is None or asked.message == request.evidence.message)
            ]
        issued, unknown = status.code is not StatusCode.TAKE_BACK, False
        problem = None
        for one in named:
            try:
                wrong = mismatch(status.response_for, one, issued=issued)
            except Unknown:
                unknown = True
                continue
            if wrong is None:
                return
            problem = problem or wrong
        if not unknown and problem is not None:
            raise ProofInvalid(expected=f"a status about this document: {problem[0]}", found=problem[1])
        self._missing += 1
        code = status.response_for.code
        vi = f"gọi văn bản theo số, ký hiệu {code}: cần văn bản để đối chiếu"
        self._note(entry, by, vi, f"names the document by {code}: enclose the document to compare")

    def _called(self, request: Entry) -> Named:
        """The names of a request; read once for all its answers."""
        known = self._names_of.get(request.leaf)
        if known is None:
            sender, content = request.evidence.sender, request.evidence.content
            issuer, document_id = sender.identifier if sender else "", content.document_id if content else ""
            known = self._names_of[request.leaf] = _named(issuer, document_id, self._bytes(request))
        return known

    # requests

    def _request(self, entry: Entry) -> None:
        """Rule 4 for a request that is a document itself."""
        recall = entry.evidence.recall
        if recall is None or recall.message in self._checked or recall.message == self._bundle.message:
            return  # an update that is answered is this document itself
        self._checked.add(recall.message)
        request = self._requests.get(recall.message)
        if request is None:
            _need(not self._accepted.rules, f"the acceptance of the request {recall.message}", "no such member")
            self._missing += 1
            self._note(entry, self._who.sender, "văn bản yêu cầu không kèm theo", "the request is not enclosed")
            return
        evidence = request.evidence
        sender = evidence.sender.identifier if evidence.sender else ""
        if sender != self._who.sender:
            heir = countersign.successor(entry.evidence, self._who.sender)
            shown_so = sender == heir and bool(self._acting.successors(self._who.sender, sender))
            _need(shown_so, f"a request of {self._who.sender} or its successor", sender)
        _need(request.leaf < entry.leaf, f"a request before leaf {entry.leaf}", f"leaf {request.leaf}")
        proofs = {e.signature.proof for e in (evidence, self._accepted) if e.signature}
        _need(len(proofs) == 2 or proofs == {""}, "a signature of its own under the request", "the document's")
        data = self._bytes(request)
        shown, _ = document_signature(self._bundle, request, data, self._found.bindings, self._trusted)
        _need(shown is not Shown.NONE_VALID or not self._valid, "a signed request", "one without a valid signature")
        if data is None:
            self._missing += 1
            en = "of the request only its signature is enclosed"
            self._note(entry, sender, "chỉ kèm chữ ký của văn bản yêu cầu", en)
        else:
            _check_request(data, self._who, self._named, _CAUSES[recall.cause])

    def _request_named(self, request: Entry) -> Named:
        """The names of a request, read once."""
        evidence = request.evidence
        if evidence.message not in self._asked:
            sender, content = evidence.sender, evidence.content
            assert sender is not None  # the caller has looked
            assert content is not None
            self._asked[evidence.message] = _named(sender.identifier, content.document_id, self._bytes(request))
        return self._asked[evidence.message]

    def _bytes(self, request: Entry) -> bytes | None:
        digest = request.evidence.document_digest()
        return self._bundle.members.get(named("counters", digest.hex(), "edxml")) if digest else None

    def _note(self, entry: Entry, by: str, vi: str, en: str, more: str = "") -> None:
        head, tail = f"{entry.evidence.event.short} {by}: ", f" ({more})" if more else ""
        self._notes.append(Text(f"{head}{vi}{tail}"[:300], f"{head}{en}{tail}"[:300]))


def _named(issuer: str, document_id: str, data: bytes | None) -> Named:
    if data is not None:
        message = edxml.read(edxml.parse(data))
        if isinstance(message, Document):
            return Named.of(issuer, document_id, message.code.text, message.promulgation_date.year)
    return Named.of_id(issuer, document_id)


def _check_request(data: bytes, who: Identity, this: Named, business: Business) -> None:
    """That the document asks for this one, as the hub reads it (`admission`)."""
    message = edxml.read(edxml.parse(data))
    if not isinstance(message, Document) or message.business_type is not business:
        raise ProofInvalid(expected=f"a document of type {business.value}", found="another")
    info = message.business
    named = {info.document_id} if info is not None and info.document_id else set()
    if business is Business.REPLACEMENT:
        named = {one.document_id for one in info.replacements} if info is not None and info.replacements else named
    else:
        named = named or {message.document_id}
        if not who.document_id or (message.code.text, message.promulgation_date.year) == (this.code, this.year):
            return
    if who.document_id not in named:
        raise ProofInvalid(expected=f"a request about {who.document_id}", found=", ".join(sorted(named))[:200])


def _reserved(found: Proved, trusted: Credentials) -> frozenset[bytes]:
    """The public keys, as far as they are known here, that no agency can have."""
    seals = {_seal(entry.evidence) for entry in found.entries}
    held = trusted.certificates.items()
    certificates = [c for digest, c in held if digest in seals or is_authority(c)]
    certificates += [*trusted.archive.roots, *trusted.archive.intermediates]
    keys = [certificate.public_key() for certificate in certificates]
    return frozenset(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in keys)


def _seal(evidence: Evidence) -> str:
    return evidence.issuer.certificate_digest.removeprefix("sha-256:")


def _need(holds: bool, expected: str, found: str) -> None:
    if not holds:
        raise ProofInvalid(expected=expected, found=found)
