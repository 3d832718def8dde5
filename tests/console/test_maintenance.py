"""Maintenance on the console: an operator begins and ends it with a reason, everybody sees it on every page."""

from __future__ import annotations

import re
from pathlib import Path

from tests.console.kit import Visitor, a_console
from tests.support.axis import SON_LA, VPCP

PAGE = "/console/system/maintenance"
REASON = "<b>Nâng cấp</b>"


async def test_it_is_begun_with_a_reason_seen_by_everybody_and_ended(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web:
        operator = await Visitor(web).enter("operator")
        await operator.get("/console/system")
        assert PAGE in operator.last
        await operator.get(PAGE)
        for fields in ({}, {"on": ""}, {"on": "2"}):
            refused = await operator.post(PAGE, **fields)
            assert (refused.status, "<form" in operator.last) == (400, True), "the page again, with the mistake"
        assert (await operator.post(PAGE, on="1", minutes="30", reason="")).status == 400
        assert (await operator.post(PAGE, on="1", minutes="1e3", reason=REASON)).status == 400
        assert web.hub.exchange.door.row is None
        assert (await operator.post(PAGE, on="1", minutes="30", reason=REASON)).status == 303
        row = web.hub.exchange.door.row
        assert row is not None
        assert (row.reason, row.by, row.expected - row.since) == (
            REASON,
            "operator:operator session:sample",
            30 * 60_000,
        )
        await operator.get("/console/system")
        assert "The axis takes documents" not in re.sub(r'data-on="[^"]*"', "", operator.last)
        assert "In maintenance, no new documents" in operator.text
        sent = await web.submit(web.axis.sign(web.axis.document(VPCP, [SON_LA])), VPCP)
        assert sent.problem.code == "HUB_MAINTENANCE"

        for name, page in (("clerk", "/console/mailbox/in"), ("auditor", "/console"), ("administrator", "/console/me")):
            visitor = await Visitor(web).enter(name)
            await visitor.get(page)
            assert "in maintenance since" in visitor.text
            assert "&lt;b&gt;Nâng cấp" in visitor.last, "an operator's words are shown as they are"
            assert (await visitor.get(PAGE)).status == 403
        anybody = Visitor(web)
        for page in ("/public", "/console/login", "/results", "/verify"):
            await anybody.get(f"{page}?lang=vi")
            assert "Trục đang bảo trì từ" in anybody.text, page

        await operator.get(PAGE)
        assert (await operator.post(PAGE, on="0")).status == 303
        assert web.hub.exchange.door.row is None
        await operator.get("/console/system")
        assert "in maintenance since" not in operator.text
        auditor = await Visitor(web).enter("auditor")
        await auditor.get("/console/trail")
        assert "Began maintenance" in auditor.text
        assert "Ended maintenance" in auditor.text
