"""The first service PIN 首次设置 (S-PIN-SET, R-TWO-PINS, Rules Art. 12)."""

from __future__ import annotations

from terminal.registry.pending import What
from terminal.rules.vocabulary import Service
from terminal.services.offered.desk import ChipDesk
from terminal.services.offered.pins import pin_work
from terminal.texts import Text


def _enter(chip: ChipDesk) -> None:
    # It was decided for a card without a PIN: one that has it now got it before a crash.
    if chip.pin_set is not True:
        chip.set_pin()


WORK = pin_work(Service.PIN_SET, What.PIN_SET, _enter, Text("已设置", "set"))
