from __future__ import annotations

from tests.exchange.conftest import axis, brief

__all__ = ["axis", "brief"]
