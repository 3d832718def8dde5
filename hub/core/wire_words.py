"""Words that the HTTP interface uses again and again, with all that each may be: states, kinds, verdicts, tiers.

A decoder takes any word: a later hub may know one more than this client, and an answer is not lost for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec

from hub.core import errors, model


def _one_of(title: str, values: Iterable[str]) -> msgspec.Meta:
    """A member that is empty is left out, so empty is none of the values."""
    return msgspec.Meta(title=title, extra_json_schema={"enum": sorted(values)})


def _number_of(kind: type[IntEnum]) -> msgspec.Meta:
    names = [member.name for member in kind]
    return msgspec.Meta(
        title=kind.__name__, extra_json_schema={"enum": [int(k) for k in kind], "x-enum-varnames": names}
    )


def _word_of(kind: type[StrEnum]) -> msgspec.Meta:
    return _one_of(kind.__name__, [member.value for member in kind])


Kind = Annotated[str, _word_of(model.MessageKind)]
Business = Annotated[int, _number_of(model.Business)]
Priority = Annotated[int, _number_of(model.Priority)]
Tier = Annotated[str, _word_of(model.Tier)]
State = Annotated[str, _word_of(model.DeliveryState)]
Status = Annotated[str, _word_of(model.StatusCode)]
Verdict = Annotated[str, _word_of(errors.Verdict)]
EventName = Annotated[str, msgspec.Meta(title="EvidenceEvent")]
"""Which there are, the room of evidence says; it is told where the interface is described."""
Fault = Annotated[str, _word_of(errors.Fault)]
Severity = Annotated[str, _word_of(errors.Severity)]
SignaturePolicy = Annotated[str, _word_of(model.SignaturePolicy)]
SignatureProfile = Annotated[str, _word_of(model.SignatureProfile)]
