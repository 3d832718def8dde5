"""Keys in files and on tokens sign alike: documents, acknowledgements, tokens, seals, requests."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pkcs11
import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from clients.axis import AxisClient
from hub.app import opened
from hub.base.config import HubSettings, Settings
from hub.base.runtime import system_clock
from hub.cli.main import main
from hub.core import edxml
from hub.core.errors import Unavailable
from hub.core.log import seal
from hub.core.log.keys import Checkpoint
from hub.core.model import Millis, StatusCode
from hub.core.signature import jws, trust, xmldsig
from hub.core.signature.profile import ALGORITHMS
from hub.pki import tokens, troubles
from hub.pki.files import PkiError
from hub.pki.issue import AGENCY, HUB_USES, Credential, Use, issue
from hub.pki.profile import Profile
from hub.pki.profile import registered as certified
from hub.pki.profile_files import CRL_URL
from hub.pki.signers import open_key, open_signer
from tests.attacks.simulator import AT, CODE, MESSAGE, world
from tests.support import softhsm
from tests.support.axis import NOON, SON_LA, VPCP, Clock, a_document, keyring, registered
from tests.support.web import a_web

KINDS = {
    "RSA-2048": lambda: rsa.generate_private_key(65537, 2048),
    "RSA-3072": lambda: rsa.generate_private_key(65537, 3072),
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
}


class Held:
    """A token with a key of each kind, and certificates over them beside it."""

    def __init__(self, folder: Path) -> None:
        self.token = softhsm.SoftToken(folder)
        self.credentials: dict[str, Credential] = {}
        self.uris: dict[str, str] = {}
        for name, make in KINDS.items():
            self.credentials[name] = world().issue(CODE, make())
            self.uris[name] = self.token.put(self.credentials[name].key, name)
            (folder / f"{name}.cer").write_bytes(self.credentials[name].certificate.public_bytes(Encoding.DER))

    def signer(self, name: str) -> Credential:
        return open_signer(self.uris[name], self.token.folder / f"{name}.cer")


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    made = Held(tmp_path_factory.mktemp("softhsm") / "one")
    os.environ.update(made.token.environment)
    yield made
    os.environ.pop("SOFTHSM2_CONF")


def fits(key: object, uri: str) -> bool:
    return isinstance(key.public_key(), ALGORITHMS[uri].key)  # type: ignore[attr-defined]


@softhsm.needed
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_on_a_token_signs_documents_with_every_algorithm_that_fits(held: Held, kind: str) -> None:
    mine = held.signer(kind)
    registered_now = frozenset({mine.certificate.fingerprint(hashes.SHA256()).hex()})
    for uri in (uri for uri in ALGORITHMS if fits(mine.key, uri)):
        data = xmldsig.sign(MESSAGE.encode(), mine.key, mine.chain, uri)
        trust.verify(edxml.parse(data), registered_now, world().anchors, AT)


@softhsm.needed
@pytest.mark.parametrize("kind", KINDS)
def test_it_signs_tokens_and_acknowledgements(held: Held, kind: str) -> None:
    mine = held.signer(kind)
    kid = jws.key_id(mine.certificate)
    token = jws.sign(b'{"a":1}', mine.key, kid, "test/1")
    assert jws.verify(token, {kid: mine.certificate}, "test/1") == b'{"a":1}'


@softhsm.needed
@pytest.mark.parametrize("kind", KINDS)
def test_it_asks_for_its_own_certificate(held: Held, kind: str) -> None:
    key = open_key(held.uris[kind])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    asked = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    assert asked.is_signature_valid
    assert asked.public_key() == held.credentials[kind].key.public_key()


@softhsm.needed
def test_one_session_serves_all_threads(held: Held) -> None:
    """A library of tokens is not told to lock: two sessions in two threads ended in memory errors."""
    mine = [held.signer(kind) for kind in ("P-256", "RSA-2048")]
    by_label = open_key(held.uris["P-256"].replace("pkcs11:token=truc;", "pkcs11:"))
    failed: list[BaseException] = []

    def work(key: object, public: object) -> None:
        try:
            for number in range(40):
                data = b"%d" % number
                signature = key.sign(data, ec.ECDSA(hashes.SHA256()))  # type: ignore[attr-defined]
                public.verify(signature, data, ec.ECDSA(hashes.SHA256()))  # type: ignore[attr-defined]
        except BaseException as error:
            failed.append(error)

    keys = [mine[0].key, by_label, mine[0].key, by_label]
    threads = [threading.Thread(target=work, args=(key, key.public_key())) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(tokens._sessions) == 1


@softhsm.needed
def test_a_wrong_pin_is_told_and_not_tried_again(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    for session in tokens._sessions.values():
        session.close()  # a token that somebody is logged in to asks for no PIN
    tokens._sessions.clear()
    wrong = tokens.Token(tokens.parse(held.token.uri("P-256", pin="9999")), lambda: None)
    tried: list[int] = []
    true_pin = wrong._pin
    monkeypatch.setattr(wrong, "_pin", lambda: tried.append(1) or true_pin())
    with pytest.raises(PkiError) as first:
        wrong.session()
    with pytest.raises(PkiError) as again:
        wrong.session()
    assert "9999" not in str(first.value)
    assert str(again.value) == str(first.value)
    assert len(tried) == 1


@softhsm.needed
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("object=P-256", "object=nothing"), "one private key is wanted, 0 fit"),
        (("token=truc", "token=other"), "one token is wanted, 0 fit"),
        (("libsofthsm2.so", "nothing.so"), "is no library of tokens"),
    ],
)
def test_what_is_not_there_is_named(held: Held, change: tuple[str, str], told: str) -> None:
    with pytest.raises(PkiError) as error:
        open_key(held.uris["P-256"].replace(*change))
    assert told in str(error.value)
    assert "pin" not in str(error.value)


@softhsm.needed
def test_a_token_that_is_gone_means_later(held: Held) -> None:
    key = open_key(held.uris["P-256"])
    key._uri = key._uri._replace(named={**key._uri.named, "object": "gone"})  # type: ignore[union-attr]
    with pytest.raises(Unavailable) as error:
        key.sign(b"x", ec.ECDSA(hashes.SHA256()))  # type: ignore[call-arg, arg-type]
    assert "pin-source" not in error.value.en


def issued_to(uri: str, use: Use, code: str, profile: Profile) -> Credential:
    """A certificate of the profile's authority over a key on the token."""
    return issue(profile._ca("issuing"), use, code, code or "seal", NOON, crl_url=CRL_URL, key=open_key(uri))


@softhsm.needed
async def test_the_hubs_seal_may_be_on_a_token(held: Held, tmp_path: Path, keys: Path) -> None:
    keyring(str(keys))
    shutil.copytree(keys, tmp_path / "keys")
    profile, uri = Profile(tmp_path / "keys"), held.uris["P-256"]
    made = issued_to(uri, HUB_USES["seal"], "", profile).certificate
    profile.files_of("seal", "hub")[0].write_bytes(made.public_bytes(Encoding.PEM))
    profile.files_of("seal", "hub")[1].unlink()
    settings = Settings(hub=HubSettings(data=str(tmp_path / "hub"), keys=str(tmp_path / "keys"), seal_key=uri))
    async with opened(settings, clock=Clock()) as (exchange, journal, _):
        await exchange.change_directory(registered(profile), "test")
        row = await exchange.store.last_checkpoint()
        assert row is not None
        assert seal.verify(row.seal, made, Checkpoint(journal.origin, row.size, row.root)) == row.at
        key = journal._sealer.key  # type: ignore[union-attr]
        there = key._uri  # type: ignore[union-attr]
        entry = msgspec.structs.replace(exchange.directory[VPCP], short_name="VP")
        key._uri = there._replace(named={**there.named, "object": "pulled out"})  # type: ignore[union-attr]
        with pytest.raises(Unavailable):  # nothing is promised that has no seal
            await exchange.change_directory([entry], "test")
        assert await exchange.store.last_checkpoint() == row
        key._uri = there  # type: ignore[union-attr]
        assert await exchange.change_directory([entry], "test")
        assert exchange.directory[VPCP].short_name == "VP"


@softhsm.needed
@pytest.mark.parametrize("kind", ["P-256", "RSA-3072"])
async def test_an_agency_works_with_a_key_on_a_token_alone(held: Held, tmp_path: Path, keys: Path, kind: str) -> None:
    """Over HTTP: a token, a document, an acknowledgement, a status; nothing of it with a key in a file."""
    async with a_web(tmp_path / "hub", keys) as web:
        profile = web.axis.profile
        mine = {code: issued_to(held.uris[kind], AGENCY, code, profile) for code in (VPCP, SON_LA)}
        for code, credential in mine.items():
            entry = web.hub.exchange.directory[code]
            only = msgspec.structs.replace(entry, certificates=(certified(credential, Millis(0)),))
            await web.hub.exchange.change_directory([only], "test")
        at = {"clock": lambda: web.axis.clock() / 1000}
        async with (
            AxisClient(web.url, VPCP, mine[VPCP].key, mine[VPCP].chain, **at) as sender,
            AxisClient(web.url, SON_LA, mine[SON_LA].key, mine[SON_LA].chain, **at) as recipient,
        ):
            await sender.send(a_document(VPCP, [SON_LA], 1))
            items = await recipient.fetch()
            assert [item.message.verdict for item in items] == ["VALID"]
            said = await recipient.acknowledge(items)
            assert said.items[0].receipt
            assert (await recipient.status(StatusCode.ACCEPTED, items[0].message)).answer.receipt


@softhsm.needed
def test_the_command_line_takes_it(held: Held, tmp_path: Path, keys: Path) -> None:
    """A request under a key on the token, and what the authority returns is found again as its certificate."""
    keyring(str(keys))
    shutil.copytree(keys, tmp_path / "keys")
    folder, uri = tmp_path / "keys", held.uris["RSA-3072"]

    def truc(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(a) for a in arguments], env={"TRUC_LANG": "en", "TRUC_KEYS": str(folder)})

    asked = truc("keys", "request", "operator-binh", "--key", uri)
    assert asked.exit_code == 0, asked.output
    request = x509.load_pem_x509_csr((folder / "requests/operator-binh.csr.pem").read_bytes())
    assert request.public_key() == open_key(uri).public_key()
    profile = Profile(folder)
    made = issue(profile._ca("issuing"), HUB_USES["operator"], "", "x", Millis(system_clock() - 7_200_000),
                 crl_url=CRL_URL, key=open_key(uri)).certificate  # fmt: skip
    with profile.locked():
        profile.publish_crls(system_clock())
    (tmp_path / "binh.cer").write_bytes(made.public_bytes(Encoding.DER))
    taken = truc("keys", "take", tmp_path / "binh.cer")
    assert taken.exit_code == 0, taken.output
    assert "operator-binh" in dict(profile.appointed())
    assert not profile.files_of("operator-binh", "hub")[1].exists(), "its key stays on the token"
    wrong = truc("outbox", "--as", VPCP, "--key", f"pkcs11:token=nobody?module-path={softhsm.MODULE}&pin-value=1")
    assert wrong.exit_code == 2
    assert "token nobody is not there" in wrong.output


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_key_store_and_pem_files_are_taken(tmp_path: Path) -> None:
    for number, make in enumerate(KINDS.values()):
        one = world().issue(CODE, make())
        store = tmp_path / f"{number}.p12"
        sealed = BestAvailableEncryption(b"mat khau")
        issuers = [world().issuing.certificate]
        store.write_bytes(pkcs12.serialize_key_and_certificates(b"x", one.key, one.certificate, issuers, sealed))
        found = open_signer(str(store), secret=lambda: b"mat khau")
        assert found.chain == (one.certificate, world().issuing.certificate)
        xmldsig.sign(MESSAGE.encode(), found.key, found.chain)
        with pytest.raises(PkiError, match="password"):
            open_signer(str(store), secret=lambda: b"another")
        pem = tmp_path / f"{number}.key.pem"
        pem.write_bytes(one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with pytest.raises(PkiError, match="--cert"):
            open_signer(str(pem))
        (tmp_path / f"{number}.cert.pem").write_bytes(one.certificate.public_bytes(Encoding.PEM))
        assert open_signer(str(pem)).chain == (one.certificate,)


def test_a_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    pem, other = tmp_path / "a.pem", tmp_path / "b.cer"
    pem.write_bytes(world().agency.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    other.write_bytes(world().other.certificate.public_bytes(Encoding.DER))
    with pytest.raises(PkiError, match="no certificate of the key"):
        open_signer(str(pem), other)


def test_uris_after_rfc_7512() -> None:
    uri = tokens.parse(
        "pkcs11:token=C%C6%A1%20quan;object=k%3by;id=%01%ff;type=private?module-path=/m&pin-source=file:/p"
    )
    assert uri.named == {"token": "Cơ quan", "object": "k;y"}
    assert (uri.id, uri.module, uri.pin_file, uri.pin) == (b"\x01\xff", "/m", "/p", None)
    assert tokens.parse("pkcs11:object=x?pin-value=a%26b").pin == b"a&b"
    assert "secret" not in tokens.shown("pkcs11:token=x?pin-value=secret")
    for bad in (
        "pkcs11:colour=red",
        "pkcs11:token=a;token=b",
        "pkcs11:?pin-source=|sh",
        "pkcs11:type=cert",
        "pkcs11:x",
    ):
        with pytest.raises(PkiError):
            tokens.parse(bad)


def test_without_a_library_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tokens.MODULE, raising=False)
    with pytest.raises(PkiError, match="module-path"):
        open_key("pkcs11:token=x")
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(PkiError, match=r"truc\[pkcs11\]"):
        open_key("pkcs11:token=x?module-path=/nowhere.so")


@softhsm.needed
@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        ("PinLocked", "pin-locked", "SO PIN"),
        ("PinIncorrect", "pin-wrong", "PIN"),
        ("TokenNotPresent", "token-absent", ""),
    ],
)
def test_what_a_token_refuses_is_told_and_a_pin_is_not_tried_twice(raised: str, kind: str, words: str) -> None:
    """SoftHSM locks no PIN: the library's own errors stand for a token that does."""
    tried: list[bytes] = []

    class Refusing:
        label = "truc"

        def open(self, user_pin: str) -> None:
            tried.append(user_pin.encode())
            raise getattr(pkcs11, raised)

    token = tokens.Token(tokens.parse("pkcs11:token=truc?pin-value=1"), lambda: b"1")
    with pytest.raises(troubles.Trouble) as told:
        token._opened(Refusing())
    assert told.value.kind == kind
    assert "truc" in told.value.told.vi
    assert words in told.value.told.vi
    assert words in told.value.told.en
    if kind.startswith("pin"):
        with pytest.raises(troubles.Trouble):
            token.session()
    assert tried == [b"1"]
