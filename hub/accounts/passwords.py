"""Passwords, as Argon2id keeps them (RFC 9106): computed in a thread, few at once, at a price that is known before.

A name that nobody has costs as much as one with a wrong password: time does not tell which names exist.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from hub.base.runtime import finished
from hub.core.errors import BadRequest, TooMany

COST_SECONDS: Final = 0.04
"""Of the processor, for one password: a caller's price before it is looked at."""
_ITERATIONS: Final = 2
_MEMORY_KIB: Final = 19 * 1024
_SALT: Final = 16
_LENGTH: Final = 32
_WAITING: Final = 16
LEAST: Final = 12
MOST: Final = 200
"""Letters of a password."""
_DIFFERENT: Final = 5
"""Letters that have to differ: one letter or two, repeated, are guessed first."""
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class Judged(NamedTuple):
    """`seconds` of the processor that it took."""

    good: bool
    seconds: float


def first_password() -> str:
    """One to be told once and changed at once: 80 bits, read aloud without a doubt."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


class NewPassword(NamedTuple):
    """The present one, and the new one twice."""

    old: str
    new: str
    again: str


def check_usable(password: str, *known: str) -> None:
    """BadRequest for a password that is short, too long, monotonous, or made of facts that everybody knows."""
    if not LEAST <= len(password) <= MOST:
        raise BadRequest(expected=f"a password of {LEAST} to {MOST} letters", found=f"{len(password)} letters")
    if len(set(password)) < _DIFFERENT:
        raise BadRequest(expected=f"a password of at least {_DIFFERENT} different letters", found="fewer")
    if any(word and word.casefold() in password.casefold() for word in known):
        raise BadRequest(expected="a password without your name in it", found="one with it")


class Passwords:
    """`entropy` makes salts. Used on the event loop only."""

    def __init__(self, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._entropy = entropy
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobody = ""

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    async def kept(self, password: str) -> str:
        """As it is kept: a PHC string."""
        return (await self._work(self._derive, password.encode()))[0]

    async def judge(self, password: str, kept: str) -> Judged:
        """Whether it is the one that `kept` was made of; empty = nobody's, which takes as long. TooMany where many
        wait."""
        if not self._nobody:
            self._nobody = await self.kept(hashlib.sha256(self._entropy(32)).hexdigest())
        good, seconds = await self._work(_verify, password[: 4 * MOST].encode(), kept or self._nobody)
        return Judged(bool(good) and bool(kept), seconds)

    async def _work(self, work: Callable[..., tuple[str, float]], *args: object) -> tuple[str, float]:
        if self._waiting >= _WAITING:
            raise TooMany(retry_after=2.0, expected=f"at most {_WAITING} who sign in at once", found="more")
        self._waiting += 1
        try:
            return await finished(self._threads, work, *args)
        finally:
            self._waiting -= 1

    def _derive(self, password: bytes) -> tuple[str, float]:
        began = time.thread_time()
        made = _argon(self._entropy(_SALT)).derive_phc_encoded(password)
        return made, time.thread_time() - began


def _argon(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=_LENGTH, iterations=_ITERATIONS, lanes=1, memory_cost=_MEMORY_KIB)


def _verify(password: bytes, kept: str) -> tuple[str, float]:
    began = time.thread_time()
    try:
        Argon2id.verify_phc_encoded(password, kept)
    except InvalidKey:
        return "", time.thread_time() - began
    return "good", time.thread_time() - began
