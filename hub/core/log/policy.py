"""Whom a verifier trusts: a file that names logs, witnesses, and how many of them are enough.

The rule (C2SP tlog-policy): `log <vkey> [url]`, `witness <name> <vkey> [url]`, `group <name> all|any|<k>
<member>…`, `quorum <name>|none`, one on each line; `#` begins a comment. A name is defined before it is used
and is a member of one group at most. A checkpoint is good if
1. the note opens with the keys of the file (see `note`: a bad signature of a known key refuses it),
2. a log of the file signed it, under the name that stands in the checkpoint as its origin,
3. the witnesses that cosigned it, not later than the time given, make up the quorum.

Stricter than C2SP: at least one log; no key twice, be it as a log and as a witness (a log that witnesses
itself proves nothing); the file is UTF-8. A file that breaks a rule raises PolicyInvalid with its line: that
is the verifier's own mistake, not the prover's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from hub.core.errors import PolicyInvalid, ProofInvalid
from hub.core.log.keys import LOG_ALGORITHMS, WITNESS_ALGORITHMS, Algorithm, Checkpoint, Verifier
from hub.core.log.note import ClaimedNote, Signed, open_note
from hub.core.model import Millis

LEEWAY: Final = Millis(60_000)
"""How far a cosignature may lie ahead of the verifier's clock."""

MAX_POLICY: Final = 1_000_000
_BLANK: Final = re.compile(r"[ \t]+")
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_COUNT: Final = re.compile(r"[1-9][0-9]{0,5}")


class Log(msgspec.Struct, frozen=True):
    verifier: Verifier
    url: str = ""


class Witness(msgspec.Struct, frozen=True):
    name: str
    verifier: Verifier
    url: str = ""


class Group(msgspec.Struct, frozen=True):
    """Has witnessed a checkpoint that at least `need` of `members` (witnesses or earlier groups) have."""

    name: str
    need: int
    members: tuple[str, ...]


class Cosigner(msgspec.Struct, frozen=True):
    """A witness that counted: its name in the policy, its key's name, and when it says it signed."""

    name: str
    key_name: str
    at: Millis


class Witnessed(msgspec.Struct, frozen=True):
    """A checkpoint that satisfied a policy; made by `Policy.check` only."""

    checkpoint: Checkpoint
    log: Verifier
    cosigners: tuple[Cosigner, ...]


class Policy(msgspec.Struct, frozen=True):
    """`quorum` is the name of a witness or group, or `none`. Only `parse` checks the rules."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = "none"

    def check(self, note: bytes | ClaimedNote, at: Millis | None = None) -> Witnessed:
        """Steps 1 to 3, else ProofInvalid. Given `at`, cosignatures more than LEEWAY later do not count."""
        keys = [log.verifier for log in self.logs] + [w.verifier for w in self.witnesses]
        opened = open_note(note, keys)  # 1
        signed = {(s.verifier.name, s.verifier.key_id): s for s in opened.signed}
        log = self._log(opened.checkpoint, signed)  # 2
        cosigners = tuple(self._cosigners(signed, at))
        self._check_quorum({c.name for c in cosigners})  # 3
        return Witnessed(opened.checkpoint, log, cosigners)

    def _log(self, checkpoint: Checkpoint, signed: dict[tuple[str, bytes], Signed]) -> Verifier:
        for log in self.logs:
            key = log.verifier
            if key.name == checkpoint.origin and (key.name, key.key_id) in signed:
                return key
        raise ProofInvalid(expected="a signature by a log of the policy, as origin", found=checkpoint.origin)

    def _cosigners(self, signed: dict[tuple[str, bytes], Signed], at: Millis | None) -> list[Cosigner]:
        counted = []
        for witness in self.witnesses:
            found = signed.get((witness.verifier.name, witness.verifier.key_id))
            if found is None or found.at is None or (at is not None and found.at > at + LEEWAY):
                continue
            counted.append(Cosigner(witness.name, witness.verifier.name, found.at))
        return counted

    def _check_quorum(self, witnessed: set[str]) -> None:
        seen = sorted(witnessed)
        for group in self.groups:  # each names only entries before it
            if len(witnessed.intersection(group.members)) >= group.need:
                witnessed.add(group.name)
        if self.quorum != "none" and self.quorum not in witnessed:
            raise ProofInvalid(expected=f"the quorum {self.quorum!r}", found=", ".join(seen) or "no cosignature")

    def encode(self) -> str:
        """The file; `parse` of it gives an equal policy."""
        lines = [" ".join(filter(None, ("log", log.verifier.vkey, log.url))) for log in self.logs]
        lines += [" ".join(filter(None, ("witness", w.name, w.verifier.vkey, w.url))) for w in self.witnesses]
        lines += [f"group {g.name} {g.need} {' '.join(g.members)}" for g in self.groups]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])


def parse(data: bytes | str) -> Policy:
    """The policy in a file. PolicyInvalid, naming the line, if it breaks a rule."""
    raw = data.encode() if isinstance(data, str) else data
    if len(raw) > MAX_POLICY:
        raise PolicyInvalid(expected=f"at most {MAX_POLICY} bytes", found=str(len(raw)))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyInvalid(expected="UTF-8", found=f"byte 0x{raw[error.start]:02x} at {error.start}") from None
    reader = _Reader()
    # Additions of other systems' editors change no trust: a BOM, CR before LF.
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        try:
            reader.read(line)
        except (PolicyInvalid, ProofInvalid) as error:
            raise PolicyInvalid(expected=error.expected, found=f"line {number}: {error.found}", line=number) from None
    return reader.policy()


class _Reader:
    """The definitions read so far; one method for each keyword."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self._names: set[str] = set()
        self._members: set[str] = set()
        self._publics: set[bytes] = set()
        self._keywords: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }

    def read(self, line: str) -> None:
        _need(not _FORBIDDEN.search(line), "no control characters but tab and newline", repr(line))
        words = _BLANK.split(line.strip(" \t"))
        if not words[0] or words[0].startswith("#"):
            return
        _need(words[0] in self._keywords, "log, witness, group or quorum", words[0])
        self._keywords[words[0]](words[1:])

    def policy(self) -> Policy:
        _need(bool(self.logs), "at least one log", "none")
        if self.quorum is None:
            raise PolicyInvalid(expected="one quorum line", found="none")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _log(self, words: list[str]) -> None:
        _need(1 <= len(words) <= 2, "log <vkey> [url]", " ".join(words))
        self.logs.append(Log(self._key(words[0], LOG_ALGORITHMS), *words[1:]))

    def _witness(self, words: list[str]) -> None:
        _need(2 <= len(words) <= 3, "witness <name> <vkey> [url]", " ".join(words))
        self._define(words[0])
        self.witnesses.append(Witness(words[0], self._key(words[1], WITNESS_ALGORITHMS), *words[2:]))

    def _group(self, words: list[str]) -> None:
        _need(len(words) >= 3, "group <name> all|any|<k> <member>…", " ".join(words))
        name, need, *members = words
        for member in members:
            _need(member in self._names, "a member defined above", member)
            _need(member not in self._members, "each member once, in one group", member)
            self._members.add(member)
        self._define(name)
        count = {"all": len(members), "any": 1}.get(need) or (int(need) if _COUNT.fullmatch(need) else 0)
        _need(1 <= count <= len(members), f"all, any or 1 to {len(members)}", need)
        self.groups.append(Group(name, count, tuple(members)))

    def _quorum(self, words: list[str]) -> None:
        _need(len(words) == 1 and self.quorum is None, "one line quorum <name>|none", " ".join(words))
        _need(words[0] in self._names or words[0] == "none", "a name defined above, or none", words[0])
        self.quorum = words[0]

    def _define(self, name: str) -> None:
        _need(name != "none" and name not in self._names, "a new name, not none", name)
        self._names.add(name)

    def _key(self, vkey: str, allowed: frozenset[Algorithm]) -> Verifier:
        verifier = Verifier.parse(vkey)
        types = ", ".join(f"0x{a:02x}" for a in sorted(allowed))
        _need(verifier.algorithm in allowed, f"a key of type {types}", f"0x{verifier.algorithm:02x}")
        _need(verifier.public not in self._publics, "each key once", verifier.name)
        self._publics.add(verifier.public)
        return verifier


def _need(holds: bool, expected: str, found: str) -> None:
    if not holds:
        raise PolicyInvalid(expected=expected, found=found)
