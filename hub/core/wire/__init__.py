"""The messages of the HTTP interface, as records: the one description from which server, client and OpenAPI are made.

Times are RFC 3339 UTC with milliseconds; digests are lower-case hex SHA-256; receipts are whole `.tlog-proof` files as
text. Members that do not apply are left out.

One file for each subject. Records that no other subject needs stand in a module of their own beside this room
(`wire_report`, `wire_hooks`, …) and derive from `Wire`.
"""

from __future__ import annotations

from hub.core.wire.base import Bearer, Digest, Identifier, Limit, Named, Wire
from hub.core.wire.batch import BatchEnd, BatchLine
from hub.core.wire.directory import Agencies, Agency, AgencyChanges, Certificate, Changed
from hub.core.wire.documents import (
    Answered,
    Asked,
    Delivery,
    Event,
    File,
    Found,
    FoundDocument,
    Life,
    Message,
    Notice,
    Register,
    Says,
    Submitted,
)
from hub.core.wire.figures import Figures, Flow, Latency, LedgerLine, Rate, TierFigures
from hub.core.wire.hub import Health, TokenAnswer, TokenRequest
from hub.core.wire.log import LogObject, LogObjects, SignedCheckpoint, SignedCheckpoints
from hub.core.wire.mailbox import (
    AcknowledgeBatch,
    AcknowledgedBatch,
    AcknowledgedItem,
    Acknowledgements,
    AcknowledgeRequest,
    Acknowledging,
    FetchRequest,
    Inbox,
    InboxItem,
    Outbox,
    OutboxItem,
    UnsignedItem,
)
from hub.core.wire.problems import Candidate, EntryProblem, Finding, Problem, ProblemKind, ProblemKinds
from hub.core.wire.signatures import PdfSignature, Signatures, SignedFile

__all__ = [
    "AcknowledgeBatch",
    "AcknowledgeRequest",
    "AcknowledgedBatch",
    "AcknowledgedItem",
    "Acknowledgements",
    "Acknowledging",
    "Agencies",
    "Agency",
    "AgencyChanges",
    "Answered",
    "Asked",
    "BatchEnd",
    "BatchLine",
    "Bearer",
    "Candidate",
    "Certificate",
    "Changed",
    "Delivery",
    "Digest",
    "EntryProblem",
    "Event",
    "FetchRequest",
    "Figures",
    "File",
    "Finding",
    "Flow",
    "Found",
    "FoundDocument",
    "Health",
    "Identifier",
    "Inbox",
    "InboxItem",
    "Latency",
    "LedgerLine",
    "Life",
    "Limit",
    "LogObject",
    "LogObjects",
    "Message",
    "Named",
    "Notice",
    "Outbox",
    "OutboxItem",
    "PdfSignature",
    "Problem",
    "ProblemKind",
    "ProblemKinds",
    "Rate",
    "Register",
    "Says",
    "Signatures",
    "SignedCheckpoint",
    "SignedCheckpoints",
    "SignedFile",
    "Submitted",
    "TierFigures",
    "TokenAnswer",
    "TokenRequest",
    "UnsignedItem",
    "Wire",
]
