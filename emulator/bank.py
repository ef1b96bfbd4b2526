"""The bank's applet behind the firewall: what it is asked, and how little it answers.

Reference social-security-card.md §1.1, §5, §10. It can be selected by its directories and its
AID, says which records it has, and gives them. It has no command that takes a secret, and
keeps every command it was sent, so that a test can prove that none was sent one.
"""

from __future__ import annotations

from dataclasses import dataclass

from apdu import tlv
from apdu.bank_commands import GetProcessingOptions, parse_dol
from apdu.command import Command
from apdu.commands import ReadRecord, RecordMode
from apdu.declare import Refused
from apdu.response import Response
from apdu.status import SW
from card_profiles import bank
from card_profiles.model import Profile
from emulator.memory import Memory
from emulator.personalise import bank_cell

_PDOL_SIZE = sum(each.size for each in parse_dol(bank.PDOL))
_FILES = {each.sfi for each in bank.RECORDS}


@dataclass(frozen=True, slots=True)
class BankHabits:
    """Hold what banks' applications differ in."""

    directory: bool = True
    """Whether 1PAY and 2PAY can be selected; both on either side of the card."""
    processing: bool = True
    """Whether GET PROCESSING OPTIONS works at all; where not: 6985."""
    processing_first: bool = False
    """Whether records are given only after GET PROCESSING OPTIONS."""
    format_1: bool = False
    """Whether its answer is tag 80, values one behind the other, and not tag 77."""


class BankApplet:
    """Be the bank's application of one card, where its profile has one.

    ``received`` are all commands since the card was made, those by which it was selected
    among them. It is a witness and no memory of the card's: neither reset nor power takes it
    away, and no image has it.
    """

    def __init__(self, profile: Profile, memory: Memory, habits: BankHabits | None = None) -> None:
        self.application = bank.BANK
        self.habits = habits or BankHabits()
        self.received: list[bytes] = []
        self._there = bank.BANK in profile.applications
        self._memory = memory
        self.forget()

    def forget(self) -> None:
        """Forget what does not survive a reset or a selection."""
        self._in_directory = False
        self._processing = False

    def has_directory(self, name: bytes) -> bool:
        """Tell whether a name in SELECT is that of one of its directories."""
        return self._there and self.habits.directory and name in bank.DIRECTORY_FCI

    def open_directory(self, name: bytes) -> Response:
        """Make a directory the current one, and give its FCI."""
        self._in_directory = True
        return Response(bank.DIRECTORY_FCI[name], SW.OK)

    def execute(self, command: Command) -> Response:
        """Answer a command while selected; all but two are unknown, VERIFY among them."""
        try:
            match command.cla, command.ins:
                case GetProcessingOptions.CLA, GetProcessingOptions.INS:
                    return self._process(command)
                case ReadRecord.CLA, ReadRecord.INS:
                    return self._read(command)
                case _:
                    return Response(b"", SW.UNKNOWN_INS)
        except Refused as refused:
            return Response(b"", refused.sw)

    def _process(self, command: Command) -> Response:
        values = GetProcessingOptions.parse(command).values
        if len(values) != _PDOL_SIZE:
            raise Refused(SW.WRONG_LENGTH, "not the bytes that the PDOL asks for")
        has_records = any(self._record(each.sfi, each.number) for each in bank.RECORDS)
        if self._in_directory or self._processing or not self.habits.processing or not has_records:
            raise Refused(SW.CONDITIONS, "nothing to process, or begun already")
        self._processing = True
        if self.habits.format_1:
            answer = tlv.build(0x80, bank.INTERCHANGE_PROFILE + bank.LOCATOR)
        else:
            answer = tlv.build(
                0x77,
                [tlv.build(0x82, bank.INTERCHANGE_PROFILE), tlv.build(0x94, bank.LOCATOR)],
            )
        return Response(answer.encode(), SW.OK)

    def _read(self, command: Command) -> Response:
        asked = ReadRecord.parse(command)
        if command.le is None:
            raise Refused(SW.WRONG_LENGTH, "reading needs Le")
        if asked.mode is not RecordMode.NUMBER:
            raise Refused(SW.WRONG_P1P2, "records are read by number")
        if asked.sfi not in ({bank.DIRECTORY_SFI} if self._in_directory else _FILES):
            raise Refused(SW.FILE_NOT_FOUND, f"no file {asked.sfi}")
        if self.habits.processing_first and not (self._processing or self._in_directory):
            raise Refused(SW.CONDITIONS, "GET PROCESSING OPTIONS comes first")
        record = self._record(asked.sfi, asked.number)
        if record is None:
            raise Refused(SW.RECORD_NOT_FOUND, f"no record {asked.number}")
        return Response(record, SW.OK)

    def _record(self, sfi: int, number: int) -> bytes | None:
        if self._in_directory:
            return bank.DIRECTORY_RECORD if number == 1 else None
        return self._memory.read(bank_cell(sfi, number))
