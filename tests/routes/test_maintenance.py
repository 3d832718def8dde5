"""Maintenance over HTTP: who may order it, what is refused and how, and what goes on."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from hub.core import wire
from hub.core.evidence import maintenance
from hub.core.wire_maintenance import MaintenanceState
from tests.support.axis import SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Web

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ordered(web: Web, **change: object) -> MaintenanceState:
    return (await web.call("POST", "/v1/maintenance", OPERATOR, json=change)).record(MaintenanceState)


async def test_submissions_are_refused_with_a_time_and_the_rest_goes_on(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    state = await ordered(web, on=True, minutes=5, reason="Nâng cấp phần mềm")
    assert (state.on, state.reason, state.by) == (True, "Nâng cấp phần mềm", "operator:operator")
    for who in (OPERATOR, AUDITOR):
        assert (await web.get("/v1/maintenance", who)).record(MaintenanceState) == state
    for who in (None, SON_LA):  # the name of an account is nobody else's
        assert (await web.get("/v1/maintenance", who)).record(MaintenanceState) == msgspec.structs.replace(state, by="")

    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
    for path in ("/v1/documents", "/v1/documents:batch"):
        refused = await web.submit(data, VPCP, path)
        assert (refused.status, refused.problem.code) == (503, "HUB_MAINTENANCE")
        assert refused.headers["Retry-After"] == "300"
        assert "bảo trì" in refused.problem.vi
        assert "Nâng cấp phần mềm" in refused.problem.vi
        assert "maintenance since" in refused.problem.en

    assert (await web.get("/v1/inbox", SON_LA)).record(wire.Inbox).items
    assert (await web.get(f"/v1/documents/{sent.message.id}/content", SON_LA)).status == 200
    assert (await web.take(SON_LA, sent)).status == 200
    assert (await web.get("/log/checkpoint")).status == 200
    said = (await web.get("/log/objects/statement")).record(wire.LogObjects)
    told = [item.object for item in said.items]
    assert [maintenance.decode(one).reason for one in told if maintenance.is_one(one)] == ["Nâng cấp phần mềm"]

    ready = await web.get("/readyz")
    assert ready.status == 200, "a load balancer goes on sending who reads and fetches"
    assert ready.record(wire.Health).status == "maintenance"

    assert not (await ordered(web, on=False)).on
    assert (await web.get("/readyz")).record(wire.Health).status == "ok"
    assert (await web.submit(data, VPCP)).status == 201


async def test_nobody_sends_a_body_in_vain(web: Web) -> None:
    await ordered(web, on=True)
    reader, writer = await asyncio.open_connection(*web.address)
    token = await web.token(VPCP)
    head = f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 1000000\r\n"
    writer.write(f"{head}Expect: 100-continue\r\n\r\n".encode())
    line = await reader.readline()
    writer.close()
    assert line.startswith(b"HTTP/1.1 503"), line
