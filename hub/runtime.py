"""What every process of ours begins with: a clock, an event loop, a log."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Coroutine
from typing import Any

import structlog

from hub.core.model import Millis

try:
    from uvloop import run as _run
except ImportError:
    _run = asyncio.run  # type: ignore[assignment]


def system_clock() -> Millis:
    return Millis(time.time_ns() // 1_000_000)


def run(main: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one."""
    _run(main)


def configure_logging(level: str | int) -> None:
    """JSON lines on standard error; identifiers and digests only, never a payload."""
    number = level if isinstance(level, int) else getattr(logging, level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
