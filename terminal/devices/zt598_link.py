"""Commands and replies over a line to a ZT588/ZT598: time-outs, repeats, opening again.

A pad says nothing to a command whose LRC is wrong, so silence is repeated, and every command has to
be one that may be repeated (reference counter-devices.md §3.2.8).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apdu.zt598_fields import success
from apdu.zt598_frames import Event, Frame, FrameReader, Noise, frame
from apdu.zt598_replies import FIRST_ERROR
from apdu.zt598_switches import Model
from terminal.devices.serial_line import Line
from terminal.errors import PinPadGarbled, PinPadGone, PinPadSilent
from terminal.texts import Text


@dataclass(frozen=True, slots=True)
class Patience:
    """Say how long a reply is waited for, line time aside, and how often a command is sent."""

    seconds: float
    attempts: int


PATIENCE = {Model.ZT588: Patience(1.0, 5), Model.ZT598: Patience(3.0, 3)}
"""The first is [SMARTW]'s, the seconds of the second [SPLNX]'s (§3.2.1)."""
_EXCHANGED_BITS = 10 * 256
"""A command and its reply on the line; the longest reply has 154 bytes, at 1200 bit/s 1.3 s."""
_LATER = 1.5
_MOST_READS = 256
"""Reads for one reply; a line that goes on and on leads to no pad."""


def _nothing() -> None:
    """Prepare nothing."""


class PadLink:
    """Exchange commands for replies; ``greeting`` is sent first each time the line was opened.

    What comes beside a reply waits for :meth:`listen`, until the next command: keys, and what the
    pad says unasked. A pad that went while nothing was asked of it is opened again. Raises
    PinPadMissing, PinPadGone, PinPadSilent and PinPadGarbled.
    """

    def __init__(
        self,
        open_line: Callable[[], Line],
        greeting: bytes,
        clock: Callable[[], float],
        speed: int,
        patience: Patience,
    ) -> None:
        self._open_line = open_line
        self._greeting = greeting
        self._clock = clock
        self._patience = patience.seconds + _EXCHANGED_BITS / speed
        self._attempts = patience.attempts
        self._line: Line | None = None
        self._reader = FrameReader()
        self._waiting: list[Event] = []
        self._late: set[int] = set()

    def exchange(self, body: bytes, prepare: Callable[[], None] = _nothing) -> Frame:
        """Send a command until it is answered; ``prepare`` runs before each attempt."""
        self._ready()
        return self._repeat(body, prepare)

    def listen(self, seconds: float) -> list[Event]:
        """Give what waits, else what comes, waiting so long for it.

        Half a frame whose rest does not come in that time is noise.
        """
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            return waiting
        data = self._read(seconds)
        noise = None if data else self._reader.give_up()
        return [noise] if noise else self._reader.feed(data)

    def close(self) -> None:
        """Give the line back, and forget what came; the next exchange opens it again."""
        self._waiting.clear()
        self._reader.give_up()
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _repeat(self, body: bytes, prepare: Callable[[], None] = _nothing) -> Frame:
        unanswered = disturbed = 0
        for _ in range(self._attempts):
            prepare()
            reply, noisy = self._attempt(body)
            if reply is not None:
                return self._last_of(reply, unanswered)
            disturbed += noisy
            unanswered += not noisy
            self._late.add(success(body[0]))
        if disturbed:
            raise PinPadGarbled(
                detail=Text(
                    f"{self._attempts} 次都没有完整的数据帧", f"{self._attempts} × no whole frame"
                )
            )
        raise PinPadSilent(times=self._attempts)

    def tell(self, body: bytes) -> None:
        """Send a command once and wait for no reply: to a pad that has stopped answering."""
        if self._line is not None:
            self._write(frame(body))

    def _last_of(self, reply: Frame, unanswered: int) -> Frame:
        """Take the replies to attempts that were given up, so that none is taken for the next's.

        The last that says yes counts: of two challenges the pad knows the second. They come as far
        apart as the attempts were sent, or a little more.
        """
        until = self._clock() + _LATER * self._patience
        for _ in range(_MOST_READS):
            left = until - self._clock()
            if not unanswered or left <= 0:
                break
            for event in self._reader.feed(self._read(left)):
                if not isinstance(event, Frame):
                    self._waiting.append(event)
                    continue
                unanswered -= 1
                if event.code < FIRST_ERROR:
                    reply = event
        return reply

    def _ready(self) -> None:
        """Have an open line with nothing old in it."""
        self._waiting.clear()
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
            self._repeat(self._greeting)
        except BaseException:
            self.close()  # not greeted yet: the next call begins anew
            raise

    def _drain(self) -> None:
        self._reader.give_up()
        for _ in range(_MOST_READS):
            if not self._read(0):
                return
        raise PinPadGarbled(detail=Text("线路上的数据没有停过", "never silent"))

    def _attempt(self, body: bytes) -> tuple[Frame | None, bool]:
        """Send a command once; give its reply, and whether there was noise."""
        self._write(frame(body))
        until = self._clock() + self._patience
        reply: Frame | None = None
        beside: list[Event] = []
        noisy = False
        for _ in range(_MOST_READS):
            left = until - self._clock()
            if reply is not None or left <= 0:
                break
            for event in self._reader.feed(self._read(left)):
                if isinstance(event, Noise) or _echo(event, body):
                    noisy = True
                elif isinstance(event, Frame) and reply is None:
                    reply = self._own(event, success(body[0]))
                else:
                    beside.append(event)
        if reply is None:
            noisy = isinstance(self._reader.give_up(), Noise) or noisy
        # Beside noise a key may be a piece of a broken frame, or have gone with one: whoever
        # listens is told of the noise instead.
        self._waiting += [Noise(len(beside))] if noisy else beside
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


def _echo(event: Event, body: bytes) -> bool:
    """Tell whether a line gave our own command back: whatever is at its end, it is no pad."""
    return isinstance(event, Frame) and event.body == body
