"""The command line without a hub: what it prints, for people and for programs, and how it exits."""

from __future__ import annotations

import csv
import io
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from hub.cli.lazy import LazyGroup
from hub.cli.main import PLACES, main
from hub.cli.report import lines
from hub.core import edxml, wire
from hub.core.directory.files import from_csv, from_json, to_json
from hub.core.model import Tier
from hub.core.signature import xmldsig
from hub.lab.country import world_2022
from hub.pki.profile import Profile
from tests.support.axis import SON_LA, VPCP, a_document, keyring, registered
from tests.support.logkit import DOCUMENT, Log, sample
from tests.support.logkit import ev as evidence

VECTORS = Path(__file__).parents[1] / "vectors"
TODAY = ("--today", "2026-11-22")
VIETNAMESE = re.compile("[ăâđêôơư\u1ea0-\u1ef9]", re.IGNORECASE)
MINE = [name for name in PLACES if name not in ("serve", "sandbox", "demo", "fsck")]


def truc(*args: object, lang: str = "en", **env: str) -> Result:
    """Run a command; an exception that it lets through is a failure of the test."""
    variables = {"TRUC_LANG": lang, "TRUC_URL": "", "TRUC_KEYS": "", "TRUC_AS": ""} | env
    chosen = {name: value or None for name, value in variables.items()}
    return CliRunner().invoke(main, [str(a) for a in args], env=chosen, catch_exceptions=False)


def one_json(result: Result) -> Any:
    """The one JSON value on stdout; anything else there would break it."""
    return json.loads(result.stdout)


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        if not path and name not in MINE:
            continue
        found = group.get_command(context, name)
        assert found is not None
        yield (*path, name)
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))


# -- the whole


@pytest.mark.parametrize("path", [" ".join(path) for path in commands(main)])
def test_every_command_has_help_in_both_languages_with_an_example(path: str) -> None:
    result = truc(*path.split(), "--help")
    assert result.exit_code == 0
    assert "Example · Ví dụ:" in result.output
    assert f"truc {path.split()[0]}" in result.output.split("Ví dụ:")[1]
    assert VIETNAMESE.search(result.output.split("Options:")[0])


@pytest.mark.parametrize("path", [" ".join(path) for path in commands(main)])
def test_every_command_that_answers_can_answer_in_json(path: str) -> None:
    node: click.Command = main
    for name in path.split():
        assert isinstance(node, click.Group)
        found = node.get_command(click.Context(node), name)
        assert found is not None
        node = found
    if not isinstance(node, click.Group):
        assert {"--json", "--lang"} <= {option for p in node.params for option in p.opts}


@pytest.mark.parametrize("name", PLACES)
def test_each_line_of_the_table_names_a_command(name: str) -> None:
    found = import_module(PLACES[name].module).command
    assert isinstance(found, click.Command)
    assert found.name == name


def test_help_tells_every_exit_code() -> None:
    help_text = truc("--help").output
    for code in ("0  ok", "1  refused", "2  wrong use", "3  the hub cannot be reached", "4  try later"):
        assert code in help_text


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_table_imports_nothing_but_click() -> None:
    heavy = {"rich", "aiohttp", "lxml", "msgspec", "cryptography", "asyncio", "hub.core.errors"}
    assert not heavy & modules_after("import hub.cli.main")


def test_verifying_a_receipt_starts_without_network_and_xml() -> None:
    assert not {"rich", "aiohttp", "lxml", "asyncio", "ssl"} & modules_after("import hub.cli.receipt.verify")


def test_an_unknown_command_is_wrong_use() -> None:
    assert truc("sennd").exit_code == 2


def test_lazy_groups_list_their_commands_in_order() -> None:
    group = LazyGroup("g", places={name: PLACES[name] for name in ("watch", "ack")})
    assert group.list_commands(click.Context(group)) == ["watch", "ack"]


def nobody() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_no_hub_is_exit_3_and_says_what_to_do() -> None:
    result = truc("report", "--url", nobody(), lang="vi")
    assert result.exit_code == 3
    assert "Không kết nối được tới Trục" in result.stderr
    assert "truc serve" in result.stderr


def test_no_hub_is_one_problem_under_json() -> None:
    result = truc("report", "--url", nobody(), "--json")
    assert result.exit_code == 3
    assert one_json(result)["code"] == "CLIENT_UNREACHABLE"


def test_the_language_follows_the_locale_unless_chosen() -> None:
    args = ("agencies", "search", "zzz", "--file", "missing")
    assert truc(*args).exit_code == 2
    code = "import os; os.environ['LANG']='vi_VN.UTF-8'; from hub.cli.common import language; print(language())"
    env = {"PATH": "/usr/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "vi"


# -- check


def test_a_good_message_has_no_findings() -> None:
    result = truc("check", VECTORS / "document.edxml", VECTORS / "status-03.edxml", *TODAY)
    assert result.exit_code == 0
    assert "no findings" in result.output


def test_check_json_is_one_list_with_one_report_a_file() -> None:
    first, second = one_json(truc("check", VECTORS / "document.edxml", VECTORS / "status-03.edxml", *TODAY, "--json"))
    assert (first["ok"], first["kind"], second["kind"]) == (True, "document", "status")
    assert first["sender"] == VPCP
    assert first["attachments"] >= 1
    assert len(first["sha256"]) == 64


@pytest.mark.parametrize(("lang", "word"), [("vi", "ký tự"), ("en", "characters")])
def test_all_findings_are_told_in_the_language_asked(tmp_path: Path, lang: str, word: str) -> None:
    text = (VECTORS / "document.edxml").read_text("utf-8")
    text = text.replace("<edXML:Place>Hà Nội</edXML:Place>", f"<edXML:Place>{'x' * 51}</edXML:Place>")
    text = text.replace("<edXML:BussinessDocType>0<", "<edXML:BussinessDocType>9<")
    bad = tmp_path / "bad.edxml"
    bad.write_text(text, "utf-8")
    result = truc("check", bad, *TODAY, "--lang", lang)
    assert result.exit_code == 1
    assert "R.MessageHeader.PromulgationInfo.Place" in result.output
    assert "M.TraceHeaderList.Bussiness.BussinessDocType" in result.output
    assert word in result.output
    codes = [f["code"] for f in one_json(truc("check", bad, *TODAY, "--json"))[0]["findings"]]
    assert codes == ["M.TraceHeaderList.Bussiness.BussinessDocType", "R.MessageHeader.PromulgationInfo.Place"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not xml", "FORMAT_MALFORMED_XML"),
        (b"<!DOCTYPE x><x/>", "FORMAT_FORBIDDEN_XML"),
        (b"<other/>", "FORMAT_NOT_EDXML"),
    ],
)
def test_what_is_no_message_is_named(tmp_path: Path, data: bytes, code: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(data)
    result = truc("check", file, "--json")
    assert result.exit_code == 1
    assert one_json(result)[0]["refused"][0]["code"] == code


def test_a_secret_is_found_before_it_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "secret.edxml"
    file.write_bytes(edxml.build(replace(a_document(VPCP, [SON_LA], 1), subject="Tối mật: danh sách")))
    assert "FORMAT_STATE_SECRET" in truc("check", file, *TODAY).output


@pytest.fixture(scope="session")
def profile(keys: Path) -> Profile:
    return keyring(str(keys))


def signed_file(profile: Profile, folder: Path, signer: str = VPCP) -> Path:
    credential = profile.agency(signer)
    path = folder / "signed.edxml"
    path.write_bytes(xmldsig.sign(edxml.build(a_document(VPCP, [SON_LA], 1)), credential.key, credential.chain))
    return path


def directory_file(profile: Profile, folder: Path) -> Path:
    path = folder / "agencies.json"
    path.write_bytes(to_json(registered(profile)))
    return path


def verdict(*args: object) -> tuple[int, dict[str, Any]]:
    result = truc("check", *args, *TODAY, "--json")
    return result.exit_code, one_json(result)[0]["signature"]


def test_a_valid_signature_with_and_without_a_directory(profile: Profile, tmp_path: Path) -> None:
    file, anchors = signed_file(profile, tmp_path), profile.folder / "anchors"
    code, signature = verdict(file, "--anchors", anchors)
    assert (code, signature["verdict"], signature.get("registered")) == (0, "VALID", None)
    code, signature = verdict(file, "--anchors", anchors, "--directory", directory_file(profile, tmp_path))
    assert (code, signature["verdict"], signature["registered"]) == (0, "VALID", True)


def test_another_agencys_signature_is_refused_either_way(profile: Profile, tmp_path: Path) -> None:
    file, anchors = signed_file(profile, tmp_path, SON_LA), profile.folder / "anchors"
    for extra in ((), ("--directory", directory_file(profile, tmp_path))):
        code, signature = verdict(file, "--anchors", anchors, *extra)
        assert (code, signature["verdict"]) == (1, "IDENTITY_MISMATCH")
        assert signature["problem"]["vi"]


def test_a_changed_document_is_told_from_an_unsigned_one(profile: Profile, tmp_path: Path) -> None:
    file, anchors = signed_file(profile, tmp_path), profile.folder / "anchors"
    file.write_bytes(file.read_bytes().replace(b"<edXML:Priority>0<", b"<edXML:Priority>1<"))
    code, signature = verdict(file, "--anchors", anchors)
    assert (code, signature["verdict"]) == (1, "DIGEST_MISMATCH")
    assert verdict(VECTORS / "document.edxml", "--anchors", anchors)[1]["verdict"] == "ABSENT"


def test_anchors_that_cannot_be_read_are_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "x.cert.pem").write_text("rubbish")
    assert truc("check", VECTORS / "document.edxml", "--anchors", tmp_path).exit_code == 2


# -- receipts


@pytest.fixture
def receipt(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A receipt, the policy that it satisfies, and its document."""
    log = Log()
    log.append(evidence.encode(sample(signature=None)))
    files = tmp_path / "r.tlog-proof", tmp_path / "log.policy", tmp_path / "d.edxml"
    for path, data in zip(files, (log.receipt(0), log.policy(), DOCUMENT), strict=True):
        path.write_bytes(data)
    return files


def test_a_good_receipt_verifies_and_says_what_it_proves(receipt: tuple[Path, Path, Path]) -> None:
    file, policy, document = receipt
    result = truc("receipt", "verify", file, "--policy", policy, "--document", document, lang="vi")
    assert result.exit_code == 0
    assert result.output.count("✓") == 7
    assert "ĐÃ XÁC MINH" in result.output
    answer = one_json(truc("receipt", "verify", file, "--policy", policy, "--document", document, "--json"))
    assert (answer["ok"], answer["index"], answer["cosigners"], answer["document_checked"]) == (True, 0, ["W0"], True)
    assert answer["evidence"]["ERDSEventId"].endswith("SubmissionAcceptance")


def test_without_the_document_it_says_that_it_was_not_compared(receipt: tuple[Path, Path, Path]) -> None:
    result = truc("receipt", "verify", receipt[0], "--policy", receipt[1])
    assert result.exit_code == 0
    assert "not compared" in result.output


def test_a_failed_check_is_named_and_is_exit_1(receipt: tuple[Path, Path, Path], tmp_path: Path) -> None:
    file, policy, document = receipt
    stranger = tmp_path / "other.policy"
    stranger.write_bytes(Log(witnesses=2).policy())
    forged = tmp_path / "forged"
    forged.write_bytes(file.read_bytes().replace(b"index 0", b"index 1"))
    other = tmp_path / "other"
    other.write_bytes(b"another document")
    cases = [
        ((forged, policy, document), 4),
        ((file, stranger, document), 3),
        ((file, policy, other), 6),
        ((document, policy, document), 1),
    ]
    for (proof, trusted, compared), number in cases:
        result = truc("receipt", "verify", proof, "--policy", trusted, "--document", compared, "--json")
        answer = one_json(result)
        assert (result.exit_code, answer["ok"]) == (1, False)
        assert [c["ok"] for c in answer["checks"]] == [True] * (number - 1) + [False]
        assert answer["checks"][-1]["problem"]
    assert "NOT VERIFIED" in truc("receipt", "verify", forged, "--policy", policy).output


def test_a_policy_that_cannot_be_used_is_wrong_use_not_a_bad_receipt(
    receipt: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("quorum nobody\n")
    result = truc("receipt", "verify", receipt[0], "--policy", broken)
    assert result.exit_code == 2
    assert "POLICY_INVALID" in result.stderr


def test_showing_a_receipt_does_not_claim_that_it_is_verified(receipt: tuple[Path, Path, Path]) -> None:
    result = truc("receipt", "show", receipt[0])
    assert result.exit_code == 0
    assert "SubmissionAcceptance" in result.stdout
    assert "not verified" in result.stderr
    assert one_json(truc("receipt", "show", receipt[0], "--json"))["verified_by"] == ""
    trusted = truc("receipt", "show", receipt[0], "--json", "--policy", receipt[1])
    assert one_json(trusted)["verified_by"].startswith("hub.example.gov.vn")


# -- agencies


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "agencies.csv"
    assert truc("agencies", "world", "2022", "--out", path).exit_code == 0
    return path


def test_a_world_is_written_as_the_directory_is_read(world: Path) -> None:
    written = from_csv(world.read_bytes())
    assert len([a for a in written if a.tier is Tier.DISTRICT and a.name.startswith("Ủy ban nhân dân")]) == 705
    piped = truc("agencies", "world", "2022")
    assert from_json(piped.stdout_bytes) == written


def test_agencies_are_found_in_a_file(world: Path) -> None:
    result = truc("agencies", "search", "y te son la", "--file", world, lang="vi")
    assert "Sở Y tế tỉnh Sơn La" in result.output
    found = one_json(truc("agencies", "search", "h52", "--tier", "provincial", "--file", world, "--json"))
    assert found[0]["code"] == SON_LA
    assert {a["tier"] for a in found} == {"provincial"}


def test_nothing_found_says_what_to_try(world: Path) -> None:
    result = truc("agencies", "search", "khong co dau", "--file", world)
    assert result.exit_code == 1
    assert "fewer words" in result.output


def test_an_agency_is_shown_by_either_code(world: Path) -> None:
    by_old = one_json(truc("agencies", "show", SON_LA, "--file", world, "--json"))
    by_new = one_json(truc("agencies", "show", "H52", "--file", world, "--json"))
    assert by_old == by_new
    assert truc("agencies", "show", "X99", "--file", world).exit_code == 2


def test_an_import_is_checked_before_anything_is_sent(tmp_path: Path, world: Path) -> None:
    upon_itself = truc("agencies", "import", world, "--dry-run", "--against", world, "--json")
    made = {"read": len(world_2022()), "changes": 0, "dry_run": True, "diff": []}
    assert one_json(upon_itself) == made
    assert truc("agencies", "import", world, "--against", world).exit_code == 2
    bad = tmp_path / "bad.csv"
    bad.write_text("code,name,tier\n000.00.00.H52,Sơn La,kingdom\n")
    result = truc("agencies", "import", bad, "--json")
    assert result.exit_code == 1
    assert one_json(result)["code"] == "DIRECTORY_INVALID"
    assert [(e["line"], e["field"], e["value"]) for e in one_json(result)["entries"]] == [(2, "tier", "kingdom")]


def test_the_heirs_of_an_agency_that_was_split_are_shown_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "2025.json"
    assert truc("agencies", "world", "2025", "--out", path).exit_code == 0
    shown = truc("agencies", "show", "H26.31.04", "--file", path)
    for text in ("phường Cống Vị", "phường Ngọc Hà", "phường Giảng Võ", "successor", "a part"):
        assert text in shown.output
    assert len(one_json(truc("agencies", "show", "H26.31.04", "--file", path, "--json"))["heirs"]) == 1


# -- keys


def test_a_profile_is_made_once_and_its_policy_verifies_its_log(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    made = one_json(truc("keys", "init", "--keys", keys, "--origin", "hub.example/log", "--json"))
    policy = (keys / "anchors" / "log.policy").read_text()
    assert made["policy"].endswith("log.policy")
    assert policy.startswith("log hub.example/log+")
    truc("keys", "init", "--keys", keys, "--origin", "hub.example/log")
    assert (keys / "anchors" / "log.policy").read_text() == policy
    assert truc("keys", "policy", "--keys", keys, "--origin", "hub.example/log").stdout == policy


def test_agencies_get_keys_are_renewed_and_revoked(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    assert "truc keys init" in truc("keys", "show", "--keys", keys).output
    added = one_json(truc("keys", "agency", "add", VPCP, SON_LA, "--keys", keys, "--json"))
    assert (added["issued"], added["registered"]) == (2, 0)
    again = one_json(truc("keys", "agency", "add", VPCP, "--keys", keys, "--json"))
    assert again["issued"] == 0
    before = Profile(keys).agency(VPCP).certificate
    renewed = one_json(truc("keys", "agency", "renew", VPCP, "--keys", keys, "--json"))
    assert renewed["certificate"]["sha256"] != before.fingerprint(before.signature_hash_algorithm).hex()
    shown = one_json(truc("keys", "show", "--keys", keys, "--json"))
    assert [line["agency"] for line in shown["certificates"]] == [VPCP, VPCP, SON_LA]
    assert truc("keys", "agency", "revoke", SON_LA, "--keys", keys).exit_code == 0
    assert one_json(truc("keys", "crl", "--keys", keys, "--json"))["issuing"]["revoked"] == 1


def test_no_private_key_is_ever_shown(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    truc("keys", "agency", "add", VPCP, "--keys", keys)
    for command in (("show",), ("show", "--json"), ("policy",), ("init",)):
        assert "PRIVATE" not in truc("keys", *command, "--keys", keys).output


def test_a_missing_key_is_wrong_use_and_says_how_to_make_one(tmp_path: Path) -> None:
    for command in (("inbox",), ("outbox",), ("fetch",)):
        result = truc(*command, "--as", VPCP, "--keys", tmp_path)
        assert result.exit_code == 2
        assert "truc keys agency add" in result.stderr


def test_a_wrong_passphrase_is_wrong_use(tmp_path: Path) -> None:
    keys, right, wrong = tmp_path / "keys", tmp_path / "right", tmp_path / "wrong"
    right.write_text("đúng\n")
    wrong.write_text("sai\n")
    assert truc("keys", "agency", "add", VPCP, "--keys", keys, "--passphrase-file", right).exit_code == 0
    assert truc("outbox", "--as", VPCP, "--keys", keys, "--passphrase-file", wrong).exit_code == 2


# -- what sending needs


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("--to", SON_LA), "--subject"),
        ((), "--to"),
        (
            ("--to", "x", "--subject", "s", "--number", "1", "--notation", "A", "--recall", "a", "--replace", "b"),
            "--recall",
        ),
    ],
)
def test_send_says_what_it_needs(args: tuple[str, ...], named: str) -> None:
    result = truc("send", "--as", VPCP, *args)
    assert result.exit_code == 2
    assert named in result.stderr


@pytest.mark.parametrize(("lang", "word"), [("vi", "rỗng"), ("en", "empty")])
def test_an_empty_file_is_named_before_anything_is_signed_or_asked(
    profile: Profile, tmp_path: Path, lang: str, word: str
) -> None:
    full, empty = tmp_path / "đủ.txt", tmp_path / "trống.txt"
    full.write_text("x")
    empty.write_bytes(b"")
    to = ("--to", SON_LA, "--subject", "V/v", "--url", nobody(), "--save", tmp_path / "kept.edxml")
    result = truc("send", "--as", VPCP, "--keys", profile.folder, *to, full, empty, lang=lang)
    assert result.exit_code == 1
    assert word in result.stderr
    assert "trống.txt" in result.stderr
    assert not list(tmp_path.glob("*.edxml"))


def test_what_could_not_be_sent_is_kept_and_told(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    unsigned = tmp_path / "unsigned.edxml"
    unsigned.write_bytes(edxml.build(a_document(VPCP, [SON_LA], 1)))
    args = ("--as", VPCP, "--keys", profile.folder, "--url", nobody(), "--edxml", unsigned, "--sign")
    result = truc("send", *args)
    assert result.exit_code == 3
    (kept,) = tmp_path.glob("unsent-*.edxml")
    assert kept.name in result.stderr
    assert b"SignatureValue" in kept.read_bytes()
    again = truc("send", "--as", VPCP, "--keys", profile.folder, "--url", nobody(), "--edxml", kept)
    assert again.exit_code == 3
    assert list(tmp_path.glob("unsent-*.edxml")) == [kept], "the same bytes are not kept twice"


@pytest.mark.parametrize("code", ["02", "16"])
def test_a_refusal_needs_a_reason(code: str) -> None:
    result = truc("status", "--as", SON_LA, "--document", "x", "--code", code)
    assert result.exit_code == 2
    assert "--reason" in result.stderr


def test_acknowledging_needs_what_was_fetched(tmp_path: Path) -> None:
    assert truc("ack", "--as", SON_LA, tmp_path).exit_code == 2


# -- the report


FIGURES = wire.Figures(
    since="1970-01-01T00:00:00.000Z",
    until="2026-11-22T08:00:00.000Z",
    documents=10,
    deliveries=36,
    statuses=3,
    bytes=1000,
    signed=9,
    signed_share=0.9,
    per_second=wire.Rate(documents=0.1, deliveries=0.36, peak_documents=2, peak_deliveries=7),
    per_minute=wire.Rate(documents=6, deliveries=21.6, peak_documents=8, peak_deliveries=30),
    per_day=wire.Rate(documents=10, deliveries=36, peak_documents=10, peak_deliveries=36),
    tiers=[wire.TierFigures(tier="central", agencies=22, exchanged=21, share=0.95, sent=10, received=0)],
    matrix=[wire.Flow(sender="central", recipient="commune", deliveries=36, handed_over=30)],
    latency=wire.Latency(measured=30, p50=120, p99=4000),
    ledger=[wire.LedgerLine(name="all", accepted=36, waiting=6, handed_over=30)],
)


def test_the_csv_holds_every_figure() -> None:
    target = io.StringIO()
    csv.writer(target).writerows(lines(FIGURES))
    rows = {tuple(row[:3]): row[3] for row in csv.reader(io.StringIO(target.getvalue()))}
    assert rows["totals", "", "signed_share"] == "0.9"
    assert rows["rates", "per_minute", "peak_deliveries"] == "30"
    assert rows["tiers", "central", "share"] == "0.95"
    assert rows["matrix", "central", "commune"] == "36"
    assert rows["matrix", "central", "commune handed_over"] == "30"
    assert rows["latency", "", "p99"] == "4000"
    assert rows["ledger", "all", "difference"] == "0"


def test_csv_and_json_at_once_is_wrong_use() -> None:
    assert truc("report", "--csv", "--json").exit_code == 2
