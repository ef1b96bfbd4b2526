"""What T=0, T=1 and contactless make of commands and answers.

T=0 (ISO/IEC 7816-3 §10 and §12.2, reference social-security-card.md §3): a header of five
bytes whose P3 counts data or answer, never both; an answer to data waits for GET RESPONSE
(61xx); a wrong length is named (6Cxx). T=1 and contactless carry whole commands.
"""

from __future__ import annotations

from typing import Any, Protocol

from apdu.command import SHORT_ANSWER_LIMIT, Command
from apdu.commands import GetResponse, ReadRecord
from apdu.declare import declaration_of
from apdu.errors import EncodingError
from apdu.response import Response
from apdu.secure_messaging import PROTECTED
from apdu.status import SW
from emulator.card_os import Habits


class Chip(Protocol):
    """Be what carries out whole commands behind a protocol: a card's system, or a SAM's."""

    @property
    def habits(self) -> Habits:
        """Give what this chip does otherwise than others."""
        ...

    @property
    def position(self) -> Any:
        """Hold what is current, to go back to where a command came to nothing."""
        ...

    @position.setter
    def position(self, position: Any) -> None: ...

    def execute(self, command: Command) -> Response:
        """Answer a command."""
        ...


class T0:
    """Carry commands as T=0 does."""

    name = "T=0"

    def __init__(self, os: Chip) -> None:
        self._os = os
        self._waiting = b""

    def reset(self) -> None:
        """Drop an answer nobody fetched."""
        self._waiting = b""

    def transmit(self, tpdu: bytes) -> bytes:
        """Answer one TPDU."""
        return self._answer(tpdu).encode()

    def _answer(self, tpdu: bytes) -> Response:
        if len(tpdu) < 4:
            return Response(b"", SW.WRONG_LENGTH)
        cla, ins, p1, p2 = tpdu[:4]
        # A reader that gets four bytes sends P3 = 00.
        p3 = tpdu[4] if len(tpdu) > 4 else 0
        body = tpdu[5:]
        if ins == GetResponse.INS:
            return self._fetch(p3, body)
        self._waiting = b""
        declared = declaration_of(cla, ins)
        takes_data = declared.TAKES_DATA if declared is not None else bool(body)
        # Under secure messaging a command that reads carries a MAC.
        takes_data = takes_data or bool(cla & PROTECTED and body)
        if not takes_data:
            if body:
                return Response(b"", SW.WRONG_LENGTH)
            asked = p3 or SHORT_ANSWER_LIMIT
            return self._exactly(Command(cla, ins, p1, p2, b"", asked))
        # Some drivers leave Le behind the data (§1.2, "some append 00"); T=0 has no place for it.
        if len(body) not in ({p3, p3 + 1} if p3 else {0}):
            return Response(b"", SW.WRONG_LENGTH)
        answer = self._os.execute(Command(cla, ins, p1, p2, body[:p3]))
        if not (answer.ok and answer.data):
            return answer
        self._waiting = answer.data
        return Response(b"", SW.MORE_DATA | len(self._waiting) % SHORT_ANSWER_LIMIT)

    def _exactly(self, command: Command) -> Response:
        """Give the answer only if it is as long as asked; name its length otherwise (6Cxx)."""
        position = self._os.position
        answer = self._os.execute(command)
        size, asked = len(answer.data), command.le or 0
        short_is_fine = self._os.habits.any_length and command.ins == ReadRecord.INS
        if size in {0, asked} or (short_is_fine and size < asked):
            return answer
        return _name_length(self._os, position, size)

    def _fetch(self, p3: int, body: bytes) -> Response:
        if body:
            return Response(b"", SW.WRONG_LENGTH)
        if not self._waiting:
            return Response(b"", SW.UNKNOWN_ERROR)
        asked = p3 or SHORT_ANSWER_LIMIT
        if asked > len(self._waiting):
            return Response(b"", SW.WRONG_LE | len(self._waiting))
        part, self._waiting = self._waiting[:asked], self._waiting[asked:]
        more = SW.MORE_DATA | min(len(self._waiting), 0xFF) if self._waiting else SW.OK
        return Response(part, more)


def _name_length(os: Chip, position: Any, size: int) -> Response:
    """Refuse an answer for its length: the command has not happened, the next finds the same."""
    os.position = position
    if size > SHORT_ANSWER_LIMIT:
        return Response(b"", SW.WRONG_LENGTH)
    return Response(b"", SW.WRONG_LE | size % SHORT_ANSWER_LIMIT)


class T1:
    """Carry commands as T=1 and ISO/IEC 14443-4 do: whole, answers at once."""

    name = "T=1"

    def __init__(self, os: Chip) -> None:
        self._os = os

    def reset(self) -> None:
        """Keep nothing between commands."""

    def transmit(self, apdu: bytes) -> bytes:
        """Answer one command."""
        try:
            command = Command.decode(apdu)
        except EncodingError:
            return Response(b"", SW.WRONG_LENGTH).encode()
        declared = declaration_of(command.cla, command.ins)
        if declared is not None and declared.TAKES_DATA and apdu[4:] == b"\0":
            # Five bytes ending in 00 may mean "no data" just as well as "all of the answer".
            command = Command(command.cla, command.ins, command.p1, command.p2)
        position = self._os.position
        answer = self._os.execute(command)
        if command.le is not None and len(answer.data) > command.le:
            return _name_length(self._os, position, len(answer.data)).encode()
        return answer.encode()
