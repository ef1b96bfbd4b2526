"""Commands and replies over a line to a ZT588/ZT598: time-outs, repeats, opening again.

A pad says nothing to a command whose LRC is wrong, so silence is repeated, and every command has to
be one that may be repeated (reference counter-devices.md §3.2.8).
"""

from __future__ import annotations

from collections.abc import Callable

from apdu.zt598_fields import success
from apdu.zt598_frames import Event, Frame, FrameReader, Key, Noise, frame
from terminal.devices.serial_line import Line
from terminal.errors import PinPadGarbled, PinPadGone, PinPadSilent

REPLY_SECONDS = 1.0
ATTEMPTS = 5
_MOST_READS = 256
"""Reads for one reply; a line that goes on and on leads to no pad."""


def _nothing() -> None:
    """Prepare nothing."""


class PadLink:
    """Exchange commands for replies; ``greeting`` is sent first each time the line was opened.

    Keys that come beside a reply wait for :meth:`listen`, until the next command. A pad that went
    while nothing was asked of it is opened again. Raises PinPadMissing, PinPadGone, PinPadSilent
    and PinPadGarbled.
    """

    def __init__(
        self, open_line: Callable[[], Line], greeting: bytes, clock: Callable[[], float]
    ) -> None:
        self._open_line = open_line
        self._greeting = greeting
        self._clock = clock
        self._line: Line | None = None
        self._reader = FrameReader()
        self._keys: list[Event] = []
        self._late: set[int] = set()

    def exchange(self, body: bytes, prepare: Callable[[], None] = _nothing) -> Frame:
        """Send a command until it is answered; ``prepare`` runs before each attempt."""
        self._ready()
        disturbed = False
        for _ in range(ATTEMPTS):
            prepare()
            reply, noisy = self._attempt(body)
            if reply is not None:
                return reply
            disturbed = disturbed or noisy
            self._late.add(success(body[0]))
        if disturbed:
            raise PinPadGarbled(detail=f"{ATTEMPTS} × no whole frame")
        raise PinPadSilent(times=ATTEMPTS)

    def listen(self, seconds: float) -> list[Event]:
        """Give the keys that wait, else what comes, waiting so long for it.

        Half a frame whose rest does not come in that time is noise.
        """
        if self._keys:
            waiting, self._keys = self._keys, []
            return waiting
        data = self._read(seconds)
        noise = None if data else self._reader.give_up()
        return [noise] if noise else self._reader.feed(data)

    def close(self) -> None:
        """Give the line back; the next exchange opens it again."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _ready(self) -> None:
        """Have an open line with nothing old in it."""
        self._keys.clear()
        if self._line is not None:
            try:
                self._drain()
            except PinPadGone:
                pass  # it went while it was not needed, and may be back
            else:
                return
        self._line = self._open_line()
        self._late.clear()
        try:
            self._drain()
            self.exchange(self._greeting)
        except BaseException:
            self.close()  # not greeted yet: the next call begins anew
            raise

    def _drain(self) -> None:
        self._reader.give_up()
        for _ in range(_MOST_READS):
            if not self._read(0):
                return
        raise PinPadGarbled(detail="never silent")

    def _attempt(self, body: bytes) -> tuple[Frame | None, bool]:
        """Send a command once; give its reply, and whether there was noise."""
        self._write(frame(body))
        until = self._clock() + REPLY_SECONDS
        reply: Frame | None = None
        keys: list[Event] = []
        noisy = False
        for _ in range(_MOST_READS):
            left = until - self._clock()
            if reply is not None or left <= 0:
                break
            for event in self._reader.feed(self._read(left)):
                if isinstance(event, Frame):
                    reply = reply or self._own(event, success(body[0]))
                elif isinstance(event, Key):
                    keys.append(event)
                else:
                    noisy = True
        if reply is None:
            noisy = isinstance(self._reader.give_up(), Noise) or noisy
        # Beside noise a key may be a piece of a broken frame, or have gone with one: whoever
        # listens is told of the noise instead.
        self._keys += [Noise(len(keys))] if noisy else keys
        return reply, noisy

    def _own(self, reply: Frame, expected: int) -> Frame | None:
        """Take a reply for ours, unless it is the late one to a command that was repeated.

        All codes below the errors mean yes (§3.2.1), whatever the command's letter promises.
        """
        late = reply.code in self._late and reply.code != expected
        return None if late else reply

    def _read(self, seconds: float) -> bytes:
        line = self._present()
        try:
            return line.read(seconds)
        except PinPadGone:
            self.close()
            raise

    def _write(self, data: bytes) -> None:
        line = self._present()
        try:
            line.write(data)
        except PinPadGone:
            self.close()
            raise

    def _present(self) -> Line:
        if self._line is None:
            raise PinPadGone
        return self._line
