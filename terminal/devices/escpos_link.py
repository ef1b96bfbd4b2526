"""Questions and answers over a line to an ESC/POS printer: time-outs, opening again, how far it is.

Two kinds of answer come back. A status is answered at once, whatever waits to be printed, and
its byte is told by its form. An identity is answered when its turn comes, so its answer tells
that all before it has been worked off: that is a *mark*. A printer without identity, or whose
identity looks like a status, has no marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from apdu.escpos import Form, Identity, identity, status
from apdu.escpos_status import ALL_HEAD, ALL_SIZE, AllStatus, decode_status, is_status
from terminal.devices.serial_line import Line
from terminal.errors import ReceiptPrinterGarbled, ReceiptPrinterGone, ReceiptPrinterSilent
from terminal.errors.printer import NOTHING_PRINTED

ATTEMPTS = 2
ANSWER_SECONDS = 1.0
"""How long an answer is waited for, line time aside."""
_AHEAD_BITS = 10 * 512
"""What may stand on the line before a question: one piece of a page."""
_MOST_READS = 256
"""Reads for one answer; a line that goes on and on leads to no printer."""
_FLOW = (0x11, 0x13)
"""XON and XOFF, which some printers send of themselves."""


class PrinterLink:
    """Ask and send; raises ReceiptPrinter errors, all with nothing printed.

    A printer that went while nothing was asked of it is opened again.
    """

    def __init__(
        self, open_line: Callable[[], Line], clock: Callable[[], float], speed: int
    ) -> None:
        self._open_line = open_line
        self._clock = clock
        self._seconds = ANSWER_SECONDS + _AHEAD_BITS / speed
        self._line: Line | None = None
        self._came = bytearray()
        self._mark: tuple[Identity, int] | None = None
        self._owed = 0

    @property
    def has_marks(self) -> bool:
        """Tell whether the printer says how far it is."""
        return self._mark is not None

    def open(self) -> bool:
        """Have an open line with nothing old in it; tells whether it was opened anew."""
        if self._line is not None:
            try:
                self._drain()
            except ReceiptPrinterGone:
                pass  # it went while it was not needed, and may be back
            else:
                return False
        self._mark, self._owed = None, 0
        self._line = self._open_line()
        self._drain()
        return True

    def close(self) -> None:
        """Give the line back; the next question needs :meth:`open`."""
        self._came.clear()
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def ask(self, form: Form) -> int:
        """Ask one of the four questions of status; gives the bits that mean something."""
        stray = False
        for _ in range(ATTEMPTS):
            self._forget()
            self.send(status(form).encode())
            for byte in self._coming(self._seconds):
                if is_status(byte):
                    return decode_status(byte)
                stray = not self._expected(byte) or stray
        raise self._unanswered(stray=stray)

    def ask_all(self) -> AllStatus:
        """Ask for everything at once, as kiosk printers have it."""
        stray = False
        for _ in range(ATTEMPTS):
            self._forget()
            self.send(status(Form.ALL).encode())
            answer = b""
            for byte in self._coming(self._seconds):
                if not answer and self._expected(byte):
                    continue
                answer += bytes((byte,))
                if not ALL_HEAD.startswith(answer[: len(ALL_HEAD)]):
                    stray, answer = True, b""
                elif len(answer) == ALL_SIZE:
                    return AllStatus.decode(answer)
            stray = bool(answer) or stray
        raise self._unanswered(stray=stray)

    def ask_identity(self, what: Identity) -> int | None:
        """Ask which printer it is, while it has nothing to print; None where it does not tell."""
        self._forget()
        self.send(identity(what).encode())
        for byte in self._coming(self._seconds):
            if byte not in _FLOW:
                return byte
        return None

    def find_mark(self) -> None:
        """See whether it can tell how far it is; it has nothing to print now."""
        for what in Identity:
            answer = self.ask_identity(what)
            if answer is None:
                return
            if not is_status(answer) and answer not in ALL_HEAD:
                self._mark = what, answer
                return

    def mark(self) -> None:
        """Set a mark behind what was sent."""
        assert self._mark is not None
        self._owed += 1
        self.send(identity(self._mark[0]).encode())

    def passed(self, seconds: float) -> bool:
        """Wait until the printer has come to the last mark; False where it has not in that time."""
        if not self._owed:
            return True
        for byte in self._coming(seconds):
            self._expected(byte)
            if not self._owed:
                return True
        return False

    def settle(self, seconds: float) -> None:
        """Wait for marks of a page that was broken off; after that they are taken for lost."""
        self.passed(seconds)
        self._owed = 0

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        line = self._present()
        try:
            line.write(data)
        except ReceiptPrinterGone:
            self.close()
            raise

    def _expected(self, byte: int) -> bool:
        """Take a byte that is no status: a mark's answer, or flow control that means nothing."""
        if self._mark is not None and byte == self._mark[1]:
            self._owed = max(self._owed - 1, 0)
            return True
        return byte in _FLOW

    def _forget(self) -> None:
        """Take what waits and is late; only a mark counts."""
        self._came += self._read(0)
        for byte in self._came:
            self._expected(byte)
        self._came.clear()

    def _coming(self, seconds: float) -> Iterator[int]:
        """Give bytes as they come, for so long; what is not asked for stays for later."""
        until = self._clock() + seconds
        for _ in range(_MOST_READS):
            while self._came:
                yield self._came.pop(0)
            left = until - self._clock()
            if left <= 0:
                return
            self._came += self._read(left)

    def _drain(self) -> None:
        self._came.clear()
        for _ in range(_MOST_READS):
            if not self._read(0):
                return
        raise self._unanswered(stray=True)

    def _read(self, seconds: float) -> bytes:
        line = self._present()
        try:
            return line.read(seconds)
        except ReceiptPrinterGone:
            self.close()
            raise

    def _present(self) -> Line:
        if self._line is None:
            raise ReceiptPrinterGone(printed=NOTHING_PRINTED)
        return self._line

    @staticmethod
    def _unanswered(*, stray: bool) -> ReceiptPrinterGarbled | ReceiptPrinterSilent:
        if stray:
            return ReceiptPrinterGarbled(printed=NOTHING_PRINTED)
        return ReceiptPrinterSilent(times=ATTEMPTS, printed=NOTHING_PRINTED)
