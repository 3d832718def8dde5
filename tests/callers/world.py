"""An axis with one document on it, and everybody who might ask for it: two parties with their centres, another
recipient, one that was suspended meanwhile, a stranger, an auditor, the operator, and tokens that are none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

import msgspec

from hub.core import wire
from hub.core.evidence import acknowledgement
from hub.core.framing import framed
from hub.core.model import Agency, Millis, StatusCode, Tier
from hub.core.signature import jws, token
from tests.support.axis import AGENCIES, CHIENG_MUNG, HA_NOI, MAI_SON, NOON, SO_TTTT, SON_LA, VPCP, registered
from tests.support.web import AUDITOR, OPERATOR, Web, a_web, bare

SUSPENDED: Final = "000.00.77.H52"
SENDER, SENDERS_CENTRE, RECIPIENT, RECIPIENTS_CENTRE, OTHER, STRANGER = (
    MAI_SON,
    SO_TTTT,
    CHIENG_MUNG,
    SON_LA,
    VPCP,
    HA_NOI,
)
SUBJECT: Final = "V/v bảo vệ nguồn nước Chiềng Ngân"
CALLERS: Final = (
    "nobody",
    "forged",
    "expired",
    "suspended",
    "sender",
    "sender's centre",
    "recipient",
    "recipient's centre",
    "other recipient",
    "stranger",
    "auditor",
    "operator",
)
_WHO: Final = {
    "suspended": SUSPENDED,
    "sender": SENDER,
    "sender's centre": SENDERS_CENTRE,
    "recipient": RECIPIENT,
    "recipient's centre": RECIPIENTS_CENTRE,
    "other recipient": OTHER,
    "stranger": STRANGER,
    "auditor": AUDITOR,
    "operator": OPERATOR,
}
_CENTRES: Final = {SENDER: SENDERS_CENTRE, RECIPIENT: RECIPIENTS_CENTRE}


class World(NamedTuple):
    """`places` fills the paths of a table; `bodies` are what may be sent by name; `headers` of each caller."""

    web: Web
    places: dict[str, str]
    bodies: dict[str, bytes | dict[str, object]]
    headers: dict[str, dict[str, str]]

    @property
    def secrets(self) -> dict[str, str]:
        """What tells of the document, by name."""
        return {name: self.places[name] for name in ("message", "accepted", "handed", "other_handed", "sha256")} | {
            "subject": SUBJECT,
            "document_id": self.places["document_id"],
        }


def a_suspended_agency() -> Agency:
    return Agency(code=SUSPENDED, name="Ban Quản lý dự án", tier=Tier.PROVINCIAL, parent=SON_LA)


@asynccontextmanager
async def a_world(folder: Path, keys: Path) -> AsyncIterator[World]:
    async with a_web(folder, keys) as web:
        profile = web.axis.profile
        profile.issue_agencies([a_suspended_agency()], NOON)
        entries = [
            msgspec.structs.replace(a, centre=_CENTRES.get(a.code, ""))
            for a in registered(profile, (*AGENCIES, a_suspended_agency()))
        ]
        await web.hub.exchange.change_directory(entries, "test")
        data = web.axis.sign(web.axis.document(SENDER, [RECIPIENT, OTHER, SUSPENDED], subject=SUBJECT))
        sent = (await web.submit(data, SENDER)).record(wire.Submitted)
        taken = [signed_for(web, agency, sent) for agency in (RECIPIENT, OTHER)]
        for agency, signed in zip((RECIPIENT, OTHER), taken, strict=True):
            await web.call("POST", "/v1/inbox/acknowledge", agency, json={"signed": signed})
        status = web.status(RECIPIENT, StatusCode.ACCEPTED, sent)
        assert (await web.submit(status, RECIPIENT, "/v1/statuses")).status == 201
        life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", SENDER)).record(wire.Life)
        handed = {e.recipient: bare(e.evidence) for e in life.timeline if e.event == "ContentHandover"}
        headers = await _headers(web)
        suspended = msgspec.structs.replace(web.hub.exchange.directory[SUSPENDED], suspended=True)
        await web.hub.exchange.change_directory([suspended], "test")
        hook = await web.hub.webhooks.desk.add(RECIPIENT, "https://h52.example/hooks", ())
        places = {
            "hook": f"wh_{hook.hook.number}",
            "message": bare(sent.message.id),
            "sha256": sent.message.sha256,
            "document_id": sent.message.document_id,
            "document_name": quote(sent.message.document_id, safe=""),
            "number": quote(f" 00{sent.message.code.lower()} ", safe=""),
            "accepted": bare(life.timeline[0].evidence),
            "handed": handed[RECIPIENT],
            "other_handed": handed[OTHER],
            "sender": SENDER,
            "recipient": RECIPIENT,
            "acknowledgement": acknowledgement_digest(taken[0]),
        }
        item = {"message": sent.message.id, "sha256": sent.message.sha256}
        bodies: dict[str, bytes | dict[str, object]] = {
            "document": data,
            "status": status,
            "documents": framed([data]),
            "statuses": framed([status]),
            "many signed": {"requests": [{"agency": RECIPIENT, "signed": taken[0]}]},
            "fetch": {"agency": RECIPIENT},
            "signed": {"agency": RECIPIENT, "signed": taken[0]},
            "stolen": {"signed": taken[0]},
            "unsigned": {"agency": RECIPIENT, "items": [item]},
            "own unsigned": {"items": [item]},
            "assertion": {"assertion": "x"},
            "draft": {"letter": {"subject": "nháp"}},
            "group": {"name": "a", "members": ["404"]},
            "direction": {"document": places["message"], "leader": "a", "lead": "b", "what": "c"},
            "correction": {"document": places["message"], "book": "in", "cells": {"unit": "a"}, "reason": "b"},
            "bad hook": {"url": "http://h52.example/"},
            "replay": {"since": "2026-11-22"},
            "account": {"name": "lan", "change": "add", "role": "operator"},
            "pause": {"paused": True},
            "no maintenance": {"on": False},
            "reminders": {"items": [{"message": "none"}], "reason": "x"},
            "entry": {"agencies": [{"code": "000.00.99.H52", "name": "Sở", "tier": "provincial"}]},
        }
        yield World(web, places, bodies, headers)


async def _headers(web: Web) -> dict[str, dict[str, str]]:
    """A real token for who may have one, made while everybody may; the sender's name in those that are none."""
    secret = (Path(web.hub.settings.hub.data) / "token.secret").read_bytes()
    now = web.axis.clock()
    known = {name: await web.headers(who) for name, who in _WHO.items()}
    return known | {
        "nobody": {},
        "forged": bearer(token.mint(access(now + 600_000), [bytes(32)])),
        "expired": bearer(token.mint(access(now), [secret])),
    }


def access(expires: int, subject: str = SENDER, role: str = "agency") -> token.Access:
    return token.Access(subject, role, f"jwt-bearer:{role}", "", Millis(expires))


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def signed_for(web: Web, agency: str, *sent: wire.Submitted) -> str:
    """The agency's signature under the digests of these."""
    credential = web.credential(agency)
    items = tuple(
        acknowledgement.Item(s.message.id, s.message.sha256, acknowledgement.Outcome.CONTENT_HANDOVER) for s in sent
    )
    book = acknowledgement.Acknowledgement(agency, web.axis.clock(), items)
    return acknowledgement.sign(book, credential.key, jws.key_id(credential.certificate))


def acknowledgement_digest(signed: str) -> str:
    from hashlib import sha256

    return sha256(signed.encode()).hexdigest()
