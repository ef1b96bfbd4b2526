"""The transit application behind the firewall: its purse, its files, its own PIN and keys.

Reference transit-purse.md. Nothing that was proved to social security counts here, and nothing
proved here there: the PIN, the keys and the challenge are its own, and end with the selection.
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import Command
from apdu.commands import BlockCard, GetChallenge, ReadBinary, ReadRecord, UpdateBinary
from apdu.declare import Refused
from apdu.purse_commands import (
    BlockPurse,
    CreditForLoad,
    Debit,
    GetBalance,
    Initialize,
    UnblockPurse,
    UpdateCache,
    UpdateLimit,
)
from apdu.response import Response
from apdu.secure_messaging import PROTECTED
from apdu.status import SW
from card_profiles import transit
from card_profiles.model import Application, ElementaryFile
from emulator.memory import Memory
from emulator.purse import Transactions
from emulator.purse_habits import LockStyle, PurseHabits
from emulator.purse_state import Block, PurseState, aid_cell, file_cell
from emulator.randomness import Randomness
from emulator.transit_files import Files
from emulator.transit_management import Management

_KEEP = frozenset(
    each.INS for each in (CreditForLoad, Debit, UpdateLimit, UpdateCache, ReadBinary, ReadRecord)
)
"""What a transaction that was begun outlives, by instruction: its own commands, and reading."""
_WHILE_BLOCKED = frozenset(each.INS for each in (GetChallenge, UnblockPurse, BlockPurse, BlockCard))
"""What works in an application blocked for a time: the way back, and further."""
_READING = frozenset({ReadBinary.INS, ReadRecord.INS, GetBalance.INS})


class TransitApplet:
    """Be the transit application of one card; another with a purse is run in the same way.

    ``name`` is what SELECT calls it by. ``habits`` may be exchanged while the card runs.
    """

    def __init__(
        self,
        memory: Memory,
        randomness: Randomness | None = None,
        habits: PurseHabits | None = None,
        application: Application = transit.TRANSIT,
        name: bytes = transit.AID,
    ) -> None:
        self.application = application
        self._name = name
        self._state = PurseState(
            application, memory, randomness or Randomness(), habits or PurseHabits()
        )
        self._transactions = Transactions(self._state)
        management = Management(self._state)
        self._handlers = {
            (declared.CLA, declared.INS): handler
            for part in (self._transactions, Files(self._state, management), management)
            for declared, handler in part.instructions().items()
        }
        for each in (ReadBinary, ReadRecord, UpdateBinary):
            self._handlers[PROTECTED, each.INS] = self._handlers[each.CLA, each.INS]
        self._instructions = {ins for _, ins in self._handlers}

    @property
    def habits(self) -> PurseHabits:
        """Give what this purse does otherwise than others."""
        return self._state.habits

    @habits.setter
    def habits(self, habits: PurseHabits) -> None:
        self._state.habits = habits

    @property
    def aid(self) -> bytes:
        """Give the name by which it is selected: a phone's instance has a longer one."""
        return self._state.memory.read(aid_cell(self._state.name)) or self._name

    def forget(self) -> None:
        """Forget what does not survive a reset or a selection."""
        self._state.forget()
        self._transactions.forget()

    def interrupt(self) -> None:
        """Drop what the next command had to be: a transaction that was begun, a challenge."""
        self._state.challenge = None
        self._transactions.forget()

    def open(self, file: ElementaryFile) -> None:
        """Make a file the current one."""
        self._state.file = file

    def select(self) -> Response:
        """Answer the selection of the application; raises Refused where it can't be selected."""
        self.forget()
        block, style = self._state.block, self.habits.lock_style
        if block is Block.PERMANENT and style is LockStyle.WARNING:
            raise Refused(SW.APPLICATION_BLOCKED, "blocked for ever")
        if block is Block.PERMANENT:
            raise Refused(SW.NOT_SUPPORTED, "blocked for ever")
        if block is Block.TEMPORARY:
            # It is the current one all the same: else nobody could take the block back.
            if style is LockStyle.UNSUPPORTED:
                return Response(b"", SW.NOT_SUPPORTED)
            return Response(self.fci(), SW.FILE_INVALIDATED)
        return Response(self.fci(), SW.OK)

    def fci(self) -> bytes:
        """Build the file control information, file 15 in it as it is now (§1.2)."""
        inside = []
        if self.application is transit.TRANSIT:
            if self.habits.full_fci:
                inside += [tlv.build(0x50, transit.LABEL.encode()), tlv.build(0x87, b"\1")]
            inside.append(tlv.build(0x9F08, transit.APPLICATION_VERSION.to_bytes(1, "big")))
            public = self._state.memory.read(file_cell(self._state.name, transit.EF_PUBLIC))
            if public is not None:
                inside.append(tlv.build(0x9F0C, public))
        name = tlv.build(0x84, self.aid)
        return tlv.build(0x6F, [name, tlv.build(0xA5, inside)]).encode()

    def execute(self, command: Command) -> Response:
        """Answer a command while selected; a refused one has changed nothing but tries."""
        challenge = self._state.challenge
        if command.ins not in _KEEP:
            self._transactions.forget()
        try:
            return self._execute(command)
        except Refused as refused:
            return Response(b"", refused.sw)
        finally:
            # A challenge is good for the next command only (§3.4).
            if self._state.challenge is challenge:
                self._state.challenge = None

    def _execute(self, command: Command) -> Response:
        key = command.cla, command.ins
        handler = self._handlers.get(key)
        if handler is None:
            known = command.ins in self._instructions
            return Response(b"", SW.UNKNOWN_CLA if known else SW.UNKNOWN_INS)
        self._demand_unblocked(command.ins)
        return handler(command)

    def _demand_unblocked(self, ins: int) -> None:
        block = self._state.block
        if block is None:
            return
        if block is Block.PERMANENT:
            warned = self.habits.lock_style is LockStyle.WARNING
            raise Refused(
                SW.APPLICATION_BLOCKED if warned else SW.NOT_SUPPORTED, "blocked for ever"
            )
        if ins in _WHILE_BLOCKED or (self.habits.blocked_reads and ins in _READING):
            return
        if ins == Initialize.INS and self.habits.lock_style is LockStyle.WARNING:
            return  # which answers 6283 where money would leave (§3.3)
        raise Refused(SW.NOT_SUPPORTED, "the application is blocked")
