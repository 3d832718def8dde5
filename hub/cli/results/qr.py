"""`truc results qr`: the QR of a paper, ISO/IEC 18004 (TCVN 7322), drawn here and without a hub."""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path

import click

from hub.cli.common import Exit, Shared, make_command
from hub.cli.files import put
from hub.programmes.results import owner as owners
from hub.programmes.results import paper as papers
from hub.programmes.results.book import number as number_of
from hub.programmes.results.paper import Paper

_SUFFIXES = (".svg", ".png")


@make_command(
    "qr",
    "hub",
    example="""
truc results qr --code H52.01-261120-0001-KQ1 --procedure 1.009994 --name "Giấy phép xây dựng" --out qr.svg
truc results qr --code H52.01-261120-0001-KQ1 --name "Giấy phép xây dựng" --owner 052099001234 --out qr.png""",
)
@click.option("--code", required=True, help="Number of the result: of its dossier, with -KQ1.")
@click.option("--procedure", default="", help="Code of the procedure (TTHC).")
@click.option("--name", required=True, help="Name of the paper, without the name of a person.")
@click.option("--owner", default="", help="Number of the applicant; a tag of it stands in the QR.")
@click.option("--print-owner", is_flag=True, help="The number itself stands in the QR, where the office must print it.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="An .svg or .png; without, the address.")
def command(
    shared: Shared, code: str, procedure: str, name: str, owner: str, print_owner: bool, out: Path | None
) -> int:
    """Mã QR in trên giấy: mã hồ sơ, mã thủ tục, người nộp, tên giấy tờ, và địa chỉ tra cứu (--url).

    The QR of a paper: dossier, procedure, applicant, name of the paper, and the address (--url) that verifies it.
    """
    if out is not None and out.suffix.lower() not in _SUFFIXES:
        raise click.UsageError("--out: .svg, .png")
    try:
        number = number_of(code)
        applicant = (owner if print_owner else owners.tag(owners.digest(owner, number))) if owner else ""
        address = papers.address(shared.url, Paper(number, procedure, applicant, name))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if out is not None:
        put(out, _drawn(address, out.suffix.lower()[1:]))
    if shared.json:
        shared.emit({"address": address, "file": str(out or "")})
    else:
        shared.say(address, address)
    return Exit.OK


def _drawn(address: str, kind: str) -> bytes:
    """Error correction M: 15 % of a paper's QR may be dirty."""
    target = io.BytesIO()
    import_module("segno").make(address, error="m", boost_error=False).save(target, kind=kind, scale=4, border=4)
    return target.getvalue()
