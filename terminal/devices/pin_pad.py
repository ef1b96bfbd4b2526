"""The port behind which every PIN pad 密码键盘 stands: what it can do, and in which words.

The vocabulary is the one that vendors share (reference counter-devices.md §3.6). Two jobs are
apart (§3.0): *clear entry* gives the service PIN to this machine, which sends it to the card; a
*PIN block* is a PIN that leaves the pad encrypted only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from apdu.pin_block import BlockForm
from apdu.secret import Secret
from terminal.service_pin import ServicePin
from terminal.texts import Text

Progress = Callable[[int], None]
"""Be told how many digits there are now, to show as many stars; 0 once keys are taken."""


class KeyKind(Enum):
    """Name the ciphers of keys; the value is the key's size in bytes and its cipher."""

    DES = (8, "DES")
    TDES = (16, "3DES")
    TDES_TRIPLE = (24, "3DES")
    SM4 = (16, "SM4")

    @property
    def size(self) -> int:
        """Give the key's size in bytes."""
        return self.value[0]


class KeyUse(Enum):
    """Say what a work key is for."""

    PIN = "pin"
    MAC = "mac"
    DATA = "data"


class Ends(Enum):
    """Say what ends an entry."""

    ENTER = "enter"
    ENTER_OR_LENGTH = "enter_or_length"
    """ENTER, or the last digit that there may be."""


@dataclass(frozen=True, slots=True)
class PadInfo:
    """Say which pad it is."""

    model: str
    hardware: str
    firmware: str
    date: str
    serial: str


@dataclass(frozen=True, slots=True)
class Health:
    """Say how the pad is; None stands for what it does not tell."""

    tampered: bool
    battery_low: bool | None = None
    master_key: bool | None = None
    installed: bool | None = None


class PinPad(Protocol):
    """Be a PIN pad. It is used by one thread; another may call :meth:`cancel`.

    Every method raises PinPadMissing where the pad cannot be opened, PinPadGone where it goes in
    the middle, PinPadSilent and PinPadGarbled for no answers and none that are, PinPadRefused and
    PinPadTampered for what the pad says itself. After any of them the next call opens the pad
    again where that is needed.
    """

    @property
    def has_display(self) -> bool:
        """Tell whether the pad can show a text."""
        ...

    def info(self) -> PadInfo:
        """Ask which pad it is."""
        ...

    def self_test(self) -> Health:
        """Ask how it is; a pad that was opened or is weak is an answer here, no error."""
        ...

    def reset(self) -> None:
        """End whatever it does; keys stay."""
        ...

    def load_master_key(self, slot: int, kind: KeyKind, key: Secret, check: bytes) -> None:
        """Load a master key in clear; ``check`` is its check value, 4 to 8 bytes.

        Raises PinPadRefused where the pad's own differs: the key in the slot is then another.
        """
        ...

    def load_work_key(
        self, slot: int, under: int, use: KeyUse, kind: KeyKind, wrapped: bytes, check: bytes
    ) -> None:
        """Load a work key that is encrypted under the master key in slot ``under``; as above."""
        ...

    def display(self, text: Text) -> bool:
        """Show a text; a pad without a display beeps instead. Tells whether it was shown."""
        ...

    def enter_service_pin(
        self, least: int, most: int, progress: Progress, *, ends: Ends = Ends.ENTER
    ) -> ServicePin:
        """Take a service PIN of ``least`` to ``most`` digits in clear; whoever gets it wipes it.

        Raises ClearEntryForbidden where the outlet does not allow it, PinCancelled, PinTimedOut,
        PinLength. The pad takes no keys afterwards, however it ended. On a disturbed line
        PinPadGarbled: a PIN that may lack a digit costs the holder a try.
        """
        ...

    def enter_pin_block(
        self,
        slot: int,
        form: BlockForm,
        account: bytes,
        least: int,
        most: int,
        progress: Progress,
        *,
        ends: Ends = Ends.ENTER,
    ) -> bytes:
        """Take a PIN that leaves the pad encrypted under the work key in ``slot``; 8 or 16 bytes.

        ``account`` is the twelve digits of :func:`apdu.pin_block.account_part`. This is what the
        device can do. Nothing in Guitai asks for a bank PIN: that is the bank's own software.
        """
        ...

    def cancel(self) -> None:
        """End a running entry from another thread: PinCancelled there."""
        ...

    def close(self) -> None:
        """End a running entry and give the port back; safe to call twice."""
        ...
