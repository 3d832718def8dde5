"""Scenes of the story: a result is registered, verified by anybody, revoked, and verified for both times; and the
signatures inside its file, beside the verdict on the document that brought it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

from clients.axis import AxisClient
from clients.protocol import results as calls
from hub.base.runtime import system_clock
from hub.core import wire
from hub.core.edxml import Attachment, Signer
from hub.core.model import VIETNAM, to_datetime
from hub.core.wire_results import ResultVerified
from hub.lab.demo import dossiers
from hub.lab.demo.story import LEADER, SON_LA, VPCP, Cast, Stage, Step, need
from hub.programmes.results import owner, paper
from hub.programmes.results.paper import Paper

FILE = "ket-qua.pdf"
_PERSON = "052099001234"
"""Nobody's number."""
_NAME = "Thông báo kết quả giải quyết hồ sơ"
_PATIENCE_SECONDS = 300
"""The reader gives way to everybody: on a busy machine it may wait for long."""


async def scene(s: Stage, c: Cast) -> Step:
    """By digest, number and QR; then the revocation, which does not reach back."""
    code = f"{dossiers.number(c, to_datetime(system_clock()).astimezone(VIETNAM))}-KQ1"
    await s.entry(SON_LA)
    content = s.letter(SON_LA, LEADER, "Thong bao ket qua giai quyet ho so")
    digest, held = hashlib.sha256(content).hexdigest(), owner.digest(_PERSON, code)
    packet = {
        "packet": "result/1",
        "code": code,
        "name": _NAME,
        "procedure": dossiers.PROCEDURE,
        "sha256": digest,
        "file": FILE,
        "owner": {"kind": "citizen", "digest": held},
    }
    signer = Signer("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", LEADER)
    document = await s.document(SON_LA, [c.commune, VPCP], f"V/v đăng ký kết quả {code}", signer=signer)
    sent = await s.hand(document, [Attachment("1", FILE, data=content), _packet(packet, 2)])
    s.registered = (s.put(FILE, content), *s.kept(sent))

    anybody = await s.client(VPCP)
    held_paper = paper.paper_in(paper.address("http://localhost", Paper(code, "", owner.tag(held), _NAME)))
    first = await _verified(anybody, "valid", sha256=digest)
    await _verified(anybody, "valid", result=code)
    by_qr = await _verified(anybody, "valid", result=held_paper.code, owner=held_paper.applicant)
    need(by_qr.items[0].name == _NAME, "the name of the paper for the person who holds it")
    need(first.items[0].same_file is True and first.items[0].retrievable, "the registered file, and it is retrievable")

    revocation = {"packet": "result-revocation/1", "code": code, "reason": "Cấp sai đối tượng"}
    await s.hand(await s.document(SON_LA, [c.commune, VPCP], f"V/v thu hồi kết quả {code}"), [_packet(revocation, 1)])
    await _verified(anybody, "revoked", sha256=digest)
    then = await _verified(anybody, "valid", sha256=digest, at=first.at)
    need(then.items[0].later == "revoked", "valid at that time, revoked later")
    return Step(
        "Kết quả điện tử: tra theo mã băm, mã số, QR: còn giá trị; thu hồi: hết giá trị từ đó, không hồi tố",
        "Electronic result: valid by digest, number and QR; revoked: not valid from then on, and valid before",
    )


async def leaders(s: Stage, c: Cast) -> Step:
    """Read behind the record, so it may come a moment later; a hub without the extra says that it reads none."""
    need(s.registered is not None, "a result that was registered")
    axis = await s.client(SON_LA)
    life = await _read(axis, await _registering(axis))
    need(life.message.verdict == "VALID" and life.signatures is not None, "a valid document")
    assert life.signatures is not None
    if life.signatures.state == "off":
        return Step(
            "Chữ ký trong tệp PDF: Trục này chưa cài phần đọc (truc[pdf]), nên không kết luận gì",
            "Signatures inside the PDF: this hub has no reader (truc[pdf]) and says nothing of them",
        )
    (file,) = life.signatures.files
    roles = [one.role for one in file.signatures]
    need(roles == ["person", "agency"], f"the leader's signature, then the agency's, not {roles}")
    need(file.verdict == "valid-untimed" and file.signed_by_leader, f"both signatures hold, not {file.verdict}")
    need(file.content_added_between, "number and date between them, which is no tampering")
    told = await axis.call(calls.leaders())
    line = told.total
    need(line.leader == 1, f"one document that a leader signed, not {line.leader}")
    read = line.leader + line.agency + line.faulty + line.unsigned
    return Step(
        f"Gói tin: {life.message.verdict}; trong {file.name}: lãnh đạo rồi cơ quan ký; lãnh đạo ký 1/{read} văn bản",
        f"Document: {life.message.verdict}; inside {file.name}: leader, then agency; leaders signed 1 of {read}",
    )


def _packet(body: dict[str, Any], n: int) -> Attachment:
    return Attachment(str(n), "ket-qua.packet.json", data=json.dumps(body, ensure_ascii=False).encode())


async def _verified(axis: AxisClient, standing: str, **asked: str) -> ResultVerified:
    found = await axis.call(calls.verify_result(**asked))
    need(found.standing == standing, f"{standing} for {sorted(asked)}, not {found.standing}")
    return found


async def _registering(axis: AxisClient) -> str:
    """The document that the axis names for the registered result."""
    case = next(case for case in (await axis.call(calls.results())).items if case.kind == "result")
    return (await axis.case("results", case.id)).events[0].document


async def _read(axis: AxisClient, document: str) -> wire.Life:
    """Once the files of the newest document were looked at."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            life = await axis.life(document)
            if life.signatures is None or life.signatures.state != "waiting":
                return life
            await asyncio.sleep(0.1)
