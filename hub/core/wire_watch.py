"""Answers to operators about agencies and the hub, as records of the wire: no word of a document is among them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.core.wire import Wire

Count = Annotated[int, msgspec.Meta(ge=0)]


class LaneWaiting(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Documents that wait in one lane: how many, since when the first, when the first expires."""

    lane: int
    documents: Count
    oldest: str
    expires_at: str = ""


class Link(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One link between the hub and an agency's people. `unknown`: it lies behind a broken one. `at`: last used."""

    link: Literal["entry", "token", "fetch", "acknowledge", "webhooks"]
    state: Literal["holds", "broken", "unknown"]
    at: str = ""


class CertificateLeft(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One that counts today, by its SHA-256. `days` left: whole ones, below 0 when it has ended."""

    sha256: str
    ends: str
    days: int


class HooksHealth(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Endpoints of the agency's webhooks."""

    endpoints: Count = 0
    failing: Count = 0
    disabled: Count = 0
    failing_since: str = ""


class AgencyHealth(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Why an agency does not fetch. `vi`, `en`: one sentence, the broken link first; `broken`: its code, empty where
    documents flow. Times are empty where nothing was seen since the hub remembers. `denied`, `denial`: when a caller
    that named itself by its code got no token, and why; that was proved by nobody. `lists_until`: until when the hub's
    last revocation list is believed; `lists_age_hours`: how old the newest is."""

    agency: str
    name: str
    at: str
    vi: str
    en: str
    broken: str = ""
    links: list[Link]
    token: str = ""
    fetched: str = ""
    acknowledged: str = ""
    refused: str = ""
    refusal: str = ""
    denied: str = ""
    denial: str = ""
    suspended: bool = False
    valid_to: str = ""
    successor: str = ""
    certificates: tuple[CertificateLeft, ...] = ()
    lists_until: str = ""
    lists_age_hours: Annotated[int, msgspec.Meta(ge=-1)] = -1
    waiting: tuple[LaneWaiting, ...] = ()
    documents: Count = 0
    oldest: str = ""
    leases: Count = 0
    streams: Count = 0
    webhooks: HooksHealth = HooksHealth()


class Silent(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An agency that was not heard of. `last`: when it last was, empty where nobody remembers; of its waiting
    documents how many, how many urgent, since when the first."""

    agency: str
    name: str
    last: str = ""
    documents: Count = 0
    urgent: Count = 0
    oldest: str = ""


class SilentAgencies(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`total`: in all; `cursor`: to go on with, empty at the end."""

    items: list[Silent]
    since: str
    total: Count
    cursor: str = ""


class AttentionItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`what`: stable; `rank` 1 to 7, the gravest first; `vi`, `en`: the matter in words; `do_vi`, `do_en`: the next
    step. `since` when it is so, or `until` when there is time; `agencies`: the first few of `of`."""

    what: str
    rank: Annotated[int, msgspec.Meta(ge=1, le=7)]
    severity: Literal["critical", "warning", "info"]
    count: int
    vi: str
    en: str
    do_vi: str
    do_en: str
    since: str = ""
    until: str = ""
    agencies: tuple[str, ...] = ()
    of: Count = 0
    lane: int = 0
    why: str = ""


class AttentionList(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The most urgent work first, as it was found at `at`."""

    items: list[AttentionItem]
    at: str


class StandingAlert(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`raised`: when; `since`: since when the matter is so; `notices`: how often it was told or is about to be;
    `told_at`: when last; `mailed`: whether the mail server took the last of them."""

    code: str
    severity: Literal["critical", "warning", "info"]
    vi: str
    en: str
    do_vi: str
    do_en: str
    raised: str
    since: str
    told_at: str
    notices: Count
    count: int
    agencies: tuple[str, ...] = ()
    of: Count = 0
    mailed: bool = False


class StandingAlerts(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Those that are not over. `mail`: whether the settings name a mail server; `mail_failure`: why it did not take the
    last mail; `webhooks`: endpoints of the operator's that are told."""

    items: list[StandingAlert]
    mail: bool
    webhooks: Count
    mail_failure: str = ""


class AlertsTested(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of a test: to how many addresses a mail went, why it did not, to how many endpoints it goes."""

    mailed: Count
    webhooks: Count
    mail_failure: str = ""
