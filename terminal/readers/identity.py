"""Which reader is meant: by number, by a piece of its name, by a role of this counter.

The daemon's index changes with the order of plugging, so a name is taken apart
(reference counter-devices.md §1.4): what stays is the product, its interface and serial number
where the device has them, and the slot. A role in the configuration is bound to such a piece.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terminal.errors import NoReader, ReaderAmbiguous, ReaderNotFound

_NUMBER_DIGITS = 2
"""Longer digits are a piece of a name or a serial number."""

DEFAULT_ROLE = "counter"
"""The role of the reader that is meant when nothing is said."""

_NAME = re.compile(
    r"^(?P<product>.*?)(?: \[(?P<interface>[^\]]*)\])?(?: \((?P<serial>[^)]*)\))?"
    r"(?: (?P<index>[0-9A-F]{2}) (?P<slot>[0-9A-F]{2}))?$"
)


@dataclass(frozen=True, slots=True)
class ReaderIdentity:
    """Hold what a reader's name says; ``index`` is the part that may change."""

    name: str
    product: str
    interface: str
    serial: str
    index: int
    slot: int

    @property
    def stable(self) -> str:
        """Give the part that survives re-plugging, fit for a role in the configuration."""
        parts = [self.product]
        if self.interface:
            # One device may have a contact and a contactless reader that differ in this alone.
            parts.append(f"[{self.interface}]")
        if self.serial:
            parts.append(f"({self.serial})")
        parts.append(f"slot {self.slot}")
        return " ".join(parts)


def identify(name: str) -> ReaderIdentity:
    """Take a reader's name apart."""
    match = _NAME.match(name)
    found = match.groupdict() if match else {}
    return ReaderIdentity(
        name=name,
        product=found.get("product") or name,
        interface=found.get("interface") or "",
        serial=found.get("serial") or "",
        index=int(found.get("index") or "0", 16),
        slot=int(found.get("slot") or "0", 16),
    )


def choose(
    names: Sequence[str],
    wanted: str | None,
    *,
    roles: Mapping[str, str] | None = None,
    with_card: Sequence[str] = (),
) -> str:
    """Choose a reader: a role, else a number from 1, else a whole name, else a piece of one.

    Without a wish: the role ``counter``, else the only reader, else the only one with a card.
    Raises NoReader, ReaderNotFound, ReaderAmbiguous.
    """
    if not names:
        raise NoReader
    roles = roles or {}
    if wanted is None:
        return _only_one(names, roles, with_card)
    if wanted in roles:
        return _by_piece(names, roles[wanted])
    if wanted.isdecimal() and len(wanted) <= _NUMBER_DIGITS:
        if 1 <= int(wanted) <= len(names):
            return names[int(wanted) - 1]
        raise ReaderNotFound(wanted=wanted, readers=_listed(names))
    return _by_piece(names, wanted)


def _only_one(names: Sequence[str], roles: Mapping[str, str], with_card: Sequence[str]) -> str:
    if DEFAULT_ROLE in roles:
        return _by_piece(names, roles[DEFAULT_ROLE])
    free = without_roles(names, roles)
    if len(free) == 1:
        return free[0]
    candidates = [each for each in with_card if each in free]
    if len(candidates) == 1:
        return candidates[0]
    raise ReaderAmbiguous(readers=_listed(free or names))


def without_roles(names: Sequence[str], roles: Mapping[str, str]) -> list[str]:
    """Leave out readers that another role has: a SAM's reader is nobody's card reader."""
    taken = set()
    for piece in roles.values():
        with contextlib.suppress(ReaderNotFound, ReaderAmbiguous):
            taken.add(_by_piece(names, piece))
    return [each for each in names if each not in taken]


def _by_piece(names: Sequence[str], piece: str) -> str:
    if piece in names:
        return piece
    lowered = piece.casefold()
    exact = [each for each in names if identify(each).stable.casefold() == lowered]
    if len(exact) == 1:
        return exact[0]  # "slot 1" also stands in "slot 10"
    fitting = [
        each
        for each in names
        if lowered in each.casefold() or lowered in identify(each).stable.casefold()
    ]
    if not fitting:
        raise ReaderNotFound(wanted=piece, readers=_listed(names))
    if len(fitting) > 1:
        raise ReaderAmbiguous(readers=_listed(fitting))
    return fitting[0]


def _listed(names: Sequence[str]) -> str:
    return "、".join(names)
