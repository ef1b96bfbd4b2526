"""A counter in process: a scripted PC/SC, a software card in it, a holder who types."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from emulator.card import InsertedCard
from emulator.pcsc import ScriptedPcsc
from terminal.config import Config
from terminal.readers.port import PcscFailure
from terminal.service_pin import ServicePin
from terminal.services.pin_entry import Ask, PinEntry
from terminal.services.service_pin import PinDesk
from terminal.services.visit import Visit, visiting

READER = "Reader 00 00"


class Holder:
    """A place to enter PINs at; ``entries`` are typed one after another, or raised."""

    source = "pad"

    def __init__(self, *entries: str | Exception) -> None:
        self.entries = list(entries)
        self.asked: list[Ask] = []
        self.on_entry: Callable[[], object] = lambda: None

    def enter(self, what: Ask) -> ServicePin:
        self.asked.append(what)
        self.on_entry()
        entry = self.entries.pop(0)
        if isinstance(entry, Exception):
            raise entry
        return ServicePin(bytearray(entry.encode()))

    @contextmanager
    def open(self) -> Iterator[PinEntry]:
        yield self


class Counter:
    """A counter with one reader and a card in it."""

    def __init__(self, card: InsertedCard, config: Config | None = None) -> None:
        self.pcsc: Any = ScriptedPcsc(READER, failure=PcscFailure)
        self.pcsc.insert(READER, card)
        self.card = card
        self.config = config or Config()
        self.trace = ""
        self.warned = 0

    def _write(self, text: str) -> None:
        self.trace += text

    @contextlib.contextmanager
    def visit(self, *, with_keys: bool = True) -> Iterator[Visit]:
        with visiting(
            self.pcsc,
            self.config,
            reader=READER,
            with_keys=with_keys,
            trace=self._write,
            wait_seconds=0,
        ) as visit:
            yield visit

    @contextlib.contextmanager
    def desk(self, holder: Holder, *, last_try: bool = False) -> Iterator[PinDesk]:
        def warn() -> None:
            self.warned += 1

        with self.visit() as visit:
            yield PinDesk(visit, holder.open, last_try=last_try, warn=warn)
