"""A serial line behind a tiny port, so that a scripted one can stand in.

8 data bits, no parity, one stop bit, no flow control (reference counter-devices.md §3.2.1); one
program at a time. What the operating system says in the middle is one thing here: the device is
gone. Which device that is, whoever opens the line says (``Device``).
"""

from __future__ import annotations

import contextlib
import os
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import serial

from terminal.errors import DeviceError

MOST_READ = 4096
_WRITE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Device:
    """Say which of the catalogue's leaves a device has for a line that fails.

    ``missing`` takes the port and what the system says of it, ``gone`` nothing.
    """

    missing: Callable[[str, str], DeviceError]
    gone: Callable[[], DeviceError]


class Line(Protocol):
    """Be an open line; its methods raise the device's ``gone`` when it went."""

    def read(self, seconds: float) -> bytes:
        """Give what is there, at most 4,096 bytes; wait so long for the first, then give none."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of it."""
        ...

    def close(self) -> None:
        """Give the line back; never raises."""
        ...


class SerialLine:
    """A line by pyserial; raises the device's ``missing`` where it cannot be opened."""

    def __init__(self, port: str, speed: int, device: Device) -> None:
        self._device = device
        try:
            self._serial = serial.Serial(
                port, speed, timeout=0, write_timeout=_WRITE_SECONDS, exclusive=True
            )
        except (OSError, ValueError, termios.error) as error:
            raise device.missing(port, _said(error)) from error

    def read(self, seconds: float) -> bytes:
        """Give what is there."""
        with self._present():
            self._serial.timeout = seconds
            first = self._serial.read(1)
            waiting = min(self._serial.in_waiting, MOST_READ - 1) if first else 0
            return first + self._serial.read(waiting)

    def write(self, data: bytes) -> None:
        """Send all of it."""
        with self._present():
            self._serial.write(data)

    def close(self) -> None:
        """Give the line back."""
        with contextlib.suppress(OSError, termios.error):
            self._serial.close()

    @contextlib.contextmanager
    def _present(self) -> Iterator[None]:
        """Take any trouble for the device's going; pyserial's errors are OSErrors."""
        try:
            yield
        except (OSError, termios.error) as error:
            raise self._device.gone() from error


def _said(error: BaseException) -> str:
    """Give the system's own words where there are any; pyserial wraps them in a sentence."""
    for each in (error, error.__context__):
        if each is not None and each.args and isinstance(each.args[0], int):
            return os.strerror(each.args[0])
    return str(error)
