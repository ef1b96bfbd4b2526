"""A device in software on a pseudo-terminal, where the terminal finds a serial port.

A thread carries the bytes. Pulling the plug closes both ends, as a USB adapter does that is
pulled; putting it in again makes a new pseudo-terminal behind the same link.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol

_MOST_READ = 4096
_TICK_SECONDS = 0.1


class SerialDevice(Protocol):
    """Be a device at the end of a serial line; it is used under the port's thread and its own.

    ``on_output`` is called when there is something to take that nobody's bytes brought about.
    """

    on_output: Callable[[], None]

    def feed(self, data: bytes) -> None:
        """Take what came, in any pieces."""
        ...

    def take(self) -> bytes:
        """Give the next piece to be sent, empty when there is none."""
        ...


class OnPty:
    """Serve a device on a pseudo-terminal; use it as a context manager.

    ``link`` is made a symlink to it, one that is there already is pointed anew. Raises
    FileExistsError where ``link`` is something else.
    """

    def __init__(self, device: SerialDevice, link: Path | None = None) -> None:
        self.device = device
        self.link = link
        self.port = ""
        """Path of the end the terminal opens; empty while the plug is pulled."""
        self._thread: threading.Thread | None = None
        self._pulled = threading.Event()
        self._bell = -1
        device.on_output = self._ring

    def __enter__(self) -> OnPty:
        self.plug()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unplug()

    def plug(self) -> None:
        """Put the plug in."""
        if self._thread is not None:
            return
        inside, outside = os.openpty()
        # Raw, and held open: without anybody at the other end a read in here would fail.
        tty.setraw(outside)
        os.set_blocking(inside, False)
        self.port = os.ttyname(outside)
        try:
            self._point(self.port)
        except OSError:
            os.close(inside)
            os.close(outside)
            self.port = ""
            raise
        heard, self._bell = os.pipe()
        os.set_blocking(self._bell, False)
        self._pulled.clear()
        self._thread = threading.Thread(
            target=self._serve, args=(inside, outside, heard), name="serial device", daemon=True
        )
        self._thread.start()

    def unplug(self) -> None:
        """Pull the plug; safe to call twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._pulled.set()
        self._ring()
        thread.join()
        bell, self._bell = self._bell, -1
        os.close(bell)
        self.port = ""
        if self.link is not None and self.link.is_symlink():
            self.link.unlink()

    def _serve(self, inside: int, outside: int, heard: int) -> None:
        try:
            while not self._pulled.is_set():
                ready, _, _ = select.select([inside, heard], [], [], _TICK_SECONDS)
                if heard in ready:
                    os.read(heard, _MOST_READ)
                if inside in ready:
                    self.device.feed(os.read(inside, _MOST_READ))
                while piece := self.device.take():
                    # Nobody reads and the buffer is full: bytes are lost, as on a real line.
                    with contextlib.suppress(BlockingIOError):
                        os.write(inside, piece)
        finally:
            for descriptor in (inside, outside, heard):
                os.close(descriptor)

    def _ring(self) -> None:
        """Wake the thread; a full pipe has woken it already."""
        with contextlib.suppress(OSError):
            os.write(self._bell, b"\0")

    def _point(self, port: str) -> None:
        if self.link is None:
            return
        if self.link.is_symlink():
            self.link.unlink()
        self.link.symlink_to(port)
