from __future__ import annotations

from tests.routes.conftest import web

__all__ = ["web"]
