"""The bounds of the process that sets a page."""

from __future__ import annotations

from typing import Final

MEMORY: Final = 2 * 1024 * 1024 * 1024
"""Of addresses, of which most are reserved by threads and never used."""
SECONDS: Final = 20
"""Of processor."""
