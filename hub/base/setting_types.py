"""Types of settings. Each carries both bounds: inside them a setting works, outside it is refused by name."""

from __future__ import annotations

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Bytes = Annotated[int, msgspec.Meta(ge=1, le=1 << 40)]
Seconds = Annotated[float, msgspec.Meta(ge=0.001, le=86_400.0)]
Hours = Annotated[float, msgspec.Meta(ge=0.000_01, le=87_600.0)]
Hours5 = tuple[Hours, Hours, Hours, Hours, Hours]
ShortText = Annotated[str, msgspec.Meta(max_length=4_096)]
FilePath = Annotated[str, msgspec.Meta(max_length=4_096, extra={"path": True})]
"""Of a file or folder; one that is relative is looked for beside the settings file."""
