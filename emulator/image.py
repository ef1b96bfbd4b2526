"""Card images: a card's memory as a JSON file, versioned, written atomically.

Images of made-up cards only: an image holds keys and personal data in clear, and says so.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apdu.cipher import KEY
from card_profiles.model import Profile
from card_profiles.profiles import PROFILES
from emulator.card import Interface, SoftwareCard
from emulator.card_os import Habits
from emulator.memory import Memory
from emulator.personalise import ATR_CELL, key_cell
from emulator.randomness import Randomness

FORMAT = "guitai.card/1"
MAX_HISTORICAL = 15
"""Historical bytes of an ATR: their number stands in four bits (ISO/IEC 7816-3 §8.2.2)."""


class ImageError(ValueError):
    """Refuse a file that is no card image, saying what is wrong with it."""


def dump(card: SoftwareCard) -> dict[str, Any]:
    """Write a card as plain JSON data."""
    return {
        "format": FORMAT,
        "warning": "TEST CARD: keys and made-up data in clear",
        "profile": card.profile.name,
        "interface": card.interface,
        "cells": {name: value.hex().upper() for name, value in sorted(card.memory.cells().items())},
    }


def load(
    data: Any, *, randomness: Randomness | None = None, habits: Habits | None = None
) -> SoftwareCard:
    """Make a card from JSON data; raises ImageError where it is none."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ImageError(f"not a card image of format {FORMAT}")
    profile = PROFILES.get(str(data.get("profile")))
    if profile is None:
        raise ImageError(f"unknown profile {data.get('profile')!r}")
    interface: Interface
    match data.get("interface"):
        case "contact":
            interface = "contact"
        case "contactless" if profile.contactless:
            interface = "contactless"
        case other:
            raise ImageError(f"a {profile.name} card has no interface {other!r}")
    try:
        cells = {str(name): bytes.fromhex(value) for name, value in data["cells"].items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ImageError("cells are not names with hex values") from error
    _check(profile, cells)
    memory = Memory(cells)
    return SoftwareCard(profile, memory, interface=interface, randomness=randomness, habits=habits)


def _check(profile: Profile, cells: Mapping[str, bytes]) -> None:
    """Refuse cells that a card could not work with; raises ImageError."""
    if not 1 <= len(cells.get(ATR_CELL, b"")) <= MAX_HISTORICAL:
        raise ImageError(f"{ATR_CELL} does not hold 1 to {MAX_HISTORICAL} bytes")
    for application in (profile.environment, *profile.applications):
        for key in application.keys:
            cell = key_cell(application, key.id)
            if len(cells.get(cell, bytes(KEY))) != KEY:
                raise ImageError(f"{cell} is no key of {KEY} bytes")


def save(card: SoftwareCard, path: Path) -> None:
    """Write an image so that a crash leaves the old one or the new one, whole."""
    text = json.dumps(dump(card), indent=1, ensure_ascii=False) + "\n"
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_image(
    path: Path, *, randomness: Randomness | None = None, habits: Habits | None = None
) -> SoftwareCard:
    """Read an image from a file; raises ImageError or OSError."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ImageError(f"{path.name} is not JSON") from error
    return load(data, randomness=randomness, habits=habits)


class SavingCard:
    """Keep an image in step with its card: saved after every command that wrote."""

    def __init__(self, card: SoftwareCard, path: Path) -> None:
        self._card = card
        self._path = path
        self._saved = -1
        self._save()

    @property
    def atr(self) -> bytes:
        """Give the card's ATR."""
        return self._card.atr

    def power_on(self) -> None:
        """Pass on, then save."""
        self._card.power_on()
        self._save()

    def power_off(self) -> None:
        """Pass on, then save."""
        self._card.power_off()
        self._save()

    def reset(self) -> None:
        """Pass on, then save."""
        self._card.reset()
        self._save()

    def transmit(self, command: bytes) -> bytes:
        """Pass on; save before the answer leaves, as a chip writes before it answers."""
        try:
            return self._card.transmit(command)
        finally:
            # Also when the card is torn: what it wrote before is written.
            self._save()

    def _save(self) -> None:
        if self._card.memory.writes != self._saved:
            save(self._card, self._path)
            self._saved = self._card.memory.writes
