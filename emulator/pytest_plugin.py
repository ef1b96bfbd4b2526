"""The pytest plugin: a card, a reader, a trace to replay, for tests without hardware.

Installed with Guitai and found by pytest on its own. Fixtures:

``virtual_card(profile="beijing", *, seed=1, interface="contact", …)``
    makes a software card with a made-up holder.
``virtual_purse(profile="transit", *, seed=1, balance=0, …)``
    makes a card that is nothing but a transit purse, also Beijing's older one.
``virtual_reader(card)``
    puts a card into a reader of a private PC/SC daemon and gives the reader's name; any
    PC/SC program that this test starts or is finds it there.
``replayed_card(trace)``
    makes a card that answers from an ``.apdu`` trace (a path or its text).

docs/testing.md has a test to copy. This module imports nothing of ours until a fixture is
used: pytest loads it in every run, before coverage is measured.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.card import InsertedCard, SoftwareCard
    from emulator.daemon import PrivateDaemon
    from emulator.purse_card import PurseCard
    from emulator.replay import ReplayedCard

SLOTS = 4
_APPEAR_SECONDS = 10.0


@pytest.fixture
def virtual_card() -> Callable[..., SoftwareCard]:
    """Make software cards: ``virtual_card("beijing", seed=1)``.

    ``facts`` (emulator.facts.CardFacts) takes the place of the made-up holder; everything
    else goes to emulator.card.SoftwareCard.new.
    """
    from card_profiles.profiles import PROFILES  # noqa: PLC0415  light until used
    from emulator.card import SoftwareCard  # noqa: PLC0415  light until used
    from emulator.facts import made_up_facts  # noqa: PLC0415  light until used

    def make(
        profile: str = "beijing", *, seed: int = 1, facts: Any = None, **more: Any
    ) -> SoftwareCard:
        kind = PROFILES[profile]
        return SoftwareCard.new(kind, facts or made_up_facts(kind, seed), **more)

    return make


@pytest.fixture
def virtual_purse() -> Callable[..., PurseCard]:
    """Make purse cards: ``virtual_purse("beijing-old", seed=1, balance=500)``, in fen.

    Everything else goes to emulator.plain_cards.new_plain_card.
    """
    from emulator.plain_cards import new_plain_card  # noqa: PLC0415  light until used

    def make(
        profile: str = "transit", *, seed: int = 1, balance: int = 0, **more: Any
    ) -> PurseCard:
        return new_plain_card(profile, seed, balance, **more)

    return make


@pytest.fixture
def replayed_card() -> Callable[[str | Path], ReplayedCard]:
    """Make cards that answer from an ``.apdu`` trace, given as its path or its text."""
    from apdu.trace import load  # noqa: PLC0415  light until used
    from emulator.replay import ReplayedCard  # noqa: PLC0415  light until used

    def make(trace: str | Path) -> ReplayedCard:
        text = trace.read_text("utf-8") if isinstance(trace, Path) else trace
        return ReplayedCard(load(text))

    return make


@pytest.fixture(scope="session")
def virtual_daemon() -> Iterator[PrivateDaemon]:
    """Run one private PC/SC daemon for the whole run, and point this process at it.

    One for all tests: the PC/SC library reads its socket's path once in a process. Fails,
    with the reason, where no private daemon can be had.
    """
    from emulator.daemon import PrivateDaemon  # noqa: PLC0415  light until used

    with PrivateDaemon(slots=SLOTS) as daemon:
        before = {name: os.environ.get(name) for name in daemon.environment()}
        os.environ.update(daemon.environment())
        yield daemon
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@pytest.fixture
def virtual_reader(virtual_daemon: PrivateDaemon) -> Iterator[Callable[[InsertedCard], str]]:
    """Put cards into readers, and take them out when the test ends.

    ``name = virtual_reader(card)`` gives the reader's name.
    """
    from emulator.vpcd import VirtualSlot  # noqa: PLC0415  light until used

    free = list(range(len(virtual_daemon.readers)))
    with ExitStack() as inserted:

        def insert(card: InsertedCard) -> str:
            number = free.pop(0)
            seen = threading.Event()
            slot = VirtualSlot(card, lambda: virtual_daemon.connect(number), inserted=seen.set)
            inserted.callback(slot.start().stop)
            if not seen.wait(_APPEAR_SECONDS):
                raise TimeoutError(f"the daemon did not see the card in {_APPEAR_SECONDS:g} s")
            return virtual_daemon.readers[number]

        yield insert
