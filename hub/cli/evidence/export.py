"""`truc evidence export`: the bundle of a document's life, from a hub or from the folder of one that does not run."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from hub import access
from hub.app import opened
from hub.base.config import InvalidSettings, Settings, load
from hub.base.runtime import configure_logging
from hub.cli.common import Exit, Shared, kept, make_command
from hub.cli.connect import AUDITOR, client, run
from hub.cli.settings import overridden, refused_settings
from hub.evidence_export.export import Wish, export

_FOLDER: Final = click.Path(file_okay=False, path_type=Path)


@make_command(
    "export",
    "caller",
    example="""
truc evidence export 01a2057f-1c2d-8e3f-9a4b-0000000000ff --as 000.00.00.G22 --out life.zip
truc evidence export 07/QĐ-VX --as 000.00.00.G22 --out life.zip
truc evidence export 01a2057f-1c2d-8e3f-9a4b-0000000000ff --as auditor --out life.zip --with-document
truc evidence export 01a2057f-1c2d-8e3f-9a4b-0000000000ff --data var/hub --keys keys/demo --out life.zip""",
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Write this ZIP file.")
@click.option("--with-document", is_flag=True, help="Enclose the document's own bytes.")
@click.option("--without-statuses", is_flag=True, help="Leave out signed status messages: they name people.")
@click.option("--recipient", default="", metavar="CODE", help="One recipient's part of the life only.")
@click.option("--data", type=_FOLDER, help="Offline: the store of a hub that does not run, with its --keys.")
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), help="Offline: the hub's settings.")
@click.argument("document_id", metavar="DOC")
def command(
    shared: Shared,
    out: Path,
    with_document: bool,
    without_statuses: bool,
    recipient: str,
    data: Path | None,
    config: Path | None,
    document_id: str,
) -> int:
    """Xuất hồ sơ bằng chứng: bên gửi thấy tất cả, bên nhận thấy phần của mình.

    Export the bundle of document DOC (its identifier on the axis, DocumentId, or number/notation): the sender gets all
    of it, a recipient its part.
    With --data or --config from the folder of a hub that does not run, everything.
    """
    wish = Wish(recipients=frozenset({recipient} - {""}), document=with_document, statuses=not without_statuses)
    if data is not None or config is not None:
        bundle = run(_offline(_settings(shared, data, config), document_id, wish))
    elif shared.agency:
        bundle = run(_online(shared, document_id, wish))
    else:
        raise click.UsageError("--as CODE, or --data DIR")
    if (code := kept(shared, out, bundle)) is not Exit.OK:
        return code
    if shared.json:
        shared.emit({"file": str(out), "bytes": len(bundle)})
    else:
        shared.say(f"✓ {out}: {len(bundle):,} byte", f"✓ {out}: {len(bundle):,} bytes")
        shared.say(
            f"Kiểm: truc evidence verify {out} --policy CHÍNH_SÁCH --anchors THƯ_MỤC",
            f"Verify it: truc evidence verify {out} --policy POLICY --anchors FOLDER",
        )
    return Exit.OK


def _settings(shared: Shared, data: Path | None, config: Path | None) -> Settings:
    try:
        settings = load(config)
    except InvalidSettings as error:
        raise refused_settings(error) from None
    keys = str(shared.keys) if config is None or shared.keys != Shared().keys else None
    settings = overridden(settings, data=str(data) if data else None, keys=keys, host=None, port=None)
    if not (Path(settings.hub.data) / "axis.sqlite").exists():
        raise click.UsageError(f"no store in {settings.hub.data}: name the folder with --data")
    return settings


async def _online(shared: Shared, document_id: str, wish: Wish) -> bytes:
    async with client(shared) as axis:
        identifier = document_id if shared.agency == AUDITOR else (await axis.named(document_id)).id
        return await axis.evidence(
            identifier, document=wish.document, statuses=wish.statuses, recipient="".join(wish.recipients)
        )


async def _offline(settings: Settings, document_id: str, wish: Wish) -> bytes:
    configure_logging("warning")
    async with opened(settings) as (exchange, journal, _):
        message = await exchange.find(document_id)
        everything = access.Seen(message, (), whole=True)
        await access.part_of(exchange.store, everything, "".join(wish.recipients))
        return await export(exchange, journal, message, wish)
