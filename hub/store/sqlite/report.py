"""The ledger and the report, counted by SQLite in one read transaction each."""

from __future__ import annotations

import sqlite3
from typing import Final

from hub.core.model import DeliveryState, MessageKind, Millis, Tier
from hub.core.report import VIETNAM_MS, Flow, Peak, ReportRows, Tally
from hub.store.sqlite.finding import first_from
from hub.store.sqlite.rows import KINDS, STATES, Row

# Both halves are read from an index alone, a sixth of the table.
_STATES: Final = (
    "SELECT recipient, kind, 0, count(*) FROM delivery WHERE state=0 GROUP BY recipient, kind UNION ALL "
    "SELECT recipient, kind, state, count(*) FROM delivery WHERE state<>0 GROUP BY recipient, kind, state"
)


def tallies(db: sqlite3.Connection) -> list[Tally]:
    # One read transaction: both queries see the same instant, or the ledger would show differences that never were.
    db.execute("BEGIN")
    try:
        given = db.execute("SELECT agency, direction, n FROM counter WHERE direction LIKE 'mailbox-%'").fetchall()
        counted = db.execute(_STATES).fetchall()
    finally:
        db.execute("COMMIT")
    states: dict[tuple[str, MessageKind], dict[DeliveryState, int]] = {}
    for recipient, kind, state, count in counted:
        states.setdefault((recipient, KINDS[kind]), {})[STATES[state]] = count
    accepted = {(agency, MessageKind(direction[len("mailbox-") :])): n for agency, direction, n in given}
    return [
        Tally(agency, kind, accepted.get((agency, kind), 0), states.get((agency, kind), {}))
        for agency, kind in sorted(states.keys() | accepted.keys())
    ]


# Of the index of waiting deliveries alone; numbers grow by time of acceptance.
_OLDEST: Final = (
    "SELECT -first.lane, m.accepted_at FROM (SELECT -lane AS lane, min(message) AS number "
    "FROM delivery INDEXED BY delivery_waiting WHERE state=0 AND kind=0 GROUP BY -lane) first "
    "JOIN message m ON m.number=first.number"
)


def oldest_waiting(db: sqlite3.Connection) -> dict[int, Millis]:
    return {row[0]: Millis(row[1]) for row in db.execute(_OLDEST).fetchall()}


_TIMES: Final = "m.accepted_at>=:since AND m.accepted_at<:until AND m.number>=:first AND m.number<:end"
_WINDOW: Final = f"m.kind=0 AND {_TIMES}"
_PEAK_MS: Final = {"second": 1_000, "minute": 60_000, "day": 86_400_000}
_PEAK: Final = (
    "SELECT count(*) AS documents, sum(fanout) FROM message m "
    f"WHERE {_WINDOW} GROUP BY (m.accepted_at + :zone) / :step ORDER BY documents DESC LIMIT 1"
)
_MAX_LATENCIES: Final = 100_000


def report(db: sqlite3.Connection, since: Millis, until: Millis) -> ReportRows:
    window: dict[str, int] = {"since": since, "until": until}

    def rows(sql: str, **more: int) -> list[Row]:
        return db.execute(sql, window | more).fetchall()

    db.execute("BEGIN")
    try:
        window |= {"first": first_from(db, since), "end": first_from(db, until)}
        totals = rows(
            "SELECT count(*), coalesce(sum(fanout), 0), coalesce(sum(verdict='VALID'), 0), coalesce(sum(size), 0), "
            f"min(accepted_at), max(accepted_at) FROM message m WHERE {_WINDOW}"
        )[0]
        statuses = rows(f"SELECT count(*) FROM message m WHERE kind=1 AND {_TIMES}")[0][0]
        peaks = {name: rows(_PEAK, step=step, zone=VIETNAM_MS) for name, step in _PEAK_MS.items()}
        sent = rows(
            f"SELECT a.tier, count(*) FROM message m JOIN agency a ON a.code=m.sender WHERE {_WINDOW} GROUP BY a.tier"
        )
        joined = (
            "FROM message m JOIN delivery d ON d.message=m.number JOIN agency s ON s.code=m.sender "
            f"JOIN agency r ON r.code=d.recipient WHERE {_WINDOW}"
        )
        flows = rows(f"SELECT s.tier, r.tier, count(*), sum(d.handed_at IS NOT NULL) {joined} GROUP BY s.tier, r.tier")
        agencies = rows("SELECT tier, count(*) FROM agency GROUP BY tier")
        active = rows(
            "SELECT a.tier, count(*) FROM agency a WHERE a.code IN ("
            f"SELECT m.sender FROM message m WHERE {_WINDOW} UNION "
            f"SELECT d.recipient FROM message m JOIN delivery d ON d.message=m.number WHERE {_WINDOW}) GROUP BY a.tier"
        )
        # Drawn here, not from the rows fetched: there are as many as deliveries, and anyone may ask.
        latencies = rows(
            "SELECT latency FROM (SELECT latency, row_number() OVER (ORDER BY latency) - 1 AS place FROM ("
            "SELECT d.handed_at - m.accepted_at AS latency FROM message m JOIN delivery d ON d.message=m.number "
            f"WHERE {_WINDOW} AND d.handed_at IS NOT NULL)) WHERE place % :every = 0 ORDER BY latency",
            every=max(1, -(-sum(handed for *_, handed in flows) // _MAX_LATENCIES)),
        )
    finally:
        db.execute("COMMIT")
    return ReportRows(
        documents=totals[0],
        deliveries=totals[1],
        signed=totals[2],
        statuses=statuses,
        bytes=totals[3],
        first_at=totals[4],
        last_at=totals[5],
        peaks={name: Peak(*found[0]) if found else Peak(0, 0) for name, found in peaks.items()},
        sent={Tier(tier): n for tier, n in sent},
        flows=[Flow(Tier(s), Tier(r), n, handed) for s, r, n, handed in flows],
        agencies={Tier(tier): n for tier, n in agencies},
        active={Tier(tier): n for tier, n in active},
        latencies=[row[0] for row in latencies],
    )
