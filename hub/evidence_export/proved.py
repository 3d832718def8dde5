"""The log's word on a life: each evidence in its receipts, checkpoints with their consistency, time stamps, seals.

Proofs are made some at a time on the store's thread, so that no batch waits for a large export.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import msgspec

from hub.core.bundle.contents import numbered
from hub.core.bundle.log import write_proof
from hub.core.errors import IntegrityAlarm
from hub.core.evidence.receipt import Receipt
from hub.core.signature import jws
from hub.evidence_export.parts import Item, Members, hub_seal
from hub.record.log import Log
from hub.store import CheckpointRow, LeafRow, Store, TimestampRow, Transaction

_CHUNK: Final = 32


class Evidence(NamedTuple):
    """`firsts`: of each item the checkpoint of its first receipt."""

    members: Members
    firsts: list[CheckpointRow]


class Stamps(NamedTuple):
    members: Members
    rows: list[TimestampRow]
    tokens: list[bytes]


class Proofs:
    """Over one store and its log. `main` is the bundle's checkpoint, under which all is proved."""

    def __init__(self, store: Store, journal: Log) -> None:
        self._store = store
        self._log = journal

    async def checkpoint(self, last: int) -> CheckpointRow:
        """The newest that the witnesses have in common and that covers leaf number `last`; where none of them has got
        that far, the newest of the log. Its note is cosigned where it can be."""
        names = [verifier.id for verifier in self._log.witnesses]
        rows = [row for name in names if (row := await self._store.last_cosigned(name)) is not None]
        common = min((row.size for row in rows), default=0)
        found = next((row for row in rows if row.size == common), None)
        if found is None or common <= last:
            found = await self._store.last_cosigned()
        plain = await self._first(found.size - 1) if found is not None and found.size > last else None
        if plain is not None and found is not None:
            return msgspec.structs.replace(plain, note=found.note)
        newest = await self._store.last_checkpoint()
        if newest is None:
            raise IntegrityAlarm(expected="a checkpoint", found="none")
        return newest

    async def _first(self, leaf: int) -> CheckpointRow:
        """The first checkpoint that covers a leaf."""
        row = await self._store.checkpoint_covering(leaf)
        if row is None:
            raise IntegrityAlarm(expected=f"leaf {leaf} under a checkpoint", found="none")
        return row

    async def evidence(self, items: Sequence[Item], main: CheckpointRow) -> Evidence:
        """Each evidence under `main` and in its first receipt."""

        def prove(tx: Transaction, part: Sequence[Item]) -> list[tuple[Members, CheckpointRow]]:
            return [self._proved(tx, item, main) for item in part]

        members: Members = {}
        firsts = []
        for start in range(0, len(items), _CHUNK):
            part = items[start : start + _CHUNK]
            for receipts, first in await self._store.inspect(lambda tx, part=part: prove(tx, part)):  # type: ignore[misc]
                members |= receipts
                firsts.append(first)
        return Evidence(members, firsts)

    def _proved(self, tx: Transaction, item: Item, main: CheckpointRow) -> tuple[Members, CheckpointRow]:
        number, first = item.leaf.number, tx.checkpoint_covering(item.leaf.number)
        if first is None:
            raise IntegrityAlarm(expected=f"leaf {number} under a checkpoint", found="none")
        members = {}
        for place, row in (("evidence", main), ("receipts", first)):
            proof = tuple(self._log.inclusion(tx, number, row.size))
            receipt = Receipt(evidence=item.leaf.object, index=number, proof=proof, note=row.note)
            members[numbered(place, number, "tlog-proof")] = receipt.encode()
        return members, first

    async def included(self, place: str, name: int, leaf: LeafRow, main: CheckpointRow, *, whole: bool) -> Members:
        """The proof that a leaf is under `main`; `whole`: with its object, as a receipt of an evidence."""
        proof = await self._store.inspect(lambda tx: self._log.inclusion(tx, leaf.number, main.size))
        evidence = leaf.object if whole else b""
        receipt = Receipt(evidence=evidence, index=leaf.number, proof=tuple(proof), note=main.note)
        return {numbered(place, name, "tlog-proof"): receipt.encode()}

    async def timestamps(self, items: Sequence[Item], main: CheckpointRow) -> Stamps:
        """For each evidence the first time stamp that covers it, where it lies within the bundle's checkpoint."""
        found: dict[int, TimestampRow] = {}
        for item in items:
            if any(row.size > item.leaf.number for row in found.values()):
                continue  # by leaf: the checkpoint that covers an earlier one and this too covers this one first
            row = await self._store.timestamp_covering(item.leaf.number)
            if row is None or row.size > main.size:
                break  # and so it is for all that come after
            found[row.size] = row
        members: Members = {}
        tokens = []
        for row in found.values():
            token = await self._store.leaf(row.leaf)
            if token is None:
                raise IntegrityAlarm(expected=f"the token in leaf {row.leaf}", found="none")
            tokens.append(token.object)
            members[numbered("timestamps", row.size, "tst")] = token.object
            if row.leaf < main.size:
                members |= await self.included("timestamps", row.size, token, main, whole=False)
        return Stamps(members, list(found.values()), tokens)

    async def checkpoints(self, sizes: Collection[int], main: CheckpointRow) -> Members:
        """Each earlier checkpoint with its consistency."""
        members: Members = {}
        for size in sorted(set(sizes) - {main.size}):
            row = await self._first(size - 1)
            proof = await self._store.inspect(lambda tx, size=size: self._log.consistency(tx, size, main.size))  # type: ignore[misc]
            members[numbered("checkpoints", size, "note")] = row.note
            members[numbered("checkpoints", size, "proof")] = write_proof(proof)
        return members


def seals(items: Sequence[Item], firsts: Sequence[CheckpointRow], main: CheckpointRow) -> Members:
    """Those of the checkpoints of the first receipts; that of `main`, while the hub's seal is one that this evidence
    names."""
    rows = [row for item, row in zip(items, firsts, strict=True) if item.evidence.issuer.certificate_digest]
    members = {numbered("seals", row.size, "jws"): row.seal.encode() for row in rows if row.seal}
    if main.seal and jws.unverified_kid(main.seal) in {hub_seal(item.evidence) for item in items}:
        members[numbered("seals", main.size, "jws")] = main.seal.encode()
    return members
