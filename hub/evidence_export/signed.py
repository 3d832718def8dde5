"""Objects that others signed in a life, and those that tell of their right: counter-signatures, requests, proofs of
documents' signatures, the directory's leaves, certificates and revocation lists."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from hub import access
from hub.core.bundle.contents import named, numbered
from hub.core.directory import log as directory_log
from hub.core.directory.log import DelegationsChange
from hub.core.errors import IntegrityAlarm
from hub.core.evidence import format as ev
from hub.core.evidence.format import Evidence
from hub.core.ids import number_or_0
from hub.core.log import timestamp
from hub.core.model import MessageKind, from_iso_utc
from hub.core.signature import proof as dsig_proof
from hub.evidence_export.parts import (
    Item,
    Members,
    Wish,
    ended_among,
    held,
    hub_seal,
    in_use,
    kids_of,
    represented,
    stand_ins,
)
from hub.evidence_export.proved import Proofs, Stamps
from hub.exchange import Exchange
from hub.store import CheckpointRow, LeafRow, MessageRow, X509Row


class Request(NamedTuple):
    """A document that took another back, with its acceptance."""

    message: MessageRow
    accepted: Evidence


class Requests(NamedTuple):
    members: Members
    found: list[Request]


class Signatures:
    """Of the life of one message."""

    def __init__(self, exchange: Exchange, proofs: Proofs, message: MessageRow, wish: Wish) -> None:
        self._exchange = exchange
        self._store = exchange.store
        self._proofs = proofs
        self._message = message
        self._wish = wish

    async def counters(self, items: Sequence[Item]) -> Members:
        """The recipients' signed objects: acknowledgements, and where they are wanted, status messages."""
        members: Members = {}
        for item in items:
            counter = item.evidence.counter
            if counter is None or not counter.digest:
                continue
            digest = counter.digest.removeprefix("sha-256:")
            if item.evidence.status is None:
                kept = await self._store.signed(digest)
                if kept is not None:
                    members[named("counters", digest, "jws")] = kept
            elif self._wish.statuses:
                status = await self._store.message(number_or_0(item.evidence.status.message))
                if status is not None:
                    members[named("counters", digest, "edxml")] = await self.bytes_of(status)
        return members

    async def requests(self, items: Sequence[Item], main: CheckpointRow) -> Requests:
        """The documents that took this one back; their bytes for those that may see them."""
        members: Members = {}
        found: dict[int, Request] = {}
        for item in items:
            recall = item.evidence.recall
            request = await self._store.message(number_or_0(recall.message)) if recall is not None else None
            if request is None or request.kind is not MessageKind.DOCUMENT or request.number in found:
                continue
            leaf = await self._store.leaf(request.leaf)
            if leaf is None or request.number == self._message.number:
                continue
            members |= await self._proofs.included("requests", leaf.number, leaf, main, whole=True)
            found[request.number] = Request(request, ev.decode(leaf.object))
            if self._wish.statuses and await self._shown(request, recall.cause if recall is not None else ""):
                members[named("counters", request.sha256, "edxml")] = await self.bytes_of(request)
        return Requests(members, list(found.values()))

    async def _shown(self, request: MessageRow, cause: str) -> bool:
        addressed = {row.recipient for row in await self._store.deliveries(request.number)}
        return access.shows_request(self._wish.recipients, request, addressed, recall=cause == "recall")

    async def documents(self, accepted: Evidence, requests: Sequence[Request], enclosed: Collection[str]) -> Members:
        """The proof of the signature of each document whose bytes are not `enclosed`."""
        members: Members = {}
        for given, evidence in (Request(self._message, accepted), *requests):
            row = await self._store.message(given.number) or given
            proof = evidence.signature.proof.removeprefix("sha-256:") if evidence.signature else ""
            there = named("counters", row.sha256, "edxml") in enclosed
            if not proof or there or (self._wish.document and given is self._message):
                continue
            kept = await self._store.signed(proof)
            if kept is None and row.purged_at is None:
                kept = await asyncio.to_thread(dsig_proof.of_document, await self.bytes_of(row))
            if kept is not None:
                members[named("signatures", proof, "json")] = kept
        return members

    async def bytes_of(self, message: MessageRow) -> bytes:
        data = await self._store.content(message.number)
        if data is None:
            path = self._exchange.blobs.path(message.sha256)
            try:
                data = await asyncio.to_thread(path.read_bytes)
            except OSError as error:
                raise IntegrityAlarm(expected=f"the bytes of {message.id}", found=error.strerror or "none") from None
        return data

    async def directory(self, items: Sequence[Item], counters: Members, main: CheckpointRow) -> Members:
        """Every change of the signers' certificates, and where one signed for another every change of who acts for that
        one, as far as the checkpoint goes."""
        changes = [
            leaf
            for agency in sorted(self._signers(items, counters))
            for leaf in await self._store.certificate_leaves(agency)
        ]
        acting = ended_among(self._exchange.directory, items) | represented(items)
        for leaf in await self._store.certificate_leaves("") if acting else ():
            change = directory_log.decode(leaf.object)
            if isinstance(change, DelegationsChange) and any(one.agency in acting for one in change.delegations):
                changes.append(leaf)
        members: Members = {}
        for leaf in changes:
            members |= await self._change(leaf, main)
        return members

    async def _change(self, leaf: LeafRow, main: CheckpointRow) -> Members:
        if leaf.number >= main.size:
            return {}
        proof = await self._proofs.included("directory", leaf.number, leaf, main, whole=False)
        return {numbered("directory", leaf.number, "json"): leaf.object} | proof

    def _signers(self, items: Sequence[Item], counters: Members) -> set[str]:
        """Sender, counter-signers, for whom and in whose place, and the centres that may have signed for them."""
        signers = {self._message.sender}
        for counter in (item.evidence.counter for item in items):
            signers |= {counter.by, counter.signer} if counter is not None else set()
        signers |= stand_ins(items)
        directory = self._exchange.directory
        centres = {agency.centre for code in signers if (agency := directory.get(code)) is not None}
        strange = kids_of(counters).difference(*(held(directory.get(code)) for code in signers | centres))
        owners = {agency.code for agency in directory if strange & held(agency)} if strange else set()
        return (signers | centres | owners) - {""}

    async def credentials(
        self, items: Sequence[Item], counters: Members, firsts: Sequence[CheckpointRow], stamps: Stamps
    ) -> Members:
        """Certificates of the signers and of their authorities, and the lists in use when they did."""
        wanted = kids_of(counters) | {hub_seal(item.evidence) for item in items}
        wanted |= {mark.certificate.removeprefix("sha-256:") for i in items if (mark := i.evidence.signature)}
        wanted |= {c.certificate.removeprefix("sha-256:") for i in items if (c := i.evidence.counter)}
        members: Members = {}
        for digest in sorted(wanted - {""}):
            der = await self._certificate(digest)
            if der is not None:
                members[named("certificates", digest, "cer")] = der
        authorities = [row.der for row in await self._store.x509_of("authority")]
        authorities += [ca.public_bytes(Encoding.DER) for ca in self._exchange.anchors.intermediates]
        travelling = chain.from_iterable(timestamp.certificates_of(token) for token in stamps.tokens)
        for der in (*authorities, *(c.public_bytes(Encoding.DER) for c in travelling)):
            members[named("certificates", sha256(der).hexdigest(), "cer")] = der
        times = {item.evidence.at for item in items} | {row.at for row in firsts} | {row.at for row in stamps.rows}
        times |= {from_iso_utc(i.evidence.submission_time) for i in items if i.evidence.submission_time}
        for row in in_use(await self._lists(), times):
            members[named("crls", row.sha256, "crl")] = row.der
        return members

    async def _certificate(self, digest: str) -> bytes | None:
        kept = await self._store.x509(digest)
        if kept is not None:
            return kept.der
        certificates = (c for agency in self._exchange.directory for c in agency.certificates)
        return next((c.der for c in certificates if c.sha256 == digest), None)

    async def _lists(self) -> list[X509Row]:
        """Every list that was kept, and those in use now."""
        now = [crl.public_bytes(Encoding.DER) for crl in self._exchange.anchors.crls]
        rows = await self._store.x509_of("crl")
        known = {row.sha256 for row in rows}
        at = self._exchange.clock()
        return rows + [X509Row(d, "crl", der, at) for der in now if (d := sha256(der).hexdigest()) not in known]
