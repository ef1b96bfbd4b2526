"""Reset the service PIN 重置 (S-PIN-RESET, Rules Art. 12, 24).

By holder or guardian, never by an agent: Art. 24 names the change only.
"""

from __future__ import annotations

from terminal.registry.pending import What
from terminal.rules.vocabulary import Service
from terminal.services.offered.desk import ChipDesk
from terminal.services.offered.pins import pin_work
from terminal.texts import Text


def _enter(chip: ChipDesk) -> None:
    chip.reset_pin()


WORK = pin_work(Service.PIN_RESET, What.PIN_RESET, _enter, Text("已重置", "reset"))
