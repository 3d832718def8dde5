"""The keys of a hub as its parts take them: its profile, its log's signers, its seal."""

from __future__ import annotations

from pathlib import Path

import structlog
from cryptography import x509

from hub.base.config import Settings
from hub.core.log.keys import Algorithm, Signer, Verifier
from hub.core.log.seal import Sealer
from hub.core.model import Millis
from hub.pki import profile as pki
from hub.pki import requests as pki_requests
from hub.upkeep import certificates

log = structlog.get_logger("app")


def usable(settings: Settings, at: Millis) -> pki.Profile:
    """The profile that the settings name. Incomplete names the files a hub cannot be without; those it should have go
    to its log, with every file of anchors that is not taken."""
    folder = Path(settings.hub.keys)
    held = pki.Profile(folder)
    lacks = pki_requests.missing(
        held,
        seal=settings.hub.seal,
        seal_key=settings.hub.seal_key,
        tls=(settings.http.tls_certificate, settings.http.tls_key),
    )
    own = held.has_own_ca() and not settings.hub.seal_key
    if any(lack.needed for lack in lacks) and not own:
        raise pki_requests.Incomplete(folder, lacks)
    profile = pki.open_profile(folder, at)
    for lack in lacks:
        if not profile.has_own_ca() or lack.what.en.startswith("anchors/"):
            log.warning("keys-lack", what=lack.what.en, vi=lack.what.vi, command=lack.command)
    return profile


def log_signers(profile: pki.Profile, origin: str, *, post_quantum: bool) -> list[Signer]:
    """The keys that sign checkpoints: Ed25519, and ML-DSA-44 where it is asked for, made the first time."""
    signers = [Signer.from_seed(origin, profile.note_key("log").private_bytes_raw())]
    if post_quantum:
        seed = profile.ensure_post_quantum_key().private_bytes_raw()
        signers.append(Signer.from_seed(origin, seed, Algorithm.ML_DSA_44))
    return signers


def own_chain(profile: pki.Profile, settings: Settings) -> list[certificates.Found]:
    """The certificates of the seal, to be put on record."""
    seal = pki_requests.seal_of(profile, settings.hub.seal_key) if settings.hub.seal else None
    return certificates.of_chain(seal.chain) if seal else []


def seal(profile: pki.Profile, settings: Settings) -> x509.Certificate | None:
    """The seal's certificate, whose end is watched."""
    return pki_requests.seal_of(profile, settings.hub.seal_key).certificate if settings.hub.seal else None


def sealer(profile: pki.Profile, settings: Settings) -> Sealer:
    """The seal that goes beside the signatures of a checkpoint."""
    credential = pki_requests.seal_of(profile, settings.hub.seal_key)
    return Sealer.of(credential.key, credential.certificate)


def verifiers_of(settings: Settings) -> list[Verifier]:
    """The public keys of the hub's log and of its witnesses. PkiError where the profile has no key."""
    profile = pki.Profile(Path(settings.hub.keys))
    signers = log_signers(profile, settings.hub.origin, post_quantum=settings.hub.post_quantum)
    return [signer.verifier for signer in signers] + [entry.verifier for entry in settings.witness.witnesses]
