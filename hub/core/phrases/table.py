"""Every phrase of an error, in one table."""

from __future__ import annotations

from typing import Final

from hub.core.phrases import Phrases
from hub.core.phrases.calls import CALLS
from hub.core.phrases.proofs import PROOFS
from hub.core.phrases.signatures import SIGNATURES

EXPECTED_FOUND: Final = Phrases(CALLS, PROOFS, SIGNATURES)
