"""The agency directory: the right to send, the recipients, and the way of a document whose addressee has ended.

The `Directory` itself is a snapshot of valid entries (`snapshot`). `route` obeys these rules:

1. The sender is registered, valid on the day and not suspended; else nothing is sent.
2. A recipient is the agency that the code as written names, in either code system.
3. Where its validity has ended, its successor stands in, and the successor's successor: the delivery says
   from where it was forwarded. So the reorganisations of 2025 are data, not code.
4. The agency that then stands there must be valid on the day, not suspended, and not the sender itself.
5. Two addressees that turn out to be the same agency are one delivery, at the place of the first.
6. If one recipient cannot be served, none is: the refusal names all of them, each with its reason.
7. The tier policy allows the pair of tiers (QĐ 28/2018: all four exchange directly, unless told otherwise).

Not decided by `route`: whether the caller may speak for the sender (`may_act_for`), whether the document is
genuine (`trust`).

The documents that an agency received and sent before it ended stay under its name; its successor stands in its place
(`stands_for`): it sees, fetches, answers and takes back, under its own key, and all evidence of that names both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from hub.core.directory.snapshot import ANYONE, Directory, TierPolicy, WhileSuspended, active
from hub.core.errors import SenderNotAllowed, Text, TierForbidden, UndeliverableRecipients
from hub.core.model import Agency, Millis, Tier, vietnam_date

__all__ = [
    "ANYONE",
    "REASON_TEXT",
    "Acting",
    "Directory",
    "Reason",
    "Route",
    "Routed",
    "TierPolicy",
    "WhileSuspended",
    "acting_for",
    "active",
    "heir",
    "may_act_for",
    "predecessors",
    "represented",
    "route",
    "sending",
    "settle",
    "stands_for",
]


class Reason(StrEnum):
    """Why a recipient cannot be served."""

    UNKNOWN = "unknown"
    SUSPENDED = "suspended"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED_WITHOUT_SUCCESSOR = "expired_without_successor"
    SUCCESSOR_LOOP = "successor_loop"
    SELF = "self"


REASON_TEXT: Final[Mapping[Reason, Text]] = {
    Reason.UNKNOWN: Text("Mã không có trong danh mục", "The code is not in the directory"),
    Reason.SUSPENDED: Text("Đơn vị đang tạm ngừng", "The agency is suspended"),
    Reason.NOT_YET_VALID: Text("Đơn vị chưa có hiệu lực", "The agency is not valid yet"),
    Reason.EXPIRED_WITHOUT_SUCCESSOR: Text(
        "Đơn vị đã hết hiệu lực, không có đơn vị kế thừa", "The agency has ended and has no successor"
    ),
    Reason.SUCCESSOR_LOOP: Text("Quan hệ kế thừa đi vòng tròn", "Its successors lead back to it"),
    Reason.SELF: Text("Nơi nhận chính là nơi gửi", "The recipient is the sender itself"),
}


class Routed(msgspec.Struct, frozen=True):
    """One delivery.

    `asked` is the code as written; `forwarded_from` the code of the ended agency that it named, else empty;
    `also_asked` the further codes of the same message that led to the same agency.
    """

    recipient: Agency
    asked: str
    forwarded_from: str = ""
    also_asked: tuple[str, ...] = ()


class Route(msgspec.Struct, frozen=True):
    sender: Agency
    deliveries: tuple[Routed, ...]


def route(directory: Directory, sender_code: str, recipient_codes: Sequence[str], on: date) -> Route:
    """Resolve a message's sender and recipients on a day, by the numbered rules above.

    Raises SenderNotAllowed, UndeliverableRecipients (also for no recipient at all), TierForbidden.
    """
    sender = _sender(directory, sender_code, on)
    deliveries: dict[str, Routed] = {}
    refused: dict[str, Reason] = {}
    for asked in dict.fromkeys(recipient_codes):
        end = settle(directory.get, asked, on)
        if isinstance(end, Reason):
            refused[asked] = end
        elif end.code == sender.code:
            refused[asked] = Reason.SELF
        else:
            _place(deliveries, directory[asked], asked, end)
    if refused or not deliveries:
        raise UndeliverableRecipients(
            expected="" if refused else "1..n To/OrganId",
            found=", ".join(f"{code} ({reason})" for code, reason in refused.items()),
            recipients={code: reason.value for code, reason in refused.items()},
        )
    _check_tiers(directory.policy, sender, deliveries.values())
    return Route(sender, tuple(deliveries.values()))


def settle(get: Callable[[str], Agency | None], asked: str, on: date) -> Agency | Reason:
    """Rules 2 to 4: the agency that receives on that day the documents addressed to `asked`, or why nobody does."""
    agency = get(asked)
    passed: set[str] = set()
    while agency is not None and agency.valid_to is not None and agency.valid_to < on:
        if agency.code in passed:
            return Reason.SUCCESSOR_LOOP
        passed.add(agency.code)
        if not agency.successor:
            return Reason.EXPIRED_WITHOUT_SUCCESSOR
        agency = get(agency.successor)
    if agency is None:
        return Reason.UNKNOWN
    if agency.suspended:
        return Reason.SUSPENDED
    return agency if active(agency, on) else Reason.NOT_YET_VALID


def _place(deliveries: dict[str, Routed], named: Agency, asked: str, recipient: Agency) -> None:
    first = deliveries.get(recipient.code)
    if first is None:
        forwarded_from = "" if named.code == recipient.code else named.code
        deliveries[recipient.code] = Routed(recipient, asked, forwarded_from)
    else:
        deliveries[recipient.code] = msgspec.structs.replace(first, also_asked=(*first.also_asked, asked))


def _sender(directory: Directory, code: str, on: date) -> Agency:
    sender = directory.get(code)
    if sender is None:
        raise SenderNotAllowed(found=f"{code} ({Reason.UNKNOWN})", sender=code, reason=Reason.UNKNOWN.value)
    if sender.suspended:
        raise SenderNotAllowed(found=f"{code} ({Reason.SUSPENDED})", sender=code, reason=Reason.SUSPENDED.value)
    if not active(sender, on):
        span = f"{sender.valid_from or '…'} – {sender.valid_to or '…'}"
        reason = "expired" if sender.valid_to is not None and sender.valid_to < on else Reason.NOT_YET_VALID.value
        raise SenderNotAllowed(
            expected=span, found=f"{code} {on}", sender=code, reason=reason, successor=sender.successor
        )
    return sender


def _check_tiers(policy: TierPolicy, sender: Agency, deliveries: Iterable[Routed]) -> None:
    forbidden = {d.asked: d.recipient.tier for d in deliveries if (sender.tier, d.recipient.tier) not in policy.allowed}
    if forbidden:
        raise TierForbidden(
            expected=f"{sender.tier} → " + ", ".join(to for to in Tier if (sender.tier, to) in policy.allowed),
            found=", ".join(f"{code} ({sender.tier} → {tier})" for code, tier in forbidden.items()),
            recipients={code: tier.value for code, tier in forbidden.items()},
        )


class Acting(NamedTuple):
    """In whose place a caller acts: `agency`, and the ended ones, `inherited`, whose mailboxes that one took over.
    `heir`: the successor in whose right, where `agency` has ended; empty where the caller is `agency` or its centre."""

    agency: Agency
    heir: str
    inherited: tuple[str, ...]

    @property
    def boxes(self) -> list[str]:
        """Its mailbox, and those that it took over."""
        return [self.agency.code, *self.inherited]


def may_act_for(directory: Directory, caller_code: str, agency_code: str) -> bool:
    """Whether a caller may send and fetch for an agency: it is the agency itself, or its registered centre.

    By either code of each. An ended agency's centre still may: somebody must fetch the documents that wait in its
    mailbox. A suspended one's may read, where the policy says so; a document sent in its name is refused under any
    signature.
    """
    caller, agency = directory.get(caller_code), directory.get(agency_code)
    if caller is None or agency is None:
        return False
    if caller.code == agency.code:
        return True
    return caller.code == agency.centre and (
        not agency.suspended or directory.policy.suspended is WhileSuspended.CENTRE
    )


def sending(directory: Directory, caller_code: str, agency_code: str) -> Agency:
    """The agency in whose name a caller sends; SenderNotAllowed where it may not, or nobody may."""
    agency = directory.get(agency_code)
    if agency is None or not may_act_for(directory, caller_code, agency.code):
        raise SenderNotAllowed(expected=f"{caller_code} or an agency that it acts for", found=agency_code)
    if agency.suspended:  # for statuses, which `route` does not see
        raise SenderNotAllowed(expected="an agency that is not suspended", found=agency_code)
    return agency


def stands_for(directory: Directory, caller_code: str, agency_code: str, on: date) -> bool:
    """Whether a caller may read, sign and answer in an agency's place on a day: as it may act for it, or as its heir.
    It sends nothing new in the name of an ended one."""
    return may_act_for(directory, caller_code, agency_code) or bool(heir(directory, caller_code, agency_code, on))


def acting_for(directory: Directory, caller_code: str, agency_code: str, at: Millis) -> Acting | None:
    """How a caller stands for an agency at that time; None where it does not. With the same directory it still does at
    any later time, for an end is final."""
    agency, on = directory.get(agency_code), vietnam_date(at)
    if agency is None:
        return None
    itself = may_act_for(directory, caller_code, agency.code)
    successor = "" if itself else heir(directory, caller_code, agency.code, on)
    return Acting(agency, successor, predecessors(directory, agency.code, on)) if itself or successor else None


def heir(directory: Directory, caller_code: str, agency_code: str, on: date) -> str:
    """The successor of an agency that has ended by that day, or of its successor, that the caller is or acts for; empty
    for none."""
    agency = directory.get(agency_code)
    if agency is None or _closed(directory, agency):
        return ""
    passed: set[str] = set()
    while agency is not None and _ended(agency, on) and agency.code not in passed:
        passed.add(agency.code)
        agency = directory.get(agency.successor) if agency.successor else None
        if agency is not None and may_act_for(directory, caller_code, agency.code):
            return agency.code
    return ""


def predecessors(directory: Directory, code: str, on: date) -> tuple[str, ...]:
    """The agencies that have ended by that day and whose line of successors comes to `code`, the nearest first."""
    found: dict[str, None] = {}
    line = [code]
    while line:
        for agency in directory.succeeded(line.pop(0)):
            if _ended(agency, on) and agency.code not in found and agency.code != code:
                found[agency.code] = None
                line.append(agency.code)
    return tuple(one for one in found if not _closed(directory, directory[one]))


def represented(directory: Directory, caller_code: str, on: date) -> tuple[str, ...]:
    """Every agency in whose place the caller stands (`stands_for`): itself, those whose centre it is, and those that
    any of these took over."""
    acting = [agency.code for agency in directory.acts_for(caller_code)]
    own = [code for code in (caller_code, *acting) if may_act_for(directory, caller_code, code)]
    return tuple(dict.fromkeys([*own, *(one for code in own for one in predecessors(directory, code, on))]))


def _ended(agency: Agency, on: date) -> bool:
    return agency.valid_to is not None and agency.valid_to < on


def _closed(directory: Directory, agency: Agency) -> bool:
    return agency.suspended and directory.policy.suspended is WhileSuspended.CLOSED
