"""The purse's files: read in clear or protected, written under the maintenance key's MAC.

Reference transit-purse.md §2 (files), §3.4, §4.3 (secure messaging). Records are written by
transactions alone (emulator/purse.py).
"""

from __future__ import annotations

from collections.abc import Callable

from apdu import secure_messaging
from apdu.cipher import MAC
from apdu.command import SHORT_ANSWER_LIMIT, Command
from apdu.commands import ReadBinary, ReadRecord, RecordMode, UpdateBinary
from apdu.declare import Declared, Refused
from apdu.response import Response
from apdu.secure_messaging import PROTECTED
from apdu.status import SW
from card_profiles import transit
from card_profiles.model import ElementaryFile, Structure
from emulator.purse_state import PurseState
from emulator.transit_management import Management


class Files:
    """Read and write an application's files."""

    def __init__(self, state: PurseState, management: Management) -> None:
        self._state = state
        self._management = management

    def instructions(self) -> dict[type[Declared], Callable[[Command], Response]]:
        """Give what is done for each command; the same where it is protected."""
        return {
            ReadBinary: self._protected(self._read_binary),
            ReadRecord: self._protected(self._read_record),
            UpdateBinary: self._update_binary,
        }

    def _protected(self, read: Callable[[Command], bytes]) -> Callable[[Command], Response]:
        """Read in clear, or check the command's MAC and give the answer one too (§4.3)."""

        def answer(command: Command) -> Response:
            if not command.cla & PROTECTED:
                if command.le is None:
                    raise Refused(SW.WRONG_LENGTH, "reading needs Le")
                return Response(read(command), SW.OK)
            challenge = self._state.challenge
            bare = self._management.unprotected(command)
            if bare.data:
                raise Refused(SW.WRONG_LENGTH, "a MAC alone")
            # Le counts the MAC; without one, as on T=0, all that fits is given.
            room = (command.le or SHORT_ANSWER_LIMIT) - MAC
            if room <= 0:
                raise Refused(SW.WRONG_LENGTH, "no room for a MAC")
            found = Response(read(Command(bare.cla, bare.ins, bare.p1, bare.p2, le=room)), SW.OK)
            key = self._state.key(transit.MAINTENANCE)
            return secure_messaging.protect_answer(found, key, challenge or b"")

        return answer

    def _target(self, sfi: int) -> ElementaryFile:
        if sfi:
            self._state.file = self._state.by_sfi(sfi)
        if self._state.file is None:
            raise Refused(SW.NO_CURRENT_EF, "no file is selected")
        return self._state.file

    def _content(self, sfi: int) -> tuple[ElementaryFile, bytes]:
        file = self._target(sfi)
        if file.structure is not Structure.TRANSPARENT:
            raise Refused(SW.WRONG_FILE_TYPE, "a record file is not read as binary")
        content = self._state.memory.read(self._state.cell(file))
        if content is None:
            raise Refused(SW.FILE_NOT_FOUND, "the card was made without this file")
        return file, content

    def _read_binary(self, command: Command) -> bytes:
        asked = ReadBinary.parse(command)
        _, content = self._content(asked.sfi)
        if asked.offset >= len(content):
            raise Refused(SW.WRONG_OFFSET, "offset is beyond the file")
        return content[asked.offset : asked.offset + asked.le]

    def _read_record(self, command: Command) -> bytes:
        asked = ReadRecord.parse(command)
        file = self._target(asked.sfi)
        if file.structure is Structure.TRANSPARENT:
            raise Refused(SW.WRONG_FILE_TYPE, "a transparent file has no records")
        habits = self._state.habits
        self._state.demand_pin(habits.log_needs_pin and file.fid == transit.EF_LOG)
        records = self._records(file)
        if asked.mode is RecordMode.FROM_NUMBER_TO_LAST and habits.read_all_records:
            whole = b"".join(records[max(asked.number, 1) - 1 :])
            if not whole:
                raise Refused(SW.RECORD_NOT_FOUND, f"no record {asked.number}")
            if len(whole) > SHORT_ANSWER_LIMIT:
                raise Refused(SW.WRONG_LENGTH, "these records do not fit one answer")
            return whole
        if asked.mode is RecordMode.FIRST and file.structure is not Structure.CYCLIC:
            for record in records:
                if record[1:2] == bytes((asked.number,)):
                    return record
            raise Refused(SW.RECORD_NOT_FOUND, f"no record {asked.number:02X}")
        if asked.mode is not RecordMode.NUMBER:
            raise Refused(SW.WRONG_P1P2, "one record is read at a time, by its number")
        if not 1 <= asked.number <= len(records):
            raise Refused(SW.RECORD_NOT_FOUND, f"no record {asked.number}")
        return records[asked.number - 1]

    def _records(self, file: ElementaryFile) -> list[bytes]:
        if file.structure is Structure.CYCLIC:
            return self._state.cyclic(file)
        cell = self._state.cell(file)
        found = (self._state.memory.read(f"{cell}.{n}") for n in range(1, len(file.items) + 1))
        return [each for each in found if each is not None]

    def _update_binary(self, command: Command) -> Response:
        asked = UpdateBinary.parse(command)
        file, content = self._content(asked.sfi)
        if not file.write.ways:
            raise Refused(SW.SECURITY_STATUS, "nobody writes this file")
        if not command.cla & PROTECTED:
            raise Refused(SW.WRONG_PROTECTION, "this file is written under a MAC")
        written = self._management.tried(command).data
        stop = asked.offset + len(written)
        if not written:
            raise Refused(SW.WRONG_LENGTH, "nothing to write")
        if stop > len(content):
            raise Refused(SW.WRONG_OFFSET, "data reaches beyond the file")
        self._state.memory.write(
            self._state.cell(file), content[: asked.offset] + written + content[stop:]
        )
        return Response(b"", SW.OK)
