"""Templates into pages. Every filled-in value is escaped; a name that is not there is an error, not a blank."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import jinja2

from hub.access import Right
from hub.base.version import VERSION
from hub.console import formats, static, ui
from hub.console.page import Page, Visit
from hub.core.shown import shown

FOLDER: Final = Path(__file__).parent / "templates"
_PLAIN: Final = re.compile("[\t\n\r -~\u00a0-\u00ac\u00ae-\u024f\u1e00-\u1eff\u2010-\u2027]*")
"""All of it is visible: nearly every text is made of these."""
_LINES: Final = re.compile("([\t\n\r]+)")


class Place(NamedTuple):
    """A line of the rail."""

    key: str
    path: str
    icon: str
    right: Right
    system: bool = False


NAV: Final = (
    Place("overview", "/console", "home", Right.FLOW),
    Place("centre", "/console/centre", "centre", Right.FLOW),
    Place("in", "/console/mailbox/in", "tray", Right.MAILBOX),
    Place("out", "/console/mailbox/out", "send", Right.MAILBOX),
    Place("new", "/console/mailbox/new", "pen", Right.MAILBOX),
    Place("drafts", "/console/mailbox/drafts", "doc", Right.MAILBOX),
    Place("directions", "/console/mailbox/directions", "list", Right.MAILBOX),
    Place("groups", "/console/mailbox/groups", "people", Right.MAILBOX),
    Place("register", "/console/mailbox/register", "book", Right.MAILBOX),
    Place("search", "/console/mailbox/search", "search", Right.MAILBOX),
    Place("documents", "/console/documents", "doc", Right.DOCUMENTS),
    Place("reporting", "/console/programmes/reporting", "chart", Right.DOCUMENTS),
    Place("agencies", "/console/agencies", "org", Right.AGENCIES),
    Place("failures", "/console/failures", "warn", Right.FLOW),
    Place("webhooks", "/console/webhooks", "send", Right.WEBHOOKS),
    Place("certificates", "/console/certificates", "cert", Right.AGENCIES),
    Place("log", "/console/log", "log", Right.PROOFS),
    Place("dossiers", "/console/programmes/dossiers", "doc", Right.CASES),
    Place("programmes", "/console/programmes", "list", Right.CASES),
    Place("reports", "/console/reports", "chart", Right.FLOW),
    Place("sandbox", "/console/sandbox", "flask", Right.RUN),
    Place("health", "/console/system", "gear", Right.SYSTEM, system=True),
    Place("accounts", "/console/accounts", "people", Right.ACCOUNTS, system=True),
    Place("trail", "/console/trail", "list", Right.TRAIL, system=True),
    Place("me", "/console/me", "user", Right.SELF, system=True),
)
"""All that there may be; a page that no screen brings, or that is not one's own, is not shown. A clerk finds documents
in its own mailbox."""

_BAR: Final = 4
"""Places in the bar at the bottom of a telephone, beside "more"."""


class Renderer:
    """The environment, and the frame that every page shows around its own part."""

    def __init__(self, pages: tuple[Page, ...]) -> None:
        self._paths = {page.path for page in pages if page.method == "GET"}
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            finalize=visible,
        )
        self.environment.globals.update(asset=static.address, f=formats, states=ui.STATES, version=VERSION, Right=Right)

    def __call__(self, template: str, visit: Visit, values: Mapping[str, Any]) -> str:
        """jinja2.UndefinedError where a template asks for a name that nobody gave: an error of ours."""
        places = self.places(visit)
        title = visit.t(visit.served.title) if visit.served is not None and visit.served.title else ""
        around = {"v": visit, "t": visit.t, "lang": visit.lang, "places": places, "bar": places[:_BAR], "title": title}
        return self.environment.get_template(template).render({**around, **values})

    def places(self, visit: Visit) -> list[Place]:
        """The rail of a person that is signed in, and has finished that."""
        if visit.account is None or visit.unfinished:
            return []
        known = [place for place in NAV if place.path in self._paths and visit.may(place.right)]
        return [place for place in known if place.key != "sandbox" or visit.accounts.sample]

    def leads(self, visit: Visit, path: str) -> bool:
        """By the rail's places: a page under one of them is for each person that may see it."""
        return any(path == p.path or path.startswith(f"{p.path}/") for p in self.places(visit) if p.path != "/console")

    def home(self, visit: Visit) -> str:
        """Where this person's work is."""
        places = self.places(visit)
        return places[0].path if places else "/console/me"


def visible(value: Any) -> Any:
    """A value that a template fills in, with letters written out that hide, or turn the direction in which the others
    are read: a file `gpj.exe` after such a letter looks like a picture. Line ends stay: a text of a form has them."""
    if type(value) is not str or _PLAIN.fullmatch(value):
        return value
    return "".join(part if _LINES.fullmatch(part) else shown(part) for part in _LINES.split(value))
