"""A hub is put into service under somebody else's authority, from an empty folder to an answer over TLS."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import urllib.request
from base64 import b64decode
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from hub.base.config import InvalidSettings, load
from hub.base.runtime import system_clock
from hub.cli.main import main
from hub.core.evidence.appointments import decode
from hub.core.model import Millis, to_datetime
from hub.core.signature.anchors import DAY
from hub.lab import sandbox
from hub.pki import profile as pki
from hub.pki.issue import make_crl, make_issuing, make_root
from hub.pki.requests import missing
from tests.support.process import TRUC, free_port

VECTORS = Path(__file__).parents[1] / "vectors/state-ca"


def truc(*arguments: object, lang: str = "en", keys: Path | None = None) -> Result:
    environment = dict.fromkeys(("TRUC_URL", "TRUC_AS")) | {"TRUC_LANG": lang, "TRUC_KEYS": keys and str(keys)}
    return CliRunner().invoke(main, [str(a) for a in arguments], env=environment)


def told(*arguments: object) -> dict[str, object]:
    result = truc(*arguments, "--json")
    record = json.loads(result.stdout)
    assert isinstance(record, dict)
    return record


class Authority:
    """A CA that is not ours: it sees requests and returns certificates."""

    def __init__(self) -> None:
        self.now = system_clock()
        self.root = make_root(Millis(self.now - DAY))
        self.issuing = make_issuing(self.root, Millis(self.now - DAY))

    def hand_out(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rootca.crt").write_bytes(self.root.certificate.public_bytes(Encoding.PEM))
        (folder / "issuing.cer").write_bytes(self.issuing.certificate.public_bytes(Encoding.DER))
        for name, ca in (("rootca", self.root), ("issuing", self.issuing)):
            crl = make_crl(ca, (), 1, Millis(self.now - 60_000), 7)
            (folder / f"{name}.crl").write_bytes(crl.public_bytes(Encoding.DER))

    def sign(
        self,
        request: Path,
        *,
        days: int = 30,
        drop: tuple[type[x509.ExtensionType], ...] = (),
    ) -> bytes:
        """In DER. `drop`: extensions that it leaves out."""
        asked, ca = x509.load_pem_x509_csr(request.read_bytes()), self.issuing
        builder = (
            x509.CertificateBuilder()
            .subject_name(asked.subject)
            .issuer_name(ca.certificate.subject)
            .public_key(asked.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(to_datetime(Millis(self.now - 2 * DAY)))
            .not_valid_after(to_datetime(Millis(self.now + days * DAY)))
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.certificate.public_key()),  # type: ignore[arg-type]
                False,
            )
        )
        for extension in asked.extensions:
            if not isinstance(extension.value, drop or ()):
                builder = builder.add_extension(extension.value, extension.critical)
        return builder.sign(ca.key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Path, Authority]:
    """`truc init`, and the CA's own certificates in place."""
    folder = tmp_path / "prod"
    result = truc("init", folder, "--host", "localhost", "--organization", "Cục Văn thư")
    assert result.exit_code == 0, result.output
    authority = Authority()
    authority.hand_out(folder / "keys/anchors")
    return folder, authority


@pytest.mark.real_clock
def test_from_an_empty_folder_to_a_hub_under_the_states_ca(prepared: tuple[Path, Authority]) -> None:
    folder, authority = prepared
    keys, config = folder / "keys", folder / "hub.toml"
    assert not list((keys / "issuing").iterdir()), "no authority of our own"
    assert truc("config", "check", "--config", config).exit_code == 1
    for request in sorted((keys / "requests").glob("*.csr.pem")):
        certificate = folder / f"{request.name}.cer"
        certificate.write_bytes(authority.sign(request))
        result = truc("keys", "take", "--keys", keys, certificate)
        assert result.exit_code == 0, result.output
    assert truc("config", "check", "--config", config).exit_code == 0
    port = free_port()
    config.write_text(config.read_text().replace("port = 443", f"port = {port}").replace("0.0.0.0", "127.0.0.1"))
    process = subprocess.Popen(
        [*TRUC, "serve", "--config", str(config), "--json", "--log-level", "warning"],
        stdout=subprocess.PIPE, cwd="/",
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["url"] == f"https://127.0.0.1:{port}"
        context = ssl.create_default_context(cadata=authority.root.certificate.public_bytes(Encoding.PEM).decode())
        with urllib.request.urlopen(f"https://localhost:{port}/log/objects/statement", context=context) as answer:
            (item,) = json.load(answer)["items"]
        assert {"operator", "auditor"} == {step.who for step in decode(b64decode(item["object"])).changes}
        report = ("report", "--url", f"https://localhost:{port}", "--json")
        untrusted = truc(*report)
        assert (untrusted.exit_code, json.loads(untrusted.stdout)["code"]) == (3, "CLIENT_HUB_UNTRUSTED")
        assert "TRUC_CACERT" in json.loads(untrusted.stdout)["hint_en"]
        (folder / "root.crt").write_bytes(authority.root.certificate.public_bytes(Encoding.DER))
        assert truc(*report, "--cacert", folder / "root.crt").exit_code == 0, "in DER, as it is handed out"
        assert truc(*report, "--cacert", config).exit_code == 2
        assert truc(*report, keys=keys).exit_code == 0, "the roots of TRUC_KEYS count for who signs nothing"
        assert not list((keys / "issuing").iterdir())
        own = pki.Profile(keys)
        sealed = own.hub("seal")
        assert sealed.chain[1:] == (authority.issuing.certificate,), "its issuer travels with it"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_every_setting_of_the_file_that_init_writes_is_the_default_or_chosen(prepared: tuple[Path, Authority]) -> None:
    folder, _ = prepared
    text = (folder / "hub.toml").read_text()
    uncommented = "\n".join(
        line.removeprefix("# ") for line in text.splitlines() if not line.startswith("# ") or _is_toml(line[2:])
    )
    (folder / "all.toml").write_text(uncommented)
    assert load(folder / "all.toml") == load(folder / "hub.toml")


def _is_toml(line: str) -> bool:
    name, equals, _ = line.partition(" = ")
    return line.startswith("[") or (bool(equals) and name.isidentifier())


def test_an_anchors_folder_and_nothing_else_is_told_in_words(tmp_path: Path) -> None:
    """As README advises: the State's certificates, and the hub is started."""
    for name, anchors in (("prod", "anchors-as-handed-out"), ("prod2", "anchors")):
        shutil.copytree(VECTORS / anchors, tmp_path / name / "anchors")
        process = subprocess.run(
            [*TRUC, "serve", "--keys", name, "--data", f"{name}-data", "--port", "0"],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert process.returncode == 2
        assert "Traceback" not in process.stderr
        for word in ("HUB_KEYS_INCOMPLETE", "seal", "operator", "truc keys request seal", "TLS", "dấu của Trục"):
            assert word in process.stderr, process.stderr
        assert not any((tmp_path / name / "issuing").glob("*")), "no demo CA was made"
        assert {p.name for p in (tmp_path / name / "anchors").iterdir()} == {
            p.name for p in (VECTORS / anchors).iterdir()
        }


def test_an_empty_folder_makes_no_authority(tmp_path: Path) -> None:
    process = subprocess.run(
        [*TRUC, "serve", "--keys", "k", "--data", "d", "--port", "0"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert process.returncode == 2
    assert "truc keys init" in process.stderr
    assert not (tmp_path / "k/anchors").exists() or not list((tmp_path / "k/anchors").iterdir())


def test_what_is_missing_is_told_with_the_files_that_are_not_taken(tmp_path: Path) -> None:
    shutil.copytree(VECTORS / "anchors-as-handed-out", tmp_path / "anchors")
    (tmp_path / "anchors/second.crt").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    lacks = missing(pki.Profile(tmp_path), seal=True)
    assert "truc keys request seal" in {lack.command for lack in lacks}, "nothing was asked for yet"
    assert [lack.needed for lack in lacks].index(False) == 1
    assert any("second.crt is not taken: damaged" in lack.what.en for lack in lacks)


# -- taking certificates --------------------------------------------------------------------------------


def taken(folder: Path, data: bytes, *, name: str = "x.cer") -> Result:
    (folder / name).write_bytes(data)
    return truc("keys", "take", "--keys", folder / "keys", folder / name)


def request_of(folder: Path, name: str) -> Path:
    return folder / "keys/requests" / f"{name}.csr.pem"


def test_a_certificate_is_examined_before_it_is_put_in_place(prepared: tuple[Path, Authority]) -> None:
    folder, authority = prepared
    place = folder / "keys/hub/seal.cert.pem"
    stranger = Authority()
    bad = {
        "not in date": authority.sign(request_of(folder, "seal"), days=-1),
        "nobody's": stranger.sign(request_of(folder, "seal")),
        "no usage": authority.sign(request_of(folder, "seal"), drop=(x509.KeyUsage,)),
        "an authority's": authority.issuing.certificate.public_bytes(Encoding.DER),
        "no certificate": b"x",
    }
    for why, data in bad.items():
        result = taken(folder, data)
        assert (result.exit_code, place.exists()) == (1, False), why
        assert "✗" in result.output
    assert taken(folder, authority.sign(request_of(folder, "seal"))).exit_code == 0
    assert place.exists()


def test_over_another_key_it_is_refused(prepared: tuple[Path, Authority], tmp_path: Path) -> None:
    folder, authority = prepared
    other = pki.Profile(tmp_path / "other")
    with other.locked():
        pass
    result = truc("keys", "request", "--keys", other.folder, "seal")
    assert result.exit_code == 0, result.output
    refused = taken(folder, authority.sign(other.folder / "requests/seal.csr.pem"))
    assert refused.exit_code == 1
    assert "no key here" in refused.output


def test_a_server_needs_its_name_and_an_operator_to_log_in(prepared: tuple[Path, Authority]) -> None:
    folder, authority = prepared
    nameless = taken(folder, authority.sign(request_of(folder, "tls"), drop=(x509.SubjectAlternativeName,)))
    assert "subjectAltName" in nameless.output
    swapped = authority.sign(request_of(folder, "operator"), drop=(x509.ExtendedKeyUsage, x509.KeyUsage))
    assert taken(folder, swapped).exit_code == 1


def test_without_lists_it_is_put_in_place_and_that_is_told(prepared: tuple[Path, Authority]) -> None:
    folder, authority = prepared
    for path in (folder / "keys/anchors").glob("*.crl"):
        path.unlink()
    result = taken(folder, authority.sign(request_of(folder, "seal")))
    assert result.exit_code == 0
    assert "revocation" in result.output


def test_an_agency_and_further_operators_ask_too(prepared: tuple[Path, Authority]) -> None:
    folder, authority = prepared
    names = ("000.00.00.H52", "operator-binh")
    assert truc("keys", "request", "--keys", folder / "keys", *names, "--organization", "Sơn La").exit_code == 0
    for name in names:
        assert taken(folder, authority.sign(request_of(folder, name))).exit_code == 0
    held = pki.Profile(folder / "keys")
    assert held.agency(names[0]).certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_IDENTIFIER)
    assert [who for who, _ in held.appointed()] == ["operator-binh"]
    assert truc("keys", "request", "--keys", folder / "keys", "sealing").exit_code == 2


# -- settings --------------------------------------------------------------------------------


def test_paths_are_relative_to_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hub.toml").write_text('[hub]\ndata = "data"\n[timestamp]\nanchors = "tsa"\n')
    monkeypatch.chdir("/")
    settings = load(tmp_path / "etc/hub.toml")
    assert settings.hub.data == str(tmp_path / "etc/data")
    assert settings.hub.keys == str(tmp_path / "etc/keys/demo")
    assert settings.timestamp.anchors == str(tmp_path / "etc/tsa")
    assert settings.hub.high_water == ""
    monkeypatch.chdir(tmp_path)
    assert load(Path("etc/hub.toml")) == settings


def test_nobody_begins_an_empty_record_because_paths_are_read_in_a_new_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "var/hub").mkdir(parents=True)
    (tmp_path / "var/hub/axis.sqlite").touch()
    (tmp_path / "etc/hub.toml").write_text('[hub]\ndata = "var/hub"\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidSettings, match="in full"):
        load(Path("etc/hub.toml"))
    (tmp_path / "etc/var/hub").mkdir(parents=True)
    (tmp_path / "etc/var/hub/axis.sqlite").touch()
    assert load(Path("etc/hub.toml")).hub.data == str(tmp_path / "etc/var/hub")


def test_check_names_the_next_command_for_what_was_asked_for(prepared: tuple[Path, Authority]) -> None:
    folder, _ = prepared
    shutil.rmtree(folder / "keys/anchors")
    for lang, root in (("en", "put it into"), ("vi", "đặt vào")):
        lines = truc("config", "check", "--config", folder / "hub.toml", lang=lang).stdout.splitlines()
        for name in ("seal", "tls", "operator", "auditor"):
            assert any(line.endswith(f"truc keys take {name}.cer") for line in lines), lines
        assert any(line.endswith(f"{root} {folder / 'keys/anchors'}") for line in lines), lines
        assert not any("keys request" in line or line.endswith(": ") for line in lines)


def test_show_tells_where_each_value_comes_from_and_no_secret(tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    config.write_text('[hub]\nseal = false\n[timestamp]\nurl = "https://me:s3cret@tsa.example/"\n')
    shown = told("config", "show", "--config", config)["values"]
    assert isinstance(shown, list)
    rows = {row["name"]: (row["value"], row["from"]) for row in shown}
    assert rows["hub.seal"] == ("false", "file")
    assert rows["hub.data"] == (str(tmp_path / "var/hub"), "default")
    assert rows["timestamp.url"] == ("https://…@tsa.example/", "file")
    assert "s3cret" not in truc("config", "show", "--config", config).output


def test_check_compares_the_logs_name_with_the_policy_and_the_record(prepared: tuple[Path, Authority]) -> None:
    folder, _ = prepared
    config = folder / "hub.toml"

    def found() -> str:
        return json.dumps(told("config", "check", "--config", config), ensure_ascii=False)

    assert "trusts the log" not in found()
    (folder / "data").mkdir()
    (folder / "data/high-water").write_text("localhost/log\n0\n\n")
    assert "the record is of" not in found()
    config.write_text(config.read_text().replace('origin = "localhost/log"', 'origin = "other.example/log"'))
    assert "trusts the log localhost/log" in found()
    assert "the record is of the log localhost/log" in found()


def test_init_overwrites_nothing(prepared: tuple[Path, Authority]) -> None:
    folder, _ = prepared
    before = (folder / "hub.toml").read_bytes()
    assert truc("init", folder, "--host", "localhost").exit_code == 2
    assert (folder / "hub.toml").read_bytes() == before
    assert os.stat(folder / "keys/hub/seal.key.pem").st_mode & 0o077 == 0


def test_a_sample_of_an_earlier_version_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It named its folders as they were seen from where it was made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var/sandbox/data").mkdir(parents=True)
    (tmp_path / "var/sandbox/data/axis.sqlite").touch()
    config = Path("var/sandbox/hub.toml")
    config.write_text('[hub]\ndata = "var/sandbox/data"\nkeys = "var/sandbox/keys"\n')
    settings = sandbox.prepare(Path("var/sandbox"))
    assert settings.hub.data == "var/sandbox/data"
    monkeypatch.chdir("/")
    assert load(tmp_path / config).hub.data == str(tmp_path / "var/sandbox/data")


@pytest.mark.parametrize("command", [("serve",), ("config", "check"), ("fsck",), ("ready",)])
def test_settings_that_are_not_there_are_told_in_one_sentence_with_what_to_do(command: tuple[str, ...]) -> None:
    for lang, words in (("en", "there is no such file; make settings and keys: truc init"), ("vi", "không có tệp này")):
        told = truc(*command, "--config", "/none/hub.toml", lang=lang)
        assert told.exit_code == 2
        assert f"/none/hub.toml: {words}" in told.stderr
        assert "U+000A" not in told.stderr
