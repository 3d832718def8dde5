"""The ground of the axis' verbs and of the hub's own work."""

from __future__ import annotations

from typing import NamedTuple

from hub.base.timekeeper import Timekeeper
from hub.record.sequencer import Recorder
from hub.store import Store
from hub.store.blobs import Blobs


class Record(NamedTuple):
    """The store and the bytes beside it, the recorder, and the clock. In a front process `recorder` is the way to the
    hub's."""

    store: Store
    blobs: Blobs
    recorder: Recorder
    clock: Timekeeper
