"""What can be wrong with a receipt printer, to be asked for by tests and people.

Reference counter-devices.md §5. A fault stays until it is cleared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apdu.escpos_status import (
    AllStatus,
    Error,
    KioskPaper,
    KioskRecoverable,
    KioskUnrecoverable,
    KioskUser,
    Offline,
    Paper,
    Printer,
)

SLOW_RATE = 100.0
"""Bytes a second that a printer works off which is slow."""


@dataclass(slots=True)
class Faults:
    """Hold what is wrong now."""

    paper_out: bool = False
    paper_low: bool = False
    lines_left: int | None = None
    """Lines until the paper is out."""
    cover_open: bool = False
    offline: bool = False
    """Offline without a reason that it tells."""
    error: Error = Error(0)  # noqa: RUF009  a flag is a value
    rate: float | None = None
    """Bytes a second that are worked off; None for any number."""
    silent: bool = False
    strange: bool = False
    """Whatever is asked, it answers as another device would."""
    half: bool = False
    """Answers of several bytes break off."""
    one_way: bool = False
    """It does not tell its identity, as some do not."""

    @property
    def stopped(self) -> bool:
        """Tell whether nothing is printed."""
        return self.paper_out or self.cover_open or self.offline or bool(self.error)

    def printed_line(self) -> None:
        """Count a line."""
        if self.lines_left is not None:
            self.lines_left -= 1
            self.paper_out = self.lines_left <= 0

    def answer(self, form: int) -> int | None:
        """Give the bits of the answer to one of the four questions; None for no such question."""
        return {
            1: Printer.OFFLINE * self.stopped,
            2: Offline.COVER_OPEN * self.cover_open
            | Offline.PAPER_STOP * self.paper_out
            | Offline.ERROR * bool(self.error),
            3: int(self.error),
            4: Paper.OUT * self.paper_out | Paper.NEAR_END * (self.paper_low or self.paper_out),
        }.get(form)

    def everything(self) -> AllStatus:
        """Give the answer of a kiosk printer."""
        return AllStatus(
            KioskPaper(KioskPaper.OUT * self.paper_out | KioskPaper.NEAR_END * self.paper_low),
            KioskUser(KioskUser.COVER_OPEN * self.cover_open),
            KioskRecoverable(KioskRecoverable.TEMPERATURE * bool(self.error & Error.PASSING)),
            KioskUnrecoverable(KioskUnrecoverable.CUTTER * bool(self.error & Error.CUTTER)),
        )


def _paper_out(faults: Faults) -> None:
    faults.paper_out = True


def _paper_low(faults: Faults) -> None:
    faults.paper_low = True


def _cover(faults: Faults) -> None:
    faults.cover_open = True


def _offline(faults: Faults) -> None:
    faults.offline = True


def _cutter(faults: Faults) -> None:
    faults.error |= Error.CUTTER


def _hot(faults: Faults) -> None:
    faults.error |= Error.PASSING


def _slow(faults: Faults) -> None:
    faults.rate = SLOW_RATE


def _silence(faults: Faults) -> None:
    faults.silent = True


def _strange(faults: Faults) -> None:
    faults.strange = True


NAMED: dict[str, Callable[[Faults], None]] = {
    "paper-out": _paper_out,
    "paper-low": _paper_low,
    "cover": _cover,
    "offline": _offline,
    "cutter": _cutter,
    "hot": _hot,
    "slow": _slow,
    "silence": _silence,
    "strange": _strange,
}
"""What can be asked for by name."""
