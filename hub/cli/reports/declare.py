"""`truc reports declare`: a regime of one's own, sent down to those that report under it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.reports.common import Letter, send, signed_by, tell_sent
from hub.programmes.reporting.packets import RegimePacket
from hub.programmes.reporting.regime import RegimeFault, parse, shipped


@make_command(
    "declare",
    "agency",
    example="truc reports declare che-do.toml --to 000.05.21.H52 --as 000.00.00.H52",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "recipients", multiple=True, required=True, metavar="CODE", help="A recipient; may be repeated.")
@click.option("--version", type=click.IntRange(1, 1_000), default=1, help="Higher than that of the one it replaces.")
@signed_by
def command(shared: Shared, file: Path, recipients: tuple[str, ...], version: int, **given: Any) -> int:
    """Ban hành chế độ báo cáo riêng của đơn vị (tệp TOML), gửi xuống các đơn vị phải báo cáo.

    Send a regime of your own (a TOML file, as those in hub/programmes/reporting/regimes) down as a signed document.
    """
    try:
        regime = parse(file.read_text("utf-8"))
    except (RegimeFault, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file}: {error}") from None
    if regime.code in shipped():
        told = shared.pick("mã này là của chế độ có sẵn", "this code is that of a regime that comes with the hub")
        raise click.UsageError(f"{regime.code}: {told}")
    packet = RegimePacket(regime=regime, version=version)

    async def work() -> int:
        async with client(shared) as axis:
            sent = await send(shared, axis, packet, regime.vi, recipients, Letter.of(given))
        tell_sent(shared, [sent])
        return Exit.OK

    return run(work())
