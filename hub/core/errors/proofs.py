"""PROOF_*, POLICY_*: a verifier cannot rely on its input."""

from __future__ import annotations

from hub.core.errors.base import AxisError, Fault, Text


class ProofInvalid(AxisError):
    code = "PROOF_INVALID"
    fault = Fault.PROVER
    text = Text("Bằng chứng không xác minh được", "The proof does not verify")
    hint = Text(
        "Không tin biên nhận này; lấy lại bản gốc và báo đơn vị kiểm toán",
        "Do not rely on it; fetch it again and tell the auditor",
    )


class PolicyInvalid(AxisError):
    code = "POLICY_INVALID"
    fault = Fault.CALLER
    text = Text("Tệp chính sách tin cậy không dùng được", "The trust policy cannot be used")
    hint = Text(
        "Sửa dòng được nêu; định dạng theo c2sp.org/tlog-policy",
        "Correct the line named; the format is that of c2sp.org/tlog-policy",
    )
