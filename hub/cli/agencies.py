"""`truc agencies`: the directory, in files and at a hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Final

import click
import msgspec

from clients.axis import AxisClient
from hub.cli import agency_change, agency_diff, agency_health, printing
from hub.cli.agency_change import entry
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import OPERATOR, client, look_up, pages, public_client, run
from hub.cli.help import Group
from hub.cli.report import tier_name
from hub.cli.screen import pairs, show, table
from hub.core import wire
from hub.core.directory import amend
from hub.core.directory import entries as directory_entries
from hub.core.directory import wire as convert
from hub.core.directory.diff import Change
from hub.core.directory.files import Entry, from_csv, from_json, to_csv, to_json
from hub.core.directory.routing import Directory
from hub.core.model import Agency, Tier
from hub.lab import country

WORLDS: Final[dict[str, Callable[[], list[Agency]]]] = {"2022": country.world_2022, "2025": country.world_2025}
_ONE_BY_ONE: Final = 100
"""Entries that are looked up each; where there are more, the directory is listed."""

_MOST_HEIRS: Final = 100

_FORMAT = click.option("--format", "form", type=click.Choice(["json", "csv"]), help="[by the file's name, else json]")
_OUT = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file in place of stdout."
)
_FILE_IN = click.option(
    "--file",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Look in this file, not at a hub.",
)

_EXAMPLE = """
truc agencies world 2022 | truc agencies import -
truc agencies search "y tế sơn la"
truc agencies show 000.00.00.H52"""


@click.group("agencies", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Danh mục đơn vị: tra cứu, xuất, nhập, dữ liệu mẫu.

    The directory of agencies: search, show, export, import, and sample worlds.
    """


@make_command(
    "world", example="truc agencies world 2022 --out agencies.csv\ntruc agencies world 2025 | truc agencies import -"
)
@click.option("--seed", type=int, default=2022, show_default=True, help="Draws what --expand adds.")
@click.option("--expand", type=click.IntRange(1, 200_000), help="Add units up to so many entries, for load tests.")
@_FORMAT
@_OUT
@click.argument("name", type=click.Choice(list(WORLDS)))
def world(shared: Shared, seed: int, expand: int | None, form: str | None, out: Path | None, name: str) -> None:
    """Xuất danh mục mẫu của cả nước: 2022 (4 cấp) hoặc 2025 (sau sắp xếp).

    Write a sample directory of the whole country: 2022, or 2025 after the reorganisation.
    """
    made = WORLDS[name]()
    _write(shared, country.expand(made, expand, seed) if expand else made, form, out)


@make_command(
    "export",
    "hub",
    example="truc agencies export --out agencies.csv\ntruc agencies export --certificates --out agencies.json",
)
@click.option("--certificates", is_flag=True, help="With the registered certificates (JSON; one call for each agency).")
@_FORMAT
@_OUT
def export(shared: Shared, certificates: bool, form: str | None, out: Path | None) -> None:
    """Xuất danh mục của một Trục ra JSON hoặc CSV.

    Write a hub's directory as JSON or CSV.
    """
    _write(shared, [entry(record) for record in run(_all(shared, certificates))], form, out)


@make_command(
    "import",
    "hub",
    "keys",
    "key",
    example="truc agencies import agencies.csv\ntruc agencies world 2022 | truc agencies import -",
)
@_FORMAT
@click.option("--dry-run", is_flag=True, help="Check all that an import is checked for, show the changes, make none.")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --dry-run: upon the directory in this file, not at a hub.",
)
@click.argument("file", type=click.File("rb"))
def import_(shared: Shared, form: str | None, dry_run: bool, against: Path | None, file: IO[bytes]) -> None:
    """Nhập đơn vị vào danh mục của Trục, bằng khóa quản trị trong bộ khóa.

    Add entries to a hub's directory or change them by code, with the operator's key of the profile. A CSV changes the
    fields of its columns: a column that is not there changes nothing, an empty cell empties. JSON states entries whole.
    An entry that carries no certificates keeps those that are registered for it.
    """
    if against is not None and not dry_run:
        raise click.UsageError("--against: --dry-run")
    entries = directory_entries.read(file.read(), _form(form, Path(str(file.name))))
    with agency_diff.by_line(entries):
        if against is not None:
            told, new = _upon(_from_file(against), entries)
        else:
            told, new = run(_import(shared, entries, dry_run))
    if shared.json:
        made = {"read": len(entries), "changes": len({change.code for change in told})}
        shared.emit({**made, "dry_run": True, "diff": told} if dry_run else made)
        return
    if dry_run or len(told) <= agency_diff.FEW:
        agency_diff.tell(shared, told, new)
    count = len(new)
    if dry_run:
        shared.say(
            f"✓ Đọc {len(entries):,} đơn vị, sẽ ghi {count:,} thay đổi; chưa ghi gì",
            f"✓ {len(entries):,} read, {count:,} would change; nothing was changed",
        )
    else:
        shared.say(
            f"✓ Đọc {len(entries):,} đơn vị, ghi {count:,} thay đổi", f"✓ {len(entries):,} read, {count:,} changes"
        )


@make_command(
    "search",
    "hub",
    example='truc agencies search "so y te"\ntruc agencies search h52 --tier commune --file agencies.json',
)
@click.option("--tier", type=click.Choice([t.value for t in Tier]), help="Of this tier only.")
@click.option("--parent", default="", metavar="CODE", help="Directly below this agency only.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@_FILE_IN
@click.argument("text", default="")
def search(shared: Shared, tier: str | None, parent: str, limit: int, source: Path | None, text: str) -> int:
    """Tìm đơn vị theo đầu mã hoặc theo tên, có dấu hay không dấu.

    Find agencies by the beginning of a code or by words of a name, with or without accents; exit 1 for none.
    """
    if source is not None:
        found = _from_file(source).search(text, Tier(tier) if tier else None, parent, limit)
        items = [convert.to_wire(agency) for agency in found]
    else:
        items = run(_search(shared, text, tier or "", parent, limit))
    if shared.json:
        shared.emit(items)
    elif items:
        columns = shared.pick("mã|mã QĐ 20|tên|cấp|cấp trên|hiệu lực đến", "code|QĐ 20|name|tier|parent|valid to")
        rows = ([a.code, a.code_qd20, a.name, tier_name(shared, a.tier), a.parent, a.valid_to] for a in items)
        show(table("", columns.split("|"), rows))
    else:
        shared.say(
            "Không có đơn vị nào khớp. Thử ít từ hơn, hoặc đầu mã như h52",
            "No agency matches. Try fewer words, or the beginning of a code, as h52",
        )
    return Exit.OK if items else Exit.REFUSED


@make_command(
    "show", "hub", example="truc agencies show 000.00.00.H52\ntruc agencies show H52 --file agencies.json --json"
)
@_FILE_IN
@click.argument("code")
def show_one(shared: Shared, source: Path | None, code: str) -> int:
    """Xem một đơn vị, theo mã QCVN 102 hoặc mã QĐ 20, với các chứng thư đã đăng ký.

    Show one agency, by either of its codes, with its registered certificates.
    """
    if source is not None:
        directory = _from_file(source)
        found = directory.get(code)
        if found is None:
            raise click.BadParameter(shared.pick(f"không có {code} trong {source}", f"no {code} in {source}"))
        agency = convert.to_wire(found)
        heirs = [convert.to_wire(directory[heir]) for heir in _heirs(agency)]
    else:
        agency, heirs = run(_get(shared, code))
    if shared.json:
        shared.emit(agency)
        return Exit.OK
    members = msgspec.structs.asdict(agency)
    certificates = members.pop("certificates")
    members["heirs"] = " ".join(agency.heirs)
    show(pairs(_told(shared, members)))
    if agency.heirs:
        columns = shared.pick("kế thừa|mã|tên", "took over|code|name")
        role = shared.pick("đơn vị kế thừa chính|một phần", "successor|a part").split("|")
        rows = ([role[heir.code != agency.successor], heir.code, heir.name] for heir in heirs)
        show(table("", columns.split("|"), rows))
    columns = shared.pick("chứng thư (SHA-256)|đăng ký|rút", "certificate (SHA-256)|added|withdrawn")
    if certificates:
        show(table("", columns.split("|"), ([c.sha256, c.added, c.withdrawn] for c in certificates)))
    else:
        add = f"truc keys agency add {agency.code} --register"
        shared.say(f"Chưa đăng ký chứng thư nào: {add}", f"No certificate is registered: {add}")
    return Exit.OK


_MEMBERS: Final = {
    "code": "mã định danh",
    "name": "tên",
    "tier": "cấp",
    "code_qd20": "mã theo QĐ 20",
    "parent": "cấp trên",
    "short_name": "tên viết tắt",
    "email": "thư điện tử",
    "address": "địa chỉ",
    "valid_from": "hiệu lực từ",
    "valid_to": "hiệu lực đến",
    "successor": "đơn vị kế thừa chính",
    "centre": "đầu mối",
    "suspended": "tạm ngừng",
    "signature_policy": "kiểm tra chữ ký",
    "signature_profile": "hồ sơ chữ ký",
    "heirs": "các đơn vị kế thừa",
}


def _told(shared: Shared, members: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """An entry's members by their names, in English those of the wire."""
    for name, value in members.items():
        if value is not False:
            yes = shared.pick("có", "yes") if value is True else value
            yield shared.pick(_MEMBERS.get(name, name), name), tier_name(shared, str(value)) if name == "tier" else yes


for _command in (world, export, import_, search, show_one, *agency_change.COMMANDS, *agency_health.COMMANDS):
    command.add_command(_command)


async def _search(shared: Shared, text: str, tier: str, parent: str, limit: int) -> list[wire.Agency]:
    async with public_client(shared) as axis:
        return (await axis.search(text, tier=tier, parent=parent, limit=limit)).items


async def _get(shared: Shared, code: str) -> tuple[wire.Agency, list[wire.Agency]]:
    """The agency, and where several took it over, those."""
    async with public_client(shared) as axis:
        agency = await axis.agency_of(code)
        found = await look_up(axis, _heirs(agency))
        return agency, [heir for heir in found if heir is not None]


def _heirs(agency: wire.Agency) -> list[str]:
    """At most as many as are worth a look each: a province has 168 communes, a district had 15 heirs."""
    return [code for code in (agency.successor, *agency.heirs) if code][:_MOST_HEIRS] if agency.heirs else []


async def _all(shared: Shared, certificates: bool) -> list[wire.Agency]:
    async with public_client(shared) as axis:
        items: list[wire.Agency] = []
        async for page in pages(lambda cursor: axis.search(limit=1000, cursor=cursor)):
            items += page.items
        if not certificates:
            return items
        return [found for found in await look_up(axis, [a.code for a in items]) if found is not None]


async def _import(shared: Shared, entries: list[Entry], dry_run: bool) -> tuple[list[Change], list[Agency]]:
    """The differences from the hub's directory, which has then been changed, or has checked the change."""
    async with client(shared, OPERATOR) as axis:
        known = await _known(axis, entries)
        new = amend.differing(known.get, entries)
        if new:
            await axis.put_agencies([convert.to_wire(agency) for agency in new], dry_run=dry_run)
        return amend.changes(known, new), new


async def _known(axis: AxisClient, entries: list[Entry]) -> dict[str, Agency]:
    """The entries of these codes in the hub's directory. One by one where there are few; else its pages, which leave
    out certificates, and then one by one the entries that are going to change."""
    if not (await axis.search(limit=1)).total:
        return {}
    codes = [e.code for e in entries]
    listed: dict[str, Agency] = {}
    if len(codes) > _ONE_BY_ONE:
        wanted = set(codes)
        async for page in pages(lambda cursor: axis.search(limit=1000, cursor=cursor)):
            listed |= {record.code: entry(record) for record in page.items if record.code in wanted}
        moved = {agency.code for agency in amend.differing(listed.get, entries)}
        codes = [e.code for e in entries if e.code in listed and (e.code in moved or "certificates" in e.given)]
    found = await look_up(axis, codes)
    return listed | {record.code: entry(record) for record in found if record is not None}


def _upon(directory: Directory, entries: list[Entry]) -> tuple[list[Change], list[Agency]]:
    known = {e.code: agency for e in entries if (agency := directory.get(e.code)) is not None and agency.code == e.code}
    new = amend.differing(known.get, entries)
    directory.with_changes(new)
    return amend.changes(known, new), new


def _from_file(path: Path) -> Directory:
    data = path.read_bytes()
    return Directory.of(from_csv(data) if _form(None, path) == "csv" else from_json(data))


def _form(form: str | None, path: Path | None) -> str:
    return form or ("csv" if path is not None and path.suffix.lower() == ".csv" else "json")


def _write(shared: Shared, agencies: list[Agency], form: str | None, out: Path | None) -> None:
    data = to_csv(agencies) if _form(form, out) == "csv" else to_json(agencies)
    if out is None:
        printing.csv(data.decode("utf-8")) if _form(form, out) == "csv" else printing.document(data)
        return
    out.write_bytes(data)
    if shared.json:
        shared.emit({"file": str(out), "agencies": len(agencies)})
    else:
        shared.say(f"✓ {len(agencies):,} đơn vị → {out}", f"✓ {len(agencies):,} agencies → {out}")
