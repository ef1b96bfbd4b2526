"""Cards behind the terminal's layers, in process."""

from collections.abc import Callable

import pytest

from emulator.card import InsertedCard
from terminal.cards.social_security import CardReading, SocialSecurityCard
from terminal.keys.service import KeyService
from terminal.keys.software import development
from terminal.readers.connection import CardConnection, Metered, Wire
from terminal.readers.t0 import AnswerRules, T0Connection


class Held:
    """A card held at the terminal's connection, with what crossed the wire."""

    def __init__(self, card: InsertedCard) -> None:
        self.wire = Wire()
        card.power_on()
        metered = Metered(card, self.wire)  # type: ignore[arg-type]  # has a protocol, too
        rules = T0Connection if metered.protocol == "T=0" else AnswerRules
        self.connection: CardConnection = rules(metered)

    def read(self, keys: KeyService | None = None, **more: bool) -> CardReading:
        return SocialSecurityCard(self.connection).read(keys or development(), **more)


@pytest.fixture
def held() -> Callable[[InsertedCard], Held]:
    """Hold a card at the terminal."""
    return Held
