"""The news of one leaf for one agency, as the record has it: of event streams that go on, and of webhooks.

Only reads. What is told is `hub.core.evidence.happenings`; here are the facts that it needs beside the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from hub.core.evidence import format as ev
from hub.core.evidence.events import Event
from hub.core.evidence.format import Evidence
from hub.core.evidence.happenings import Happening, arrived, told
from hub.core.ids import number_of
from hub.core.model import DeliveryState
from hub.store import Store


class News(NamedTuple):
    evidence: Evidence
    happenings: list[Happening]


class Read(NamedTuple):
    """Evidence, and the SHA-256 of its bytes."""

    evidence: Evidence
    digest: bytes


def read(content: bytes) -> Read:
    """ProofInvalid for bytes that are no evidence."""
    return Read(ev.decode(content), sha256(content).digest())


async def of_leaf(store: Store, agency: str, leaf: int, content: bytes, sender: str, lane: int) -> News:
    """What evidence `content`, in this leaf, tells the agency. `sender`, `lane`: of the document that it is about.
    ProofInvalid for bytes that are no evidence."""
    return await of_read(store, agency, leaf, read(content), sender, lane)


async def of_read(store: Store, agency: str, leaf: int, found: Read, sender: str, lane: int) -> News:
    """As `of_leaf`, of evidence that is decoded."""
    evidence, digest = found
    happenings = told(
        evidence,
        leaf,
        digest,
        sender=sender,
        lane=lane,
        placed=[agency] if await _placed(store, evidence, agency) else [],
        unasked=[agency] if await _unasked(store, evidence, agency) else [],
    )
    return News(evidence, list(_of(agency, happenings)))


def _of(agency: str, happenings: Iterator[Happening]) -> Iterator[Happening]:
    return (happening for happening in happenings if happening.agency == agency)


async def _placed(store: Store, evidence: Evidence, agency: str) -> bool:
    came = arrived(evidence)
    return bool(came) and await store.delivery(number_of(came), agency) is not None


async def _unasked(store: Store, evidence: Evidence, agency: str) -> bool:
    """Whether the take-back that this evidence tells of ended the agency's delivery at once: both are of one moment."""
    if evidence.event is not Event.RECALL_REQUEST:
        return False
    row = await store.delivery(number_of(evidence.message), agency)
    return row is not None and row.state is DeliveryState.TAKEN_BACK and row.ended_at == evidence.at
