"""A witness' folder: `witness.skey` (0600, one key a line, as signed-note writes private keys) and `witness.sqlite`.

Both are made together and once. A thief of the key can sign in the witness' name; a person that sets the state back can
make it contradict itself. Neither belongs into a back-up that might be restored: a witness that lost one of them is
retired, and another one, with another name, takes its place.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final, NamedTuple

from hub.core.errors import ProofInvalid
from hub.core.log.keys import SEED_SIZE, WITNESS_ALGORITHMS, Algorithm, Signer
from hub.pki.files import make_folder, write
from hub.witness.state import State, StateError

KEY_FILE: Final = "witness.skey"
STATE_FILE: Final = "witness.sqlite"


class Opened(NamedTuple):
    signers: tuple[Signer, ...]
    state: State

    @property
    def vkeys(self) -> tuple[str, ...]:
        return tuple(signer.verifier.vkey for signer in self.signers)


def create(folder: Path, name: str, *, post_quantum: bool = False) -> Opened:
    """A new witness in `folder`: an Ed25519 key, with `post_quantum` an ML-DSA-44 key beside it, and an empty state.

    StateError where the folder holds a witness, or half of one, already.
    """
    make_folder(folder)
    for file in (KEY_FILE, STATE_FILE):
        if (folder / file).exists():
            raise StateError(f"{folder / file} is there already: a witness is made once")
    algorithms = [Algorithm.COSIGNATURE, *([Algorithm.ML_DSA_44] if post_quantum else [])]
    signers = tuple(Signer.from_seed(name, secrets.token_bytes(SEED_SIZE), algorithm) for algorithm in algorithms)
    # The key first: with it alone nothing can be signed, and the half is named when it is opened.
    write(folder / KEY_FILE, "".join(f"{signer.skey}\n" for signer in signers).encode())
    vkeys = [signer.verifier.vkey for signer in signers]
    return Opened(signers, State.create(folder / STATE_FILE, vkeys))


def load(folder: Path) -> Opened:
    """The witness in `folder`. StateError when key or state is missing or they do not belong together."""
    path = folder / KEY_FILE
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        raise StateError(f"no {KEY_FILE} in {folder}: truc witness init") from None
    if mode & 0o077:
        raise StateError(f"{path} can be read by others (mode {mode & 0o777:o}): chmod 600")
    try:
        signers = tuple(Signer.parse(line) for line in lines)
    except ProofInvalid as error:
        raise StateError(f"{path}: {error.expected}") from None
    if not signers or any(signer.verifier.algorithm not in WITNESS_ALGORITHMS for signer in signers):
        raise StateError(f"{path} holds no key of a witness")
    return Opened(signers, State.open(folder / STATE_FILE, [signer.verifier.vkey for signer in signers]))
