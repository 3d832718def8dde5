"""Acknowledgements of many messages: one signature for each thousand of a mailbox, several mailboxes in one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from clients import protocol, receipts
from clients.errors import ProblemError
from clients.transport import Credential, Transport
from hub.core import wire
from hub.core.evidence import acknowledgement
from hub.core.evidence.acknowledgement import Acknowledgement, Outcome
from hub.core.log.policy import Policy

_MAILBOXES: Final = 64
"""In one call."""

Portion = tuple[str, Sequence[tuple[str, str]]]
"""A mailbox, and the messages with their digests that one signature covers."""


class Acknowledging:
    """The transport of one client; a hub that knows no batches is asked one by one from then on."""

    def __init__(self, transport: Transport, policy: Policy | None) -> None:
        self._transport = transport
        self._policy = policy
        self._many = True

    async def sign(
        self, mine: Credential, boxes: Mapping[str, Sequence[tuple[str, str]]], outcome: Outcome
    ) -> list[wire.AcknowledgedItem]:
        """`boxes`: by agency in whose name, identifiers and digests. ProblemError when none of a batch stands."""
        most = protocol.MAX_ACKNOWLEDGED
        portions = [
            (box, pairs[start : start + most]) for box, pairs in boxes.items() for start in range(0, len(pairs), most)
        ]
        answers: list[wire.AcknowledgedItem] = []
        for some in _together(portions):
            answers += await self._sign(mine, some, outcome)
        return answers

    async def _sign(
        self, mine: Credential, portions: Sequence[Portion], outcome: Outcome
    ) -> list[wire.AcknowledgedItem]:
        """Their outcomes, in order. The first refusal that stands for a whole mailbox is raised, when all were told."""
        at = self._transport.at()
        requests = []
        for box, pairs in portions:
            items = tuple(acknowledgement.Item(message, sha256, outcome) for message, sha256 in pairs)
            signed = acknowledgement.sign(Acknowledgement(box, at, items), mine.key, mine.kid)
            requests.append(wire.AcknowledgeRequest(signed=signed, agency=box))
        answers: list[wire.AcknowledgedItem] = []
        refused: wire.Problem | None = None
        for (_, pairs), asked, said in zip(portions, requests, await self._acknowledged(requests), strict=True):
            refused = refused or said.problem
            digests = dict(pairs)
            for item in said.items:
                if item.problem is None:
                    receipts.check_handover(item, digests.get(item.message, ""), asked.signed, self._policy, at)
            answers += said.items
        if refused is not None:
            raise ProblemError(refused)
        return answers

    async def _acknowledged(self, requests: Sequence[wire.AcknowledgeRequest]) -> list[wire.Acknowledging]:
        if len(requests) > 1 and self._many:
            try:
                return (await self._transport.call(protocol.acknowledge_batch(requests))).answers
            except ProblemError as error:
                if error.status not in (404, 405):
                    raise
                self._many = False
        calls = [protocol.acknowledge(one.signed, one.agency) for one in requests]
        return [wire.Acknowledging(status=200, items=(await self._transport.call(call)).items) for call in calls]


def _together(portions: Sequence[Portion]) -> Iterator[list[Portion]]:
    """The items of one call: mailboxes that have no more items together than one may have alone."""
    some: list[Portion] = []
    for portion in portions:
        count = sum(len(pairs) for _, pairs in some) + len(portion[1])
        if some and (count > protocol.MAX_ACKNOWLEDGED or len(some) == _MAILBOXES):
            yield some
            some = []
        some.append(portion)
    if some:
        yield some
