"""The rules of T=0, so that card modules speak whole commands on every protocol.

ISO/IEC 7816-3 §12.2: a command with data and answer goes out without Le; 61xx announces an
answer that GET RESPONSE fetches; 6Cxx names the right Le and the command is repeated. Cards
answer 61xx and 6Cxx on T=1 and contactless too (ISO/IEC 7816-4 §5.6), so the same layer stands
there, with commands left whole. Rounds and bytes are bounded, for the card decides how often it
says 61xx.
"""

from __future__ import annotations

from dataclasses import replace

from apdu.command import SHORT_ANSWER_LIMIT, SHORT_LIMIT, Command
from apdu.commands import GetResponse
from apdu.errors import EncodingError
from terminal.errors import CardBabbles
from terminal.readers.connection import CardConnection

MAX_ROUNDS = 64
"""GET RESPONSE rounds for one command."""
MAX_BYTES = 16_384
"""Bytes of one answer; the largest file on these cards has 4,096."""

_MORE = 0x61
_WRONG_LE = 0x6C
_HEADER = 5
_GET_RESPONSE = bytes((GetResponse.CLA, GetResponse.INS, 0, 0))


class AnswerRules:
    """Follow 61xx and 6Cxx, whole commands going out as they are: for T=1 and contactless."""

    def __init__(self, inner: CardConnection) -> None:
        self._send = inner.transmit
        self.atr = inner.atr
        self.protocol = inner.protocol

    def transmit(self, command: bytes) -> bytes:
        """Exchange a whole command; raises CardBabbles for answers without end or sense."""
        return self._exchange(command)

    def _exchange(self, command: bytes) -> bytes:
        answer = _checked(self._send(command))
        if answer[-2] == _WRONG_LE and (corrected := self._with_length(command, answer[-1])):
            answer = _checked(self._send(corrected))
            if answer[-2] == _WRONG_LE:
                raise CardBabbles(detail="6Cxx again")
        return answer if answer[-2] != _MORE else self._collected(answer)

    def _with_length(self, command: bytes, length: int) -> bytes | None:
        """Give the command with another Le, None where it has none to change."""
        try:
            parsed = Command.decode(command)
        except EncodingError:
            return None
        if parsed.le is None:
            return None
        return replace(parsed, le=length or SHORT_ANSWER_LIMIT, extended=False).encode()

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
                answer = _checked(self._send(_GET_RESPONSE + answer[-1:]))
            if answer[-2] == _WRONG_LE:
                raise CardBabbles(detail="6Cxx again")
            collected += answer[:-2]
        return collected + answer[-2:]


class T0Connection(AnswerRules):
    """Translate commands for a T=0 card."""

    def __init__(self, inner: CardConnection) -> None:
        super().__init__(inner)
        self.protocol = "T=0"

    def transmit(self, command: bytes) -> bytes:
        """Exchange a whole command.

        Raises CardBabbles for answers without end or sense, EncodingError for a command with
        more data than a TPDU carries (ENVELOPE is not for these cards).
        """
        return self._exchange(_tpdu(command))

    def _with_length(self, command: bytes, length: int) -> bytes | None:
        """Change P3 of a header; a command with data has no Le on T=0."""
        return command[:4] + bytes((length,)) if len(command) == _HEADER else None


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
