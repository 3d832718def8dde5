"""No test depends on the day: what the real clock judges is marked, and runs on other days too (`tests.any_day`)."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parent


def test_every_test_that_shakes_hands_runs_on_other_days_too() -> None:
    """OpenSSL judges certificates by the real clock, and takes no other."""
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        marked = "pytest.mark.real_clock" in path.read_text("utf-8")
        assert marked or "ssl" not in imported or path == Path(__file__), path


def test_the_days_reach_past_every_certificate() -> None:
    """A certificate of an agency lasts two years: a guard within them would see nothing expire."""
    from hub.pki.issue import AGENCY
    from tests.any_day import DAYS

    assert max(int(day.strip("+-d")) for day in DAYS if day.startswith("+")) > AGENCY.days
