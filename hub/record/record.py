"""What the verbs of the axis, and what the hub does on its own account, stand on."""

from __future__ import annotations

from typing import NamedTuple

from hub.base.timekeeper import Timekeeper
from hub.record.sequencer import Recorder
from hub.store import Store
from hub.store.blobs import Blobs


class Record(NamedTuple):
    """The store and the bytes beside it, who records, and by which clock. In a front process `recorder` is the way to
    the hub's."""

    store: Store
    blobs: Blobs
    recorder: Recorder
    clock: Timekeeper
