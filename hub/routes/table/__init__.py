"""The table of everything that can be called.

In        the handlers of `hub.routes`, one file here for each noun.
Out       `ROUTES`, from which the server, the front processes and the description are made; `CALLS`, the description's
          names and sentences, which a test holds against the routes.
A new     route is a `Route` and a line of `CALLS` in the file of its noun. A path with a fixed word comes before the
          one with a parameter in its place. A new noun is one more name in `_NOUNS`.
A crash   here keeps the hub from starting.
"""

from __future__ import annotations

from typing import Final

from hub.http.call import Route
from hub.http.milliseconds import PURSES, WATCHERS
from hub.routes import batch, public
from hub.routes import documents as document_calls
from hub.routes import mailbox as mailbox_calls
from hub.routes.table import (
    agencies,
    desk,
    documents,
    dossiers,
    figures,
    hub,
    log,
    mailbox,
    programmes,
    reporting,
    results,
    webhooks,
)
from hub.routes.table.words import Calls

_NOUNS: Final = (
    documents,
    mailbox,
    desk,
    webhooks,
    agencies,
    figures,
    reporting,
    programmes,
    dossiers,
    results,
    hub,
    log,
)

ROUTES: Final[tuple[Route, ...]] = tuple(route for noun in _NOUNS for route in noun.ROUTES)
CALLS: Final[Calls] = {call: described for noun in _NOUNS for call, described in noun.CALLS.items()}

_HOT: Final = frozenset(
    {
        document_calls.submit,
        document_calls.content,
        mailbox_calls.fetch,
        mailbox_calls.acknowledge,
        batch.submit,
        batch.acknowledge,
    }
)
HOT: Final = tuple(route for route in ROUTES if route.handler in _HOT)
"""The routes that a front process serves itself: a document's way in and out."""
WATCH: Final = tuple(route for route in ROUTES if PURSES.get(route.path) == WATCHERS)
"""The routes that tell the hub's health."""
WITHOUT_METRICS: Final = tuple(route for route in ROUTES if route.handler is not public.metrics)
