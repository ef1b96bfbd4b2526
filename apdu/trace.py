"""The ``.apdu`` trace: log, bug report and test fixture in one form.

Five kinds of lines, in hex, upper case::

    # ATR: 3B6D0000…
    # PROTOCOL: T=0
    00A404000F7378…        a command as it crossed the wire
    # 24ms                 how long the card took
    6118                   its answer

Lines of other comments and empty lines are allowed and kept as notes. What must not be seen
is masked byte by byte with ``**``; lengths stay true. Masking goes by instruction, as the
commands' declarations say; an unknown instruction shows its header and status word only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from apdu import bank_commands as _bank  # noqa: F401  declarations say what is masked
from apdu import commands as _commands  # noqa: F401  so do these
from apdu import sam_commands as _sam  # noqa: F401  and these
from apdu.declare import Redact, declaration_of
from apdu.errors import TraceError

MASK = "**"
NO_ANSWER = "# NO ANSWER"
_MORE = 0x61
_HEX = re.compile(r"(?:[0-9A-F]{2}|\*\*)+")
_MILLISECONDS = re.compile(r"# (\d+(?:\.\d+)?)ms")


@dataclass(frozen=True, slots=True)
class Exchange:
    """Hold one command and its answer as they crossed the wire, T=0 rounds apart.

    ``answer`` is None where the card gave none (torn, hung).
    """

    command: bytes = field(repr=False)
    answer: bytes | None = field(repr=False)
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Trace:
    """Hold a session: the card's ATR, the protocol and what was exchanged."""

    atr: bytes
    protocol: str
    exchanges: tuple[Exchange, ...]


class Redactor:
    """Mask a session's exchanges one after another, by instruction.

    GET RESPONSE belongs to the command before it, and so does its mask: the redactor
    remembers that command.
    """

    def __init__(self) -> None:
        self._last = Redact.ALL
        self._waiting = Redact.NOTHING
        """What must not show of an answer that the card still has ready."""

    def command(self, raw: bytes) -> str:
        """Show a command with its secrets masked."""
        cla, ins = (raw[0], raw[1]) if len(raw) >= 2 else (0xFF, 0xFF)
        if ins != 0xC0 or cla & 0xF0:
            declared = declaration_of(cla, ins)
            self._last = Redact.ALL if declared is None else declared.REDACT
        else:
            self._last |= self._waiting
        if Redact.DATA in self._last and len(raw) > 5:
            return hexes(raw[:5]) + MASK * (len(raw) - 5)
        return hexes(raw)

    def answer(self, raw: bytes) -> str:
        """Show the answer to the command shown last, personal data masked."""
        if len(raw) >= 2 and raw[-2] == _MORE:
            self._waiting |= self._last
        if Redact.ANSWER in self._last and len(raw) > 2:
            return MASK * (len(raw) - 2) + hexes(raw[-2:])
        return hexes(raw)


def hexes(raw: bytes) -> str:
    """Write bytes as upper-case hex."""
    return raw.hex().upper()


def header(atr: bytes, protocol: str) -> str:
    """Write the two lines that open a trace."""
    return f"# ATR: {hexes(atr)}\n# PROTOCOL: {protocol}\n"


def command_line(command: bytes, redactor: Redactor | None) -> str:
    """Write a command; without a redactor in clear."""
    return (redactor.command(command) if redactor else hexes(command)) + "\n"


def answer_lines(answer: bytes | None, milliseconds: float, redactor: Redactor | None) -> str:
    """Write how long the card took and what it answered to the command written last."""
    text = NO_ANSWER
    if answer is not None:
        text = redactor.answer(answer) if redactor else hexes(answer)
    return f"# {milliseconds:.0f}ms\n{text}\n"


def dump(trace: Trace, *, redact: bool = True) -> str:
    """Write a whole trace, masked unless told otherwise."""
    redactor = Redactor() if redact else None
    return header(trace.atr, trace.protocol) + "".join(
        command_line(each.command, redactor)
        + answer_lines(each.answer, each.milliseconds, redactor)
        for each in trace.exchanges
    )


def load(text: str) -> Trace:
    """Read a trace; raises TraceError with the line that is none.

    A masked trace is a log and can't be replayed: it is refused with the line of its first
    mask.
    """
    atr = b""
    protocol = ""
    exchanges: list[Exchange] = []
    pending: bytes | None = None
    milliseconds = 0.0
    for number, line in _numbered(text.splitlines()):
        if line.startswith("# ATR: "):
            atr = _bytes(line[7:], number)
        elif line.startswith("# PROTOCOL: "):
            protocol = line[12:]
        elif timed := _MILLISECONDS.fullmatch(line):
            milliseconds = float(timed[1])
        elif line == NO_ANSWER:
            if pending is None:
                raise TraceError("no answer to no command", number)
            exchanges.append(Exchange(pending, None, milliseconds))
            pending = None
        elif line.startswith("#"):
            continue
        elif pending is None:
            pending = _bytes(line, number)
        else:
            exchanges.append(Exchange(pending, _bytes(line, number), milliseconds))
            pending = None
    if pending is not None:
        exchanges.append(Exchange(pending, None, milliseconds))
    return Trace(atr, protocol, tuple(exchanges))


def _numbered(text: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text, 1):
        if stripped := line.strip():
            yield number, stripped


def _bytes(text: str, line: int) -> bytes:
    if not _HEX.fullmatch(text):
        raise TraceError("neither hex nor a comment", line)
    if MASK in text:
        raise TraceError("masked bytes cannot be replayed", line)
    return bytes.fromhex(text)
