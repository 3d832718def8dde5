"""The two lists that dossiers go by: facts about procedures, and the essential services. Each is the one that is
shipped, or an operator's own in its place, whole: rows of the two are not mixed.

The digest of both is part of the programme's version: with other lists, all cases are derived again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Final, NamedTuple

from hub.programmes.onestop import essential, procedures
from hub.programmes.onestop.essential import Essential
from hub.programmes.onestop.procedures import Procedure, base
from hub.programmes.tables import text

FILES: Final = (procedures.FILE, essential.FILE)


class Lists(NamedTuple):
    """`digest`: of both files, as they are written."""

    procedures: Mapping[str, Procedure]
    services: tuple[Essential, ...]
    by_procedure: Mapping[str, Essential]
    digest: str

    def procedure(self, code: str) -> Procedure:
        return procedures.procedure(code, self.procedures)

    def service_of(self, code: str) -> Essential | None:
        """By a procedure's code, also as a province writes it (`1.001193.000.00.00.H20`)."""
        return self.by_procedure.get(code) or self.by_procedure.get(base(code))


def lists(given: Mapping[str, str]) -> Lists:
    """Of texts by the name of their file; one that is not there is the shipped one. ListInvalid."""
    texts = {name: given[name] if name in given else text("onestop", name) for name in FILES}
    services = essential.read(texts[essential.FILE])
    parts = "".join(sha256(texts[name].encode()).hexdigest() for name in FILES)
    return Lists(
        procedures.read(texts[procedures.FILE]),
        services,
        {code: one for one in services for code in one.procedures},
        sha256(parts.encode()).hexdigest(),
    )


@cache
def shipped() -> Lists:
    return lists({})
