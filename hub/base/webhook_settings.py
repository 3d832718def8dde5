"""The section `[webhooks]` of the settings: messages that the hub sends by itself, where they go, how long it tries."""

from __future__ import annotations

from typing import Annotated

import msgspec

_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
_Seconds = Annotated[float, msgspec.Meta(ge=0.001, le=864_000.0)]
_Text = Annotated[str, msgspec.Meta(max_length=64)]
_Path = Annotated[str, msgspec.Meta(max_length=4_096, extra={"path": True})]


class WebhookSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Messages that the hub sends by itself to addresses that agencies registered. Each member names its bound."""

    enabled: bool = True
    """Whether webhooks can be registered and are sent; false = neither, and registered ones rest."""
    networks: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=256)] = ()
    """Ranges (10.0.0.0/8) that may be reached beside public addresses, for closed networks; link-local ones and where
    clouds tell secrets stay shut."""
    ports: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=65535)], ...], msgspec.Meta(max_length=64)] = (443,)
    """Ports that an address may name."""
    plain: bool = False
    """Allow http, any port, and this very machine: for a laboratory."""
    proxy: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s@]{1,2000})?\Z")] = ""
    """Through which everything is sent; then names are resolved, and addresses judged, by the proxy."""
    tls_ca: _Path = ""
    """PEM of the authorities that receivers' certificates are held against; empty = the system's."""
    per_agency: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8
    """Endpoints of one agency."""
    connections: Annotated[int, msgspec.Meta(ge=4, le=1_024)] = 64
    """Under way at once; a quarter of them for endpoints that fail or are slow."""
    per_second: _Count = 200
    """Sent by the hub, on average, so that a circular to all does not take the processor from callers."""
    timeout_seconds: Annotated[float, msgspec.Meta(ge=0.1, le=60.0)] = 10.0
    """From looking up the name to the head of the answer."""
    retry_seconds: Annotated[tuple[_Seconds, ...], msgspec.Meta(min_length=1, max_length=32)] = (
        5.0,
        300.0,
        1_800.0,
        7_200.0,
        18_000.0,
        36_000.0,
        50_400.0,
        72_000.0,
        86_400.0,
    )
    """Pauses after failures in a row, each drawn a fifth longer or shorter; the last one repeats."""
    disable_days: Annotated[float, msgspec.Meta(ge=0.01, le=365.0)] = 5.0
    """An endpoint that took nothing for so long is disabled, until it passes a test."""
    replay_days: Annotated[float, msgspec.Meta(ge=0.01, le=3_650.0)] = 30.0
    """How far back events are sent again."""
    overlap_hours: Annotated[float, msgspec.Meta(ge=0.0, le=8_760.0)] = 24.0
    """How long after a rotation the old secret signs too."""
    tests_per_hour: _Count = 60
    """Challenges that one agency may have sent."""
