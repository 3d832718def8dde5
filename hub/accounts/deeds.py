"""The words for what people of the console do, and for what a sign-in still lacks."""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """What a session has to do next before it sees pages."""

    CODE = "code"
    PASSWORD = "password"
    ENROL = "enrol"
    NONE = "none"


class Deed(StrEnum):
    """What the trail tells of. Values are stable: exports carry them."""

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
