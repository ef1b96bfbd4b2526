"""From a root key to a result: the derivation that key services with root keys share.

A root is only asked to encipher blocks, never shown: it may be bytes in memory or a key inside a
token. Reference social-security-card.md §8.2 (levels), §8.3 (session key, proofs, MAC).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from apdu.cipher import (
    MAC,
    card_factor,
    city_factor,
    complement,
    family,
    province_factor,
)
from card_profiles import social_security as ssse
from terminal.errors import CardBabbles
from terminal.keys.service import CardIdentity, CardKey
from terminal.service_pin import ServicePin

LEVELS = ("national", "province", "city", "card")
"""Where root keys may stand; the levels below are derived (§8.2)."""

RootCipher = Callable[[bytes], bytes]
"""Encipher whole blocks under a root key, ECB."""


def factors_below(level: str, card: CardIdentity) -> tuple[bytes, ...]:
    """Give the diversification factors from a level down to the card's own key.

    Raises CardBabbles where the card's identity gives none.
    """
    makers: tuple[Callable[[], bytes], ...] = (
        lambda: province_factor(card.region),
        lambda: city_factor(card.region),
        lambda: card_factor(card.historical),
    )
    try:
        return tuple(make() for make in makers[LEVELS.index(level) :])
    except ValueError as error:
        raise CardBabbles(detail=str(error)) from error


def session_key(root: RootCipher, level: str, card: CardIdentity, factor: bytes) -> bytes:
    """Make the session key for a challenge of 4 or 8 bytes; raises CardBabbles.

    The root makes the first step alone, so that it can stay where it is. In both families
    a child is the root's cipher over factor ‖ ~factor, a session key the one over factor ‖ 00….
    """
    cipher = family(card.algorithm)
    factors = factors_below(level, card)
    if not factors:
        return root(factor.ljust(cipher.block, b"\0"))
    value = root(factors[0] + complement(factors[0]))
    for each in factors[1:]:
        value = cipher.diversify(value, each)
    return cipher.session_key(value, factor)


class DerivingKeys(ABC):
    """Be the half of a key service that is the same wherever its root keys are."""

    @property
    @abstractmethod
    def level(self) -> str:
        """Tell at which of LEVELS the root keys stand."""

    @abstractmethod
    def root_cipher(self, card: CardIdentity, key: CardKey) -> RootCipher:
        """Give the root's cipher in the card's family; raises KeyMissing."""

    def version(self, key: CardKey) -> int | None:  # noqa: ARG002  the card's own choice
        """Name no version (KeyService)."""
        return None

    def authentication_data(
        self, card: CardIdentity, key: CardKey, factor: bytes, original: bytes
    ) -> bytes:
        """Make authentication data (KeyService)."""
        session = self._session_key(card, key, factor)
        return family(card.algorithm).authentication_data(session, original)

    def mac(self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes) -> bytes:
        """Make the MAC of a command without data (KeyService)."""
        session = self._session_key(card, key, factor)
        return family(card.algorithm).mac(session, header + bytes((MAC,)))

    def reload_pin(
        self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes, pin: ServicePin
    ) -> bytes:
        """Encipher a new PIN and make the MAC over it (KeyService)."""
        cipher = family(card.algorithm)
        session = self._session_key(card, key, factor)
        coded = pin.coded(ssse.ENVIRONMENT)
        try:
            enciphered = cipher.encrypt(session, bytes(coded))
        finally:
            coded[:] = bytes(len(coded))
        length = bytes((len(enciphered) + MAC,))
        return enciphered + cipher.mac(session, header + length + enciphered)

    def _session_key(self, card: CardIdentity, key: CardKey, factor: bytes) -> bytes:
        return session_key(self.root_cipher(card, key), self.level, card, factor)
