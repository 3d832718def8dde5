"""Settings of the programmes."""

from __future__ import annotations

import msgspec

from hub.base.setting_types import FilePath


class ProgrammeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """lists: folder with `procedures.csv`, `essential.csv`, or both, in the place of those that are shipped
    (hub/programmes/onestop); with other lists all cases are derived again; empty = the shipped ones."""

    lists: FilePath = ""
