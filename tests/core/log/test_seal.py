"""The X.509 seal: one with each checkpoint, in its transaction, and about that checkpoint alone."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from hub.app import opened
from hub.base.config import HubSettings, Settings
from hub.core import canonical
from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence.format import Kind
from hub.core.log import seal
from hub.core.log.keys import Checkpoint
from hub.core.log.seal import Sealer
from hub.core.model import Millis, iso_utc
from hub.core.signature import jws
from tests.support.axis import NOON, SON_LA, VPCP, Axis, Clock, keyring, registered
from tests.support.tokens import certificate_of, ec_key, rsa_key

CHECKPOINT = Checkpoint("hub.example/log", 5, b"r" * 32)


@cache
def signed(**changes: object) -> str:
    members = {"origin": "hub.example/log", "root": "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=", "size": 5}
    payload = canonical.encode(members | {"time": iso_utc(NOON)} | changes)
    return jws.sign(payload, ec_key(), jws.key_id(certificate_of(ec_key())), seal.TYPE)


def test_a_seal_is_about_its_checkpoint_and_tells_its_time() -> None:
    sealer = Sealer.of(ec_key(), certificate_of(ec_key()))
    token = sealer.seal(CHECKPOINT, Millis(NOON))
    assert seal.verify(token, certificate_of(ec_key()), CHECKPOINT) == NOON
    assert seal.verify(signed(), certificate_of(ec_key()), CHECKPOINT) == NOON


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "other.example/log"},
        {"size": 6},
        {"root": "c3JycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI="},
        {"time": "2026-11-22T04:00:00Z"},
        {"time": "2026-02-30T04:00:00.000Z"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_seal_that_says_anything_else_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ProofInvalid):
        seal.verify(signed(**changes), certificate_of(ec_key()), CHECKPOINT)


def test_another_key_type_or_use_is_refused() -> None:
    own = certificate_of(ec_key())
    for token in (
        jws.sign(b"{}", ec_key(), jws.key_id(own), "truc-acknowledgement/1"),
        Sealer.of(rsa_key(), certificate_of(rsa_key())).seal(CHECKPOINT, Millis(NOON)),
        Sealer(rsa_key(), jws.key_id(own)).seal(CHECKPOINT, Millis(NOON)),
        signed() + "x",
        "x" * 5_000,
    ):
        with pytest.raises(ProofInvalid):
            seal.verify(token, own, CHECKPOINT)


async def test_every_checkpoint_of_a_hub_is_sealed_and_evidence_names_the_seal(axis: Axis) -> None:
    for _ in range(3):
        await axis.send(VPCP, SON_LA)
    certificate = axis.profile.hub("seal").certificate
    rows = await axis.exchange.store.checkpoints(0, 100)
    assert len(rows) == 4
    for row in rows:
        assert seal.verify(row.seal, certificate, Checkpoint(axis.log.origin, row.size, row.root)) == row.at
    leaf = await axis.exchange.store.leaf(rows[-1].size - 1)
    assert leaf is not None
    assert leaf.kind == Kind.EVIDENCE
    issuer = ev.decode(leaf.object).issuer
    assert issuer == ev.Party(axis.log.origin, certificate_digest=f"sha-256:{jws.key_id(certificate)}")
    kept = await axis.exchange.store.x509(jws.key_id(certificate))
    assert kept is not None
    assert kept.der == certificate.public_bytes(Encoding.DER)


async def test_it_can_be_turned_off(tmp_path: Path, keys: Path) -> None:
    keyring(str(keys))
    settings = Settings(hub=HubSettings(data=str(tmp_path), keys=str(keys), seal=False))
    async with opened(settings, clock=Clock()) as (exchange, journal, _):
        await exchange.change_directory(registered(keyring(str(keys))), "test")
        row = await exchange.store.last_checkpoint()
        assert row is not None
        assert row.seal == ""
        assert await exchange.store.x509_of("authority") != []  # kept for documents all the same
        assert journal.origin == "truc.localhost/log"


def test_a_seal_costs_less_than_a_millisecond() -> None:
    """Measured at 40 µs; one for each batch, beside an fsync of some milliseconds."""
    sealer = Sealer.of(ec_key(), certificate_of(ec_key()))
    best = min(_timed(sealer) for _ in range(5))
    assert best < 0.001


def _timed(sealer: Sealer) -> float:
    began = time.process_time()
    for _ in range(20):
        sealer.seal(CHECKPOINT, Millis(NOON))
    return (time.process_time() - began) / 20
