"""One card after another in the same reader: wait until the first was changed for the next."""

from __future__ import annotations

from terminal.errors import NoCard
from terminal.readers.port import Pcsc
from terminal.readers.survey import wait_for_card


def wait_for_next_card(pcsc: Pcsc, reader: str, seconds: float) -> None:
    """Wait until the card there was taken out and one put in, the same or another.

    An empty reader waits for any. Raises NoCard when the time is over.
    """
    seen = wait_for_card(pcsc, reader, 0)
    if wait_for_card(pcsc, reader, seconds, seen=seen) is None:
        raise NoCard
