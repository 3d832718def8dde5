"""Everything that will be sent, signed beforehand, so that a sender does nothing but send.

    corpus.json     its origin: seed, sizes, label, day, the sample of agencies
    keys/           a PKI of its own, where the corpus was not made with other keys
    part-<n>.bin    signed messages, one after another          part-<n>.index    which is where (MessagePack)

Messages of one line of the plan lie in one part. `Library` reads the parts through the page cache, never whole. A
corpus that was begun and not finished has no corpus.json and is begun again.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from hub.core.model import Agency, Millis, StatusCode
from hub.lab.processes import Talk, gather
from hub.lab.simulate.messages import MessageMaker, signed
from hub.lab.simulate.plan import Planner, Sample, Sending
from hub.lab.simulate.plan import sample as sample_of
from hub.pki import profile as pki
from hub.pki.issue import Credential

FORMAT: Final = 2
_FEW: Final = 50


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Where a message lies in its part."""

    offset: int
    length: int


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One line of the plan with its messages: the document, for each recipient the statuses of its course, the
    take-back, and the answers (15) of those that would be asked: all recipients, or the one that was dropped."""

    sending: Sending
    sha256: bytes
    document: Span
    statuses: list[list[Span]]
    take_back: Span | None
    answers: dict[int, Span]


class About(msgspec.Struct, frozen=True):
    """corpus.json. `certificates`: SHA-256 over the agencies' certificates, so that other keys are noticed."""

    format: int
    seed: int
    documents: int
    sizes: str
    label: str
    day: date
    agencies: list[Agency]
    parts: int
    own_keys: bool
    certificates: str

    @property
    def sample(self) -> Sample:
        return sample_of(self.agencies, self.seed)


class Unfit(ValueError):
    """The corpus was made otherwise than it is to be used."""


def keys_in(folder: Path) -> Path:
    return folder / "keys"


def read_about(folder: Path) -> About | None:
    path = folder / "corpus.json"
    return msgspec.json.decode(path.read_bytes(), type=About) if path.exists() else None


def make(folder: Path, about: About, keys: Path, told: Callable[[int], None] = lambda done: None) -> About:
    """Sign all messages in `about.parts` processes. `told` hears now and then how many documents are done."""
    folder.mkdir(parents=True, exist_ok=True)
    done = [0] * about.parts
    for part, count in gather(_make_part, [(folder, about, keys, p) for p in range(about.parts)]):
        done[part] = count
        told(sum(done))
    (folder / "corpus.json").write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=1))
    return about


def _make_part(talk: Talk, folder: Path, about: About, keys: Path, part: int) -> None:
    writer = Writer(folder, part, MessageMaker(about.agencies, about.label, about.day), Keyring(keys, about.agencies))
    planned = islice(Planner(about.sample, about.seed, about.sizes, rides=True), about.documents)
    for position, sending in enumerate(islice(planned, part, None, about.parts), 1):
        writer.add(sending)
        if position % _FEW == 0:
            talk.say(position)
    talk.say(writer.close())


class Keyring:
    """Keys of the agencies of a sample, each loaded when it is first needed."""

    def __init__(self, folder: Path, agencies: Sequence[Agency]) -> None:
        self._profile = pki.Profile(folder)
        self._agencies = agencies
        self._known: dict[int, Credential] = {}

    def __getitem__(self, position: int) -> Credential:
        found = self._known.get(position)
        if found is None:
            found = self._known[position] = self._profile.agency(self._agencies[position].code)
        return found

    def fingerprint(self) -> str:
        digest = sha256()
        for position in range(len(self._agencies)):
            digest.update(pki.registered(self[position], Millis(0)).der)
        return digest.hexdigest()


class Writer:
    """Writes one part."""

    def __init__(self, folder: Path, part: int, letters: MessageMaker, keys: Keyring) -> None:
        self._index = _index(folder, part)
        self._file = _part(folder, part).open("wb")
        self._letters = letters
        self._keys = keys
        self._entries: list[Entry] = []
        self._at = 0

    def add(self, sending: Sending) -> None:
        document = signed(self._letters.document(sending), self._keys[sending.sender])
        asked = sending.recipients if sending.take_back else (sending.dropped,) if sending.dropped >= 0 else ()
        self._entries.append(
            Entry(
                sending=sending,
                sha256=sha256(document).digest(),
                document=self._put(document),
                statuses=[
                    [self._status(recipient, sending, StatusCode(code)) for code in course.split()]
                    for recipient, course in zip(sending.recipients, sending.courses, strict=True)
                ],
                take_back=self._status(sending.sender, sending, StatusCode.TAKE_BACK) if sending.take_back else None,
                answers={recipient: self._status(recipient, sending, StatusCode.AGREED) for recipient in asked},
            )
        )

    def _status(self, sender: int, sending: Sending, code: StatusCode) -> Span:
        return self._put(signed(self._letters.status(sender, sending, code), self._keys[sender]))

    def _put(self, data: bytes) -> Span:
        span = Span(self._at, len(data))
        self._file.write(data)
        self._at += len(data)
        return span

    def close(self) -> int:
        """How many lines were written."""
        self._file.close()
        self._index.write_bytes(msgspec.msgpack.encode(self._entries))
        return len(self._entries)


class Library:
    """The corpus to read from: entries by number, bytes by span."""

    def __init__(self, folder: Path) -> None:
        about = read_about(folder)
        if about is None or about.format != FORMAT:
            raise Unfit(f"{folder} holds no finished corpus of format {FORMAT}")
        self.about = about
        self._maps: list[mmap.mmap | bytes] = []
        self._entries: dict[int, tuple[int, Entry]] = {}
        decoder = msgspec.msgpack.Decoder(list[Entry])
        for part in range(about.parts):
            self._maps.append(_mapped(_part(folder, part)))
            for entry in decoder.decode(_index(folder, part).read_bytes()):
                self._entries[entry.sending.number] = part, entry

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        for number in sorted(self._entries):
            yield self._entries[number][1]

    def __getitem__(self, number: int) -> Entry:
        return self._entries[number][1]

    def get(self, number: int) -> Entry | None:
        found = self._entries.get(number)
        return found[1] if found else None

    def bytes(self, number: int, span: Span) -> bytes:
        data = self._maps[self._entries[number][0]]
        return data[span.offset : span.offset + span.length]


def _mapped(path: Path) -> mmap.mmap | bytes:
    if path.stat().st_size == 0:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _part(folder: Path, part: int) -> Path:
    return folder / f"part-{part}.bin"


def _index(folder: Path, part: int) -> Path:
    return folder / f"part-{part}.index"
