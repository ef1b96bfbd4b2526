"""One card after another in one reader: the one that lies there is not the next."""

from collections.abc import Callable

import pytest
from visits import READER

from emulator.card import SoftwareCard
from emulator.pcsc import ScriptedPcsc
from terminal.errors import NoCard
from terminal.readers.port import PcscFailure
from terminal.services.next_card import wait_for_next_card

Make = Callable[..., SoftwareCard]
ESTABLISH = "SCardEstablishContext"


@pytest.fixture
def pcsc() -> ScriptedPcsc:
    return ScriptedPcsc(READER, failure=PcscFailure)


def test_waits_for_the_change(pcsc: ScriptedPcsc, virtual_card: Make) -> None:
    """Out with the first, in with the second: only then."""
    pcsc.insert(READER, virtual_card())
    happened = []
    steps = [lambda: pcsc.remove(READER), lambda: pcsc.insert(READER, virtual_card(seed=2))]

    def idle() -> bool:
        steps.pop(0)()
        happened.append(len(steps))
        return True

    pcsc.idle = idle
    wait_for_next_card(pcsc, READER, 60)
    assert happened == [1, 0]


def test_an_empty_reader_takes_any(pcsc: ScriptedPcsc, virtual_card: Make) -> None:
    """The clerk was quick: what comes next is the next."""

    def idle() -> bool:
        if pcsc.calls[ESTABLISH] == 1:
            return False  # the look at what is there now finds nothing, if it waits at all
        pcsc.insert(READER, virtual_card())
        return True

    pcsc.idle = idle
    wait_for_next_card(pcsc, READER, 60)
    assert pcsc.calls[ESTABLISH] == 2


def test_nobody_comes(pcsc: ScriptedPcsc, virtual_card: Make) -> None:
    """The first card left lying is no answer; after the time that is said."""
    pcsc.insert(READER, virtual_card())
    pcsc.idle = lambda: False
    with pytest.raises(NoCard):
        wait_for_next_card(pcsc, READER, 60)
