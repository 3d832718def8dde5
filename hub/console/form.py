"""A form that a page of ours sent: its fields, and the one at which an error is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from hub.core import typed
from hub.core.errors import AxisError, BadRequest


@contextmanager
def at(field: str) -> Iterator[None]:
    """An error in here is told at this field of the form."""
    try:
        yield
    except AxisError as error:
        error.facts.setdefault("field", field)
        raise


class Form(NamedTuple):
    """The fields of a form as they came, each once."""

    fields: Mapping[str, str]

    def get(self, name: str, most: int = 1000) -> str:
        """Without blanks at both ends; BadRequest where it is longer than `most`."""
        value = self.fields.get(name, "").strip()
        typed.check({name: value})
        if len(value) > most:
            raise BadRequest(expected=f"at most {most} letters in {name}", found=str(len(value)), field=name)
        return value

    def need(self, name: str, most: int = 1000) -> str:
        """BadRequest where nothing stands there."""
        value = self.get(name, most)
        if not value:
            raise BadRequest(expected="something in this field", found="nothing", field=name)
        return value
