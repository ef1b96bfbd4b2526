"""The reader's own keypad: it takes the PIN, sends it to the card and gives the card's answer.

One SCardControl an entry (reference counter-devices.md §1.2, §1.3), never a second one: what went
wrong on the way may still have cost the card a try.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from apdu.trace import hexes
from terminal.errors import (
    CardBabbles,
    CardTorn,
    GuitaiError,
    KeypadFailed,
    PinCancelled,
    PinLength,
    PinsDiffer,
    PinTimedOut,
)
from terminal.readers.explain import explain
from terminal.readers.part10 import (
    Feature,
    ModifyStructure,
    PinStructure,
    Properties,
    VerifyStructure,
    fitted,
)
from terminal.readers.port import PcscFailure, Result

_TIMED_OUT, _CANCELLED, _DIFFER, _LENGTH, _BAD_PARAMETER = 0x6400, 0x6401, 0x6402, 0x6403, 0x6B80

_REFUSED = frozenset({Result.UNSUPPORTED_FEATURE, Result.INVALID_PARAMETER})
"""What a driver says of a structure that it does not take: it has not even asked for the PIN."""

_GONE = frozenset({Result.NO_SMARTCARD, Result.UNRESPONSIVE, Result.UNPOWERED})
"""The card went; as with a transmit, it may have carried the command out."""


class Control(Protocol):
    """Talk to the reader: code, data, and the seconds that a person may take for it."""

    def __call__(self, code: int, data: bytes, seconds: float) -> bytes:
        """Give the reader's answer; raises PcscFailure."""
        ...


class Keypad:
    """Use the keypad of one reader, within the operations on the card that is in it.

    The digits stay between keypad and card. What comes back is the card's status word; where the
    reader ended the entry itself the card was not tried, and that is PinTimedOut, PinCancelled,
    PinsDiffer, PinLength, or KeypadFailed for a reader that did not do its part. CardTorn,
    CardHung and CardBabbles leave open whether the card was tried.
    """

    def __init__(
        self,
        control: Control,
        codes: Mapping[Feature, int],
        properties: Properties,
        note: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._control = control
        self._codes = codes
        self.properties = properties
        self._note = note

    @property
    def can_verify(self) -> bool:
        """Tell whether it can enter a PIN for VERIFY."""
        return Feature.VERIFY_PIN_DIRECT in self._codes

    @property
    def can_change(self) -> bool:
        """Tell whether it can enter an old and a new PIN for CHANGE."""
        return Feature.MODIFY_PIN_DIRECT in self._codes

    def verify(self, structure: VerifyStructure) -> int:
        """Let a PIN be entered and verified; the card's status word."""
        return self._use(Feature.VERIFY_PIN_DIRECT, fitted(structure, self.properties))

    def change(self, structure: ModifyStructure) -> int:
        """Let the old and the new PIN be entered and the card change it; its status word."""
        return self._use(Feature.MODIFY_PIN_DIRECT, fitted(structure, self.properties))

    def _use(self, feature: Feature, structure: PinStructure) -> int:
        code = self._codes.get(feature)
        if code is None:
            raise KeypadFailed(result=f"{Result.UNSUPPORTED_FEATURE:08X}")
        # Before it is used, as a trace's commands are: where it ends here the reader hung.
        self._note(f"# KEYPAD: {hexes(structure.command[:4])}\n")
        answer: bytes | None = None
        try:
            answer = self._control(code, structure.encode(), structure.seconds)
        except PcscFailure as failure:
            raise _explained(failure) from failure
        finally:
            self._note(f"# KEYPAD: {_shown(answer)}\n")
        return _status(answer, structure)


def _shown(answer: bytes | None) -> str:
    """Show a status word, and of anything else no more than its size."""
    if not answer:
        return "no answer"
    return hexes(answer) if len(answer) == 2 else f"{len(answer)} bytes"


def _explained(failure: PcscFailure) -> GuitaiError:
    if failure.result in _REFUSED:
        return KeypadFailed(result=f"{failure.result:08X}")
    return CardTorn() if failure.result in _GONE else explain(failure)


def _status(answer: bytes, structure: PinStructure) -> int:
    """Give the card's status word; raise what the reader says for itself (§1.3)."""
    if not answer:
        raise CardTorn
    if len(answer) != 2:
        raise CardBabbles(detail=f"{len(answer)} bytes from the keypad")
    sw = int.from_bytes(answer, "big")
    if sw == _TIMED_OUT:
        raise PinTimedOut
    if sw == _CANCELLED:
        raise PinCancelled
    if sw == _DIFFER:
        raise PinsDiffer
    if sw == _LENGTH:
        raise PinLength(least=structure.least, most=structure.most)
    if sw == _BAD_PARAMETER or sw >> 8 == _TIMED_OUT >> 8:
        raise KeypadFailed(result=f"{sw:04X}")
    return sw
