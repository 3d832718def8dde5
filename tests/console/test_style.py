"""Contrast of every pair that stands together, in both themes (WCAG 2.2: text 4.5, controls 3)."""

from __future__ import annotations

import re

import pytest

from hub.console import static

CSS = (static.FOLDER / "console.css").read_text("utf-8")
SURFACES = ("paper", "sheet", "well", "sel")
TEXTS = ("ink", "ink2", "act", "ok", "warn", "back", "bad", "seal")
ON = {
    "on": ("act", "seal"),
    "bad": ("badb",),
    "warn": ("warnb",),
    "ok": ("okb",),
    "act": ("infob",),
    "ink": ("infob",),
    "ink2": ("badb", "warnb", "okb"),
}


def tokens(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r"\s*\{(.*?)\}", CSS, re.S)
    assert block is not None
    return {name: value.strip() for name, value in re.findall(r"--([\w]+):\s*([^;]+);", block.group(1))}


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * c for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [":root", "[data-theme=dark]"])
def test_every_text_is_readable_on_every_surface(theme: str) -> None:
    known = tokens(theme)
    for surface in SURFACES:
        for text in TEXTS:
            assert contrast(known[text], known[surface]) >= 4.5, (text, surface)
        assert contrast(known["edge"], known[surface]) >= 3.0, surface
    for text, surfaces in ON.items():
        for surface in surfaces:
            assert contrast(known[text], known[surface]) >= 4.5, (text, surface)


def test_the_devices_dark_is_the_dark_that_one_chooses() -> None:
    assert tokens("[data-theme=dark]") == tokens("[data-theme=auto]")


def test_nothing_moves_for_whoever_wants_it_still() -> None:
    for at in re.finditer("animation:|transition:", CSS):
        before = CSS[: at.start()]
        assert before.rfind("prefers-reduced-motion") > before.rfind("\n}\n@media (max-width"), CSS[
            at.start() : at.end() + 40
        ]
