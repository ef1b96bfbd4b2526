"""The key service port: keys stay behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from apdu.cipher import Algorithm


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """Hold what a card's keys are derived from: issuing region, historical bytes, algorithm."""

    region: str
    historical: bytes
    algorithm: Algorithm


class KeyService(Protocol):
    """Compute with keys for one counter.

    Keys are named as on the card: application and key, for example ``SSSE`` and ``RKSSSE``.
    Raises KeyMissing where there is none of the name, CardBabbles where the card's identity
    does not derive.
    """

    @property
    def test_keys(self) -> bool:
        """Tell whether the keys are test keys, refused in production mode."""
        ...

    def authentication_data(
        self, card: CardIdentity, application: str, key: str, factor: bytes, original: bytes
    ) -> bytes:
        """Make the 8 bytes that prove a card's key over two challenges (reference §8.3).

        The same for both directions: what the card must answer to INTERNAL AUTHENTICATE, and
        what it wants in EXTERNAL AUTHENTICATE.
        """
        ...
