"""The section `[alerts]` of the settings: from where on somebody is told, how, and how often."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.core.attention import Bounds

_Address = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\Z", max_length=320)]
_Path = Annotated[str, msgspec.Meta(max_length=4_096, extra={"path": True})]
_Hours = Annotated[float, msgspec.Meta(ge=0.01, le=8_760.0)]


class AlertSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Alerts, and the people they are told. Each member names its bound."""

    enabled: bool = True
    """Whether the hub raises alerts; false = `truc attention` and the metrics tell all the same."""
    check_seconds: Annotated[float, msgspec.Meta(ge=1.0, le=3_600.0)] = 60.0
    """Between two looks."""
    settle_minutes: Annotated[float, msgspec.Meta(ge=0.0, le=1_440.0)] = 5.0
    """An alert is over when its cause was not found for so long."""
    repeat_hours: _Hours = 24.0
    """After which one that goes on is told again."""
    webhooks: bool = True
    """Tell the operator's own endpoints (`truc webhooks add --as operator`)."""
    smtp_host: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.:_-]{0,255}\Z")] = ""
    """The mail server; empty = no mail."""
    smtp_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    """Of the mail server."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """none: in clear, without a name and a password, for a mail server on the same machine."""
    smtp_ca: _Path = ""
    """PEM of the authorities that the mail server's certificate is held against; empty = the system's."""
    smtp_user: Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]{0,255}\Z")] = ""
    """Name to log in with; empty = without."""
    smtp_password_file: _Path = ""
    """File with its password, readable for the hub alone."""
    smtp_seconds: Annotated[float, msgspec.Meta(ge=0.1, le=120.0)] = 20.0
    """The longest that a mail may take."""
    mail_from: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255})?\Z")] = ""
    """Sender of mails."""
    mail_to: Annotated[tuple[_Address, ...], msgspec.Meta(max_length=50)] = ()
    """Addresses that get them."""
    urgent_minutes: Annotated[float, msgspec.Meta(ge=1.0, le=1_440.0)] = 15.0
    """That an express document may wait; one for a set hour a third of it."""
    silent_hours: _Hours = 24.0
    """That an agency may leave any document waiting."""
    backlog: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 0
    """Documents that may wait in all mailboxes together; 0 = however many."""
    disk_free_mb: Annotated[int, msgspec.Meta(ge=0, le=1 << 30)] = 1_024
    """Less is free where the record is kept; at `health.disk_free_mb` the hub says that it is not ready."""
    certificate_days: Annotated[float, msgspec.Meta(ge=0.0, le=3_650.0)] = 30.0
    """Before a certificate ends: the hub's, a CA's, or an agency's last one."""
    crl_hours: Annotated[float, msgspec.Meta(ge=0.0, le=8_760.0)] = 48.0
    """Before a revocation list is no longer believed."""
    refusals: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 20
    """Of one code or one agency within an hour, where that is also more than three times as many as usual."""
    traffic: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] = 200
    """Messages of one agency within an hour, where that is also more than three times as many as usual."""

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            urgent=int(self.urgent_minutes * 60_000),
            silent=int(self.silent_hours * 3_600_000),
            backlog=self.backlog,
            disk=self.disk_free_mb * 1024 * 1024,
            certificate=int(self.certificate_days * 86_400_000),
            crl=int(self.crl_hours * 3_600_000),
            refusals=self.refusals,
            traffic=self.traffic,
        )
