"""A console with everything on it that pages show: documents in every state, and names that are attacks.

What people write is hostile input wherever it is shown: subjects, names of agencies and files, reasons, titles.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import msgspec

from hub.access import Role
from hub.core import wire
from hub.core.edxml import Attachment, OtherInfo
from hub.core.model import Agency, Priority, StatusCode, Tier
from hub.core.wire_programmes import Cases
from tests.console.kit import OPERATOR, Visitor, a_console
from tests.exchange.test_bringing import NUMBER, body, dossier
from tests.support.axis import AGENCIES, CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP, registered
from tests.support.web import OPERATOR as OPERATORS
from tests.support.web import Web, bare

MARK: Final = "zqx"
"""In every vector: a page on which one of them became markup would have it as a name of something."""
VECTORS: Final = (
    f"<script>{MARK}()</script>",
    f'"><img src={MARK} onerror={MARK}()>',
    f"' autofocus onfocus={MARK}() '",
    f"</title></textarea></style></svg><svg onload={MARK}()>",
    f"javascript:{MARK}()",
    f"{{{{ {MARK} }}}}{{% {MARK} %}}${{{MARK}}}#{{{MARK}}}",
    f"<a href=javascript:{MARK}()>{MARK}</a><iframe srcdoc='<script>{MARK}()</script>'>",
    f'hx-get=/{MARK} data-hx-on:click={MARK}() x" hx-on="{MARK}"',
    f"\u202e\u2066{MARK} &lt;b&gt;&amp;&#60;script>",
)
HOSTILE: Final = "000.00.66.H52"


class World(NamedTuple):
    """`places` fills addresses; `subjects` are what no operator may see."""

    web: Web
    places: dict[str, str]
    subjects: tuple[str, ...]


@asynccontextmanager
async def a_world(folder: Path, keys: Path, **limits: Any) -> AsyncIterator[World]:
    async with a_console(folder, keys, **limits) as web:
        name = " ".join(VECTORS[:3])
        hostile = Agency(code=HOSTILE, name=name[:200], tier=Tier.PROVINCIAL, parent=SON_LA, short_name=VECTORS[1])
        await web.hub.exchange.change_directory([*registered(web.axis.profile, AGENCIES), hostile], "test")
        await web.hub.accounts.add("lan", Role.OPERATOR, "", VECTORS[0], OPERATOR)
        await web.hub.accounts.add("an", Role.CLERK, HOSTILE, VECTORS[1], OPERATOR)
        await web.hub.accounts.record(OPERATOR, VECTORS[2], VECTORS[3], VECTORS[4])
        endpoint = {"url": f"https://hooks.example/{MARK}"}
        assert (await web.call("POST", "/v1/webhooks", OPERATORS, json=endpoint)).status < 300
        first = await _documents(web)
        own = await web.send(SON_LA, VPCP, HA_NOI, subject=f"V/v {VECTORS[0]}"[:400])
        await web.take(VPCP, own)
        await web.submit(web.status(VPCP, StatusCode.REFUSED, own), VPCP, "/v1/statuses")
        await _papers(web, first.message.id, own.message.id)
        life = (await web.get(f"/v1/documents/{bare(first.message.id)}", VPCP)).record(wire.Life)
        places = {
            "own": bare(own.message.id),
            "message": bare(first.message.id),
            "agency": SON_LA,
            "hostile": HOSTILE,
            "draft": await _draft(web),
            "case": await _task(web),
            "dossier": await _dossier(web),
            "evidence": bare(life.timeline[0].evidence),
        }
        yield World(web, places, tuple(f"V/v {vector}"[:400] for vector in VECTORS))


async def _papers(web: Web, came: str, went: str) -> None:
    """What a clerk of Sơn La wrote down for its own agency."""
    for vector in VECTORS:
        await web.call("PUT", "/v1/drafts", SON_LA, json={"letter": {"subject": vector, "place": vector[:200]}})
        direction = {"document": came, "leader": vector[:200], "lead": vector[:200], "support": vector[:200]}
        await web.call("POST", "/v1/directions", SON_LA, json=direction | {"what": vector})
        for document, book in ((came, "in"), (went, "out")):
            wrong = {"document": document, "book": book, "cells": {"remark": vector, "what": vector}}
            await web.call("POST", "/v1/corrections", SON_LA, json=wrong | {"reason": vector[:500]})
    group = {"name": VECTORS[0].replace(":", "")[:100], "members": [VPCP]}
    assert (await web.call("PUT", "/v1/groups", SON_LA, json=group)).status == 200


async def _documents(web: Web) -> wire.Submitted:
    """One with each vector; of them handed over, registered, refused, taken back, urgent and late."""
    sent = []
    for number, vector in enumerate(VECTORS):
        other = OtherInfo(priority=Priority(number % 5))
        subject, places = f"V/v {vector}"[:400], (SON_LA, HA_NOI, MAI_SON, CHIENG_MUNG)
        data = web.axis.sign(web.axis.document(VPCP, places, subject=subject, other=other), [attachment(vector)])
        sent.append((await web.submit(data, VPCP)).record(wire.Submitted))
    await web.take(SON_LA, *sent[:4])
    await web.submit(web.status(SON_LA, StatusCode.ACCEPTED, sent[0]), SON_LA, "/v1/statuses")
    await web.submit(web.status(SON_LA, StatusCode.REFUSED, sent[1]), SON_LA, "/v1/statuses")
    await web.submit(web.status(VPCP, StatusCode.TAKE_BACK, sent[2]), VPCP, "/v1/statuses")
    await web.submit(b"<no/>", VPCP)
    return sent[0]


async def _task(web: Web) -> str:
    """A task that a document assigns, by its name in addresses."""
    steering = {"steering_type": 1, "task_codes": ("NV-01",), "due_date": date(2026, 12, 31)}
    await web.send(VPCP, SON_LA, subject=f"V/v {VECTORS[1]}"[:400], **steering)
    assert web.hub.exchange.following is not None
    while await web.hub.exchange.following.caught_up(60):  # on a busy machine the call itself gives up before
        pass
    (task,) = (await web.get("/v1/programmes/tasks/cases", OPERATORS)).record(Cases).items
    return quote(task.id, safe="")


async def _dossier(web: Web) -> str:
    """One whose fields are attacks, by its number."""
    row = dossier(TenTTHC=f"V/v {VECTORS[0]}"[:300], TenLinhVuc=VECTORS[1][:60], GhiChu=VECTORS[2], ChuHoSo=VECTORS[3])
    call = {"data": BytesIO(body([row])), "headers": {"Content-Type": "application/json"}}
    answer = await web.call("POST", "/v1/programmes/dossiers/services", SON_LA, **call)
    assert msgspec.json.decode(answer.body)["error_code"] == "0", answer.body
    return NUMBER


async def _draft(web: Web) -> str:
    """A change of the directory that the operator has not confirmed, and never will."""
    operator = await Visitor(web).enter("operator")
    fields = {"name": VECTORS[0][:100], "tier": "provincial", "short_name": VECTORS[4], "address": VECTORS[1]}
    answer = await operator.post(f"/console/agencies/{HOSTILE}/edit", **fields)
    assert answer.status == 303, operator.text
    return answer.headers["Location"].rpartition("/")[2]


def attachment(name: str) -> Attachment:
    return Attachment("f", name, content_type="application/pdf", data=b"%PDF-1.4\n%%EOF\n")


__all__ = ["MARK", "VECTORS", "World", "a_world", "msgspec"]
