"""The rules of T=0, so that card modules speak whole commands on every protocol.

ISO/IEC 7816-3 §12.2: a command with data and answer goes out without Le; 61xx announces an
answer that GET RESPONSE fetches; 6Cxx names the right Le and the command is repeated. Rounds
and bytes are bounded, for the card decides how often it says 61xx.
"""

from __future__ import annotations

from dataclasses import replace

from apdu.command import SHORT_ANSWER_LIMIT, SHORT_LIMIT, Command
from apdu.commands import GetResponse
from apdu.errors import EncodingError
from terminal.errors import CardBabbles
from terminal.readers.connection import CardConnection

MAX_ROUNDS = 260
"""GET RESPONSE rounds for one command: 65,536 bytes in pieces of 256, and a few over."""
MAX_BYTES = 65_536

_MORE = 0x61
_WRONG_LE = 0x6C
_HEADER = 5
_GET_RESPONSE = bytes((GetResponse.CLA, GetResponse.INS, 0, 0))


class T0Connection:
    """Translate commands for a T=0 card."""

    protocol = "T=0"

    def __init__(self, inner: CardConnection) -> None:
        self._send = inner.transmit
        self.atr = inner.atr

    def transmit(self, command: bytes) -> bytes:
        """Exchange a whole command.

        Raises CardBabbles for answers without end or sense, EncodingError for a command with
        more data than a TPDU carries (ENVELOPE is not for these cards).
        """
        tpdu = _tpdu(command)
        answer = _checked(self._send(tpdu))
        if answer[-2] == _WRONG_LE and len(tpdu) == _HEADER:
            answer = self._corrected(tpdu, answer)
        if answer[-2] != _MORE:
            return answer
        return self._collected(answer)

    def _corrected(self, tpdu: bytes, answer: bytes) -> bytes:
        """Repeat once with the length the card names; a second 6Cxx is no answer."""
        answer = _checked(self._send(tpdu[:4] + answer[-1:]))
        if answer[-2] == _WRONG_LE:
            raise CardBabbles(detail="6Cxx again")
        return answer

    def _collected(self, answer: bytes) -> bytes:
        collected = answer[:-2]
        rounds = 0
        while answer[-2] == _MORE:
            rounds += 1
            if rounds > MAX_ROUNDS or len(collected) > MAX_BYTES:
                raise CardBabbles(detail=f"61xx without end, {len(collected)} bytes")
            asked = _GET_RESPONSE + answer[-1:]
            answer = _checked(self._send(asked))
            if answer[-2] == _WRONG_LE:
                answer = self._corrected(asked, answer)
            collected += answer[:-2]
        return collected + answer[-2:]


def _tpdu(command: bytes) -> bytes:
    """Make the header and data that T=0 sends for a command."""
    size = len(command)
    if size == 4:
        return command + b"\x00"
    if size == _HEADER or (size > _HEADER and size == _HEADER + command[4]):
        return command
    if size > _HEADER and command[4] and size == _HEADER + 1 + command[4]:
        return command[:-1]
    return _from_extended(Command.decode(command))


def _from_extended(command: Command) -> bytes:
    """Shorten an extended command; the card gives long answers by 61xx."""
    if len(command.data) > SHORT_LIMIT:
        raise EncodingError(f"T=0 carries {SHORT_LIMIT} data bytes, these are {len(command.data)}")
    if command.data:
        return replace(command, le=None, extended=False).encode()
    le = min(command.le or SHORT_ANSWER_LIMIT, SHORT_ANSWER_LIMIT)
    return replace(command, le=le, extended=False).encode()


def _checked(answer: bytes) -> bytes:
    if len(answer) < 2:
        raise CardBabbles(detail=f"{len(answer)} byte")
    return answer
