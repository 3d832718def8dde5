"""The program `truc`: makes sure that `hub` and `clients` are ours, then hands over to `hub.cli.main`.

Other distributions use these import names too, and an installer overwrites one with the other without a word. This
module stands outside of both packages, so it can say what happened; it imports nothing else.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

_TEXTS = {
    "vi": "Gói Python “{name}” tại {place} không phải của truc mà của phần mềm khác trùng tên: hãy cài truc trong "
    "môi trường riêng (pipx install hoặc uv tool install).",
    "en": "The Python package “{name}” at {place} belongs to other software of the same name, not to truc: install "
    "truc into an environment of its own (pipx install or uv tool install).",
}
_USAGE = 2


def _language() -> str:
    names = ("TRUC_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((value for name in names if (value := os.environ.get(name))), "")
    return "vi" if chosen.lower().startswith("vi") else "en"


def _stranger() -> tuple[str, str] | None:
    """Name and place of the first package that is not ours."""
    for name in ("hub", "clients"):
        try:
            package = import_module(name)
        except Exception:  # whatever somebody else's code does when it is imported
            return name, "?"
        if getattr(package, "DISTRIBUTION", None) != "truc":
            return name, str(getattr(package, "__file__", None) or next(iter(package.__path__), "?"))
    return None


def main() -> None:
    if (stranger := _stranger()) is not None:
        name, place = stranger
        # stderr shows a letter that it lacks by its number; a path of somebody else's is shown in ASCII.
        sys.stderr.write(_TEXTS[_language()].format(name=name, place=ascii(place)[1:-1]) + "\n")
        sys.exit(_USAGE)
    import_module("hub.cli.main").main()


if __name__ == "__main__":
    main()
