"""The events of a message: the 22 of ETSI EN 319 522, and ours, each with its URI.

The rule: where the standard has an event, it is used, under the standard's URI; a take-back, the field's statuses and
acts of operators and auditors have none there, and stand in a namespace of our own. A forwarded delivery is no event:
it is a reason given with SubmissionAcceptance.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

ETSI_EVENTS: Final = "http://uri.etsi.org/19522/Event/"
OWN_EVENTS: Final = "urn:truc:event:"


class Event(StrEnum):
    """The event; the value is the URI in `ERDSEventId`.

    The 22 of ETSI EN 319 522 (part 1 clause 6, URIs in table 2 of part 3), in its groups. The names were
    compared with a public profile that lists the whole table; the letters of the groups are from memory.
    """

    # A: submission
    SUBMISSION_ACCEPTANCE = ETSI_EVENTS + "SubmissionAcceptance"
    SUBMISSION_REJECTION = ETSI_EVENTS + "SubmissionRejection"
    # B: relay between services
    RELAY_ACCEPTANCE = ETSI_EVENTS + "RelayAcceptance"
    RELAY_REJECTION = ETSI_EVENTS + "RelayRejection"
    RELAY_FAILURE = ETSI_EVENTS + "RelayFailure"
    # C: acceptance or rejection by the recipient
    NOTIFICATION_FOR_ACCEPTANCE = ETSI_EVENTS + "NotificationForAcceptance"
    NOTIFICATION_FOR_ACCEPTANCE_FAILURE = ETSI_EVENTS + "NotificationForAcceptanceFailure"
    CONSIGNMENT_ACCEPTANCE = ETSI_EVENTS + "ConsignmentAcceptance"
    CONSIGNMENT_REJECTION = ETSI_EVENTS + "ConsignmentRejection"
    ACCEPTANCE_REJECTION_EXPIRY = ETSI_EVENTS + "AcceptanceRejectionExpiry"
    # D: consignment, its notification, access
    CONTENT_CONSIGNMENT = ETSI_EVENTS + "ContentConsignment"
    CONTENT_CONSIGNMENT_FAILURE = ETSI_EVENTS + "ContentConsignmentFailure"
    CONSIGNMENT_NOTIFICATION = ETSI_EVENTS + "ConsignmentNotification"
    CONSIGNMENT_NOTIFICATION_FAILURE = ETSI_EVENTS + "ConsignmentNotificationFailure"
    NOTIFICATION_DELIVERED = ETSI_EVENTS + "NotificationDelivered"
    NOTIFICATION_ACCESS_TRACKING = ETSI_EVENTS + "NotificationAccessTracking"
    CONTENT_ACCESS_TRACKING = ETSI_EVENTS + "ContentAccessTracking"
    # E: hand-over
    CONTENT_HANDOVER = ETSI_EVENTS + "ContentHandover"
    CONTENT_HANDOVER_FAILURE = ETSI_EVENTS + "ContentHandoverFailure"
    # F: to and from services that are not registered delivery
    RELAY_TO_NON_ERDS = ETSI_EVENTS + "RelayToNonERDS"
    RELAY_TO_NON_ERDS_FAILURE = ETSI_EVENTS + "RelayToNonERDSFailure"
    RECEIVED_FROM_NON_ERDS = ETSI_EVENTS + "ReceivedFromNonERDS"

    # Ours: take-back (NĐ 30/2020 Art. 18.4), the field's statuses, warnings, acts of operators and
    # auditors, and data of programmes that came by a sync service
    RECALL_REQUEST = OWN_EVENTS + "RecallRequest"
    RECALL_CONFIRMED = OWN_EVENTS + "RecallConfirmed"
    RECALL_REFUSED = OWN_EVENTS + "RecallRefused"
    BUSINESS_STATUS = OWN_EVENTS + "BusinessStatus"
    HANDOVER_WARNING = OWN_EVENTS + "HandoverWarning"
    DOCUMENT_LOOKED_AT = OWN_EVENTS + "DocumentLookedAt"
    EVIDENCE_EXPORTED = OWN_EVENTS + "EvidenceExported"
    RETENTION_APPLIED = OWN_EVENTS + "RetentionApplied"
    DATA_BROUGHT = OWN_EVENTS + "DataBrought"
    DIRECTORY_CHANGE = OWN_EVENTS + "DirectoryChange"

    short: str
    """`ContentHandover`: the part after the namespace."""

    def __new__(cls, uri: str) -> Event:
        event = str.__new__(cls, uri)
        event._value_ = uri
        event.short = uri.removeprefix(ETSI_EVENTS).removeprefix(OWN_EVENTS)
        return event


NEGATIVE: Final = frozenset(
    {
        Event.SUBMISSION_REJECTION,
        Event.RELAY_REJECTION,
        Event.RELAY_FAILURE,
        Event.NOTIFICATION_FOR_ACCEPTANCE_FAILURE,
        Event.CONSIGNMENT_REJECTION,
        Event.ACCEPTANCE_REJECTION_EXPIRY,
        Event.CONTENT_CONSIGNMENT_FAILURE,
        Event.CONSIGNMENT_NOTIFICATION_FAILURE,
        Event.CONTENT_HANDOVER_FAILURE,
        Event.RELAY_TO_NON_ERDS_FAILURE,
        Event.RECALL_REFUSED,
    }
)
"""Events that are against somebody, and so must say why."""
