"""A card with nothing but purses on it: a small operating system, and the card around it.

Reference transit-purse.md §1.1, §1.2 (SELECT). What is done inside an application is
emulator/transit.py's; this one selects, by file id, by name and by the beginning of a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from apdu.atr import contactless_atr
from apdu.command import Command
from apdu.commands import Occurrence, Select, SelectBy
from apdu.declare import Refused
from apdu.response import Response
from apdu.status import SW
from card_profiles.model import Application
from emulator.card_os import NAME_SIZES, Habits
from emulator.memory import Memory
from emulator.personalise import CARD_BLOCKED_CELL
from emulator.randomness import Randomness
from emulator.transit import TransitApplet
from emulator.transmission import T1

MASTER_FILE = 0x3F00
_MASTER = Application("MF", "主文件", MASTER_FILE, None, foreign=True)


class PurseOs:
    """Run the applications of one card; the first is current after a reset.

    ``directories`` are the names that SELECT answers with an FCI and nothing more.
    """

    def __init__(
        self,
        memory: Memory,
        applets: tuple[TransitApplet, ...],
        directories: Mapping[bytes, bytes],
        habits: Habits,
    ) -> None:
        self.memory = memory
        self.applets = applets
        self.habits = habits
        self._directories = directories
        self.reset()

    def reset(self) -> None:
        """Forget all that does not survive a reset; finish what a power cut left."""
        self.forget()
        self.memory.recover()

    def forget(self) -> None:
        """Forget all that does not survive without power."""
        self.current = self.applets[0]
        for each in self.applets:
            each.forget()

    @property
    def position(self) -> TransitApplet:
        """Hold what is current, to go back to where a command came to nothing."""
        return self.current

    @position.setter
    def position(self, position: TransitApplet) -> None:
        self.current = position

    def execute(self, command: Command) -> Response:
        """Answer a command; never raises but for a power cut in a write."""
        if self.memory.read(CARD_BLOCKED_CELL) is not None:
            return Response(b"", SW.NOT_SUPPORTED)
        if (command.cla, command.ins) != (Select.CLA, Select.INS):
            return self.current.execute(command)
        self.current.interrupt()
        try:
            return self._select(Select.parse(command))
        except Refused as refused:
            return Response(b"", refused.sw)

    def _select(self, asked: Select) -> Response:
        if asked.by is SelectBy.NAME:
            if asked.occurrence is Occurrence.NEXT:
                raise Refused(SW.FILE_NOT_FOUND, "there is one of a name")
            return self._select_name(asked.name)
        if asked.by is SelectBy.FILE_ID and not asked.name:
            return self._enter(self.applets[0])
        if len(asked.name) != 2:
            raise Refused(SW.WRONG_LENGTH, "a file id has two bytes")
        fid = int.from_bytes(asked.name, "big")
        if asked.by is not SelectBy.CHILD_EF:
            for applet in self.applets:
                if applet.application.fid == fid:
                    return self._enter(applet)
        if asked.by is not SelectBy.CHILD_DF:
            for file in self.current.application.files:
                if file.fid == fid:
                    self.current.open(file)
                    return Response(b"", SW.OK)
        raise Refused(SW.FILE_NOT_FOUND, "no such file")

    def _select_name(self, name: bytes) -> Response:
        if name in self._directories:
            self._enter(self.applets[0])
            return Response(self._directories[name], SW.OK)
        for applet in self.applets:
            # A name this short is a whole one: the older cards' have four letters.
            whole = applet.aid == name
            if whole or (len(name) in NAME_SIZES and applet.aid.startswith(name)):
                return self._enter(applet)
        raise Refused(SW.FILE_NOT_FOUND, "no application of this name")

    def _enter(self, applet: TransitApplet) -> Response:
        answer = applet.select()
        self.current.forget()
        self.current = applet
        return answer


class PurseCard:
    """A contactless card with purses only."""

    interface: Literal["contactless"] = "contactless"
    protocol = T1.name

    def __init__(
        self,
        memory: Memory,
        applets: tuple[TransitApplet, ...],
        *,
        directories: Mapping[bytes, bytes] | None = None,
        habits: Habits | None = None,
    ) -> None:
        self.memory = memory
        self.os = PurseOs(memory, applets, directories or {}, habits or Habits())
        self._wire = T1(self.os)

    @staticmethod
    def above(
        memory: Memory,
        randomness: Randomness | None,
        habits: Habits,
        application: Application = _MASTER,
    ) -> TransitApplet:
        """Make the MF, where a card stands after a reset; it has no purse."""
        name = MASTER_FILE.to_bytes(2, "big")
        return TransitApplet(memory, randomness, habits.purse, application, name)

    @property
    def atr(self) -> bytes:
        """Give the answer to reset that PC/SC builds; these cards send no historical bytes."""
        return contactless_atr(b"")

    def power_on(self) -> None:
        """Begin a session: cold reset."""
        self.reset()

    def power_off(self) -> None:
        """End the session; nothing is written any more."""
        self._wire.reset()
        self.os.forget()

    def reset(self) -> None:
        """Begin a session anew: warm reset, the same to this card."""
        self._wire.reset()
        self.os.reset()

    def transmit(self, command: bytes) -> bytes:
        """Answer a command as it crosses the wire; raises PowerCut where memory does."""
        return self._wire.transmit(command)
