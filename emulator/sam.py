"""A software SAM card (PSAM): what stands in the second slot of a counter's reader.

Reference social-security-card.md §7 (ATR), §8.4, transit-purse.md §6. Its keys are TEST KEYS of a
development set, the same roots that software cards are made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from apdu.atr import contact_atr
from apdu.cipher import Algorithm, city_factor, family, province_factor
from card_profiles import identifiers
from card_profiles import sam as profile
from card_profiles.development_keys import RootOf, uniform
from card_profiles.model import Application, ElementaryFile
from card_profiles.sam import PurseKey
from card_profiles.transit import TRANSIT
from emulator.memory import Memory
from emulator.personalise import ATR_CELL, file_cell
from emulator.sam_os import ENVIRONMENTS_CELL, SamOs
from emulator.sam_session import StoredKey, key_cell
from emulator.transmission import T0

LEVELS = ("national", "province", "city")
"""Where the roots in a SAM may stand; one level less is left to derive for each."""
_ISSUER = "01011000FFFFFFFF"


@dataclass(frozen=True, slots=True)
class SamFacts:
    """Hold what makes one SAM.

    ``serial`` are 20 digits, ``terminal`` 12. ``level`` says where the ministry's keys stand,
    ``levels`` where single ones stand otherwise, by application and key. ``sequence`` is the next
    terminal sequence number of a purchase.
    """

    serial: str = "11000000000000000007"
    terminal: str = "110000000007"
    region: str = "110000"
    level: str = LEVELS[0]
    levels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    algorithms: tuple[Algorithm, ...] = tuple(Algorithm)
    key_type: int = profile.TEST_KEYS
    sequence: int = 0
    purse_keys: tuple[PurseKey, ...] = profile.PURSE_KEYS


class SamCard:
    """A SAM in its slot, on T=0."""

    protocol = T0.name

    def __init__(self, memory: Memory, *, demands_init: bool = False) -> None:
        self.memory = memory
        self.os = SamOs(memory, demands_init=demands_init)
        self._wire = T0(self.os)

    @classmethod
    def new(
        cls,
        facts: SamFacts | None = None,
        *,
        root_of: RootOf = uniform,
        demands_init: bool = False,
    ) -> SamCard:
        """Make a SAM; raises LayoutError where a fact does not fit."""
        memory = Memory(personalise(facts or SamFacts(), root_of))
        return cls(memory, demands_init=demands_init)

    @property
    def atr(self) -> bytes:
        """Give the answer to reset."""
        return contact_atr(self.memory.read(ATR_CELL) or b"")

    def power_on(self) -> None:
        """Begin a session: cold reset."""
        self.reset()

    def power_off(self) -> None:
        """End the session; derived keys are forgotten, and nothing is written any more."""
        self._wire.reset()
        self.os.forget()

    def reset(self) -> None:
        """Begin a session anew: warm reset, the same to this card."""
        self._wire.reset()
        self.os.reset()

    def transmit(self, command: bytes) -> bytes:
        """Answer a command as it crosses the wire; raises PowerCut where memory does."""
        return self._wire.transmit(command)


def personalise(facts: SamFacts, root_of: RootOf) -> dict[str, bytes]:
    """Make the cells of a new SAM."""
    cells = {
        ATR_CELL: _historical(facts),
        ENVIRONMENTS_CELL: bytes(each.value for each in facts.algorithms),
    }
    common = {"serial": facts.serial, "version": 1, "key_type": facts.key_type}
    cells |= _contents(
        profile.MASTER_FILE,
        {
            profile.EF_CARD_DATA: common | {"issuer_data": "0000"},
            profile.EF_TERMINAL: facts.terminal,
        },
    )
    cells |= _contents(
        profile.PSAM,
        {
            profile.EF_CARD_DATA: common | {"issuer": "01", "fci": "0000"},
            profile.EF_TERMINAL: facts.terminal,
            profile.EF_COUNTER: 0,
        },
    )
    cells |= _contents(
        profile.PURSE,
        {
            profile.EF_PURSE: {
                "key_index": 1,
                "issuer": _ISSUER,
                "receiver": _ISSUER,
                "start_date": date(2026, 1, 1),
                "expiry_date": date(2040, 12, 31),
            },
            profile.EF_SEQUENCE: facts.sequence,
        },
    )
    for algorithm in facts.algorithms:
        cells |= _ministry_keys(algorithm, facts, root_of)
    return cells | _purse_keys(facts.purse_keys, root_of)


def _historical(facts: SamFacts) -> bytes:
    return identifiers.HISTORICAL.encode(
        {
            "chip_maker": profile.ATR.chip_maker,
            "cos": profile.ATR.cos,
            "card_maker": profile.ATR.card_maker,
            "region": profile.ATR_PLACE,
            "serial": bytes.fromhex(facts.serial)[-4:],
        }
    )


def _contents(application: Application, values: Mapping[int, Any]) -> dict[str, bytes]:
    """Write the files of an application."""
    return {
        file_cell(application, file): _content(file, values[file.fid]) for file in application.files
    }


def _content(file: ElementaryFile, value: Any) -> bytes:
    (item,) = file.items
    encoded: bytes = item.field.encode(value)
    return encoded


def _ministry_keys(algorithm: Algorithm, facts: SamFacts, root_of: RootOf) -> dict[str, bytes]:
    """Derive each key down to where this SAM has it."""
    cipher = family(algorithm)
    above = (province_factor(facts.region), city_factor(facts.region))
    cells: dict[str, bytes] = {}
    for (application, name), place in profile.KEYS.items():
        done = LEVELS.index(facts.levels.get((application, name), facts.level))
        value = root_of(application, name)
        for factor in above[:done]:
            value = cipher.diversify(value, factor)
        cell = key_cell(algorithm.label, place.type, place.id)
        cells[cell] = StoredKey(len(LEVELS) - done, value).encode()
    return cells


def _purse_keys(keys: Iterable[PurseKey], root_of: RootOf) -> dict[str, bytes]:
    return {
        key_cell(profile.PURSE.name, key.type, key.version): StoredKey(
            key.levels, root_of(TRANSIT.name, key.name)
        ).encode()
        for key in keys
    }
