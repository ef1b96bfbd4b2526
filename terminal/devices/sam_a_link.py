"""Commands and answers over a line to a SAM-A module: time-outs, repeats, opening again.

An answer does not say which command it is for (reference counter-devices.md §6.1), so one counts
only where its status and its length are what this command brings.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from enum import Enum

from apdu.sam_a_commands import Command, Status
from apdu.sam_a_frames import DeviceFrame, FrameReader
from terminal.devices.serial_line import Line
from terminal.errors import (
    GuitaiError,
    IdReadCancelled,
    IdReaderGarbled,
    IdReaderGone,
    IdReaderSilent,
)
from terminal.texts import Text

ATTEMPTS = 3
_USUAL_SECONDS = 1.0
_SECONDS = {Command.READ: 3.0, Command.ADDRESS: 3.0, Command.READ_FINGERS: 5.0}
"""How long an answer is waited for, line time aside (§6.4); the other commands read nothing."""
_QUIET_SECONDS = 1.0
"""After noise, and as long nothing more, no answer is to come."""
_LISTEN_SECONDS = 0.1
"""How soon a running reading notices that it is cancelled."""
_BITS_IN_BYTE = 10
_MOST_BYTES = 4 * DeviceFrame.MOST
"""Bytes for one answer; a line that goes on and on leads to no reader."""
_GOOD = frozenset({Status.DONE, Status.FOUND})
_DISTURBED = frozenset({Status.HOST_CHECK, Status.HOST_LENGTH})
"""The command did not arrive as it was sent, and nothing was done."""


class Lost(Enum):
    """Say why there is no answer; the command may have been carried out."""

    SILENT = "silent"
    GARBLED = "garbled"


class SamLink:
    """Exchange commands for answers; the line is opened when it is needed.

    A reader that went while nothing was asked of it is opened again. Raises IdReaderMissing,
    IdReaderGone, IdReaderSilent and IdReaderGarbled, and IdReadCancelled once ``cancelled``
    is set.
    """

    def __init__(
        self,
        open_line: Callable[[], Line],
        clock: Callable[[], float],
        speed: int,
        cancelled: threading.Event,
    ) -> None:
        self._open_line = open_line
        self._clock = clock
        self._line_seconds = _BITS_IN_BYTE * DeviceFrame.MOST / speed
        self._cancelled = cancelled
        self._line: Line | None = None
        self._reader = FrameReader(DeviceFrame)

    def ask(self, command: Command) -> DeviceFrame:
        """Send a command until it is answered; only for what may be done twice."""
        lost: list[Lost] = []
        while len(lost) < ATTEMPTS:
            answer = self.ask_once(command)
            if isinstance(answer, DeviceFrame):
                return answer
            lost.append(answer)
        raise no_answer(lost)

    def ask_once(self, command: Command) -> DeviceFrame | Lost:
        """Send a command once."""
        self._ready()
        self._write(command.frame)
        now = self._clock()
        until = now + _SECONDS.get(command, _USUAL_SECONDS) + self._line_seconds
        received = 0
        noisy = False
        quiet_until = until
        while now < min(until, quiet_until) and received <= _MOST_BYTES:
            data = self._listen(min(until, quiet_until) - now)
            now = self._clock()
            received += len(data)
            for event in self._reader.feed(data):
                if isinstance(event, DeviceFrame) and _fits(event, command):
                    return Lost.GARBLED if event.status in _DISTURBED else event
                noisy = True
            if noisy and data:
                quiet_until = now + _QUIET_SECONDS
        return Lost.GARBLED if self._reader.give_up() or noisy else Lost.SILENT

    def pause(self, seconds: float) -> None:
        """Let time pass; what comes meanwhile is nothing that was asked for."""
        until = self._clock() + seconds
        received = 0
        while (left := until - self._clock()) > 0 and received <= _MOST_BYTES:
            received += len(self._listen(left))

    def close(self) -> None:
        """Give the line back, and forget what came; the next command opens it again."""
        self._reader.give_up()
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _ready(self) -> None:
        """Have an open line with nothing old in it."""
        if self._line is not None:
            try:
                self._drain()
            except IdReaderGone:
                pass  # it went while it was not needed, and may be back
            else:
                return
        self._line = self._open_line()
        self._drain()

    def _drain(self) -> None:
        self._reader.give_up()
        received = 0
        while received <= _MOST_BYTES:
            data = self._read(0)
            if not data:
                return
            received += len(data)
        raise IdReaderGarbled(detail=Text("线路上的数据没有停过", "the line was never silent"))

    def _listen(self, seconds: float) -> bytes:
        if self._cancelled.is_set():
            raise IdReadCancelled
        return self._read(min(seconds, _LISTEN_SECONDS))

    def _read(self, seconds: float) -> bytes:
        line = self._present()
        try:
            return line.read(seconds)
        except IdReaderGone:
            self.close()
            raise

    def _write(self, data: bytes) -> None:
        line = self._present()
        try:
            line.write(data)
        except IdReaderGone:
            self.close()
            raise

    def _present(self) -> Line:
        if self._line is None:
            raise IdReaderGone
        return self._line


def no_answer(lost: Iterable[Lost]) -> GuitaiError:
    """Say that all attempts were in vain."""
    attempts = list(lost)
    if Lost.GARBLED not in attempts:
        return IdReaderSilent(times=len(attempts))
    times = len(attempts)
    detail = Text(
        f"{times} 次都没有完整的数据帧", f"{times} attempts brought bytes and no whole frame"
    )
    return IdReaderGarbled(detail=detail)


def _fits(answer: DeviceFrame, command: Command) -> bool:
    """Tell whether an answer can be this command's, and not the late one to another."""
    if any(answer.sw):
        return False
    if answer.status not in _GOOD:
        return not answer.data  # failures have none (§6.3)
    good = Status.FOUND if command is Command.FIND else Status.DONE
    return answer.status == good and command.found in {None, len(answer.data)}
