"""The section `[limits]` of the settings: the shares of callers, and the bounds of what one call may hold or take."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.base.setting_types import Bytes, Count, Seconds


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One caller's part of the shared resources, and how much there is of it. Each member's text names its bound."""

    document_bytes: Annotated[int, msgspec.Meta(ge=1_000, le=1 << 30)] = 64 * 1024 * 1024
    """A message with its attachments."""
    inline_bytes: Bytes = 64 * 1024
    """Above it a message is kept in a file."""
    body_seconds: Seconds = 30.0
    """How long a body may take, in either direction, plus its size over `body_bytes_per_second`."""
    body_bytes_per_second: Bytes = 64 * 1024
    """The least rate of a sender, and of a reader."""
    header_seconds: Seconds = 15.0
    """Within which a request's header is complete, from connecting or from the answer before; so also how long an idle
    connection is kept."""
    requests_per_second: Count = 2_000
    """Of one caller, on average."""
    burst: Count = 4_000
    """Requests of one caller at once, above the average."""
    connections: Count = 16_384
    """Of all callers."""
    connections_per_address: Count = 12_288
    """Of one address (IPv6: one /64), large enough for a proxy with thousands of agencies behind it."""
    calls_at_once: Count = 1_024
    """Of one caller."""
    tokens_per_minute: Count = 300
    """New ones, of one caller."""
    anonymous_per_second: Count = 500
    """Calls without a token, of one address, on average."""
    anonymous_burst: Count = 5_000
    """Calls without a token, of one address at once."""
    numbers_per_hour: Count = 300
    """Questions after a result by its number alone, of one caller or one address, a third of them at once; strangers
    together have forty times as many."""
    caller_ms_per_second: Count = 500
    """Milliseconds of the processor that one caller's calls may take in one process, on average."""
    caller_ms_burst: Count = 10_000
    """Milliseconds of the processor that one caller may take at once."""
    stranger_ms_per_second: Count = 200
    """Milliseconds of the processor for all calls without a token together, on average; half of it for one address."""
    stranger_ms_burst: Count = 2_000
    """The same at once."""
    bytes_per_second: Bytes = 16 * 1024 * 1024
    """Of one caller, received and sent each, on average."""
    bytes_burst: Bytes = 512 * 1024 * 1024
    """Bytes of one caller at once, received and sent each."""
    bodies_in_memory: Bytes = 256 * 1024 * 1024
    """Bytes of all bodies under way that are held in memory."""
    bodies_in_spool: Bytes = 4 * 1024 * 1024 * 1024
    """Bytes of all bodies under way that are held in files."""
    bodies_per_caller: Bytes = 512 * 1024 * 1024
    """Bytes of one caller's bodies under way."""
    batch_items: Count = 256
    """Messages in one call."""
    batch_bytes: Bytes = 64 * 1024 * 1024
    """Of all messages in one call."""
    submissions: Count = 1_024
    """Under way at once, urgent ones counted by themselves, and as many whose bytes wait; above it, agencies that have
    less than an equal share are let in."""
    abreast: Count = 4
    """Submissions of one agency that are examined and recorded side by side."""
    fetch_bytes: Bytes = 1024 * 1024
    """Of small documents in one answer of a fetch that asks for their content."""
    batch: Count = 256
    """Most submissions in one transaction."""
    queue: Count = 4_096
    """Most that wait for a transaction; beyond it is 429."""
    large_bytes: Bytes = 256 * 1024
    """Above it a message is admitted in a process of its own."""
    large_workers: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    """Most of those processes, each with one message at a time; 0 = one less than there are processors, one to four."""
    large_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 30
    """The longest that a message may take there, else it is refused."""
    recipients: Count = 12_000
    """Of one document."""
    leases: Count = 1_000
    """That the workers of one agency hold at once."""
    refusals_per_hour: Count = 1_000
    """Of one agency that are put on record; beyond it 429, and valid messages are accepted all the same."""
    answers_in_memory: Bytes = 256 * 1024 * 1024
    """Bytes of all answers that were not read yet, those without a token at most half."""
    answers_per_caller: Bytes = 64 * 1024 * 1024
    """Bytes of one caller's answers that were not read yet, or of one address without a token."""
    exports: Count = 32
    """Bundles of evidence, from being asked for to their last byte."""
    exports_per_caller: Count = 2
    """Bundles of one caller's."""
