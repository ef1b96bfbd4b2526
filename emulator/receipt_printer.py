"""A receipt printer in software: ESC/POS in, lines of text and cuts out, its status on request.

Reference counter-devices.md §5. What is asked in real time is answered at once; all else stands in
a buffer until its turn comes, and what the buffer does not hold is lost, as on a line without flow
control. A printer that is stopped keeps what it has and goes on with it afterwards.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from apdu.escpos import (
    Align,
    Chinese,
    Command,
    CommandReader,
    Event,
    Form,
    Identity,
    Kind,
    Printable,
    PrintMode,
    Skipped,
    size_of,
)
from apdu.escpos_status import Error, encode_status
from emulator.receipt_paper import CutMark, Mark, PrintedLine, decoded, wrapped
from emulator.receipt_printer_faults import NAMED, Faults

BUFFER = 4096
MODEL = 0x20
VERSION = 0x01
_STRANGE = b"OK\r\n"
COLUMNS = (32, 42, 48)
_HALF = 3


@dataclass(frozen=True, slots=True)
class _Style:
    """Hold how characters are printed now; a reset puts it back."""

    align: Align = Align.LEFT
    width: int = 1
    height: int = 1
    chinese: Chinese = Chinese(0)  # noqa: RUF009  a flag is a value
    bold: bool = False
    underlined: bool = False
    chinese_mode: bool = True

    def line(self, text: str) -> PrintedLine:
        """Give a line in this style; the Chinese attributes are those of Chinese text."""
        foreign = text[:1] > "~"
        wide = foreign and Chinese.DOUBLE_WIDTH in self.chinese
        high = foreign and Chinese.DOUBLE_HEIGHT in self.chinese
        return PrintedLine(
            text,
            self.align,
            max(self.width, 1 + wide),
            max(self.height, 1 + high),
            self.bold,
            self.underlined or (foreign and Chinese.UNDERLINE in self.chinese),
        )


class SoftwareReceiptPrinter:
    """Print on ``paper``; ``on_mark`` is told each line and cut, ``log`` what was done.

    ``kiosk`` answers as kiosk printers do (10 04 14 only); ``wide_font`` has the characters of four
    bytes, too. ``lost`` counts the bytes that found no room in the buffer.
    """

    def __init__(
        self,
        columns: int = 48,
        *,
        kiosk: bool = False,
        wide_font: bool = False,
        buffer: int = BUFFER,
        clock: Callable[[], float] = time.monotonic,
        on_mark: Callable[[Mark], None] = lambda _: None,
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        if columns not in COLUMNS:
            raise ValueError(f"a printer has one of {COLUMNS} columns")
        self.columns = columns
        self.paper: list[Mark] = []
        self.faults = Faults()
        self.received = bytearray()
        """All that came, as it came."""
        self.lost = 0
        self.on_output: Callable[[], None] = lambda: None
        self._kiosk = kiosk
        self._wide_font = wide_font
        self._room = buffer
        self._clock = clock
        self._on_mark = on_mark
        self._log = log
        self._reader = CommandReader()
        self._waiting: deque[tuple[Event, int]] = deque()
        self._free_at = 0.0
        self._style = _Style()
        self._text = b""
        self._line_style = self._style
        self._output: deque[bytes] = deque()
        self._lock = threading.RLock()

    @property
    def lines(self) -> list[str]:
        """Give the paper as it looks, a cut as a line of its own."""
        return [shown(mark, self.columns) for mark in self.paper]

    # --- The line -----------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take bytes from the terminal."""
        with self._lock:
            self.received += data
            for event in self._reader.feed(data):
                if isinstance(event, Command) and event.kind is Kind.STATUS:
                    self._answer_status(event.parameter)
                else:
                    self._store(event)
            self._work()

    def take(self) -> bytes:
        """Give the next piece that leaves."""
        with self._lock:
            self._work()
            return self._output.popleft() if self._output else b""

    # --- Faults -------------------------------------------------------------------------------

    def fail(self, name: str) -> None:
        """Have something go wrong, by its name (emulator/receipt_printer_faults.py)."""
        with self._lock:
            NAMED[name](self.faults)

    def run_out(self, lines: int) -> None:
        """Have the paper end after so many lines."""
        with self._lock:
            self.faults.lines_left = lines

    def clear(self) -> None:
        """Put everything right, paper too; what waited is printed now."""
        with self._lock:
            self.faults = Faults()
            self._work()

    # --- Inside -------------------------------------------------------------------------------

    def _answer_status(self, form: int) -> None:
        self._log(f"status {form:02X}")
        if self._kiosk:
            if form == Form.ALL:
                self._say(self.faults.everything().encode())
            return
        bits = self.faults.answer(form)
        if bits is not None:
            self._say(encode_status(Error(bits)))

    def _store(self, event: Event) -> None:
        size = _size(event)
        used = sum(each for _, each in self._waiting)
        if used + size <= self._room:
            self._waiting.append((event, size))
            return
        self.lost += size

    def _work(self) -> None:
        """Do what waits, as far as nothing keeps it from that."""
        while self._waiting and not self.faults.stopped:
            if self.faults.rate is not None and self._clock() < self._free_at:
                return
            event, size = self._waiting.popleft()
            if self.faults.rate is not None:
                self._free_at = self._clock() + size / self.faults.rate
            self._do(event)

    def _do(self, event: Event) -> None:
        if isinstance(event, Printable):
            if not self._text:
                self._line_style = self._style
            self._text += event.data
        elif isinstance(event, Skipped):
            if event.data.startswith(Kind.CUT.prefix):
                self._cut(event.data[2] & 1 ^ 1)  # 41 is the full cut of the form that feeds
        else:
            self._obey(event)

    def _obey(self, command: Command) -> None:
        self._log(command.kind.name.lower())
        match command.kind:
            case Kind.LINE_FEED:
                self._end_line()
            case Kind.FEED:
                for _ in range(command.parameter):
                    if not self.faults.stopped:
                        self._end_line()
            case Kind.CUT:
                self._cut(command.parameter & 1)
            case Kind.IDENTITY:
                self._identify(command.parameter)
            case _:
                self._style = _styled(self._style, command)

    def _identify(self, what: int) -> None:
        known = {Identity.MODEL: MODEL, Identity.VERSION: VERSION}
        if what in known and not self.faults.one_way:
            self._say(bytes((known[Identity(what)],)))

    def _end_line(self) -> None:
        style = self._line_style if self._text else self._style
        text = decoded(self._text, chinese=style.chinese_mode, wide=self._wide_font)
        self._text = b""
        for line in wrapped(style.line(text), self.columns):
            self._put(line)
            self.faults.printed_line()

    def _cut(self, partial: int) -> None:
        if self._text:
            self._end_line()
        self._put(CutMark(bool(partial)))

    def _put(self, mark: Mark) -> None:
        self.paper.append(mark)
        self._on_mark(mark)

    def _say(self, data: bytes) -> None:
        if self.faults.silent:
            return
        if self.faults.strange:
            data = _STRANGE
        elif self.faults.half:
            data = data[:_HALF]
        self._output.append(data)
        self.on_output()


def shown(mark: Mark, columns: int) -> str:
    """Give a line or a cut as it looks."""
    if isinstance(mark, CutMark):
        return "- " * (columns // 2 - 1) + ("-" if mark.partial else "✂")
    return mark.shown(columns)


def _size(event: Event) -> int:
    """Count the bytes of an event in the buffer."""
    return len(event.encode()) if isinstance(event, Command) else len(event.data)


def _styled(style: _Style, command: Command) -> _Style:
    """Give the style after a command; one that is none of style changes nothing."""
    match command.kind:
        case Kind.RESET:
            return _Style(chinese_mode=style.chinese_mode)
        case Kind.ALIGN if command.parameter & 0x0F in set(Align):
            return replace(style, align=Align(command.parameter & 0x0F))
        case Kind.TEXT_SIZE:
            width, height = size_of(command.parameter)
            return replace(style, width=width, height=height)
        case Kind.EMPHASIS:
            return replace(style, bold=bool(command.parameter & 1))
        case Kind.PRINT_MODE:
            mode = PrintMode(command.parameter & sum(PrintMode))
            return replace(
                style,
                width=1 + (PrintMode.DOUBLE_WIDTH in mode),
                height=1 + (PrintMode.DOUBLE_HEIGHT in mode),
                bold=PrintMode.EMPHASIS in mode,
                underlined=PrintMode.UNDERLINE in mode,
            )
        case Kind.CHINESE_ATTRIBUTES:
            return replace(style, chinese=Chinese(command.parameter & sum(Chinese)))
        case Kind.CHINESE_LARGE:
            large = Chinese.DOUBLE_WIDTH | Chinese.DOUBLE_HEIGHT
            kept = style.chinese & ~large
            return replace(style, chinese=kept | large if command.parameter & 1 else kept)
        case Kind.CHINESE_ON:
            return replace(style, chinese_mode=True)
        case Kind.CHINESE_OFF:
            return replace(style, chinese_mode=False)
        case _:
            return style
