"""Every way in which the client's side says no, drawn as one tree.

    ClientError
    ├── ProblemError           the hub refused; carries its problem document, whole
    │   └── Busy               429 or 503, still so after all retries: the same call may succeed later
    ├── SignatureNotHeld       what this side would sign for does not hold against the roots that it has
    ├── UnexpectedAnswer       somebody answered, but not as the hub does (a proxy, another server)
    └── Unreachable            no answer after all retries; whether the hub acted is unknown

What the hub accepted but cannot prove is none of these: a receipt or content that does not verify is
`hub.core.errors.ProofInvalid`.
"""

from __future__ import annotations

from typing import ClassVar

from hub.core import wire
from hub.core.errors import Text


class ClientError(Exception):
    """Root of the tree. `code` is stable, `vi` and `en` say what happened, `hint` what to do."""

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


class ProblemError(ClientError):
    """The hub's own refusal. `problem.findings`, `.recipients`, `.receipt` hold what it said beside the
    sentence.
    """

    def __init__(self, problem: wire.Problem) -> None:
        self.problem = problem
        self.code = problem.code
        self.hint = Text(problem.hint_vi, problem.hint_en)
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


class UnexpectedAnswer(ClientError):
    code = "CLIENT_UNEXPECTED_ANSWER"
    text = Text("Câu trả lời không phải của Trục", "The answer is not one of the hub's")
    hint = Text("Kiểm tra địa chỉ --url và máy chủ proxy", "Check the address and any proxy in between")

    def __init__(self, found: str, status: int = 0) -> None:
        self.status = status
        super().__init__(f"HTTP {status}, {found}" if status else found)


class Unreachable(ClientError):
    code = "CLIENT_UNREACHABLE"
    text = Text("Không kết nối được tới Trục", "The hub cannot be reached")
    hint = Text(
        "Kiểm tra địa chỉ, mạng và `truc serve`; gửi lại đúng tệp đã ký là an toàn",
        "Check the address, the network and `truc serve`; sending the same signed bytes again is safe",
    )
