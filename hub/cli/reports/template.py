"""`truc reports template`: a blank list of internal procedures, for `truc reports fill --procedures`."""

from __future__ import annotations

import io
from pathlib import Path

import click

from hub.base.sheets import Sheet, workbook
from hub.cli.common import Exit, Shared, kept, make_command
from hub.core import register
from hub.programmes.reporting.procedure_columns import NAMES, example_rows, explained


@make_command(
    "template",
    example="""
truc reports template thu-tuc.xlsx
truc reports template thu-tuc.csv --example""",
)
@click.option("--example", is_flag=True, help="With three made-up procedures in it.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(shared: Shared, example: bool, file: Path) -> int:
    """Ghi mẫu danh sách thủ tục nội bộ ra tệp XLSX, hoặc CSV nếu tên tệp là .csv.

    Write a blank list of internal procedures as XLSX, or as CSV where the file's name ends in .csv. A procedure is a
    line; what stands in each column is told on the second sheet.
    """
    rows = list(example_rows()) if example else []
    if file.suffix.lower() == ".csv":
        cells = ([str(cell) for cell in row] for row in rows)
        data = "".join(register.csv_lines(cells, NAMES)).encode()
    else:
        target = io.BytesIO()
        head = shared.pick("Cột|Nội dung||Ví dụ", "Column|Content||Example").split("|")
        columns = Sheet(shared.pick("Các cột", "Columns"), head, explained(shared.lang))
        workbook(target, shared.pick("Thủ tục", "Procedures"), NAMES, rows, columns)
        data = target.getvalue()
    if code := kept(shared, file, data):
        return code
    if shared.json:
        shared.emit({"file": str(file), "columns": list(NAMES), "procedures": len(rows)})
    else:
        shared.say(f"✓ Đã ghi {file}", f"✓ wrote {file}")
    return Exit.OK
