"""Keys that ask somebody else's authority for a certificate, and certificates that come back from it.

    keys/<profile>/requests/<name>.csr.pem     PKCS#10, to be handed to the authority; its key lies where it is used

`take` puts a certificate in its place after it was examined: it is over a key that asked (or that lies here), a path
leads to the anchors, it is in date, and it is fit for its use. `missing` names the files that the hub cannot start
without, or should not, with the command that comes next: the request, or taking the authority's answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.core.errors import SignatureRefusal, Text, Unready, Verdict
from hub.core.model import Millis
from hub.core.signature import foreign
from hub.core.signature.anchors import Anchors, issued
from hub.core.signature.anchors_uses import DOCUMENTS, TIME_STAMPS, TLS_SERVERS, Use
from hub.core.signature.archive import is_authority, read_pem_or_der
from hub.pki.files import PkiError, code_of, file_name, make_folder, write
from hub.pki.issue import AGENCY, HUB_USES, Credential, SigningKey, request
from hub.pki.profile import Profile
from hub.pki.signers import open_signer

FOLDER: Final = "requests"
_MOST_IN_CHAIN: Final = 3
"""Certificates that a signature may carry."""

_FIT: Final[dict[str, Use]] = {"tls": TLS_SERVERS, "tsa": TIME_STAMPS}


class Refused(PkiError):
    """A certificate that is not put in place: why, in both languages."""

    def __init__(self, vi: str, en: str) -> None:
        self.text = Text(vi, en)
        super().__init__(en)


class Incomplete(PkiError, Unready):
    """A hub that lacks a file it cannot be without: `lines` for people, in both languages."""

    def __init__(self, folder: Path, lacks: list[Lack]) -> None:
        self.lacks = lacks
        super().__init__("; ".join(lack.what.en for lack in lacks if lack.needed))
        self.lines = (
            f"HUB_KEYS_INCOMPLETE: Trục chưa chạy được, thiếu trong {folder} (không tự tạo CA):",
            *(line_of(lack, lack.what.vi, "nên có") for lack in lacks),
            "→ truc keys request … tạo yêu cầu (CSR); truc keys take CHỨNG-THƯ đặt chứng thư vào chỗ; "
            "để chạy thử: truc keys init",
            f"HUB_KEYS_INCOMPLETE: the hub cannot start; missing in {folder} (no CA is made up for it):",
            *(line_of(lack, lack.what.en, "advised") for lack in lacks),
            "→ truc keys request … makes the request (CSR); truc keys take CERTIFICATE puts it in place; "
            "to try things: truc keys init",
        )


def line_of(lack: Lack, what: str, advised: str) -> str:
    """One line of a list of missing files."""
    command = f": {lack.command}" if lack.command else ""
    return f"  {'✗' if lack.needed else '-'} {what}{'' if lack.needed else f' ({advised})'}{command}"


class Taken(NamedTuple):
    """A certificate in its place. `unchecked`: the checks that could not be made, and is not taken for good."""

    name: str
    path: Path
    certificate: x509.Certificate
    unchecked: Text | None


class Lack(NamedTuple):
    """The missing files. `needed`: without it the hub does not start."""

    what: Text
    command: str
    needed: bool


def kind_of(name: str) -> str:
    """`operator-binh` is an operator's; a name that is no use of the hub is an agency's code."""
    role = name.partition("-")[0]
    return role if role in HUB_USES and (role == name or role in ("operator", "auditor")) else "agency"


def ask(
    profile: Profile, name: str, organization: str, hosts: Iterable[str] = (), key: SigningKey | None = None
) -> Path:
    """The request of `name` (a use of the hub, or an agency's code), under the key that lies here, made where there is
    none, or under `key`, which lies on a token. The path of the request."""
    kind = kind_of(name)
    use = HUB_USES.get(kind, AGENCY)
    own = key or profile.key_for("hub" if kind != "agency" else "agencies", name)
    code = name if kind == "agency" else ""
    title = organization if kind == "agency" else f"{organization} {name}".strip()
    try:
        made = request(own, use, code, organization or name, title or name, list(hosts) if kind == "tls" else [])
    except ValueError as error:  # a name that no certificate can bear
        raise PkiError(f"no request can be made: {error}") from None
    make_folder(profile.folder / FOLDER)
    path = profile.folder / FOLDER / f"{file_name(name)}.csr.pem"
    write(path, made.public_bytes(Encoding.PEM))
    return path


def take(profile: Profile, data: bytes, at: Millis) -> Taken:
    """The certificate of a file, with or without its issuers, in its place. Refused says why not."""
    try:
        found, _ = read_pem_or_der(data)
    except ValueError as error:
        raise Refused(f"tệp hỏng: {error}", f"a damaged file: {error}") from None
    leaves = [c for c in found if not is_authority(c)]
    if len(leaves) != 1:
        if found and not leaves:
            raise Refused(
                "chứng thư của CA: so dấu vân tay rồi đặt vào anchors/",
                "a certificate of an authority: compare its fingerprint, then put it into anchors/",
            )
        raise Refused(f"cần đúng một chứng thư, có {len(leaves)}", f"one certificate is needed, {len(leaves)} found")
    leaf, issuers = leaves[0], [c for c in found if is_authority(c)]
    name = _whose(profile, leaf)
    anchors = profile.anchors().including(issuers)
    unchecked = _examine(anchors, leaf, kind_of(name), at)
    chain = [leaf, *_issuers(leaf, anchors.intermediates)]
    part = "agencies" if kind_of(name) == "agency" else "hub"
    path = profile.files_of(name, part)[0]
    write(path, b"".join(c.public_bytes(Encoding.PEM) for c in chain[:_MOST_IN_CHAIN]))
    return Taken(name, path, leaf, unchecked)


def _whose(profile: Profile, leaf: x509.Certificate) -> str:
    wanted = _spki(leaf.public_key())
    for name, key in _askers(profile):
        if key == wanted:
            return name
    raise Refused(
        "không có khóa nào ở đây khớp với chứng thư này; yêu cầu được tạo bằng: truc keys request",
        "no key here fits this certificate; requests are made with: truc keys request",
    )


def _askers(profile: Profile) -> Iterator[tuple[str, bytes]]:
    """Names with the public keys that asked, and then those that lie here."""
    for path in sorted((profile.folder / FOLDER).glob("*.csr.pem")):
        try:
            asked = foreign.request_in_pem(path.read_bytes())
        except ValueError:
            continue
        yield code_of(path.name.removesuffix(".csr.pem")), _spki(asked.public_key())
    for part in ("hub", "agencies"):
        for path in sorted((profile.folder / part).glob("*.key.pem")):
            name = code_of(path.name.removesuffix(".key.pem"))
            if part == "agencies" or kind_of(name) != "agency":
                yield name, _spki(profile.key_for(part, name).public_key())


def _spki(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]


def _examine(anchors: Anchors, leaf: x509.Certificate, kind: str, at: Millis) -> Text | None:
    try:
        signer = anchors.signer([leaf.public_bytes(Encoding.DER)], at, _FIT.get(kind, DOCUMENTS))
    except SignatureRefusal as error:
        if error.verdict is not Verdict.REVOCATION_UNKNOWN:
            raise Refused(error.vi, error.en) from None
        return Text(error.vi, error.en)
    if kind in ("operator", "auditor") and not signer.logs_in:
        raise Refused(
            "chứng thư chỉ để ký văn bản: để đăng nhập cần keyUsage digitalSignature",
            "it signs documents only: to log in it needs keyUsage digitalSignature",
        )
    return None


def _issuers(leaf: x509.Certificate, known: Iterable[x509.Certificate]) -> Iterator[x509.Certificate]:
    """The certificates that lead up from `leaf`, the root apart."""
    current, left = leaf, list(known)
    while True:
        above = next((ca for ca in left if ca.subject == current.issuer and issued(ca, current)), None)
        if above is None:
            return
        yield above
        left.remove(above)
        current = above


def seal_of(profile: Profile, where: str = "") -> Credential:
    """The hub's seal: of the profile, or with its key elsewhere (`signers`). PkiError where there is none."""
    if not where:
        return profile.hub("seal")
    certificate = profile.files_of("seal", "hub")[0]
    return open_signer(where, certificate if certificate.exists() else None)


def missing(profile: Profile, *, seal: bool, seal_key: str = "", tls: tuple[str, str] = ("", "")) -> list[Lack]:
    """The files that a hub under somebody else's authority lacks, the needed first. `tls`: the files that the settings
    name."""
    lacks: list[Lack] = []
    files = profile.anchor_files()
    if not files.roots:
        vi, en = "chứng thư gốc của CA: đặt vào", "the CA's root certificate: put it into"
        lacks.append(_lack(f"{vi} {profile.folder / 'anchors'}", f"{en} {profile.folder / 'anchors'}", ""))
    for name, why in files.untaken:
        lacks.append(
            Lack(Text(f"anchors/{name} không dùng: {why.vi}", f"anchors/{name} is not taken: {why.en}"), "", False)
        )
    if seal:
        lacks += _of_seal(profile, seal_key)
    for path in filter(None, tls):
        if not Path(path).exists():
            lacks.append(_lack(f"tệp TLS {path}", f"the TLS file {path}", _next(profile, "tls")))
    if not any(tls):
        lacks.append(
            Lack(Text("TLS: đang phục vụ HTTP trần", "TLS: it serves plain HTTP"), _next(profile, "tls"), False)
        )
    for role, vi, en in (
        ("operator", "người vận hành: chưa ai sửa được danh mục", "an operator: nobody can change the directory"),
        ("auditor", "người kiểm toán", "an auditor"),
    ):
        if not any(who.startswith(role) for who, _ in profile.appointed()):
            lacks.append(Lack(Text(vi, en), _next(profile, role), False))
    if files.roots and not files.crls:
        en = "revocation lists in anchors/: every signature will be REVOCATION_UNKNOWN"
        lacks.append(Lack(Text("CRL trong anchors/: mọi chữ ký sẽ là REVOCATION_UNKNOWN", en), "", False))
    return sorted(lacks, key=lambda lack: not lack.needed)


def _of_seal(profile: Profile, where: str) -> Iterator[Lack]:
    vi, en, command = "dấu của Trục (hub.seal)", "the hub's seal (hub.seal)", _next(profile, "seal")
    if not where and not profile.files_of("seal", "hub")[0].exists():
        yield Lack(Text(vi, en), command, True)
        return
    try:
        seal_of(profile, where)
    except PkiError as error:
        yield Lack(Text(f"{vi}: {error}", f"{en}: {error}"), command, True)


def _lack(vi: str, en: str, command: str) -> Lack:
    return Lack(Text(vi, en), command, True)


def _next(profile: Profile, name: str) -> str:
    """The command that comes next for a certificate: a request that was made waits for the authority's answer."""
    asked = (profile.folder / FOLDER / f"{file_name(name)}.csr.pem").exists()
    return f"truc keys take {name}.cer" if asked else f"truc keys request {name}"
