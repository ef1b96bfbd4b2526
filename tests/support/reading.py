"""A card in software under our stack, and what was sent to it."""

from __future__ import annotations

from typing import Any

from emulator.card import SoftwareCard
from terminal.cards.protected_files import ProtectedFiles
from terminal.cards.social_security import SocialSecurityCard
from terminal.keys.software import SoftwareKeys, development
from terminal.readers.connection import Metered, Wire
from terminal.readers.t0 import T0Connection


class Reading:
    """A card in software, our stack over it, and what was sent."""

    def __init__(self, card: SoftwareCard, keys: Any = None, **options: Any) -> None:
        self.software = card
        self.wire = Wire()
        self.sent: list[bytes] = []
        metered = Metered(self, self.wire)
        connection = T0Connection(metered) if card.protocol == "T=0" else metered
        self.card = SocialSecurityCard(connection)
        if keys is not None:
            self.card.use(keys, **options)
        self.files = ProtectedFiles(self.card)

    @property
    def atr(self) -> bytes:
        return self.software.atr

    @property
    def protocol(self) -> str:
        return self.software.protocol

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command)
        return self.software.transmit(command)

    def read(self, name: str, **options: Any) -> dict[str, Any]:
        content = self.files.read(self.files.find(name), **options)
        return {each.item.name: each.value for each in content.values if each.item}


class Only(SoftwareKeys):
    """Keys that hold some names only."""

    def __init__(self, *names: str) -> None:
        super().__init__(lambda application, name: _root(name) if name in names else None)


def _root(_: str) -> Any:
    return development()._root_of("SSSE", "IRK")
