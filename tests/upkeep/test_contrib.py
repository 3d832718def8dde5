"""The rules for Prometheus and the dashboard for Grafana speak of metrics and labels that a hub has, and name no
agency."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from hub.base.metrics import Metrics
from hub.core.attention import What
from tests.support.axis import SON_LA, VPCP
from tests.support.web import a_web

CONTRIB: Final = Path(__file__).resolve().parents[2] / "contrib"
RULES: Final = CONTRIB / "prometheus" / "truc-rules.yml"
DASHBOARD: Final = CONTRIB / "grafana" / "truc-overview.json"
NAME: Final = re.compile(r"\b(truc_[a-z0-9_]+)\s*(?:\{([^}]*)\})?")
MATCHER: Final = re.compile(r'([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPING: Final = re.compile(r"\bby \(([^)]*)\)")
OF_PROMETHEUS: Final = {"instance", "job", "le"}


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])
    for variable in json.loads(DASHBOARD.read_text("utf-8"))["templating"]["list"]:
        yield from [variable["query"]] if variable["type"] == "query" else []


def labels() -> dict[str, set[str]]:
    """Every name that a hub's metrics have in PromQL, with its labels."""
    found: dict[str, set[str]] = {}
    for metric in vars(Metrics()).values():
        if not hasattr(metric, "_labelnames"):
            continue
        name = metric._name
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(metric._type, ("",))
        found |= {f"{name}{suffix}": set(metric._labelnames) for suffix in suffixes}
    return found


@pytest.mark.parametrize("expression", list(expressions()))
def test_every_metric_and_label_is_one_of_the_hubs(expression: str) -> None:
    known = labels()
    named = NAME.findall(expression)
    assert named or expression.startswith("up{")
    used = set()
    for name, matchers in named:
        assert name in known
        for label, _, value in MATCHER.findall(matchers):
            assert label in known[name] | OF_PROMETHEUS
            assert label != "what" or value in set(What)
        used |= known[name]
    for group in GROUPING.findall(expression):
        assert {label.strip() for label in group.split(",")} <= used | OF_PROMETHEUS
    assert expression.count("(") == expression.count(")")


async def test_they_are_in_what_a_hub_tells_and_no_label_is_an_agency(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        await web.send(VPCP, SON_LA)
        await web.hub.alerts.look()
        text = (await web.get("/metrics")).body.decode()
    families = set(re.findall(r"^# TYPE (truc_\w+) ", text, re.MULTILINE))
    for expression in expressions():
        for name, _ in NAME.findall(expression):
            assert families & {name, re.sub(r"_(bucket|sum|count)\Z", "", name)}, name
    told = set(re.findall(r"[{,](\w+)=", text))
    assert not told & {"agency", "sender", "recipient", "code_of"}
    assert not [code for code in (VPCP, SON_LA) if code in text]


def test_each_rule_says_what_to_do_in_both_languages() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert " · " in rule["annotations"]["summary"]
        assert rule["annotations"]["do"]
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)


def test_panels_have_places_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
        assert " · " in panel["title"] or panel["title"] == "Webhook"
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_promtool_takes_the_rules_and_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip(
            "promtool (Debian: prometheus) is not there: the rules' syntax was not checked by Prometheus itself"
        )
    drawn = [t["expr"].replace("$__rate_interval", "5m") for panel in panels() for t in panel["targets"]]
    asked = {"groups": [{"name": "d", "rules": [{"record": f"a{n}", "expr": e} for n, e in enumerate(drawn)]}]}
    (tmp_path / "dashboard.yml").write_text(json.dumps(asked), encoding="utf-8")
    command = [promtool, "check", "rules", str(RULES), str(tmp_path / "dashboard.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
