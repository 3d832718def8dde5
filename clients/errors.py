"""Every way in which the client's side says no, drawn as one tree.

    ClientError
    ├── ProblemError           the hub refused; carries its problem document, whole
    │   └── Busy               429 or 503, still so after all retries: the same call may succeed later
    ├── SignatureNotHeld       the signature of a document to be signed for does not hold against the roots at hand
    ├── UnexpectedAnswer       somebody answered, but not as the hub does (a proxy, another server)
    └── Unreachable            no answer after all retries; whether the hub acted is unknown
        └── HubUntrusted       the TLS certificate is of nobody whom this side trusts: nothing was sent

An acceptance that the hub cannot prove is none of these: a receipt or content that does not verify is
`hub.core.errors.ProofInvalid`.
"""

from __future__ import annotations

from typing import ClassVar, Final

from hub.core import wire
from hub.core.errors import Text
from hub.core.phrases.table import EXPECTED_FOUND


class ClientError(Exception):
    """Root of the tree. `code` is stable, `vi` and `en` tell the event, `hint` the remedy."""

    code: str = "CLIENT"
    text: ClassVar[Text] = Text("Lỗi phía máy khách", "The client failed")
    hint: Text = Text("", "")

    def __init__(self, found: str = "") -> None:
        self.found = found[:500]
        super().__init__(self.en)

    @property
    def vi(self) -> str:
        return f"{self.text.vi}: {self.found}" if self.found else self.text.vi

    @property
    def en(self) -> str:
        return f"{self.text.en}: {self.found}" if self.found else self.text.en


def _audience(problem: wire.Problem) -> Text | None:
    """The remedy where the hub is known by another address than the one that was called: behind a proxy, mostly."""
    if not problem.expected.startswith("aud ") or not problem.found.startswith(("http://", "https://")):
        return None
    url = problem.found.removesuffix("/v1/token")
    return Text(
        f'Nếu {url} là địa chỉ đúng của Trục (sau proxy), quản trị Trục đặt http.public_url = "{url}" trong hub.toml',
        f'Where {url} is the hub\'s right address (behind a proxy), its operator sets http.public_url = "{url}" in '
        "hub.toml",
    )


class ProblemError(ClientError):
    """The hub's own refusal. `problem.findings`, `.recipients`, `.receipt` hold its further members."""

    def __init__(self, problem: wire.Problem) -> None:
        self.problem = problem
        self.code = problem.code
        self.hint = _audience(problem) or Text(problem.hint_vi, problem.hint_en)
        super().__init__(problem.found)

    @property
    def vi(self) -> str:
        return self.problem.vi or self.problem.detail

    @property
    def en(self) -> str:
        return self.problem.en or self.problem.detail

    @property
    def status(self) -> int:
        return self.problem.status


class Busy(ProblemError):
    """`retry_after`: seconds that the hub asked to wait, 0 where it did not say."""

    @property
    def retry_after(self) -> float:
        return self.problem.retry_after


class SignatureNotHeld(ClientError):
    """Nothing was signed for; the hub may have said VALID."""

    code = "CLIENT_SIGNATURE_NOT_HELD"
    text = Text(
        "Chữ ký của văn bản không đúng với các chứng thư gốc tại đây", "A document's signature does not hold here"
    )
    hint = Text(
        "Không ký nhận. Nếu chứng thư gốc hoặc CRL tại đây đã cũ, cập nhật chúng; từ chối: truc ack --reject; vẫn muốn "
        "ký nhận đúng các byte này: --unverified",
        "It was not signed for. Where roots or CRLs here are old, renew them; to refuse it: truc ack --reject; to sign "
        "for these bytes all the same: --unverified",
    )


_BY_A_PROXY: Final[dict[int, Text]] = {
    413: Text(
        "Không phải Trục mà máy chủ proxy đứng trước từ chối kích thước: đặt nginx `client_max_body_size 64m;`, Caddy "
        "`request_body { max_size 64MiB }` (contrib/)",
        "Not the hub but a proxy before it refused the size: set nginx' `client_max_body_size 64m;`, Caddy's "
        "`request_body { max_size 64MiB }` (contrib/)",
    ),
    431: Text(
        "Máy chủ proxy đứng trước Trục từ chối phần đầu yêu cầu: đặt nginx `large_client_header_buffers 4 16k;`",
        "A proxy before the hub refused the headers: set nginx' `large_client_header_buffers 4 16k;`",
    ),
    502: Text(
        "Máy chủ proxy không tới được Trục: xem `truc ready`, và nginx `proxy_pass`",
        "The proxy does not reach the hub: see `truc ready`, and nginx' `proxy_pass`",
    ),
    504: Text(
        "Máy chủ proxy không chờ Trục đủ lâu: đặt nginx `proxy_read_timeout 120s;`",
        "The proxy does not wait long enough for the hub: set nginx' `proxy_read_timeout 120s;`",
    ),
}
"""Statuses that a proxy gives in the hub's place, and which of its directives decides."""


class EmptyFile(ClientError):
    """Found before anything was composed or signed; `found` names the file."""

    code = "CLIENT_EMPTY_FILE"
    text = Text("Tệp đính kèm rỗng (0 byte)", "The file to attach is empty (0 bytes)")
    hint = Text(
        "Chưa ký, chưa gửi gì. Kiểm tra tệp rồi gửi lại", "Nothing was signed or sent. Check the file and send again"
    )


class UnexpectedAnswer(ClientError):
    code = "CLIENT_UNEXPECTED_ANSWER"
    text = Text("Câu trả lời không phải của Trục", "The answer is not one of the hub's")
    hint = Text("Kiểm tra địa chỉ --url và máy chủ proxy", "Check the address and any proxy in between")

    def __init__(self, found: str, status: int = 0) -> None:
        self.status = status
        self.hint = _BY_A_PROXY.get(status, type(self).hint)
        super().__init__(f"HTTP {status}, {found}" if status else found)

    @property
    def vi(self) -> str:
        return f"{self.text.vi}: {EXPECTED_FOUND.vi(self.found)}"  # our own words, unlike the system's


class Unreachable(ClientError):
    code = "CLIENT_UNREACHABLE"
    text = Text("Không kết nối được tới Trục", "The hub cannot be reached")
    hint = Text(
        "Kiểm tra địa chỉ, mạng và `truc serve`; gửi lại đúng tệp đã ký là an toàn",
        "Check the address, the network and `truc serve`; sending the same signed bytes again is safe",
    )


class HubUntrusted(Unreachable):
    """Somebody answers whose TLS certificate leads to no root that this side trusts, or is for another name."""

    code = "CLIENT_HUB_UNTRUSTED"
    text = Text("Chứng thư TLS của Trục không được tin cậy tại đây", "The hub's TLS certificate is not trusted here")
    hint = Text(
        "Dùng đúng tên trong chứng thư; đưa chứng thư gốc của CA cấp cho Trục: --cacert TỆP hoặc TRUC_CACERT, "
        "hoặc đặt vào anchors/ của thư mục khóa",
        "Use the name in the certificate; give the root of the hub's CA: --cacert FILE or TRUC_CACERT, "
        "or put it into anchors/ of the folder of keys",
    )
