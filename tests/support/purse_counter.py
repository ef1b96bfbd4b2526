"""A counter for the purse in process: scripted PC/SC, a software card, a journal on the disk."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from card_profiles.profiles import BEIJING
from card_profiles.transit import EXITED  # noqa: F401  what tests compare with
from emulator.card import InsertedCard, SoftwareCard
from emulator.card_os import Habits
from emulator.facts import made_up_facts
from emulator.pcsc import ScriptedPcsc
from emulator.purse_habits import PurseHabits
from terminal.config import Config
from terminal.journal.journal import Journal
from terminal.journal.store import SqliteStore, Store
from terminal.readers.port import PcscFailure
from terminal.services.purse_keys import PurseKeys
from terminal.services.transit import TransitDesk
from terminal.services.transit_visit import TransitVisit, transit_visiting
from terminal.texts import Text

READER = "Reader 00 00"
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


class TickingClock:
    """A clock that goes on a second each time it is asked, so that no two moments are one."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def purse_card(
    balance: int = 0,
    *,
    interface: Any = "contact",
    seed: int = 1,
    habits: PurseHabits | None = None,
    **facts: Any,
) -> SoftwareCard:
    """Make a Beijing card with money in its purse."""
    made_up = made_up_facts(BEIJING, seed)
    assert made_up.transit is not None
    transit = replace(made_up.transit, balance=balance, **facts)
    return SoftwareCard.new(
        BEIJING,
        replace(made_up, transit=transit),
        interface=interface,
        habits=Habits(purse=habits or PurseHabits()),
    )


class PurseCounter:
    """A counter with one reader, a card in it, and a journal."""

    def __init__(
        self,
        card: InsertedCard,
        folder: Path,
        *,
        config: Config | None = None,
        store: Callable[[Store], Store] = lambda store: store,
        operator: str = "clerk1",
    ) -> None:
        self.pcsc: Any = ScriptedPcsc(READER, failure=PcscFailure)
        self.pcsc.insert(READER, card)
        self.card = card
        self.config = config or Config()
        self.clock = TickingClock()
        self.store = store(SqliteStore(folder / "journal.db"))
        self.journal = Journal(self.store, self.clock)
        self.operator = operator
        self.said: list[Text] = []
        self.trace = ""

    def _write(self, text: str) -> None:
        self.trace += text

    @contextlib.contextmanager
    def visit(self) -> Iterator[TransitVisit]:
        with transit_visiting(
            self.pcsc, self.config, reader=READER, wait_seconds=0, trace=self._write
        ) as visit:
            yield visit

    @contextlib.contextmanager
    def desk(self) -> Iterator[TransitDesk]:
        with self.visit() as visit, contextlib.closing(self.keys()) as keys:
            yield self.desk_on(visit, keys)

    def keys(self) -> PurseKeys:
        return PurseKeys(self.config, self.pcsc, self.clock)

    def desk_on(self, visit: TransitVisit, keys: PurseKeys) -> TransitDesk:
        return TransitDesk(
            visit,
            self.journal,
            keys,
            self.config.transit,
            operator=self.operator,
            clock=self.clock,
            progress=self.said.append,
        )

    def close(self) -> None:
        self.journal.close()


def configured(counter: PurseCounter, **transit: object) -> None:
    """Set something of ``[transit]``."""
    settings = replace(counter.config.transit, **transit)  # type: ignore[arg-type]
    counter.config = replace(counter.config, transit=settings)


def with_card(folder: Path, balance: int = 5_000, **facts: object) -> PurseCounter:
    """Make a counter whose card has such a balance and such facts."""
    return PurseCounter(purse_card(balance, **facts), folder)  # type: ignore[arg-type]
