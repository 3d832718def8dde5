"""Electronic results: processor for one that is registered, and for each way to verify it, beside an acceptance.

    results_accept_us       processor of the hub, a document that is accepted over HTTP and taken in by all programmes
    results_register_us     the same of one that registers a result and brings its file
    results_number_us       a stranger's question by number alone; _digest_ by the file's, _tag_ by a paper's QR
    results_register_ratio, _number_, _digest_, _tag_    ÷ an acceptance, within a round

Each with its lowest and highest round. The five take turns, and the hub's processor alone is counted, so the
machine's other work disturbs all of them alike. The bench's own hub allows as many numbers in an hour as it asks after.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from clients import protocol
from clients.errors import ProblemError
from clients.protocol.results import verify_result
from hub.core import edxml
from hub.core.edxml import Attachment, Code, Organ
from hub.core.errors import AxisError
from hub.core.wire_results import ResultVerified
from hub.lab import hub_process, machine
from hub.lab.bench import material
from hub.lab.bench.growth import Growth
from hub.lab.bench.rounds import Rounds
from hub.lab.calls import Agency, response_of
from hub.lab.http import Address, Pool, head
from hub.lab.hub_process import HubProcess
from hub.lab.simulate.corpus import Keyring
from hub.lab.simulate.messages import signed
from hub.lab.simulate.player import run
from hub.programmes.onestop.levels import level_one
from hub.programmes.results import owner
from hub.programmes.results.packets import Owner, OwnerKind, ResultPacket

_SENDERS: Final = 4
_ABREAST: Final = 4
_ROUNDS: Final = 9
_EACH: Final = 400
_TAKEN_IN: Final = 150
"""Looks, each of a fifth of a second, until all that was accepted is taken in."""
_NUMBERS: Final = 1_000_000
_WAYS: Final = ("number", "digest", "tag")


class Extent(msgspec.Struct, frozen=True):
    """`each`: documents and questions of one kind in a round, after one round more to get warm."""

    rounds: int = _ROUNDS
    each: int = _EACH


class _Paper(msgspec.Struct, frozen=True):
    """A result, as the holder of its paper or file knows it."""

    code: str
    file: bytes
    sha256: str
    tag: str

    def asked(self, way: str) -> dict[str, str]:
        return {
            "number": {"result": self.code},
            "digest": {"sha256": self.sha256},
            "tag": {"result": self.code, "owner": self.tag},
        }[way]


def measure(told: Callable[[str], None] = lambda what: None, extent: Extent | None = None) -> Growth:
    extent, began = extent or Extent(), time.perf_counter()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="truc-papers-")))
        growth = Growth({}, [extent.each * (extent.rounds + 1)], machine.look(folder))
        told("keys")
        everyone = material.agencies()[:_SENDERS]
        hub_process.prepare(folder / "hub", folder / "keys", everyone, everyone)
        with (folder / "hub" / "hub.toml").open("a") as settings:
            settings.write(f"numbers_per_hour = {_NUMBERS}\n")  # its last table is that of the limits
        hub = stack.enter_context(HubProcess(folder / "hub"))
        run(_measured(growth, hub, folder / "keys", extent, told))
    growth.seconds = time.perf_counter() - began
    return growth


async def _measured(growth: Growth, hub: HubProcess, keys: Path, extent: Extent, told: Callable[[str], None]) -> None:
    bench = _Bench(growth, hub, keys, extent.each)
    try:
        await bench.get_ready()
        for number in range(extent.rounds + 1):
            told(f"round {number}/{extent.rounds}")
            await bench.round(number)
    except (ProblemError, AxisError) as error:
        growth.wrong.append(f"{error.code} {error.en}")
    finally:
        bench.close()
    growth.add(bench.rounds)


class _Bench:
    """`_number`: documents that were made so far; no two have the same."""

    def __init__(self, growth: Growth, hub: HubProcess, keys: Path, each: int) -> None:
        self.rounds = Rounds()
        self._growth, self._hub, self._each, self._number = growth, hub, each, 0
        self._address = Address.of(hub.url)
        self._pool = Pool(self._address, _ABREAST)
        self._organs = [Organ(a.code, name=a.name, in_charge=a.name) for a in material.agencies()[:_SENDERS]]
        ring = Keyring(keys, material.agencies())
        self._senders = [
            Agency(organ.organ_id, ring[i], self._pool, f"{hub.url}/v1/token") for i, organ in enumerate(self._organs)
        ]

    async def get_ready(self) -> None:
        await asyncio.gather(*(sender.token() for sender in self._senders))

    def close(self) -> None:
        self._pool.close()

    async def round(self, number: int) -> None:
        """Round 0 is to get warm. Each way is the first of them in turns: the search index of those documents is made
        beside it."""
        plain = [self._document(()) for _ in range(self._each)]
        papers = [
            _paper(n, self._organs[n % _SENDERS].organ_id)
            for n in range(self._number + 1, self._number + 1 + self._each)
        ]
        registering = [self._document(_attached(paper)) for paper in papers]
        used = {"accept": await self._used(self._sent(plain)), "register": await self._used(self._sent(registering))}
        first = number % len(_WAYS)
        for way in _WAYS[first:] + _WAYS[:first]:
            used[way] = await self._used(self._verified(way, papers))
        if number == 0:
            return
        for name, seconds in used.items():
            self.rounds.put(f"results_{name}_us", seconds * 1e6)
        for name in ("register", *_WAYS):
            self.rounds.ratio(f"results_{name}_ratio", f"results_{name}_us", "results_accept_us")

    async def _used(self, work: Awaitable[None]) -> float:
        """Seconds of the hub's processor for one of them."""
        before = self._spent()
        await work
        return (self._spent() - before) / self._each

    def _spent(self) -> float:
        return sum(map(hub_process.precise_cpu_seconds, hub_process.family(self._hub.pid)))

    def _document(self, files: Sequence[Attachment]) -> tuple[Agency, bytes]:
        """One to one recipient, signed; agencies take turns."""
        self._number += 1
        at, code = self._number % _SENDERS, Code(str(self._number), "KQ")
        subject = "V/v đăng ký kết quả giải quyết thủ tục hành chính"
        document = material.letter(self._organs[at], [self._organs[at - 1]], code, subject)
        agency = self._senders[at]
        return agency, signed(edxml.build(document, files), agency.credential)

    async def _sent(self, documents: Iterable[tuple[Agency, bytes]]) -> None:
        """All of them, and taken in."""
        left = iter(documents)

        async def one_after_another() -> None:
            for agency, data in left:
                await agency.call(protocol.submit(data))

        await asyncio.gather(*(one_after_another() for _ in range(_ABREAST)))
        for _ in range(_TAKEN_IN):
            if not (await self._asked({"sha256": "0" * 64})).behind:
                return
        self._growth.wrong.append("documents that were accepted were not taken in")

    async def _verified(self, way: str, papers: Sequence[_Paper]) -> None:
        """Every answer has to be of the registered result, and as much of it as that way may tell."""
        left = iter(papers)

        async def one_after_another() -> None:
            for paper in left:
                found = await self._asked(paper.asked(way))
                told = [(one.code, one.standing, one.whole) for one in found.items]
                if told != [(paper.code, "valid", way != "number")]:
                    self._growth.wrong.append(f"{way}: {told}")

        await asyncio.gather(*(one_after_another() for _ in range(_ABREAST)))

    async def _asked(self, what: dict[str, str]) -> ResultVerified:
        """As a stranger."""
        call = verify_result(**what)
        top = head("GET", call.request.target, f"{self._address.host}:{self._address.port}", 0)
        return call.read(response_of(await self._pool.call(top)))


def _paper(number: int, issuer: str) -> _Paper:
    """Of a unit of its issuer's body, who alone may register it."""
    code = f"{level_one(issuer)}.01-{material.today():%y%m%d}-{number:05d}-KQ1"
    file = hashlib.sha256(code.encode()).hexdigest().encode()
    return _Paper(code, file, hashlib.sha256(file).hexdigest(), owner.tag(file.decode()))


def _attached(paper: _Paper) -> tuple[Attachment, Attachment]:
    """The packet and its file. Its owner's digest only has to begin with the tag."""
    packet = ResultPacket(
        packet="result/1",
        code=paper.code,
        name="Giấy phép xây dựng",
        procedure="1.009994",
        sha256=paper.sha256,
        owner=Owner(kind=OwnerKind.CITIZEN, digest=paper.tag.ljust(64, "0")),
    )
    told = Attachment("1", "ket-qua.packet.json", "", "application/json", msgspec.json.encode(packet))
    return told, Attachment("2", "giay-phep.txt", "", "text/plain", paper.file)
