"""A device file as a line: a printer at USB (usblp, /dev/usb/lp0), which is no terminal.

The kernel takes as much as the printer does and no more, so a printer that is busy holds a write
up; here that has an end. What the system says in the middle is that the device is gone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
from pathlib import Path

from terminal.devices.serial_line import MOST_READ, Device

WRITE_SECONDS = 5.0
"""How long a write may make no progress, as on a serial line."""
_MAJORS = (6, 180)
"""Parallel and USB printers (the kernel's list of devices)."""


def is_printer_file(port: str) -> bool:
    """Tell whether a port is the device file of a printer and not a serial port."""
    try:
        status = Path(port).stat()
    except OSError:
        return False
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) in _MAJORS


class FileLine:
    """A line by a device file; raises the device's ``missing`` where it cannot be opened.

    A write that makes no progress raises ``gone`` from TimeoutError.
    """

    def __init__(self, port: str, device: Device, write_seconds: float = WRITE_SECONDS) -> None:
        self._device = device
        self._write_seconds = write_seconds
        try:
            self._file = os.open(port, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            raise device.missing(port, error.strerror or str(error)) from error

    def read(self, seconds: float) -> bytes:
        """Give what is there; of one that is gone nothing comes, and the next write tells."""
        if not self._ready(reading=True, seconds=seconds):
            return b""
        try:
            return os.read(self._file, MOST_READ)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.EINVAL:
                return b""  # the kernel's word for a printer of one direction
            raise self._device.gone() from error

    def write(self, data: bytes) -> None:
        """Send all of it."""
        left = data
        while left:
            if not self._ready(reading=False, seconds=self._write_seconds):
                raise self._device.gone() from TimeoutError()
            try:
                left = left[os.write(self._file, left) :]
            except BlockingIOError:
                continue  # another writer was quicker
            except OSError as error:
                raise self._device.gone() from error

    def close(self) -> None:
        """Give the file back."""
        file, self._file = self._file, -1
        if file >= 0:
            with contextlib.suppress(OSError):
                os.close(file)

    def _ready(self, *, reading: bool, seconds: float) -> bool:
        """Wait until it can be read or written."""
        try:
            readable, writable, _ = select.select(
                [self._file] if reading else [], [] if reading else [self._file], [], seconds
            )
        except (OSError, ValueError) as error:
            raise self._device.gone() from error
        return bool(readable or writable)
