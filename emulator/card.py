"""A software card: what a reader meets, with power and an answer to reset."""

from __future__ import annotations

from typing import Literal, Protocol

from apdu.atr import contact_atr, contactless_atr
from card_profiles.development_keys import RootOf, uniform
from card_profiles.model import Profile
from emulator.card_os import CardOs, Habits
from emulator.facts import CardFacts
from emulator.memory import Memory
from emulator.personalise import ATR_CELL, personalise
from emulator.randomness import Randomness
from emulator.transmission import T0, T1

Interface = Literal["contact", "contactless"]


class Removed(Exception):
    """Say that the card left the reader in the middle of a command."""


class InsertedCard(Protocol):
    """Be what an attachment puts into a reader: ours, a hostile one, a replayed one.

    ``transmit`` may raise Removed: the card is pulled and gives no answer.
    """

    @property
    def atr(self) -> bytes:
        """Give the answer to reset."""
        ...

    def power_on(self) -> None:
        """Begin a session: cold reset."""
        ...

    def power_off(self) -> None:
        """End the session."""
        ...

    def reset(self) -> None:
        """Begin a session anew without taking the power away: warm reset."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Answer a command as it crosses the wire."""
        ...


class SoftwareCard:
    """A card of a profile, on its contact or its contactless side."""

    def __init__(
        self,
        profile: Profile,
        memory: Memory,
        *,
        interface: Interface = "contact",
        randomness: Randomness | None = None,
        habits: Habits | None = None,
    ) -> None:
        if interface == "contactless" and not profile.contactless:
            raise ValueError(f"a {profile.name} card has no contactless side")
        self.profile = profile
        self.memory = memory
        self.interface: Interface = interface
        self.os = CardOs(profile, memory, randomness, habits)
        self._wire: T0 | T1 = T0(self.os) if interface == "contact" else T1(self.os)

    @classmethod
    def new(
        cls,
        profile: Profile,
        facts: CardFacts,
        *,
        root_of: RootOf = uniform,
        interface: Interface = "contact",
        randomness: Randomness | None = None,
        habits: Habits | None = None,
    ) -> SoftwareCard:
        """Make a card for somebody; raises LayoutError where a fact does not fit."""
        purse = None if habits is None else habits.purse
        memory = Memory(personalise(profile, facts, root_of, purse))
        return cls(profile, memory, interface=interface, randomness=randomness, habits=habits)

    @property
    def atr(self) -> bytes:
        """Give the answer to reset, for contactless the one that PC/SC builds."""
        historical = self.memory.read(ATR_CELL) or b""
        build = contact_atr if self.interface == "contact" else contactless_atr
        return build(historical)

    @property
    def protocol(self) -> str:
        """Name the protocol: ``T=0`` or ``T=1``."""
        return self._wire.name

    def power_on(self) -> None:
        """Begin a session: cold reset."""
        self.reset()

    def power_off(self) -> None:
        """End the session; what was proved is forgotten, and nothing is written any more."""
        self._wire.reset()
        self.os.forget()

    def reset(self) -> None:
        """Begin a session anew: warm reset, the same to this card."""
        self._wire.reset()
        self.os.reset()

    def transmit(self, command: bytes) -> bytes:
        """Answer a command as it crosses the wire; raises PowerCut where memory does."""
        return self._wire.transmit(command)
