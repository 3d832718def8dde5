"""Every phrase of an error, in one table."""

from __future__ import annotations

from typing import Final

from hub.core.phrases import Phrases
from hub.core.phrases.calls import CALLS
from hub.core.phrases.dossiers import DOSSIERS
from hub.core.phrases.misfit import MISFIT
from hub.core.phrases.proofs import PROOFS
from hub.core.phrases.reporting import REPORTING
from hub.core.phrases.results import RESULTS
from hub.core.phrases.riding import RIDING
from hub.core.phrases.signatures import SIGNATURES
from hub.core.phrases.xml import XML

TABLES: Final = (CALLS, PROOFS, SIGNATURES, RIDING, REPORTING, RESULTS, DOSSIERS, MISFIT, XML)
EXPECTED_FOUND: Final = Phrases(*TABLES)
