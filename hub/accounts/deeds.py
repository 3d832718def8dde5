"""The words for deeds of people of the console, and for the steps that a sign-in still lacks."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Who(NamedTuple):
    """The doer, for the trail: an account with its role, or `operator` over the interface, from an address."""

    name: str
    role: str
    address: str = ""

    @property
    def text(self) -> str:
        """As statements of the log name it."""
        return f"{self.role}:{self.name}"


class Step(StrEnum):
    """The next step of a session before it sees pages."""

    CODE = "code"
    PASSWORD = "password"
    ENROL = "enrol"
    NONE = "none"


class Deed(StrEnum):
    """The deeds that the trail tells of. Values are stable: exports carry them."""

    SIGNED_IN = "signed-in"
    WRONG_PASSWORD = "wrong-password"
    WRONG_CODE = "wrong-code"
    SIGNED_OUT = "signed-out"
    SIGNED_OUT_EVERYWHERE = "signed-out-everywhere"
    PASSWORD_CHANGED = "password-changed"
    SECOND_ENROLLED = "second-factor-enrolled"
    RECOVERY_USED = "recovery-code-used"
    ADDED = "account-added"
    RESET = "account-reset"
    DISABLED = "account-disabled"
    ENABLED = "account-enabled"
