"""Every way in which the axis says no, drawn as one tree.

A refusal changes nothing but the record that it happened. It tells, in Vietnamese and in English, the expected value,
the found one and the remedy; it carries a stable code that a program may branch on, and whose fault it is, so that a
client knows whether trying again can help.

    AxisError
    ├── Refusal                          the caller's message or request; trying again unchanged will not help
    │   ├── FormatRefusal                FORMAT_*      the bytes are not an edXML message that may travel
    │   │   ├── MalformedXml             FORMAT_MALFORMED_XML
    │   │   ├── ForbiddenXml             FORMAT_FORBIDDEN_XML      DTD, entity, comment, instruction, foreign encoding
    │   │   ├── XmlTooComplex            FORMAT_TOO_COMPLEX        depth, elements, attributes, namespaces
    │   │   ├── NotEdxml                 FORMAT_NOT_EDXML
    │   │   ├── InvalidFields            FORMAT_INVALID_FIELDS     carries every Finding at once
    │   │   ├── BadAttachment            FORMAT_BAD_ATTACHMENT
    │   │   └── StateSecret              FORMAT_STATE_SECRET       QĐ 28/2018 Art. 1.2
    │   ├── SignatureRefusal             SIGNATURE_<verdict>       one code for each verdict but VALID
    │   ├── RoutingRefusal               ROUTING_*
    │   │   ├── UndeliverableRecipients  ROUTING_UNDELIVERABLE     names every recipient that cannot be served
    │   │   ├── TierForbidden            ROUTING_TIER_FORBIDDEN
    │   │   └── SenderNotAllowed         ROUTING_SENDER_NOT_ALLOWED
    │   ├── ConflictRefusal
    │   │   ├── IdentityConflict         CONFLICT_DOCUMENT_ID      same sender and identity, other bytes
    │   │   ├── DeliveryConflict         CONFLICT_DELIVERY_STATE   e.g. acknowledged after it was taken back
    │   │   └── DraftConflict            CONFLICT_DRAFT            somebody saved it meanwhile
    │   ├── StatusRefusal
    │   │   ├── StatusOutOfOrder         STATUS_OUT_OF_ORDER
    │   │   ├── StatusNotYours           STATUS_NOT_YOURS
    │   │   ├── SignatureRequired        STATUS_SIGNATURE_REQUIRED
    │   │   ├── StatusUnmatched          STATUS_UNMATCHED          names no document that the axis carries
    │   │   ├── StatusAmbiguous          STATUS_AMBIGUOUS          fits several documents
    │   │   └── NothingToTakeBack        STATUS_NOTHING_TO_TAKE_BACK
    │   ├── AcknowledgementRefusal       ACKNOWLEDGEMENT_INVALID
    │   ├── AccessRefusal
    │   │   ├── Unauthenticated          ACCESS_UNAUTHENTICATED
    │   │   ├── Forbidden                ACCESS_FORBIDDEN
    │   │   ├── FormStale                ACCESS_FORM_STALE         a form of a page from an earlier sign-in
    │   │   ├── NotFound                 ACCESS_NOT_FOUND          also for another's document: existence is not told
    │   │   ├── NameAmbiguous            ACCESS_NAME_AMBIGUOUS     a name that several of the caller's documents have
    │   │   └── PayloadGone              ACCESS_PAYLOAD_GONE       deleted under retention; its evidence is kept
    │   ├── RequestRefusal
    │   │   ├── BadRequest               REQUEST_INVALID
    │   │   ├── TooLarge                 REQUEST_TOO_LARGE
    │   │   ├── DeskFull                 REQUEST_DESK_FULL         an agency's share of its own papers is used up
    │   │   ├── GroupName                REQUEST_GROUP_NAME        not a name for a group of recipients
    │   │   ├── TooSlow                  REQUEST_TOO_SLOW
    │   │   ├── EncodedBody              REQUEST_CONTENT_ENCODING
    │   │   └── WebhookRefused           REQUEST_WEBHOOK           an address that no webhook may go to, one too many
    │   └── DirectoryRefusal             DIRECTORY_INVALID         an entry that would break the directory
    ├── TryLater                         nobody's fault; the same request may succeed later
    │   ├── TooMany                      LIMIT_TOO_MANY            carries seconds to wait
    │   ├── RefusalsSpent                LIMIT_REFUSALS            refused, and without evidence: too many this hour
    │   ├── Unavailable                  HUB_UNAVAILABLE           the hub cannot promise durability just now
    │   ├── ClockInDoubt                 HUB_CLOCK_IN_DOUBT        the hub does not know which time to put on record
    │   ├── Maintenance                  HUB_MAINTENANCE           an operator has the hub take no message for a while
    │   ├── Overloaded                   HUB_OVERLOADED            too many answers wait to be read
    │   └── CasesBehind                  HUB_CASES_BEHIND          cases of programmes are not up to the record
    ├── NotInstalled                     HUB_NOT_INSTALLED         an extra that this hub was not given
    ├── ProofInvalid                     PROOF_INVALID             a receipt, note, proof or bundle does not verify
    ├── PolicyInvalid                    POLICY_INVALID            the verifier's file of trusted keys is unusable
    ├── ListInvalid                      HUB_LIST_INVALID          a list of the operator's cannot be used
    ├── AlreadyRunning                   HUB_ALREADY_RUNNING       another process has this record open
    ├── IntegrityAlarm                   HUB_INTEGRITY             the hub's own record contradicts itself
    └── Unexpected                       HUB_ERROR                 an error that nobody foresaw; the hub's log has it

A new error is a leaf in the file of its code's first word, a line in the drawing, and a name in the two lists below.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.core.errors.base import AxisError, Fault, Finding, Refusal, Severity, Text, Unready
from hub.core.errors.calls import (
    AccessRefusal,
    BadRequest,
    DeskFull,
    DirectoryRefusal,
    EncodedBody,
    Forbidden,
    FormStale,
    GroupName,
    NameAmbiguous,
    NotFound,
    PayloadGone,
    RequestRefusal,
    TooLarge,
    TooSlow,
    Unauthenticated,
    WebhookRefused,
)
from hub.core.errors.documents import (
    AcknowledgementRefusal,
    ConflictRefusal,
    DeliveryConflict,
    DraftConflict,
    IdentityConflict,
    NothingToTakeBack,
    RoutingRefusal,
    SenderNotAllowed,
    SignatureRequired,
    StatusAmbiguous,
    StatusNotYours,
    StatusOutOfOrder,
    StatusRefusal,
    StatusUnmatched,
    TierForbidden,
    UndeliverableRecipients,
)
from hub.core.errors.format import (
    BadAttachment,
    ForbiddenXml,
    FormatRefusal,
    InvalidFields,
    MalformedXml,
    NotEdxml,
    StateSecret,
    XmlTooComplex,
)
from hub.core.errors.hub import (
    AlreadyRunning,
    CasesBehind,
    ClockInDoubt,
    IntegrityAlarm,
    ListInvalid,
    Maintenance,
    NotInstalled,
    Overloaded,
    RefusalsSpent,
    TooMany,
    TryLater,
    Unavailable,
    Unexpected,
)
from hub.core.errors.proofs import PolicyInvalid, ProofInvalid
from hub.core.errors.signature import VERDICT_TEXT, SignatureRefusal, Verdict

__all__ = [
    "VERDICT_TEXT",
    "AccessRefusal",
    "AcknowledgementRefusal",
    "AlreadyRunning",
    "AxisError",
    "BadAttachment",
    "BadRequest",
    "CasesBehind",
    "ClockInDoubt",
    "ConflictRefusal",
    "DeliveryConflict",
    "DeskFull",
    "DirectoryRefusal",
    "DraftConflict",
    "EncodedBody",
    "Fault",
    "Finding",
    "Forbidden",
    "ForbiddenXml",
    "FormStale",
    "FormatRefusal",
    "GroupName",
    "IdentityConflict",
    "IntegrityAlarm",
    "InvalidFields",
    "ListInvalid",
    "Maintenance",
    "MalformedXml",
    "NameAmbiguous",
    "NotEdxml",
    "NotFound",
    "NotInstalled",
    "NothingToTakeBack",
    "Overloaded",
    "PayloadGone",
    "PolicyInvalid",
    "ProofInvalid",
    "Refusal",
    "RefusalsSpent",
    "RequestRefusal",
    "RoutingRefusal",
    "SenderNotAllowed",
    "Severity",
    "SignatureRefusal",
    "SignatureRequired",
    "StateSecret",
    "StatusAmbiguous",
    "StatusNotYours",
    "StatusOutOfOrder",
    "StatusRefusal",
    "StatusUnmatched",
    "Text",
    "TierForbidden",
    "TooLarge",
    "TooMany",
    "TooSlow",
    "TryLater",
    "Unauthenticated",
    "Unavailable",
    "UndeliverableRecipients",
    "Unexpected",
    "Unready",
    "Verdict",
    "WebhookRefused",
    "XmlTooComplex",
    "leaves",
]


def leaves(kind: type[AxisError] = AxisError) -> Iterator[type[AxisError]]:
    """The classes of the tree that can be raised, by code; the docs, the HTTP table and the tests are compared with
    them."""
    yield from sorted(_leaves(kind), key=lambda leaf: leaf.code)


def _leaves(kind: type[AxisError]) -> Iterator[type[AxisError]]:
    children = kind.__subclasses__()
    if not children:
        yield kind
    for child in children:
        yield from _leaves(child)
