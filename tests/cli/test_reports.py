"""`truc reports` at a real hub, as three agencies run it: from an open period to sums with their holes."""

from __future__ import annotations

import asyncio
import io
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from hub.base.sheets import workbook
from hub.cli.main import main
from hub.core.model import vietnam_date
from hub.programmes.xlsx import read
from tests.cli.test_answers import a_hub
from tests.programmes.reports import II_06A
from tests.support.axis import HA_NOI, SON_LA, VPCP

_LOGGED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[")


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


async def truc(*arguments: object) -> Ran:
    """In a thread: the hub runs on this loop."""
    env = {"TRUC_LANG": "en", "TRUC_URL": None, "TRUC_KEYS": None, "TRUC_AS": None, "TRUC_POLICY": None}
    done = await asyncio.to_thread(CliRunner().invoke, main, [str(one) for one in arguments], env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    # The hub's own log goes to whatever is stdout just then.
    told = "".join(line for line in done.stdout.splitlines(keepends=True) if not _LOGGED.match(line))
    return Ran(done.exit_code, told, done.stderr)


async def test_a_period_at_the_command_line(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, vpcp, son_la):
        ha_noi = ("--as", HA_NOI, *vpcp[2:])
        day = vietnam_date(web.axis.clock())
        of = ("--regime", "II.06a", "--period", f"{day.year}")

        async def ran(verb: str, *more: object, code: int = 0) -> Ran:
            found = await truc("reports", verb, *more)
            assert found.code == code, found
            return found

        listed = (await ran("regimes", *vpcp, "--json")).json
        assert {"II.06a", "TT01-2020-A"} <= {one["code"] for one in listed["items"]}
        assert "3 = 7 + 11" in (await ran("regimes", "II.06a", "--period", f"{day.year}", *vpcp)).out
        opened = (await ran("open", *of, *vpcp, "--json")).json["documents"]
        assert [one["recipients"] for one in opened] == [2]
        await ran("open", *of, "--to", SON_LA, "--due", f"{day.year}-12-30", *vpcp)

        form, packet = tmp_path / "bieu.xlsx", tmp_path / "bao-cao.packet.json"
        await ran("fill", *of, *son_la, "--form", form)
        cells = read(form.read_bytes())
        lines = [
            [cells[row].get(n, "") for n in range(6)] + [II_06A.get(cells[row][0], "")] for row in cells if row > 2
        ]
        target = io.BytesIO()
        workbook(target, "x", ["II.06a"], [[], [cells[2].get(n, "") for n in range(7)], *lines])
        form.write_bytes(target.getvalue())
        await ran("fill", *of, *son_la, "--xlsx", form, "--out", packet, "--ask-approval")
        assert (await ran("drafts", *son_la, "--json")).json["items"][0]["state"] == "CHO_DUYET_DON_VI"
        assert "whole and agree" in (await ran("check", packet)).out

        broken = json.loads(packet.read_bytes())
        next(one for one in broken["figures"] if one["indicator"] == "3")["actual"] = 101
        other = tmp_path / "sai.packet.json"
        other.write_text(json.dumps(broken))
        assert "7 + 11 = 100" in (await ran("check", other, code=1)).err
        assert "7 + 11 = 100" in (await ran("send", other, *son_la, code=1)).err
        (sent,) = (await ran("send", packet, *son_la, "--number", "12", "--notation", "BC-UBND", "--json")).json[
            "documents"
        ]
        assert (sent["code"], sent["type_name"]) == ("12/BC-UBND", "Báo cáo")
        assert not (await ran("drafts", *son_la, "--json")).json["items"]

        await ran("return", *of, "--of", SON_LA, "--reason", "Cột 13 chưa rõ", *vpcp)
        again = (await ran("fill", *of, *son_la, "--json")).json
        assert (again["origin"], again["report"]["version"], again["state"]) == ("returned", 2, "TRA_LAI")
        await ran("fill", *of, *son_la, "--send")
        await ran("accept", *of, "--of", SON_LA, *vpcp)
        assert (await ran("accept", *of, "--of", HA_NOI, *vpcp, code=1)).err

        told = (await ran("table", *of, *vpcp, "--json")).json
        assert {line["reporter"]: line["state"] for line in told["lines"]} == {HA_NOI: "CHUA_NOP", SON_LA: "DA_DUYET"}
        late = await ran("table", *of, *vpcp, "--day", f"{day.year + 1}-01-31", "--csv", code=1)
        assert f"{HA_NOI},Ủy ban nhân dân thành phố Hà Nội,provincial,CHUA_NOP,overdue" in late.out
        assert (await ran("chase", *of, *vpcp, "--dry-run", "--before-due", "--json")).json == {"urged": [HA_NOI]}
        await ran("chase", *of, *vpcp, "--before-due")
        assert (
            next(
                line for line in (await ran("table", *of, *vpcp, "--json")).json["lines"] if line["reporter"] == HA_NOI
            )["chased"]
            == 1
        )

        summed = (await ran("sums", *of, *vpcp, "--json", code=1)).json
        assert {f["code"]: f.get("value") for f in summed["figures"]} == {**II_06A, "late_share": 6.25}
        assert [hole["code"] for hole in summed["missing"]] == [HA_NOI]
        assert HA_NOI in (await ran("sums", *of, *vpcp, "--csv", code=1)).out
        shown = (await ran("sums", *of, *vpcp, "--lang", "en", code=1)).out
        assert re.search(rf"(?s){re.escape(SON_LA)}.* {len(II_06A) + 1}\b", shown), (
            "an agency, and how many figures it told"
        )
        await ran("sums", *of, *vpcp, "--xlsx", tmp_path / "tong.xlsx", code=1)
        assert read((tmp_path / "tong.xlsx").read_bytes())[1][2] == "100"
        mine = (await ran("fill", *of, *ha_noi, "--json", code=1)).json
        assert (mine["origin"], mine["report"].get("figures", [])) == ("empty", []), "no zeros are made up"


async def test_the_quarterly_report_fills_itself_and_a_secret_one_is_refused(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, vpcp, son_la):
        await web.send(SON_LA, VPCP)
        day = vietnam_date(web.axis.clock())
        of = ("--regime", "TT01-2020-A", "--period", f"{day.year}-Q{(day.month + 2) // 3}")
        packet = tmp_path / "quy.packet.json"
        assert (await truc("reports", "fill", *of, *son_la, "--out", packet)).code == 0
        assert json.loads(packet.read_bytes())["source"] == "record"
        assert (await truc("reports", "send", packet, *son_la)).code == 0
        shown = await truc("reports", "table", *of, *vpcp, "--lang", "vi")
        assert "đã nộp" in shown.out
        secret = json.loads(packet.read_bytes())
        secret["texts"] = [{"indicator": "sent", "text": "Phần 1\n[TỐI MẬT] quân số"}]
        packet.write_text(json.dumps(secret))
        refused = await truc("reports", "send", packet, *son_la, "--wrong-too", "--json")
        assert (refused.code, refused.json["code"]) == (1, "FORMAT_STATE_SECRET")


async def test_a_list_of_internal_procedures_fills_the_report(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, _, son_la):
        of = ("--regime", "QD1085-2022", "--period", f"{vietnam_date(web.axis.clock()).year}")
        listed, packet = tmp_path / "thu-tuc.csv", tmp_path / "ra-soat.packet.json"
        assert (await truc("reports", "template", tmp_path / "blank.xlsx")).code == 0
        assert (await truc("reports", "template", listed, "--example")).code == 0
        filled = await truc("reports", "fill", *of, *son_la, "--procedures", listed, "--out", packet, "--draft")
        assert (filled.code, filled.err) == (0, "")
        assert "77.44" in filled.out
        made = json.loads(packet.read_bytes())["figures"]
        assert {"indicator": "cost_before", "row": "Xây dựng văn bản", "actual": 1_024_000 * 3_228} in made
        assert (await truc("reports", "check", packet)).code == 0

        listed.write_text(listed.read_text("utf-8-sig").replace("3228", "nhiều"), "utf-8")
        wrong = await truc("reports", "fill", *of, *son_la, "--procedures", listed, "--send")
        assert (wrong.code, wrong.out) == (1, "")
        assert "line 3, column times_before: nhiều – expected: a whole number" in wrong.err
        as_json = await truc("reports", "fill", *of, *son_la, "--procedures", listed, "--json")
        assert [(one["line"], one["column"]) for one in as_json.json["wrong"]] == [(3, "times_before")]

        both = await truc("reports", "fill", *of, *son_la, "--procedures", listed, "--xlsx", listed)
        assert both.code == 2
        blank = await truc("reports", "fill", *of, *son_la, "--procedures", tmp_path / "blank.xlsx")
        assert "line 2: (none) – expected: a procedure on each line" in blank.err
        await truc("reports", "template", listed, "--example")
        other = await truc("reports", "fill", "--regime", "II.06a", *of[2:], *son_la, "--procedures", listed)
        assert other.code == 1
        assert "a regime that asks for the figures of internal procedures" in other.err
