"""In a sandbox alone: an agency's quarterly report, filled by the hub from its record, signed in the agency's place."""

from __future__ import annotations

import secrets

from hub.console import samples
from hub.console.page import Visit
from hub.core.edxml import Attachment, Code, compose
from hub.core.errors import BadRequest
from hub.programmes.reporting.letters import subject, type_name
from hub.programmes.reporting.packets import encoded, file_name
from hub.programmes.reporting.periods import Span
from hub.routes.programmes.reporting import filling, told
from hub.routes.programmes.reporting.book import Book

_REGIME = "TT01-2020-A"


async def report(visit: Visit, wanted: samples.Wanted) -> int:
    """BadRequest for an agency that does not report by itself, and for one that has sent this quarter's already."""
    own = await samples.credential(visit, wanted.sender)
    book = Book(visit.exchange, samples.caller(visit, wanted.sender))
    await book.caught_up()
    known = await book.known(_REGIME)
    of = known.regime.window.period_of(Span.QUARTER, book.today)
    this = await filling.owed(book, known, of.code, book.agency())
    found = await filling.filled(book, this, visit.hub, visit.context.milliseconds, fresh=True)
    if found.origin != "record" or this.stands.state.value in ("DA_NOP", "DA_DUYET"):
        raise BadRequest(expected="an agency whose report is due", found=this.stands.state.value)
    packet = told.packet(found.report)
    receiver = visit.exchange.directory.get(this.receiver)
    assert receiver is not None, "it is one of the directory's"
    document = compose.document(
        this.agency,
        [receiver],
        code=Code(str(1 + secrets.randbelow(9_999_999)), "BC-TN"),
        subject=subject(packet, known.regime.vi),
        at=visit.now,
        type_name=type_name(packet),
    )
    await samples.submit(
        visit, wanted.sender, document, own, [Attachment("1", file_name(packet), data=encoded(packet))]
    )
    return 1
