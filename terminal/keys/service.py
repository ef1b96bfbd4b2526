"""The key service port: keys stay behind it (docs/decisions/0006).

Callers ask for a result and never for a key. Four implementations stand behind it: a file
(software.py), a SAM card (sam.py), a PKCS#11 token (token.py), a remote host (host.py); all
pass one contract (tests/terminal/keys/test_contract.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from apdu.cipher import Algorithm
from terminal.service_pin import ServicePin


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """Hold what a card's keys are derived from: issuing region, historical bytes, algorithm.

    ``card_id`` (16 bytes) names the card to a remote host; empty where it could not be read.
    """

    region: str
    historical: bytes
    algorithm: Algorithm
    card_id: bytes = b""


@dataclass(frozen=True, slots=True)
class CardKey:
    """Name a key as on the card: its application's and its own name, ``SSSE`` and ``RKSSSE``."""

    application: str
    name: str

    def __str__(self) -> str:
        return f"{self.application}/{self.name}"


class KeyService(Protocol):
    """Compute with keys for one counter.

    ``factor`` is always the challenge (4 or 8 bytes) that the card gave last, from which both
    sides make the session key (reference social-security-card.md §8.3).
    Raises ProofError leaves: KeyMissing where there is none of the name, and what is wrong with
    the place the keys live in; CardBabbles where the card's identity does not derive.
    """

    @property
    def test_keys(self) -> bool:
        """Tell whether the keys are test keys, refused in production mode."""
        ...

    def holds(self, card: CardIdentity, key: CardKey) -> bool:
        """Tell whether there is a key of this name for this card, without using it."""
        ...

    def version(self, key: CardKey) -> int | None:
        """Give the key version to name to the card, None for the one it takes by itself (§8.1)."""
        ...

    def authentication_data(
        self, card: CardIdentity, key: CardKey, factor: bytes, original: bytes
    ) -> bytes:
        """Make the 8 bytes that prove a card's key over two challenges (§8.3).

        The same for both directions: what the card must answer to INTERNAL AUTHENTICATE, and
        what it wants in EXTERNAL AUTHENTICATE.
        """
        ...

    def mac(self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes) -> bytes:
        """Make the 4-byte MAC of a command without data: PIN unblock, application and card block.

        ``header`` is CLA INS P1 P2; Lc = 04 is added, for it counts the MAC (§8.3).
        """
        ...

    def reload_pin(
        self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes, pin: ServicePin
    ) -> bytes:
        """Make the data of PIN RELOAD: the new PIN enciphered, and the MAC over it (§3, §8.3).

        12 bytes in the DES family, 20 in SM4's. Does not wipe the PIN.
        """
        ...

    def close(self) -> None:
        """Let go of card, token or line; may be called twice and never raises."""
        ...
