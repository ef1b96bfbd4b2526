"""What the parts of a purse's applet share: its cells, keys, cyclic files and what was proved.

Names of cells begin with the application's: ``transit.purse.available``, ``transit.key.3F``,
``transit.0018.head``. What is not in a cell is gone with the power.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

from apdu.declare import Refused
from apdu.purse import Purse
from apdu.status import SW
from card_profiles import transit
from card_profiles.model import Application, ElementaryFile
from emulator.memory import Memory
from emulator.purse_habits import PurseHabits
from emulator.randomness import Randomness

KEY_TYPES = {each.name: each.type for each in transit.KEYS}
KEY_TRIES = 3
PIN_TRIES = 3


class Block(IntEnum):
    """Say how an application is blocked; the value is its cell's."""

    TEMPORARY = 1
    PERMANENT = 2


# --- Names ---------------------------------------------------------------------------------


def file_cell(name: str, fid: int) -> str:
    """Name the cell of a file; a record's adds ``.1``, that of a cyclic file's newest ``.head``."""
    return f"{name}.{fid:04X}"


def key_cell(name: str, kind: int) -> str:
    """Name the cell of a key by its type; its tries' adds ``.tries``."""
    return f"{name}.key.{kind:02X}"


def money_cell(name: str, purse: Purse, what: str) -> str:
    """Name a cell of an account: ``available``, ``limit``, ``online``, ``offline``."""
    return f"{name}.{purse.name.lower()}.{what}"


def pin_cell(name: str) -> str:
    """Name the cell of the transit PIN; its tries' adds ``.tries``."""
    return f"{name}.PIN"


def block_cell(name: str) -> str:
    """Name the cell that blocks the application while it is there."""
    return f"{name}.blocked"


def aid_cell(name: str) -> str:
    """Name the cell of the AID where it is not the profile's own."""
    return f"{name}.AID"


# --- Money ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """Hold what one purse has in it, in fen, and its counters.

    ``available`` is own money + limit − what is overdrawn: the one number that is stored, answered
    and in MACs.
    """

    available: int
    limit: int
    online: int
    offline: int

    @property
    def overdrawn(self) -> int:
        """Give what of the overdraft is used."""
        return max(0, self.limit - self.available)

    @property
    def money(self) -> int:
        """Give the holder's own money."""
        return max(0, self.available - self.limit)


_SIZES = {"available": 4, "limit": 3, "online": 2, "offline": 2}


def account_cells(name: str, purse: Purse, account: Account) -> dict[str, bytes]:
    """Lay out an account's cells."""
    return {
        money_cell(name, purse, what): int(getattr(account, what)).to_bytes(size, "big")
        for what, size in _SIZES.items()
    }


# --- State ---------------------------------------------------------------------------------


class PurseState:
    """Hold one application's state; ``habits`` may be exchanged while the card runs."""

    def __init__(
        self,
        application: Application,
        memory: Memory,
        randomness: Randomness,
        habits: PurseHabits,
    ) -> None:
        self.application = application
        self.name = application.name
        self.memory = memory
        self.randomness = randomness
        self.habits = habits
        self.forget()

    def forget(self) -> None:
        """Forget what does not survive a selection: PIN, challenge, the current file."""
        self.verified = False
        self.challenge: bytes | None = None
        self.file: ElementaryFile | None = None

    @property
    def block(self) -> Block | None:
        """Tell how the application is blocked."""
        cell = self.memory.read(block_cell(self.name))
        return None if cell is None else Block(cell[0])

    def demand_pin(self, wanted: bool) -> None:
        """Demand a verified PIN where it is wanted; raises Refused (6982)."""
        if wanted and not self.verified:
            raise Refused(SW.SECURITY_STATUS, "the PIN is not verified")

    # --- Keys ------------------------------------------------------------------------------

    def key(self, kind: int, missing: SW = SW.KEY_NOT_FOUND) -> bytes:
        """Give a key by its type; raises Refused where the card has none."""
        value = self.memory.read(key_cell(self.name, kind))
        if value is None:
            raise Refused(missing, f"no key of type {kind:02X}")
        return value

    def demand_index(self, index: int, missing: SW) -> None:
        """Demand a key index that this card knows; raises Refused."""
        if index not in self.habits.key_indexes:
            raise Refused(missing, f"no key of index {index:02X}")

    @contextmanager
    def attempt(self, cell: str, most: int) -> Iterator[Attempt]:
        """Spend a try before a comparison and give it back after a success.

        Whoever tears the card in between has lost the try. Raises Refused (6983) where none is
        left.
        """
        stored = self.memory.read(cell)
        left = most if stored is None else stored[0]
        if left == 0:
            raise Refused(SW.BLOCKED, "no tries left")
        self.memory.write(cell, bytes((left - 1,)))
        attempt = Attempt(left - 1)
        yield attempt
        if attempt.succeeded:
            self.memory.write(cell, bytes((most,)))

    # --- Money -----------------------------------------------------------------------------

    def account(self, purse: Purse) -> Account:
        """Read an account; raises Refused (6A82) where this card has none."""
        values = [self.memory.read(money_cell(self.name, purse, what)) for what in _SIZES]
        if None in values:
            raise Refused(SW.FILE_NOT_FOUND, f"this card has no {purse.name.lower()}")
        return Account(*(int.from_bytes(each or b"", "big") for each in values))

    def keep(self, purse: Purse, before: Account, after: Account) -> None:
        """Write what changed of an account."""
        old = account_cells(self.name, purse, before)
        for cell, value in account_cells(self.name, purse, after).items():
            if value != old[cell]:
                self.memory.write(cell, value)

    # --- Files -----------------------------------------------------------------------------

    def by_sfi(self, sfi: int) -> ElementaryFile:
        """Find a file by its short id; raises Refused (6A82)."""
        for file in self.application.files:
            if file.sfi == sfi:
                return file
        raise Refused(SW.FILE_NOT_FOUND, f"no file {sfi:02X}")

    def cell(self, file: ElementaryFile) -> str:
        """Name a file's cell."""
        return file_cell(self.name, file.fid)

    def push(self, file: ElementaryFile, content: bytes) -> None:
        """Make content the newest record of a cyclic file; two cells are written."""
        (item,) = file.items
        cell = self.cell(file)
        head = self._head(cell) % item.count + 1
        self.memory.write(f"{cell}.{head}", content)
        self.memory.write(f"{cell}.head", bytes((head,)))

    def cyclic(self, file: ElementaryFile) -> list[bytes]:
        """Read a cyclic file, newest first; blank records are those not yet written."""
        (item,) = file.items
        cell = self.cell(file)
        head = self._head(cell)
        places = [(head - back - 1) % item.count + 1 for back in range(item.count)]
        found = [self.memory.read(f"{cell}.{place}") for place in places]
        if self.habits.blank_records:
            return [each or bytes(item.size) for each in found]
        return [each for each in found if each is not None]

    def _head(self, cell: str) -> int:
        return (self.memory.read(f"{cell}.head") or b"\0")[0]


@dataclass(slots=True)
class Attempt:
    """Hold how a comparison ended while its try is spent; ``left`` are those after a failure."""

    left: int
    succeeded: bool = False
