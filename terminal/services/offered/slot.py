"""The reader on the desk, in which cards are laid one after the other.

One visit at a time is held and shared by all that is done with the card: reading, PIN, files and
passes speak to its social security side, the purse to its transit side. Whether the same card still
lies there is seen by the reader's own counter, without a command.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from terminal.cards.social_security import SocialSecurityCard
from terminal.cards.transit import TransitCard
from terminal.config import Config
from terminal.errors import GuitaiError, NoCard
from terminal.journal import Clock, Journal, now, open_journal
from terminal.keys.service import KeyService
from terminal.parties.park import ParkSystem, from_settings
from terminal.readers.port import Pcsc
from terminal.readers.survey import wait_for_card
from terminal.services.counter import CARD_WAIT_SECONDS, choose_reader, key_service
from terminal.services.pin_entry import MakeEntry
from terminal.services.purse_keys import PurseKeys
from terminal.services.transit_visit import TransitVisit, transit_visiting
from terminal.services.visit import Visit, visiting
from terminal.texts import Language, Text

CHANGE_SECONDS = 60.0
"""How long people get to change one card for another."""
_CONTACTLESS = Text("请把卡放到感应区……", "Lay the card on the contactless reader …")


def _silent(_: Text) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Hold what cards are worked on with; whoever opened its parts closes them.

    ``park`` is None where no park system is configured. ``open_entry`` opens the place to enter a
    PIN at, ``say`` tells the clerk what goes on, ``last_try`` lets even the PIN's last try be
    spent. A card may take ``wait_seconds`` to be noticed, people ``change_seconds`` to lay another.
    ``trace`` gets what crosses the wire, masked.
    """

    pcsc: Pcsc
    config: Config
    keys: KeyService
    purse_keys: PurseKeys
    journal: Journal
    park: ParkSystem | None
    operator: str
    open_entry: MakeEntry
    clock: Clock = now
    say: Callable[[Text], object] = _silent
    last_try: bool = False
    wait_seconds: float = CARD_WAIT_SECONDS
    change_seconds: float = CHANGE_SECONDS
    trace: Callable[[str], object] | None = None


@contextlib.contextmanager
def open_tools(
    config: Config,
    pcsc: Pcsc,
    operator: str,
    open_entry: MakeEntry,
    *,
    clock: Clock = now,
    say: Callable[[Text], object] = _silent,
    keys_file: Path | None = None,
    language: Language | None = None,
    last_try: bool = False,
    wait_seconds: float = CARD_WAIT_SECONDS,
    trace: Callable[[str], object] | None = None,
) -> Iterator[Tools]:
    """Open what the configuration names; raises the catalogue's leaves.

    The keys' passphrase may be asked for, in ``language``, once for all cards.
    """
    park = from_settings(config.park, config.source) if config.park.url else None
    with (
        open_journal(config, clock) as journal,
        contextlib.closing(PurseKeys(config, pcsc, clock)) as purse_keys,
        contextlib.closing(key_service(config, keys_file, pcsc=pcsc, language=language)) as keys,
    ):
        yield Tools(
            pcsc,
            config,
            keys,
            purse_keys,
            journal,
            park,
            operator,
            open_entry,
            clock,
            say,
            last_try,
            wait_seconds,
            trace=trace,
        )


class Slot:
    """Hold the visit of whichever card lies in one reader; use it in a ``with``.

    ``contactless`` is the reader that a card's transit side answers in, where it is another one.
    """

    def __init__(
        self, tools: Tools, reader: str | None = None, contactless: str | None = None
    ) -> None:
        self.tools = tools
        self._wanted = reader
        self._contactless = contactless
        self._held = ExitStack()
        self._visit: Visit | None = None
        self._reader = ""
        self._counter = 0

    @property
    def reader(self) -> str:
        """Name the reader, empty before a card was visited in it."""
        return self._reader

    @property
    def apart(self) -> bool:
        """Say whether the transit side answers in another reader than the rest."""
        return self._contactless is not None

    def visit(self) -> Visit:
        """Give the visit of the card that lies there now, waiting shortly for one.

        Raises NoCard, and what visiting a card raises.
        """
        visit = self._visit
        if visit is not None and self._lies_there(visit):
            return visit
        self.let_go()
        tools = self.tools
        bare = self._held.enter_context(
            visiting(
                tools.pcsc,
                tools.config,
                reader=self._wanted,
                wait_seconds=tools.wait_seconds,
                with_keys=False,  # they are open already, once for all cards
                trace=tools.trace,
            )
        )
        visit = Visit(bare.reader, bare.session, bare.card, bare.settings, tools.keys)
        there = wait_for_card(tools.pcsc, visit.reader, 0)
        self._visit, self._reader = visit, visit.reader
        self._counter = 0 if there is None else there.counter
        return visit

    def purse(self) -> TransitVisit:
        """Visit the transit side of the card; raises NoPurse."""
        if self._contactless is None:
            visit = self.visit()
            return TransitVisit(visit.reader, visit.session, visit.run(_transit_side))
        self.let_go()
        self.tools.say(_CONTACTLESS)
        return self._held.enter_context(
            transit_visiting(
                self.tools.pcsc,
                self.tools.config,
                reader=self._contactless,
                wait_seconds=self.tools.change_seconds,
                trace=self.tools.trace,
            )
        )

    def change(self, ask_for: Text) -> None:
        """Ask for another card and wait until one was laid; raises NoCard."""
        tools = self.tools
        self.let_go()
        reader = self._reader or choose_reader(tools.pcsc, tools.config, self._wanted)
        seen = wait_for_card(tools.pcsc, reader, 0)
        tools.say(ask_for)
        if wait_for_card(tools.pcsc, reader, tools.change_seconds, seen=seen) is None:
            raise NoCard

    def let_go(self) -> None:
        """Let the card go: it is reset, what was proved to it is forgotten."""
        self._visit = None
        self._held.close()

    def __enter__(self) -> Slot:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._visit = None
        self._held.__exit__(kind, error, trace)

    def _lies_there(self, visit: Visit) -> bool:
        """Tell whether the visited card was not taken away, nor its session lost."""
        try:
            there = wait_for_card(self.tools.pcsc, visit.reader, 0)
            visit.run(lambda _: None)
        except GuitaiError:
            return False
        return there is not None and there.counter == self._counter


def _transit_side(card: SocialSecurityCard) -> TransitCard:
    transit = TransitCard(card.elsewhere())
    transit.identify()
    return transit
