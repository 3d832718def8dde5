"""States, kinds, verdicts and events in the language of the command: one table for all that people read."""

from __future__ import annotations

from hub.core.terms import PRIORITIES, compared, pick, term

__all__ = ["PRIORITIES", "compared", "pick", "term"]
