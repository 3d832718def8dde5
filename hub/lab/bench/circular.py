"""One document to thousands of communes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from clients import protocol
from clients.errors import ProblemError
from hub.core import edxml
from hub.core.edxml import Code, Document, Organ
from hub.core.errors import AxisError
from hub.core.model import Agency
from hub.lab.bench.material import agencies, letter
from hub.lab.calls import Agency as Caller
from hub.lab.http import Address, Pool
from hub.lab.hub_process import HubProcess
from hub.lab.simulate.corpus import Keyring
from hub.lab.simulate.messages import signed

_TIMES: Final = 3


def send_wide(
    hub: HubProcess, keys: Path, recipients: Sequence[Agency], *, times: int = _TIMES, first: int = 1
) -> tuple[list[float], str]:
    """Seconds of each of some submissions; or none, and why the hub refused it."""
    return asyncio.run(_send(hub.url, keys, recipients, range(first, first + times)))


async def _send(url: str, keys: Path, recipients: Sequence[Agency], numbers: range) -> tuple[list[float], str]:
    pool = Pool(Address.of(url))
    sender = agencies()[0]
    caller = Caller(sender.code, Keyring(keys, agencies())[0], pool, f"{url}/v1/token")
    taken = []
    try:
        await caller.token()
        for number in numbers:
            data = signed(edxml.build(_document(sender, recipients, number)), caller.credential)
            began = time.perf_counter()
            answer = await caller.call(protocol.submit(data))
            taken.append(time.perf_counter() - began)
            assert len(answer.recipients) == len(recipients)
    except (ProblemError, AxisError) as error:  # the client's own signer keeps the same limits
        return [], f"{len(recipients)} recipients: {error.code} {error.en}"
    finally:
        pool.close()
    return taken, ""


def _document(sender: Agency, recipients: Sequence[Agency], number: int) -> Document:
    """Recipients are named by their codes alone: enough for routing, and no more."""
    organ = Organ(sender.code, name=sender.name, in_charge=sender.name)
    code = Code(str(900_000_000 + number + 10 * len(recipients)), "RỘNG")
    return letter(organ, [Organ(agency.code) for agency in recipients], code, "Gửi tất cả các xã")
