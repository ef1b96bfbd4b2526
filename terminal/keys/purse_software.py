"""The software load host and purchase SAM: TEST KEYS of a development set, or roots in a token.

For development, and for a cipher machine whose root keys encipher and never leave it: as in
terminal/keys/derivation.py the root makes the first step alone, and what is below it is in memory
for one operation. A counter in production mode refuses the development set.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime

from apdu import purse
from apdu import secure_messaging as sm
from apdu.cipher import FACTOR, MAC, TDES, complement
from apdu.purse import TRIPLE_DES, PurseCipher, TransactionType, moment
from card_profiles import development_keys, transit
from terminal.errors import CardMacWrong, KeyMissing
from terminal.keys.derivation import RootCipher
from terminal.keys.purse import (
    Authorisation,
    OnlineRequest,
    PurchaseProof,
    PurchaseRequest,
    PurseIdentity,
)

RootOf = Callable[[str], RootCipher]
"""Give the cipher of a root key of the transit application by its name; raises KeyMissing."""
Clock = Callable[[], datetime]
"""Tell the time in Beijing."""

CIPHERS: dict[int, PurseCipher] = {0x00: TRIPLE_DES, 0x01: TRIPLE_DES}
"""By the algorithm byte: 00 in the field, 01 on laboratory cards, both 3DES (§4.5)."""
ONLINE_KEYS = {
    TransactionType.PASSBOOK_LOAD: transit.DLK,
    TransactionType.LOAD: transit.DLK,
    TransactionType.UNLOAD: transit.DULK,
}
"""Under which key a host's session is (§3.1)."""


def card_key(root: RootCipher, card: PurseIdentity) -> bytes:
    """Derive a card's key from its root: issuer first, then the card (§4.4)."""
    first, *rest = card.factors
    value = root(first + complement(first))
    for factor in rest:
        value = TDES.diversify(value, factor)
    return value


def _cipher(algorithm: int, name: str) -> PurseCipher:
    try:
        return CIPHERS[algorithm]
    except KeyError:
        # SM4 on a purse is not public: our guess (apdu/purse.py) must not touch a card's money.
        raise KeyMissing(key=f"{transit.TRANSIT.name}/{name} ({algorithm:02X})") from None


class DerivedLoadHost:
    """Answer loads from root keys that encipher blocks, wherever they are."""

    def __init__(
        self,
        root_of: RootOf,
        clock: Clock,
        *,
        test_keys: bool,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._root_of = root_of
        self._clock = clock
        self._close = close
        self.test_keys = test_keys

    def authorise(self, request: OnlineRequest) -> Authorisation:
        """Check MAC1, and only then give MAC2 (LoadHost)."""
        cipher, session = self._session(request)
        covered = purse.online_mac1(
            request.begun.balance, request.amount, request.kind, request.terminal
        )
        if not hmac.compare_digest(cipher.mac(session, covered), request.begun.mac1):
            raise CardMacWrong
        at = moment(self._clock())
        covered = purse.mac_of_amount(request.amount, request.kind, request.terminal, at)
        return Authorisation(at, cipher.mac(session, covered))

    def is_proof(
        self, request: OnlineRequest, authorisation: Authorisation, balance: int, proof: bytes
    ) -> bool:
        """Compare with the TAC or MAC3 that the card must give (LoadHost)."""
        covered = purse.online_proof(
            balance,
            request.begun.counter,
            request.amount,
            request.kind,
            request.terminal,
            authorisation.at,
        )
        if request.kind is TransactionType.UNLOAD:
            cipher, session = self._session(request)
            right = cipher.mac(session, covered)
        else:
            cipher = _cipher(request.begun.algorithm, transit.DTK)
            right = cipher.tac(self._key(transit.DTK, request.card), covered)
        return hmac.compare_digest(right, proof)

    def maintenance_mac(self, card: PurseIdentity, challenge: bytes, header: bytes) -> bytes:
        """Make the MAC under the card's maintenance key (LoadHost)."""
        message = header + bytes((MAC,))
        return sm.mac(self._key(transit.DAMK, card), challenge[:FACTOR], message)

    def close(self) -> None:
        """Let go of where the roots are (LoadHost)."""
        self._close()

    def _key(self, name: str, card: PurseIdentity) -> bytes:
        return card_key(self._root_of(name), card)

    def _session(self, request: OnlineRequest) -> tuple[PurseCipher, bytes]:
        name = ONLINE_KEYS[request.kind]
        cipher = _cipher(request.begun.algorithm, name)
        key = self._key(name, request.card)
        return cipher, cipher.session_key(key, request.begun.random, request.begun.counter)


class DevelopmentSam:
    """Be a purchase SAM in software, for development: TEST KEYS.

    Its sequence number is counted from the time in seconds, so that none comes twice at one
    terminal though nothing is kept.
    """

    test_keys = True

    def __init__(self, root_of: RootOf, clock: Clock, terminal: bytes, key_index: int = 1) -> None:
        self._root_of = root_of
        self._sequence = int(clock().timestamp()) & 0xFFFF_FFFF
        self._awaited: bytes | None = None
        self.terminal = terminal
        self.key_index = key_index

    def begin(self, request: PurchaseRequest) -> tuple[bytes, bytes]:
        """Make MAC1 (PurchaseSam)."""
        cipher = _cipher(request.begun.algorithm, transit.DPK)
        sequence = self._sequence.to_bytes(4, "big")
        session = cipher.session_key(
            card_key(self._root_of(transit.DPK), request.card),
            request.begun.random,
            request.begun.counter,
            purse.session_tail(sequence),
        )
        self._awaited = cipher.mac(session, purse.purchase_mac2(request.amount))
        covered = purse.mac_of_amount(request.amount, request.kind, self.terminal, request.at)
        return sequence, cipher.mac(session, covered)

    def credit(self, mac2: bytes) -> bool:
        """Compare MAC2, and count on (PurchaseSam)."""
        awaited, self._awaited = self._awaited, None
        right = awaited is not None and hmac.compare_digest(awaited, mac2)
        if right:
            self._sequence = (self._sequence + 1) & 0xFFFF_FFFF
        return right

    def is_tac(self, proof: PurchaseProof, tac: bytes) -> bool:
        """Compare the TAC (PurchaseSam)."""
        covered = purse.purchase_proof(
            proof.amount, proof.kind, proof.terminal, proof.sequence, proof.at
        )
        key = card_key(self._root_of(transit.DTK), proof.card)
        return hmac.compare_digest(TRIPLE_DES.tac(key, covered), tac)

    def close(self) -> None:
        """Hold nothing open (PurchaseSam)."""


def development_roots(name: str = "uniform") -> RootOf:
    """Give the roots of a development set: TEST KEYS."""
    set_of = development_keys.SETS[name]

    def root_of(key: str) -> RootCipher:
        root = set_of(transit.TRANSIT.name, key)
        return lambda blocks: TDES.encrypt_blocks(root, blocks)

    return root_of
