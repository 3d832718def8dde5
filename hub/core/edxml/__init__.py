"""edXML, the message of the axis (QCVN 102:2016/BTTTT): this module is its door, the others its rooms.

    bytes ── parse ──► Claimed ── read ──────────► Document | Status    leniently: the forms that the field really sends
                          ├────── findings ──────► every fault at once  strictly: the law's lengths and values
                          └────── attachments ───► files within bounds, by their bytes
    Document | Status, files ──── build ─────────► bytes                exactly: one form

`message` the values · `fields` the one table of fields · `values` text ↔ value ·
`read`, `check`, `build`, `packing`, `filetype`, `zipread`, `finding_texts` the verbs ·
`severity` which rule refuses · `wrong_forms` the forms that come in place of a message · `places` where in the bytes ·
`detail` the facts for a register · `fix` safe corrections · `secrecy` marks of secrecy.
"""

from __future__ import annotations

from hub.core.edxml.build import build
from hub.core.edxml.check import checked, findings, refusal_of
from hub.core.edxml.detail import Detail, detail_of, told_of
from hub.core.edxml.message import (
    Attachment,
    BusinessInfo,
    Code,
    Document,
    DocumentType,
    Message,
    Organ,
    OtherInfo,
    Receiver,
    Reference,
    Replacement,
    ResponseFor,
    Signer,
    Staff,
    Status,
    Trace,
    document_id,
)
from hub.core.edxml.packing import BOUNDS, Bounds, attachments, safe_name
from hub.core.edxml.parts import NAMESPACE, NAMESPACES
from hub.core.edxml.read import Claimed, parse, read, references
from hub.core.edxml.secrecy import check_not_secret
from hub.core.edxml.summary import Summary, summary_of
from hub.core.edxml.xmlsafe import LEGACY, STRICT, Limits

__all__ = [
    "BOUNDS",
    "LEGACY",
    "NAMESPACE",
    "NAMESPACES",
    "STRICT",
    "Attachment",
    "Bounds",
    "BusinessInfo",
    "Claimed",
    "Code",
    "Detail",
    "Document",
    "DocumentType",
    "Limits",
    "Message",
    "Organ",
    "OtherInfo",
    "Receiver",
    "Reference",
    "Replacement",
    "ResponseFor",
    "Signer",
    "Staff",
    "Status",
    "Summary",
    "Trace",
    "attachments",
    "build",
    "check_not_secret",
    "checked",
    "detail_of",
    "document_id",
    "findings",
    "parse",
    "read",
    "references",
    "refusal_of",
    "safe_name",
    "summary_of",
    "told_of",
]
