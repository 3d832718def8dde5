"""Every attack of the register through HTTP to a hub: a 4xx with its code and evidence, and the next good document
passes.

The same code as in `test_documents`, or the one of an earlier check (`EARLIER`). Work is bounded: processor time and
memory of the whole process, far above what an honest document takes and far below what a bomb would.
"""

from __future__ import annotations

import resource
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core import wire
from hub.core.evidence import receipt
from hub.core.evidence.format import Event
from hub.core.log import policy
from hub.core.model import RegisteredCertificate
from hub.core.signature import token
from tests.attacks.build import ATTACKS, ODDITIES, build
from tests.attacks.simulator import CODE, OTHER_CODE, Simulator
from tests.support.web import Answer, Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")
CPU_SECONDS = 10.0
MEMORY = 512 * 1024 * 1024

EARLIER = {
    "xsw-4-signed-original-in-subject": "FORMAT_INVALID_FIELDS",
}
"""Attacks that the hub's check of fields ends, before any signature is looked at."""


class Door(msgspec.Struct):
    """A hub that trusts what the simulator of one attack trusts."""

    web: Web
    secret: bytes

    def trust(self, simulator: Simulator) -> None:
        exchange, world = self.web.hub.exchange, simulator.world
        known = [*simulator.der(), *(c.certificate.public_bytes(Encoding.DER) for c in (world.agency, world.other))]
        by_digest = {sha256(der).hexdigest(): der for der in known}
        certificates = tuple(RegisteredCertificate(d, by_digest[d]) for d in sorted(simulator.registered_now()))
        sender = msgspec.structs.replace(
            exchange.directory[CODE], certificates=certificates, signature_profile=simulator.profile
        )
        exchange.directory = exchange.directory.with_changes([sender])
        exchange.anchors = simulator.anchors or world.anchors
        self.web.axis.clock.now = simulator.at

    async def submit(self, data: bytes) -> Answer:
        at = self.web.axis.clock.now
        access = token.mint(token.Access(CODE, "agency", "test", "", at + 600_000), [self.secret])
        headers = {"Content-Type": "application/xml", "Authorization": f"Bearer {access}"}
        return await self.web.call("POST", "/v1/documents", data=BytesIO(data), headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Door]:
    folder = tmp_path_factory.mktemp("hub")
    async with a_web(folder, keys) as web:
        yield Door(web, (folder / "token.secret").read_bytes())


@pytest.mark.parametrize("name", ATTACKS)
async def test_refused_with_its_code_and_evidence(door: Door, name: str) -> None:
    attack = ATTACKS[name]
    simulator = build(attack.change)
    data = simulator.document()
    door.trust(simulator)
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = await door.submit(data)
    assert time.process_time() - began < CPU_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY // 1024
    problem = answer.problem
    assert 400 <= answer.status < 500
    assert problem.code == EARLIER.get(name, attack.code), problem.en
    trusted = policy.parse("".join(f"log {key}\n" for key in door.web.axis.log.vkeys) + "quorum none\n")
    evidence = receipt.verify(problem.receipt.encode(), trusted, data).evidence
    assert evidence.event is Event.SUBMISSION_REJECTION
    assert [reason.code for reason in evidence.reasons] == [problem.code]


async def test_an_honest_document_passes_after_all_of_them_and_nothing_was_delivered(door: Door) -> None:
    simulator = Simulator()
    door.trust(simulator)
    data = simulator.document()
    answer = await door.submit(data)
    sent = answer.record(wire.Submitted)
    assert sent.message.sha256 == sha256(data).hexdigest()
    inbox = await door.web.hub.exchange.fetch(door.web.axis.caller(OTHER_CODE), "", 100, 0)
    assert [item.entry.message.id for item in inbox] == [sent.message.id]


@pytest.mark.parametrize("name", ODDITIES)
async def test_what_looks_odd_and_says_the_same_is_the_same_document_or_a_conflict(door: Door, name: str) -> None:
    simulator = build(ODDITIES[name])
    door.trust(simulator)
    answer = await door.submit(simulator.document())
    assert answer.status in (200, 201) or answer.problem.code == "CONFLICT_DOCUMENT_ID"
