"""Electronic results, and leaders' signatures."""

from __future__ import annotations

from clients.protocol.call import Call, get
from hub.core.wire_programmes import Cases
from hub.core.wire_results import ResultMeasures, ResultVerified
from hub.core.wire_signatures import LeaderFigures


def verify_result(result: str = "", sha256: str = "", owner: str = "", at: str = "") -> Call[ResultVerified]:
    """For anybody. `result`: its number; `sha256`: of the file; one of them at least."""
    return get("/v1/results/verify", ResultVerified, authorized=False, result=result, sha256=sha256, owner=owner, at=at)


def measure_results(since: str = "", until: str = "", agency: str = "", cursor: str = "") -> Call[ResultMeasures]:
    """`since`, `until`: months. Of the caller and those that it acts for; for operators and auditors of all."""
    return get(
        "/v1/results/measures", ResultMeasures, since=since, until=until, agency=agency, limit=200, cursor=cursor
    )


def leaders(since: str = "", until: str = "", agency: str = "", cursor: str = "") -> Call[LeaderFigures]:
    """The same of leaders' signatures."""
    return get("/v1/leaders", LeaderFigures, since=since, until=until, agency=agency, limit=200, cursor=cursor)


def results(state: str = "", agency: str = "", cursor: str = "") -> Call[Cases]:
    """Results that the caller issued or was told of, newest first; of all for an auditor."""
    path = "/v1/programmes/results/cases"
    return get(path, Cases, state=state, agency=agency, cursor=cursor, limit=200)
