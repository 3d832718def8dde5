"""The doctor's answer, for people; and the corrected file beside the one that was examined."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hub.cli import printing
from hub.cli.common import Shared
from hub.core import wire
from hub.core.edxml.fix import Fixed, fix
from hub.core.errors import Severity
from hub.core.wire_check import Checked, CheckedFile, CheckedSignature, Refused


def tell(shared: Shared, report: Checked) -> None:
    what = " · ".join(part for part in (shared.term(report.kind), report.sender, report.document_id) if part)
    files = shared.pick(f"{report.attachments} tệp đính kèm", f"{report.attachments} attachments")
    told = f"{report.file}: {what}{f' · {files}' if report.attachments else ''}"
    printing.line(told, mark="✓" if report.ok else "✗", good=report.ok)
    for finding in report.findings:
        _finding(shared, finding)
    for refused in report.refused:
        _refused(shared, refused)
    if report.more:
        shared.say(f"    … và {report.more} phát hiện nữa", f"    … and {report.more} more findings")
    for file in report.files:
        printing.line(f"    {_file(shared, file)}", dim=not file.problem)
    if report.signature is not None:
        _signature(shared, report.signature)
    if report.ok and report.findings:
        shared.say("    gửi được; các lưu ý sẽ đi cùng văn bản", "    may travel; the notices go with it")
    elif report.ok:
        shared.say("    không có lỗi", "    no findings")


def _refused(shared: Shared, refused: Refused) -> None:
    printing.line(f"    {refused.code}: {shared.pick(refused.vi, refused.en)}")
    if refused.line:
        printing.line(f"      {refused.line}:{refused.column}  {refused.excerpt}", dim=True)
    printing.line(f"    → {shared.pick(refused.hint_vi, refused.hint_en)}", dim=True)


def _finding(shared: Shared, f: wire.Finding) -> None:
    notice = f.severity == Severity.NOTICE
    label = shared.pick("lưu ý", "notice") if notice else shared.pick("lỗi", "error")
    value = f" [{f.value}]" if f.value else ""
    printing.line(f"    {label} {f.code}: {shared.pick(f.vi, f.en)}{value} — {f.clause}")
    if f.line:
        printing.line(f"      {f.line}:{f.column}  {f.excerpt}".rstrip(), dim=True)
    printing.line(f"      → {shared.pick(f.rule_vi, f.rule)}", dim=True)


def _file(shared: Shared, file: CheckedFile) -> str:
    zipped = shared.pick(" · trong zip", " · in a zip") if file.zipped else ""
    declared = shared.pick("khai", "declared") + f" {file.declared or '–'}"
    real = shared.pick("thực", "really") + f" {file.real or '–'}"
    problem = f" · {file.problem}" if file.problem else ""
    return f"{file.name} · {file.size} B · {declared} · {real}{zipped}{problem}"


def _signature(shared: Shared, s: CheckedSignature) -> None:
    label = shared.pick("chữ ký", "signature")
    words = f" — {shared.pick(s.problem.vi, s.problem.en)}" if s.problem else ""
    printing.line(f"    {label}: {shared.term(s.verdict)} {s.alg}".rstrip() + words)
    for line in _signature_lines(shared, s):
        printing.line(f"      {line}", dim=True)
    if s.problem:
        printing.line(f"    → {shared.pick(s.problem.hint_vi, s.problem.hint_en)}", dim=True)
    if s.verdict == "NOT_JUDGED":
        shared.say(
            "    (nội dung khớp giá trị băm; chưa xét chứng thư, thêm --anchors)",
            "    (the content matches its digest; the certificate was not judged, add --anchors)",
        )
    if s.verdict == "VALID" and s.registered is None:
        shared.say(
            "    (chưa đối chiếu chứng thư với danh mục; thêm --directory)",
            "    (the certificate was not compared with the directory; add --directory)",
        )


def _signature_lines(shared: Shared, s: CheckedSignature) -> Iterator[str]:
    if s.step:
        yield shared.pick(f"bước {s.step} hỏng: {s.step_vi}", f"step {s.step} failed: {s.step_en}")
    if s.problem is None:
        return
    if s.canonicalisation:
        yield shared.pick("chuẩn hóa", "canonicalisation") + f": {s.canonicalisation}"
    if s.digest_expected:
        yield shared.pick("băm đã ký", "digest signed") + f": {s.digest_method} {s.digest_expected}"
        yield shared.pick("băm thực tế", "digest found") + f": {s.digest_method} {s.digest_actual or '–'}"
    for link in s.path:
        yield f"{link.subject} ← {link.issuer} · {link.not_before[:10]}..{link.not_after[:10]}"
        if link.root:
            yield shared.pick("gốc tin cậy", "trust anchor") + f": {link.root}"


def write_fixed(shared: Shared, file: Path, data: bytes) -> None:
    """NAME.fixed.edxml, and on stderr its differences; nothing that is there is overwritten."""
    fixed = fix(data)
    for change in fixed.changes:
        path = f"{change.path}: " if change.path else ""
        shared.warn(f"  {path}{change.text.vi}", f"  {path}{change.text.en}")
    if fixed.why is not None:
        shared.warn(f"! {file}: {fixed.why.vi}", f"! {file}: {fixed.why.en}")
    if fixed.data is None:
        if fixed.why is None:
            shared.warn(f"{file}: không có gì để sửa", f"{file}: nothing to correct")
        return
    _keep(shared, file.with_name(f"{file.stem}.fixed.edxml"), fixed)


def _keep(shared: Shared, target: Path, fixed: Fixed) -> None:
    assert fixed.data is not None
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as written:
            written.write(fixed.data)
    except FileExistsError:
        if target.read_bytes() != fixed.data:
            shared.warn(f"! {target}: đã có, không ghi đè", f"! {target}: exists, and is not overwritten")
        return
    shared.warn(f"✓ đã ghi {target}", f"✓ written: {target}")
