"""The other parties in process: the terminal's clients at one end, the emulators at the other.

No socket, no wait: a slow party is one whose caller's time is over, though it did what was asked.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from emulator.parties.city import NAMES, City
from emulator.parties.party import Fault
from terminal.errors import HostUnreachable
from terminal.parties.lines import Parties, parties_over

BEIJING = timezone(timedelta(hours=8))
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING)
"""A Monday on which the parties' clocks stand still until a test sets ``now``."""
TELEPHONE = "010-00000000"


@dataclass
class Others:
    """Hold the parties from both sides.

    ``ports`` is what services take; ``city.bank``, ``city.messages`` … are the emulators: what they
    were told (``accounts``, ``sent`` …), what they are to say (``add_person`` …), how they are
    (``set``, ``once``).
    """

    ports: Parties
    city: City
    now: datetime = field(default=MORNING)

    def set(self, party: str, fault: Fault | str) -> None:
        """Make a party so from now on."""
        getattr(self.city, party).set_fault(fault)

    def once(self, party: str, fault: Fault | str, call: str = "") -> None:
        """Make a party so for its next call, or the next one of a name."""
        getattr(self.city, party).fail_once(fault, call)

    def calls(self, party: str) -> list[str]:
        """Give the names of what a party was asked and heard."""
        calls: list[str] = getattr(self.city, party).calls
        return calls


def other_parties(
    now: datetime = MORNING,
    *,
    open_register: bool = True,
    without: tuple[str, ...] = (),
    folder: Path | None = None,
) -> Others:
    """Make the parties; ``without`` names those not configured, ``folder`` keeps what they know."""
    city = City(folder, open_register=open_register, clock=lambda: others.now)
    for each in city:
        each.wait = _give_up
    lines = {name: in_process(city.answer) for name in NAMES if name not in without}
    others = Others(parties_over(lines, dict.fromkeys(NAMES, TELEPHONE)), city, now)
    return others


def in_process(answer: Callable[[str], str]) -> Callable[[str], str]:
    """Give the line to an emulator: what its caller sees of it where there is no answer."""

    def ask(text: str) -> str:
        try:
            return answer(text)
        except OSError as error:
            number = errno.ETIMEDOUT if isinstance(error, TimeoutError) else errno.ECONNRESET
            raise HostUnreachable(detail=os.strerror(number)) from None

    return ask


def _give_up() -> None:
    raise TimeoutError
