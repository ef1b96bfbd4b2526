"""A PIN pad in software, wired to the driver in this process, for all tests of the driver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apdu.zt598_frames import Frame, FrameReader
from apdu.zt598_switches import Model, switches_of
from emulator.pin_pad import SoftwarePinPad
from emulator.pin_pad_entry import parse_keys
from emulator.pin_pad_wire import Clock, PadWire
from terminal.devices.zt598 import Zt598
from terminal.errors import PinPadGone, PinPadMissing

SECONDS = 30.0


@dataclass(frozen=True)
class Pads:
    """Hold both sides, and the wire between them."""

    driver: Zt598
    pad: SoftwarePinPad
    wire: PadWire
    clock: Clock

    @property
    def bodies(self) -> list[bytes]:
        """The bodies of what the driver sent, in order."""
        events = FrameReader().feed(b"".join(self.wire.sent))
        return [each.body for each in events if isinstance(each, Frame)]


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
        script=_keys(scripts),
        clock=clock,
    )
    wire = PadWire(
        pad, clock, gone=PinPadGone, missing=lambda: PinPadMissing(port="desk", detail="none")
    )
    given = {"clear_entry": True, "seconds": SECONDS, "clock": clock} | settings
    return Pads(Zt598(wire.open, Model(model), own, **given), pad, wire, clock)


def _keys(scripts: Iterable[str]) -> list[bytes]:
    return [parse_keys(each) for each in scripts]
