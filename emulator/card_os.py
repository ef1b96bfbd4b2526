"""The card operating system: what a social security card does with each command.

Reference social-security-card.md §1.2 (SELECT), §3 (commands, status words), §5 (PIN), §8
(keys). It sees whole commands; what T=0 makes of them is emulator/transmission.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from apdu import tlv
from apdu.command import Command
from apdu.commands import (
    GetChallenge,
    Occurrence,
    ReadBinary,
    ReadRecord,
    RecordMode,
    Select,
    SelectBy,
    UpdateBinary,
    UpdateRecord,
)
from apdu.declare import Declared, Refused
from apdu.response import Response
from apdu.status import SW
from card_profiles import social_security as ssse
from card_profiles.bank import APPLICATION_FCI, BANK
from card_profiles.model import Application, ElementaryFile, Profile
from card_profiles.model import Structure as Kind
from emulator.bank import BankApplet
from emulator.memory import Memory
from emulator.personalise import (
    CARD_BLOCKED_CELL,
    blocked_cell,
    directory_file,
    file_cell,
)
from emulator.proofs import Proofs
from emulator.purse_habits import PurseHabits
from emulator.randomness import Randomness
from emulator.records import RecordFile
from emulator.transit import TransitApplet

NAME_SIZES = range(5, 17)
"""Bytes of a name in SELECT, whole or its beginning (§3, row SELECT)."""

Position = tuple[ElementaryFile | None, int]
"""The current file and the current record in it, 0 for none."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Hold what real cards differ in; a terminal has to read them all.

    The defaults are the draft standard's. What is refused answers with the status word that
    an absent function gives.
    """

    short_file_ids: bool = True
    by_number: bool = True
    by_tag: bool = True
    whole_file: bool = True
    select_by_name: bool = True
    select_ddf1: bool = True
    select_master_file: bool = True
    ef_by_child: bool = True
    """Whether SELECT takes P1 = 02 for an EF."""
    ef_by_id: bool = True
    """Whether SELECT takes P1 = 00 for an EF."""
    reselect_keeps_keys: bool = False
    """Whether selecting the same application again keeps its key proofs (§1.2 infers: no)."""
    any_length: bool = False
    """Whether READ RECORD ignores Le and answers all there is (seen on one card, §4.1)."""
    directory: bool = True
    strict_tree: bool = False
    """Whether file ids reach the MF and the children of what is selected, and DDF1 is below an MF
    that has no files of its own."""
    df_by_id: bool = True
    """Whether SELECT takes P1 = 00 for a DF (P1 = 01 is seen, §1.2)."""
    verified_answers_ok: bool = False
    """Whether an empty VERIFY answers 9000 once the PIN is verified (ISO/IEC 7816-4 §11.5.6); the
    draft standard keeps 9000 for a card without a PIN (§5)."""
    purse: PurseHabits = field(default_factory=PurseHabits)
    """What the transit application does otherwise than others."""


_MASTER_FILE = Application("MF", "主文件", ssse.MASTER_FILE, None)
"""What is above DDF1 on a card of strict tree."""


class CardOs:
    """Run one card: persistent cells in ``memory``, everything else gone at power-off."""

    def __init__(
        self,
        profile: Profile,
        memory: Memory,
        randomness: Randomness | None = None,
        habits: Habits | None = None,
    ) -> None:
        self.profile = profile
        self.memory = memory
        self.habits = habits or Habits()
        randomness = randomness or Randomness()
        self._proofs = Proofs(
            profile,
            memory,
            randomness,
            verified_answers_ok=self.habits.verified_answers_ok,
        )
        self._environment = profile.environment
        self._applications = (profile.environment, *profile.applications)
        self._directory = directory_file(profile)
        self._fci = {each.name: fci(each) for each in self._applications}
        self._fci[BANK.name] = APPLICATION_FCI
        self._fci[_MASTER_FILE.name] = fci(_MASTER_FILE)
        self.bank = BankApplet(profile, memory)
        self.transit = TransitApplet(memory, randomness, self.habits.purse)
        self._handlers: dict[tuple[int, int], Callable[[Command], Response]] = {
            (declared.CLA, declared.INS): handler
            for declared, handler in self._instruction_set().items()
        }
        self._instructions = {ins for _, ins in self._handlers}
        self.reset()

    def reset(self) -> None:
        """Forget all that does not survive a reset; finish what a power cut left."""
        self.forget()
        self.memory.recover()

    def forget(self) -> None:
        """Forget all that does not survive without power."""
        self._application = _MASTER_FILE if self.habits.strict_tree else self._environment
        self._file: ElementaryFile | None = None
        self._pointer = 0
        self._proofs.forget()
        self.bank.forget()
        self.transit.forget()
        self._search = b"", -1

    @property
    def position(self) -> Position:
        """Hold the current file and record, to go back to where a command came to nothing."""
        return self._file, self._pointer

    @position.setter
    def position(self, position: Position) -> None:
        self._file, self._pointer = position

    def execute(self, command: Command) -> Response:
        """Answer a command; never raises but for a power cut in a write."""
        before = self._application
        try:
            return self._execute(command)
        finally:
            # What leads into the bank's application, and whatever comes while it is selected.
            bank = self.bank.application
            if before is bank or self._application is bank:
                self.bank.received.append(command.encode())

    def _execute(self, command: Command) -> Response:
        if self.memory.read(CARD_BLOCKED_CELL) is not None:
            return Response(b"", SW.NOT_SUPPORTED)
        shared = command.ins in {Select.INS, GetChallenge.INS}
        if self._application is self.bank.application and not shared:
            return self.bank.execute(command)
        if self._application is self.transit.application:
            if command.ins != Select.INS:
                return self.transit.execute(command)
            self.transit.interrupt()
        handler = self._handlers.get((command.cla, command.ins))
        if handler is None:
            known = command.ins in self._instructions
            return Response(b"", SW.UNKNOWN_CLA if known else SW.UNKNOWN_INS)
        if self._application.foreign and not shared:
            # The firewall: another institution's application has none of these commands.
            return Response(b"", SW.UNKNOWN_INS)
        position = self._file, self._pointer
        try:
            if command.ins != Select.INS:
                self._demand_unblocked(self._application)
            return handler(command)
        except Refused as refused:
            self.position = position
            return Response(b"", refused.sw)

    def _instruction_set(self) -> dict[type[Declared], Callable[[Command], Response]]:
        return {
            Select: self._select,
            ReadRecord: self._read_record,
            UpdateRecord: self._update_record,
            ReadBinary: self._read_binary,
            UpdateBinary: self._update_binary,
        } | {
            declared: self._proving(handler)
            for declared, handler in self._proofs.instructions().items()
        }

    def _proving(
        self, handler: Callable[[Command, Application], Response]
    ) -> Callable[[Command], Response]:
        return lambda command: handler(command, self._application)

    # --- Selection -------------------------------------------------------------------------

    def _select(self, command: Command) -> Response:
        asked = Select.parse(command)
        if asked.by is SelectBy.NAME:
            if len(asked.name) not in NAME_SIZES:
                raise Refused(SW.WRONG_LENGTH, "a name has 5 to 16 bytes")
            if self.bank.has_directory(asked.name):
                self._enter(self.bank.application)
                return self.bank.open_directory(asked.name)
            return self._enter(self._by_name(asked.name, asked.occurrence))
        if len(asked.name) not in ({0, 2} if asked.by is SelectBy.FILE_ID else {2}):
            raise Refused(SW.WRONG_LENGTH, "a file id has two bytes")
        fid = int.from_bytes(asked.name, "big") if asked.name else ssse.MASTER_FILE
        if asked.by in {SelectBy.FILE_ID, SelectBy.CHILD_DF}:
            application = self._by_fid(fid)
            if application is not None and self._reached_by(asked.by, application):
                return self._enter(application)
        if asked.by is SelectBy.CHILD_DF:
            raise Refused(SW.FILE_NOT_FOUND, "no such DF")
        wanted = asked.by is SelectBy.CHILD_EF
        if not (self.habits.ef_by_child if wanted else self.habits.ef_by_id):
            raise Refused(SW.WRONG_P1P2, "this card does not select an EF this way")
        file = next((each for each in self._application.files if each.fid == fid), None)
        if file is None:
            raise Refused(SW.FILE_NOT_FOUND, "no such EF")
        self._open(file)
        return Response(b"", SW.OK)

    def _reached_by(self, by: SelectBy, application: Application) -> bool:
        """Tell whether this card takes P1, and shows an application from where it stands."""
        master = application.fid == ssse.MASTER_FILE or application is self._environment
        if by is SelectBy.FILE_ID and not (self.habits.df_by_id or master):
            return False
        if not self.habits.strict_tree or application is _MASTER_FILE:
            return True
        parent = _MASTER_FILE if application is self._environment else self._environment
        return self._application is parent or self._application is application

    def _by_fid(self, fid: int) -> Application | None:
        if fid == ssse.MASTER_FILE:
            if self.habits.strict_tree:
                return _MASTER_FILE
            # The environment is the MF or a DF right below it (§1.1); here it is both.
            return self._environment if self.habits.select_master_file else None
        if fid == ssse.FID and not self.habits.select_ddf1:
            return None
        if self._application.foreign:
            # The firewall: of the card only the MF is common to both sides (§1.1).
            return None
        return next((each for each in self._applications if each.fid == fid), None)

    def _by_name(self, name: bytes, occurrence: Occurrence) -> Application:
        matching = [
            index
            for index, each in enumerate(self._applications)
            if self._name_of(each).startswith(name)
        ]
        if not self.habits.select_by_name:
            matching = [each for each in matching if self._applications[each].foreign]
        begun_with, last = self._search
        if occurrence is Occurrence.NEXT:
            # Without a first search of the same name the first match is next.
            matching = [each for each in matching if begun_with != name or each > last]
        if not matching:
            raise Refused(SW.FILE_NOT_FOUND, "no application of this name")
        self._search = name, matching[0]
        return self._applications[matching[0]]

    def _name_of(self, application: Application) -> bytes:
        transit = self.transit
        return transit.aid if application is transit.application else application.aid or b""

    def _enter(self, application: Application) -> Response:
        if application is self.transit.application:
            # It has a way of its own to say that it is blocked.
            answer = self.transit.select()
        else:
            self._demand_unblocked(application)
            answer = Response(self._fci[application.name], SW.OK)
            self.transit.forget()
        same = application is self._application
        if not (same and self.habits.reselect_keeps_keys):
            self._proofs.leave_application()
        self._application = application
        self._file = None
        self._pointer = 0
        self.bank.forget()
        return answer

    def _demand_unblocked(self, application: Application) -> None:
        if self.memory.read(blocked_cell(application)) is not None:
            raise Refused(SW.APPLICATION_BLOCKED, f"{application.name} is blocked")

    def _open(self, file: ElementaryFile) -> None:
        self._file = file
        self._pointer = 0
        if self._application is self.transit.application:
            self.transit.open(file)

    def _target(self, sfi: int) -> ElementaryFile:
        """Give the file a command works on, and make it the current one."""
        if sfi:
            if not self.habits.short_file_ids:
                raise Refused(SW.WRONG_P1P2, "this card has no short file ids")
            self._open(self._by_sfi(sfi))
        if self._file is None:
            raise Refused(SW.NO_CURRENT_EF, "no EF is selected")
        return self._file

    def _by_sfi(self, sfi: int) -> ElementaryFile:
        for file in self._application.files:
            if file.sfi == sfi:
                return file
        if sfi == ssse.DIRECTORY_SFI and self.habits.directory:
            return self._directory
        raise Refused(SW.FILE_NOT_FOUND, f"no EF {sfi:02X}")

    # --- Files -----------------------------------------------------------------------------

    def _records(self, file: ElementaryFile) -> RecordFile:
        if file.structure is Kind.TRANSPARENT:
            raise Refused(SW.WRONG_FILE_TYPE, "a transparent file has no records")
        owner = self._environment if file is self._directory else self._application
        return RecordFile(self.memory, file_cell(owner, file), file)

    def _demand(self, allowed: bool) -> None:
        if not allowed:
            raise Refused(SW.SECURITY_STATUS, "a proof is missing")

    def _demand_length(self, command: Command) -> None:
        if command.le is None:
            raise Refused(SW.WRONG_LENGTH, "reading needs Le")

    def _read_record(self, command: Command) -> Response:
        asked = ReadRecord.parse(command)
        self._demand_length(command)
        file = self._target(asked.sfi)
        records = self._records(file)
        self._demand(file.read.allows(self._proofs.given))
        self._permit(asked)
        found, self._pointer = records.read(asked.mode, asked.number, self._pointer)
        return Response(found, SW.OK)

    def _permit(self, asked: ReadRecord | UpdateRecord) -> None:
        """Refuse what this card's habits lack."""
        mode = asked.mode
        if mode > RecordMode.NUMBER and not self.habits.whole_file:
            raise Refused(SW.WRONG_P1P2, "this card reads one record at a time")
        if mode is RecordMode.NUMBER and not self.habits.by_number:
            raise Refused(SW.RECORD_NOT_FOUND, "this card knows records by tag only")
        if mode < RecordMode.NUMBER and not self.habits.by_tag:
            raise Refused(SW.RECORD_NOT_FOUND, "this card knows records by number only")

    def _update_record(self, command: Command) -> Response:
        asked = UpdateRecord.parse(command)
        file = self._target(asked.sfi)
        records = self._records(file)
        self._demand(file.write.allows(self._proofs.given))
        if file.structure is not Kind.CYCLIC:
            self._permit(asked)
        with self.memory.transaction():
            self._pointer = records.update(asked.mode, asked.number, self._pointer, asked.content)
        return Response(b"", SW.OK)

    def _binary(self, sfi: int) -> tuple[ElementaryFile, str, bytes]:
        file = self._target(sfi)
        if file.structure is not Kind.TRANSPARENT:
            raise Refused(SW.WRONG_FILE_TYPE, "a record file is not read as binary")
        cell = file_cell(self._application, file)
        return file, cell, self.memory.read(cell) or b""

    def _read_binary(self, command: Command) -> Response:
        asked = ReadBinary.parse(command)
        self._demand_length(command)
        file, _, content = self._binary(asked.sfi)
        self._demand(file.read.allows(self._proofs.given))
        if asked.offset >= len(content):
            raise Refused(SW.WRONG_OFFSET, "offset is beyond the file")
        return Response(content[asked.offset : asked.offset + asked.le], SW.OK)

    def _update_binary(self, command: Command) -> Response:
        asked = UpdateBinary.parse(command)
        file, cell, content = self._binary(asked.sfi)
        self._demand(file.write.allows(self._proofs.given))
        stop = asked.offset + len(asked.content)
        if not asked.content:
            raise Refused(SW.WRONG_LENGTH, "nothing to write")
        if stop > len(content):
            raise Refused(SW.WRONG_OFFSET, "data reaches beyond the file")
        self.memory.write(cell, content[: asked.offset] + asked.content + content[stop:])
        return Response(b"", SW.OK)


def fci(application: Application) -> bytes:
    """Build the file control information of an application (reference §1.3)."""
    name = application.aid or application.fid.to_bytes(2, "big")
    parts = [tlv.build(0x84, name)]
    if application.fci_proprietary:
        parts.append(tlv.build(0xA5, application.fci_proprietary))
    return tlv.build(0x6F, parts).encode()
