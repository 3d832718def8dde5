"""Documents that register, revoke and supersede results, and carry signed PDF files, over a real hub."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from hub.core import wire
from hub.core.edxml import Attachment, Signer
from hub.core.signature.anchors import Anchors
from tests.programmes import pdfs
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web

CODE = "H52.01-261120-0001-KQ1"
NEXT = "H52.01-261120-0001-KQ2"


def packet(body: dict[str, Any], name: str = "ket-qua.packet.json") -> Attachment:
    return Attachment("1", name, data=json.dumps(body).encode())


def pdf(content: bytes, name: str = "giay-phep.pdf") -> Attachment:
    return Attachment("2", name, data=content)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def registered(content: bytes, code: str = CODE, **more: Any) -> dict[str, Any]:
    return {
        "packet": "result/1",
        "code": code,
        "name": "Giấy phép xây dựng",
        "procedure": "1.009994",
        "sha256": sha256(content),
    } | more


def revoked(code: str = CODE, **more: Any) -> dict[str, Any]:
    return {"packet": "result-revocation/1", "code": code, "reason": "Cấp sai đối tượng"} | more


def trusting(web: Web) -> None:
    """The hub trusts the authority of the test files as well, from here on."""
    made, old = pdfs.offices(), web.hub.exchange.anchors
    web.hub.exchange.anchors = Anchors(
        [*old.roots, made.root.certificate], old.intermediates, [*old.offered, made.list], grace=old.grace
    )


async def send(web: Web, *files: Attachment, by: str = SON_LA, to: Sequence[str] = (VPCP,)) -> wire.Submitted:
    """Signed by the leader of the test files, and taken in by those who follow the record."""
    document = web.axis.document(by, to, signer=Signer("CHỦ TỊCH", "Chủ tịch", pdfs.LEADER))
    answer = (await web.submit(web.axis.sign(document, files), by)).record(wire.Submitted)
    exchange = web.hub.exchange
    assert exchange.following is not None
    assert exchange.leaders is not None
    assert await exchange.following.caught_up(30) == 0
    return answer
