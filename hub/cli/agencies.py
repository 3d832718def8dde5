"""`truc agencies`: the directory, in files and at a hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

import click
import msgspec

from clients.errors import UnexpectedAnswer
from hub.cli import printing
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import OPERATOR, client, look_up, pages, public_client, run
from hub.cli.report import tier_name
from hub.cli.screen import pairs, show, table
from hub.core import wire
from hub.core.directory import wire as convert
from hub.core.directory.files import from_csv, from_json, merge, to_csv, to_json
from hub.core.directory.routing import Directory
from hub.core.model import Agency, Tier
from hub.lab import country

WORLDS: Final[dict[str, Callable[[], list[Agency]]]] = {"2022": country.world_2022, "2025": country.world_2025}
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


@click.group("agencies", epilog=epilog(_EXAMPLE))
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
    _write(shared, [_entry(record) for record in run(_all(shared, certificates))], form, out)


@make_command(
    "import",
    "hub",
    "keys",
    example="truc agencies import agencies.csv\ntruc agencies world 2022 | truc agencies import -",
)
@_FORMAT
@click.option("--dry-run", is_flag=True, help="Read and check the file, change nothing.")
@click.argument("file", type=click.File("rb"))
def import_(shared: Shared, form: str | None, dry_run: bool, file: IO[bytes]) -> None:
    """Nhập đơn vị vào danh mục của Trục, bằng khóa quản trị trong hồ sơ khóa.

    Add entries to a hub's directory or replace them by code, with the operator's key of the profile. An entry that
    carries no certificates keeps those that are registered for it.
    """
    read = from_csv if _form(form, Path(str(file.name))) == "csv" else from_json
    entries = read(file.read())
    changes = 0 if dry_run else run(_import(shared, entries))
    if shared.json:
        shared.emit({"read": len(entries), "changes": changes})
        return
    shared.say(
        f"✓ Đọc {len(entries):,} đơn vị, ghi {changes:,} thay đổi", f"✓ {len(entries):,} read, {changes:,} changes"
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
        entry = _from_file(source).get(code)
        if entry is None:
            raise click.BadParameter(shared.pick(f"không có {code} trong {source}", f"no {code} in {source}"))
        agency = convert.to_wire(entry)
    else:
        agency = run(_get(shared, code))
    if shared.json:
        shared.emit(agency)
        return Exit.OK
    members = msgspec.structs.asdict(agency)
    certificates = members.pop("certificates")
    show(pairs((name, value) for name, value in members.items() if value is not False))
    columns = shared.pick("chứng thư (SHA-256)|đăng ký|rút", "certificate (SHA-256)|added|withdrawn")
    if certificates:
        show(table("", columns.split("|"), ([c.sha256, c.added, c.withdrawn] for c in certificates)))
    else:
        add = f"truc keys agency add {agency.code} --register"
        shared.say(f"Chưa đăng ký chứng thư nào: {add}", f"No certificate is registered: {add}")
    return Exit.OK


for _command in (world, export, import_, search, show_one):
    command.add_command(_command)


async def _search(shared: Shared, text: str, tier: str, parent: str, limit: int) -> list[wire.Agency]:
    async with public_client(shared) as axis:
        return (await axis.search(text, tier=tier, parent=parent, limit=limit)).items


async def _get(shared: Shared, code: str) -> wire.Agency:
    async with public_client(shared) as axis:
        return await axis.agency_of(code)


async def _all(shared: Shared, certificates: bool) -> list[wire.Agency]:
    async with public_client(shared) as axis:
        items: list[wire.Agency] = []
        async for page in pages(lambda cursor: axis.search(limit=1000, cursor=cursor)):
            items += page.items
        if not certificates:
            return items
        return [found for found in await look_up(axis, [a.code for a in items]) if found is not None]


async def _import(shared: Shared, entries: list[Agency]) -> int:
    async with client(shared, OPERATOR) as axis:
        bare = [entry for entry in entries if not entry.certificates]
        if bare and (await axis.search(limit=1)).total:
            found = await look_up(axis, [entry.code for entry in bare])
            known = {record.code: _entry(record) for record in found if record is not None}
            kept = {entry.code: entry for entry in merge(known.get, bare)}
            entries = [kept.get(entry.code, entry) for entry in entries]
        return await axis.put_agencies([convert.to_wire(entry) for entry in entries])


def _entry(record: wire.Agency) -> Agency:
    try:
        return convert.from_wire(record)
    except ValueError as error:
        raise UnexpectedAnswer(f"no entry of a directory ({error})") from None


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
