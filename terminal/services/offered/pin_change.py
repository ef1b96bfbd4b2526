"""Change the service PIN 修改 (S-PIN-CHANGE, R-AGENT, Rules Art. 12, 24).

An agent may, who has to know the old PIN, for the chip wants it.
"""

from __future__ import annotations

from terminal.registry.pending import What
from terminal.rules.vocabulary import Service
from terminal.services.offered.desk import ChipDesk
from terminal.services.offered.pins import pin_work
from terminal.texts import Text


def _enter(chip: ChipDesk) -> None:
    chip.change_pin()


WORK = pin_work(Service.PIN_CHANGE, What.PIN_CHANGE, _enter, Text("已修改", "changed"))
