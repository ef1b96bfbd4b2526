"""A PIN pad in software, or replies written out, wired to the driver for its tests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apdu.zt598_frames import Frame, FrameReader
from apdu.zt598_switches import Model, Switches, switches_of
from emulator.on_pty import OnPty
from emulator.pin_pad import SoftwarePinPad
from emulator.pin_pad_entry import parse_keys
from emulator.pin_pad_wire import Clock, PadWire
from terminal.config import PinPad as PinPadSettings
from terminal.devices.pin_pad import PinPad
from terminal.devices.serial_line import Line
from terminal.devices.zt598 import Zt598, open_pin_pad
from terminal.errors import PinPadGone, PinPadMissing

SECONDS = 30.0


def nothing(*_: object) -> None:
    """Show no stars; do nothing."""


class TappedWire(PadWire):
    """Keep what the pad said, too; ``before`` holds what happens once, before a body is sent."""

    def __init__(self, pad: SoftwarePinPad, clock: Clock) -> None:
        super().__init__(
            pad, clock, gone=PinPadGone, missing=lambda: PinPadMissing(port="desk", detail="none")
        )
        self.heard: list[bytes] = []
        self.before: dict[bytes, Callable[[], object]] = {}

    def write(self, data: bytes) -> None:
        """Send something to the pad."""
        for body in _bodies([data]):
            self.before.pop(body, nothing)()
        super().write(data)

    def read(self, seconds: float) -> bytes:
        """Give the next piece."""
        piece = super().read(seconds)
        self.heard.append(piece)
        return piece


@dataclass(frozen=True, slots=True)
class Pads:
    """Hold both sides, and the wire between them."""

    driver: Zt598
    pad: SoftwarePinPad
    wire: TappedWire
    clock: Clock

    @property
    def bodies(self) -> list[bytes]:
        """The bodies of what the driver sent, in order."""
        return _bodies(self.wire.sent)

    @property
    def replies(self) -> list[bytes]:
        """The bodies of what the pad replied, in order."""
        return _bodies(self.wire.heard)


def pads(
    model: str = "zt598",
    *scripts: str,
    switches: dict[str, str] | None = None,
    pad_switches: dict[str, str] | None = None,
    **settings: Any,
) -> Pads:
    """Wire a pad with a script for each entry to a driver; both have the same switches at first."""
    clock = Clock()
    own = switches_of(model, switches or {})
    pad = SoftwarePinPad(
        model,
        switches=own if pad_switches is None else switches_of(model, pad_switches),
        script=[parse_keys(each) for each in scripts],
        clock=clock,
    )
    wire = TappedWire(pad, clock)
    return Pads(_driver(wire.open, model, own, clock, settings), pad, wire, clock)


class RawLine:
    """Be a line whose replies are written out: the next one for each frame that is sent.

    Time passes only where the driver waits and nothing is there. ``byte_seconds`` is how long one
    byte takes on a slow line, where they come one at a time.
    """

    def __init__(self, clock: Clock, replies: Iterable[bytes], byte_seconds: float = 0.0) -> None:
        self.sent: list[bytes] = []
        self.clock = clock
        self._replies = deque(replies)
        self._waiting = bytearray()
        self._byte_seconds = byte_seconds

    def open(self) -> RawLine:
        """Open the line."""
        return self

    def read(self, seconds: float) -> bytes:
        """Give what is there, or let the time pass."""
        if not self._waiting or self._byte_seconds > seconds > 0:
            self.clock.now += seconds
            return b""
        self.clock.now += self._byte_seconds
        count = 1 if self._byte_seconds else len(self._waiting)
        piece = bytes(self._waiting[:count])
        del self._waiting[:count]
        return piece

    def write(self, data: bytes) -> None:
        """Keep what is sent and have the next reply ready."""
        self.sent.append(data)
        if self._replies:
            self._waiting += self._replies.popleft()

    def close(self) -> None:
        """Give the line back."""


def raw(
    model: str,
    *replies: bytes,
    switches: dict[str, str] | None = None,
    byte_seconds: float = 0.0,
    **settings: Any,
) -> tuple[Zt598, RawLine]:
    """Give a driver on a line whose replies are written out."""
    clock = Clock()
    line = RawLine(clock, replies, byte_seconds)
    own = switches_of(model, switches or {})
    return _driver(line.open, model, own, clock, settings), line


@contextmanager
def on_pty(pad: SoftwarePinPad, link: Path, **switches: str) -> Iterator[tuple[OnPty, PinPad]]:
    """Put a pad on a pseudo-terminal and open it as the program does, by its configuration."""
    settings = PinPadSettings(str(link), clear_entry=True, timeout_seconds=20, switches=switches)
    with OnPty(pad, link) as served:
        driver = open_pin_pad(settings)
        try:
            yield served, driver
        finally:
            driver.close()


def _driver(
    open_line: Callable[[], Line],
    model: str,
    switches: Switches,
    clock: Clock,
    settings: dict[str, Any],
) -> Zt598:
    given: dict[str, Any] = {"clear_entry": True, "seconds": SECONDS, "clock": clock, **settings}
    return Zt598(open_line, Model(model), switches, **given)


def _bodies(pieces: Iterable[bytes]) -> list[bytes]:
    events = FrameReader().feed(b"".join(pieces))
    return [each.body for each in events if isinstance(each, Frame)]
