"""A SAM in a reader's slot for tests, in process, and the key service over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from card_profiles.development_keys import SETS
from emulator.card import InsertedCard
from emulator.pcsc import ScriptedPcsc
from emulator.sam import SamCard, SamFacts
from terminal.keys.sam import SamKeys
from terminal.readers.port import PcscFailure
from terminal.readers.session import CardSession

SLOT = "SAM 00 01"


class SamSlot:
    """A reader for a SAM, which can be put in and taken out."""

    def __init__(self, card: InsertedCard | None = None) -> None:
        self.pcsc = ScriptedPcsc(SLOT, failure=PcscFailure)
        if card is not None:
            self.put(card)

    def put(self, card: InsertedCard) -> None:
        """Put a card in."""
        self.pcsc.insert(SLOT, card)

    def pull(self) -> None:
        """Take the card out."""
        self.pcsc.remove(SLOT)

    def session(self, lines: list[str] | None = None) -> CardSession:
        """Open a session on the slot; its trace goes to a list."""
        return CardSession(self.pcsc, SLOT, trace=None if lines is None else lines.append)


@contextmanager
def sam_keys(set_name: str, facts: SamFacts | None = None) -> Iterator[SamKeys]:
    """Keys in a SAM, of a development set."""
    slot = SamSlot(SamCard.new(facts, root_of=SETS[set_name]))
    with closing(SamKeys(slot.session())) as keys:
        yield keys
