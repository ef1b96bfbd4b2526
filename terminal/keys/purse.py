"""The purse's key ports: who answers a load, and who answers a purchase.

The load key is never at a counter (reference transit-purse.md §6.5): a host or a cipher machine
checks the card's MAC1 and gives MAC2. A purchase is the outlet's SAM card's business (§6.1). Both
know a card by its diversification factors and see nothing of its holder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from apdu.purse import OfflineBegun, OnlineBegun, TransactionType


@dataclass(frozen=True, slots=True)
class PurseIdentity:
    """Hold what a purse's keys are derived from: issuer id and the end of the serial, 8 bytes each.

    In this order of derivation; SAM commands list them the other way round (§4.4).
    """

    issuer: bytes
    serial: bytes

    @property
    def factors(self) -> tuple[bytes, bytes]:
        """Give the factors from the root downwards."""
        return self.issuer, self.serial


@dataclass(frozen=True, slots=True)
class OnlineRequest:
    """Hold what a load or unload asks a host for; amounts in fen."""

    card: PurseIdentity
    kind: TransactionType
    amount: int
    terminal: bytes
    begun: OnlineBegun


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Hold a host's consent: its time (7 bytes BCD, Beijing) and MAC2 over it."""

    at: bytes
    mac2: bytes


@dataclass(frozen=True, slots=True)
class PurchaseRequest:
    """Hold what a purchase asks a SAM for; ``at`` is the counter's time, 7 bytes BCD."""

    card: PurseIdentity
    kind: TransactionType
    amount: int
    begun: OfflineBegun
    at: bytes


@dataclass(frozen=True, slots=True)
class PurchaseProof:
    """Hold what the TAC of a purchase covers (§3.1), all four bytes of the sequence number."""

    card: PurseIdentity
    kind: TransactionType
    amount: int
    terminal: bytes
    sequence: bytes
    at: bytes


class LoadHost(Protocol):
    """Answer loads and unloads, and prove to the card what is the issuer's to do.

    Raises CardMacWrong where the card's MAC1 is not that of its key, KeyMissing, and ProofError
    leaves for what is wrong with the place the keys live in.
    """

    @property
    def test_keys(self) -> bool:
        """Tell whether the keys are test keys, refused in production mode."""
        ...

    def authorise(self, request: OnlineRequest) -> Authorisation:
        """Check MAC1, and only then give MAC2."""
        ...

    def is_proof(
        self, request: OnlineRequest, authorisation: Authorisation, balance: int, proof: bytes
    ) -> bool:
        """Tell whether a card's last word is right: TAC of a load, MAC3 of an unload.

        ``balance`` is the one after it, in fen.
        """
        ...

    def maintenance_mac(self, card: PurseIdentity, challenge: bytes, header: bytes) -> bytes:
        """Make the MAC of APPLICATION BLOCK or UNBLOCK (§3.4); ``header`` is CLA INS P1 P2."""
        ...

    def close(self) -> None:
        """Let go of a line or token; may be called twice and never raises."""
        ...


class PurchaseSam(Protocol):
    """Make purchases with the outlet's SAM.

    Raises KeyMissing, and SamMissing, SamReplaced, SamRefused.
    """

    @property
    def test_keys(self) -> bool:
        """Tell whether the keys are test keys, refused in production mode."""
        ...

    @property
    def terminal(self) -> bytes:
        """Give the terminal's number, 6 bytes: the one in every MAC."""
        ...

    @property
    def key_index(self) -> int:
        """Give the index of the purchase key that the card is asked for (§3.4)."""
        ...

    def begin(self, request: PurchaseRequest) -> tuple[bytes, bytes]:
        """Give the terminal sequence number (4 bytes) and MAC1."""
        ...

    def credit(self, mac2: bytes) -> bool:
        """Check the card's MAC2 of the purchase begun last; a good one advances the sequence."""
        ...

    def is_tac(self, proof: PurchaseProof, tac: bytes) -> bool:
        """Tell whether a TAC is the card's."""
        ...

    def close(self) -> None:
        """Let go of the SAM; may be called twice and never raises."""
        ...
