"""Settings: one TOML file, validated as a whole; secrets are named by path, never written here.

Every setting has a default that suits one machine. `truc serve --config hub.toml` reads the file; `hub/REFERENCE.md`
is written from these records, and a test compares.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from hub.base.alert_settings import AlertSettings
from hub.base.limit_settings import LimitSettings
from hub.base.programme_settings import ProgrammeSettings
from hub.base.setting_types import FilePath, Hours, Hours5, Seconds, ShortText
from hub.base.webhook_settings import WebhookSettings
from hub.core import bounds, health
from hub.core.directory.routing import TierPolicy, WhileSuspended
from hub.core.errors import ProofInvalid, Text
from hub.core.log.keys import WITNESS_ALGORITHMS, Verifier
from hub.core.model import Priority, Tier
from hub.core.timekeeping import Bounds
from hub.core.webhooks.targets import networks_of


class HubSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """origin: the log's name in every checkpoint, never to be changed. data, keys: folders. post_quantum: sign every
    checkpoint with an ML-DSA-44 key as well; receipts grow by 3.3 kB. seal: seal every checkpoint with the X.509 key
    `hub/seal` of the profile as well. seal_key: where that key lies if not there: the full
    path of a PKCS#12 or PEM file, or on a token, pkcs11:token=…;object=…?module-path=…&pin-source=…; its certificate is
    `hub/seal.cert.pem`, or lies with the key. high_water: file with the newest checkpoint, best on another disk than
    data, from which a store that was set back is noticed at the start; empty = `high-water` in data."""

    origin: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/-]+)?\Z")] = "truc.localhost/log"
    data: FilePath = "var/hub"
    keys: FilePath = "keys/demo"
    post_quantum: bool = False
    seal: bool = True
    seal_key: ShortText = ""
    high_water: FilePath = ""


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """tls_certificate, tls_key: PEM files; both empty = plain HTTP. tls_minimum: of the protocol. client_certificates:
    whether callers may, or must, show a certificate (mTLS) whose path leads to the anchors of `hub.keys`; one whose key
    the directory knows needs no token. public_url: how clients reach the hub, the audience of their assertions; empty =
    whatever Host they used is not trusted and the listening address is taken. fronts: processes that take connections
    and examine messages beside the one that records; 0 = that one does it all. drain_seconds: how long, once told to
    stop, the hub goes on while `/readyz` already says no. watch: host:port of a plain listener for /healthz, /readyz
    and /metrics alone, for the network that watches the hub; /metrics is then told nowhere else."""

    host: Annotated[str, msgspec.Meta(pattern=r"^\S{1,255}\Z")] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8470
    public_url: Annotated[str, msgspec.Meta(pattern=r"^(https?://\S{1,2000})?\Z")] = ""
    tls_certificate: FilePath = ""
    tls_key: FilePath = ""
    fronts: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    tls_minimum: Literal["1.2", "1.3"] = "1.2"
    client_certificates: Literal["off", "optional", "required"] = "off"
    drain_seconds: Annotated[float, msgspec.Meta(ge=0.0, le=60.0)] = 1.0
    watch: Annotated[str, msgspec.Meta(pattern=r"^([^\s:\[\]]{1,255}:\d{1,5}|\[[0-9a-fA-F:.]{2,60}\]:\d{1,5})?\Z")] = ""


class MailboxSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """lease_seconds: how long a fetched document is kept from other workers. warn_hours, expire_hours: by priority
    (0 thường … 4 hỏa tốc hẹn giờ), from placing. wait_seconds: longest long poll. heartbeat_seconds: between two
    signs of life on an event stream. pause_minimum_hours: within which nothing ends after a time that counts against no
    recipient: the hub was away, or the recipient locked out."""

    lease_seconds: Seconds = 60.0
    wait_seconds: Seconds = 55.0
    heartbeat_seconds: Seconds = 15.0
    sweep_seconds: Seconds = 1.0
    warn_hours: Hours5 = (24.0, 8.0, 4.0, 1.0, 1.0)
    expire_hours: Hours5 = (168.0, 72.0, 48.0, 24.0, 24.0)
    pause_minimum_hours: Hours = 4.0

    @property
    def pause_minimum_ms(self) -> int:
        return int(self.pause_minimum_hours * 3_600_000)

    @property
    def expire_all(self) -> tuple[int, ...]:
        """ms from placing to expiry, by priority."""
        return tuple(self.expire_after(priority) for priority in range(len(self.expire_hours)))

    def deadlines(self, priority: Priority | int) -> tuple[int, int]:
        """ms from placing to the warning, and to expiry."""
        return self.warn_after(priority), self.expire_after(priority)

    def warn_after(self, priority: Priority | int) -> int:
        """ms from placing to the warning."""
        return int(self.warn_hours[priority] * 3_600_000)

    def expire_after(self, priority: Priority | int) -> int:
        """ms from placing to expiry."""
        return int(self.expire_hours[priority] * 3_600_000)


class TrustSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """crl_grace_hours: how long after its nextUpdate a CRL is still believed. token_seconds: an access token's life."""

    crl_grace_hours: Hours = 72.0
    token_seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 600

    @property
    def grace_ms(self) -> int:
        return int(self.crl_grace_hours * 3_600_000)


class ClockSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the machine's clock is not believed, and nothing is signed or expired: jump_seconds: it went otherwise than
    the steady clock by more than that. apart_seconds: time stamps or witnesses say another time, by more than that.
    ahead_days, behind_seconds: at the start it is that far after, or before, the last sign of life in the record. Where
    it is right all the same: `truc clock trust`."""

    jump_seconds: Seconds = 60.0
    apart_seconds: Seconds = 300.0
    ahead_days: Annotated[float, msgspec.Meta(ge=0.01, le=36_500.0)] = 30.0
    behind_seconds: Seconds = 60.0

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            jump=int(self.jump_seconds * 1000),
            apart=int(self.apart_seconds * 1000),
            ahead=int(self.ahead_days * 86_400_000),
            behind=int(self.behind_seconds * 1000),
        )


class HealthSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From where on `/readyz` says that this hub is not ready, so that a load balancer or a watcher hears of it in
    time; the hub goes on all the same. disk_free_mb: less is free where the record is kept. certificate_hours: that of
    the seal or of TLS ends within so many hours. crl_hours: within so many no revocation list is believed any more
    (`trust.crl_grace_hours` included). waiting_hours: a document waits longer, in any mailbox; 0 = that says nothing of
    the hub."""

    disk_free_mb: Annotated[int, msgspec.Meta(ge=0, le=1 << 30)] = 256
    certificate_hours: Annotated[float, msgspec.Meta(ge=0.0, le=87_600.0)] = 0.0
    crl_hours: Annotated[float, msgspec.Meta(ge=0.0, le=8_760.0)] = 0.0
    waiting_hours: Annotated[float, msgspec.Meta(ge=0.0, le=87_600.0)] = 0.0

    @property
    def bounds(self) -> health.Bounds:
        return health.Bounds(
            disk_free=self.disk_free_mb * 1024 * 1024,
            certificate=int(self.certificate_hours * 3_600_000),
            crl=int(self.crl_hours * 3_600_000),
            waiting=int(self.waiting_hours * 3_600_000),
        )


class RetentionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which personal data `truc retention apply` leaves. brought_days: a body of a sync service is kept as received for
    so long, then only the facts that dossiers are made of; 0 = for ever."""

    brought_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 365


class TierSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """forbidden: pairs [from, to] of tiers that may not send to each other directly; empty = anyone to anyone.
    suspended: the rights of a suspended agency's centre: `centre` = read its mailbox and sign for it with its own key,
    which the evidence says; `closed` = nothing. The agency's own keys sign nothing either way."""

    forbidden: tuple[tuple[Tier, Tier], ...] = ()
    suspended: WhileSuspended = WhileSuspended.CENTRE

    @property
    def policy(self) -> TierPolicy:
        table: dict[str, list[Tier]] = {a: [b for b in Tier if (a, b.value) not in self.forbidden] for a in Tier}
        return TierPolicy(TierPolicy.of(table).allowed, self.suspended)


class WitnessEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One witness: a name for people and metrics, its key as `truc witness init` prints it, its submission prefix."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
    vkey: ShortText
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://\S+\Z")]

    @property
    def verifier(self) -> Verifier:
        return Verifier.parse(self.vkey)


class WitnessSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """witnesses: tables [[witness.witnesses]] with name, vkey, url; keys and addresses come from their owners, never
    from the network. interval_seconds: least time between two checkpoints shown to them. timeout_seconds: of one
    request. retry_seconds: longest pause after failures. tls_ca: PEM of their CA; empty = the system's."""

    witnesses: tuple[WitnessEntry, ...] = ()
    interval_seconds: Seconds = 1.0
    timeout_seconds: Seconds = 10.0
    retry_seconds: Seconds = 60.0
    tls_ca: FilePath = ""


class TimestampSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """url: of an RFC 3161 authority; empty = no time stamps. minutes: between two; nothing is asked while the log does
    not grow. timeout_seconds: of one request; an outage never touches traffic. policy: the OID asked for, empty = the
    authority's own. anchors: folder or file with its root, issuers and revocation lists (PEM or DER); empty = those of
    `hub.keys`."""

    url: Annotated[str, msgspec.Meta(pattern=r"^(https?://.*)?\Z")] = ""
    minutes: Annotated[float, msgspec.Meta(ge=0.001, le=10_080.0)] = 10.0
    timeout_seconds: Seconds = 10.0
    policy: Annotated[str, msgspec.Meta(pattern=r"^([0-2](\.\d+)+)?\Z")] = ""
    anchors: FilePath = ""


class ConsoleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """enabled: whether there is a console under /console. second_factor: whether everybody needs one to sign in, or may
    have one. idle_minutes: after which a session ends that nothing was asked of; longest_hours: after which it ends
    anyway. public_figures: whether anybody may see the figures of Art. 14.3, as a page under /public (which needs the
    console) and as open data."""

    enabled: bool = True
    public_figures: bool = True
    second_factor: Literal["required", "optional"] = "required"
    idle_minutes: Annotated[float, msgspec.Meta(ge=1.0, le=1_440.0)] = 30.0
    longest_hours: Annotated[float, msgspec.Meta(ge=0.1, le=168.0)] = 12.0

    @property
    def idle_ms(self) -> int:
        return int(self.idle_minutes * 60_000)

    @property
    def longest_ms(self) -> int:
        return int(self.longest_hours * 3_600_000)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hub: HubSettings = HubSettings()
    http: HttpSettings = HttpSettings()
    limits: LimitSettings = LimitSettings()
    mailbox: MailboxSettings = MailboxSettings()
    trust: TrustSettings = TrustSettings()
    clock: ClockSettings = ClockSettings()
    health: HealthSettings = HealthSettings()
    retention: RetentionSettings = RetentionSettings()
    programmes: ProgrammeSettings = ProgrammeSettings()
    tiers: TierSettings = TierSettings()
    witness: WitnessSettings = WitnessSettings()
    timestamp: TimestampSettings = TimestampSettings()
    console: ConsoleSettings = ConsoleSettings()
    webhooks: WebhookSettings = WebhookSettings()
    alerts: AlertSettings = AlertSettings()


class InvalidSettings(ValueError):
    """The settings as a whole are refused: the file, the member, the expected and the found value, in both
    languages."""

    def __init__(self, path: Path, why: Text) -> None:
        super().__init__(f"{path}: {why.en}\n{path}: {why.vi}")
        self.told = Text(f"{path}: {why.vi}", f"{path}: {why.en}")


def _unreadable(error: OSError | ValueError) -> Text:
    if isinstance(error, FileNotFoundError):
        return Text(
            "không có tệp này; tạo tệp cấu hình và khóa: truc init THƯ_MỤC --host TÊN_MÁY",
            "there is no such file; make settings and keys: truc init FOLDER --host NAME",
        )
    return Text(f"không đọc được: {error}", f"cannot be read: {error}")


def load(path: Path | None) -> Settings:
    """Settings from a TOML file, or the defaults; paths in it that are relative are beside the file, wherever the
    program was started. InvalidSettings names the fault."""
    if path is None:
        return Settings()
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # no Unicode, no TOML, a number of thousands of digits
        raise InvalidSettings(path, _unreadable(error)) from error
    try:
        settings = msgspec.convert(record, Settings)
    except msgspec.ValidationError as error:
        raise InvalidSettings(path, bounds.explained(record, Settings, error)) from error
    for why in _contradictions(settings):
        raise InvalidSettings(path, why)
    return _placed(settings, path)


def paths() -> Iterator[tuple[str, str]]:
    """Section and member of every setting that is a path."""
    for section in msgspec.structs.fields(Settings):
        for member in msgspec.structs.fields(type(section.default)):
            if _is_path(member.type):
                yield section.name, member.name


def _is_path(kind: object) -> bool:
    return any((getattr(note, "extra", None) or {}).get("path") for note in getattr(kind, "__metadata__", ()))


_MARKS = {"data": "axis.sqlite", "keys": "hub/log.key.pem"}
"""The files in the folder of a hub that has run."""


def _placed(settings: Settings, file: Path) -> Settings:
    """The settings with their paths beside `file`. One that lies where older versions looked, under the folder that the
    program was started in, and not beside the file, is refused: nobody may begin an empty record by a new rule."""
    changed: dict[str, dict[str, str]] = {}
    for section, member in paths():
        given = getattr(getattr(settings, section), member)
        if not given or Path(given).is_absolute():
            continue
        place, elsewhere = file.absolute().parent / given, Path(given).absolute()
        mark = _MARKS.get(member, "")
        if mark and elsewhere != place and (elsewhere / mark).exists() and not (place / mark).exists():
            raise InvalidSettings(
                file,
                Text(
                    f"{section}.{member} = {given}: đường dẫn tính từ tệp cấu hình, {place} chưa có mà {elsewhere} thì "
                    "có; hãy ghi đường dẫn tuyệt đối",
                    f"{section}.{member} = {given}: paths are relative to the settings file; {place} is not there and "
                    f"{elsewhere} is: write the one that you mean in full",
                ),
            )
        changed.setdefault(section, {})[member] = str(place)
    replace = msgspec.structs.replace
    return replace(settings, **{name: replace(getattr(settings, name), **members) for name, members in changed.items()})


def _contradictions(settings: Settings) -> Iterator[Text]:
    """Combinations that each member allows alone, and all together do not."""
    http, limits, mailbox = settings.http, settings.limits, settings.mailbox
    if bool(http.tls_certificate) != bool(http.tls_key):
        yield Text(
            "http.tls_certificate và http.tls_key phải đi cùng nhau",
            "http.tls_certificate and http.tls_key go together",
        )
    if http.client_certificates != "off" and not http.tls_key:
        yield Text(
            "http.client_certificates cần http.tls_certificate và http.tls_key",
            "http.client_certificates needs http.tls_certificate and http.tls_key",
        )
    for member in ("bytes_burst", "bodies_per_caller"):
        other = "batch_bytes" if limits.batch_bytes > limits.document_bytes else "document_bytes"
        if (found := getattr(limits, member)) < (least := getattr(limits, other)):
            want = f"limits.{other} = {least}"
            yield bounds.said(f"limits.{member}", Text(f"ít nhất {want}", f"at least {want}"), str(found))
    for lane, (warn, expire) in enumerate(zip(mailbox.warn_hours, mailbox.expire_hours, strict=True)):
        if warn > expire:
            want = f"expire_hours[{lane}] = {expire:g}"
            at = f"mailbox.warn_hours[{lane}]"
            yield bounds.said(at, Text(f"không quá {want}", f"at most {want}"), f"{warn:g}")
    for text in settings.webhooks.networks:
        try:
            networks_of([text])
        except ValueError:
            ranges = Text("dải địa chỉ, ví dụ 10.0.0.0/8", "a range of addresses such as 10.0.0.0/8")
            yield bounds.said("webhooks.networks", ranges, text[:80])
    yield from _of_alerts(settings.alerts)
    yield from _of_witnesses(settings.witness.witnesses)


def _of_alerts(alerts: AlertSettings) -> Iterator[Text]:
    if bool(alerts.smtp_host) != bool(alerts.mail_from and alerts.mail_to):
        yield Text(
            "alerts.smtp_host, alerts.mail_from và alerts.mail_to phải đi cùng nhau",
            "alerts.smtp_host, alerts.mail_from and alerts.mail_to go together",
        )
    if bool(alerts.smtp_user) != bool(alerts.smtp_password_file):
        yield Text(
            "alerts.smtp_user và alerts.smtp_password_file phải đi cùng nhau",
            "alerts.smtp_user and alerts.smtp_password_file go together",
        )
    if alerts.smtp_user and alerts.smtp_security == "none":
        yield Text(
            "alerts.smtp_user: mật khẩu không đi trên đường không mã hóa; đặt smtp_security là starttls hoặc tls",
            "alerts.smtp_user: no password goes over a line in clear; set smtp_security to starttls or tls",
        )


def _of_witnesses(witnesses: Sequence[WitnessEntry]) -> Iterator[Text]:
    keys = set()
    for entry in witnesses:
        try:
            verifier = entry.verifier
        except ProofInvalid as error:
            yield Text(f"nhân chứng {entry.name}: {error.vi}", f"witness {entry.name}: {error.en}")
            return
        if verifier.algorithm not in WITNESS_ALGORITHMS:
            yield Text(
                f"nhân chứng {entry.name}: khóa của nhật ký không phải khóa nhân chứng",
                f"witness {entry.name}: a log's key is no witness' key",
            )
        keys.add(verifier.public)
    if len({entry.name for entry in witnesses}) != len(witnesses) or len(keys) != len(witnesses):
        yield Text(
            "witness.witnesses: mỗi tên và mỗi khóa chỉ một lần", "witness.witnesses: each name and each key once"
        )
