"""The keys in a SAM, and what it computes with the one derived last.

Reference social-security-card.md §8.2 to §8.4 (the ministry's keys make session keys) and
transit-purse.md §4.3, §6.2, §6.3 (the purse's are used as derived). A derived key is in volatile
memory only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from apdu import secure_messaging, tdes
from apdu.cipher import FACTOR, MAC, SM4, TDES, Family
from apdu.declare import Refused
from apdu.sam_commands import Crypt, CryptStep, KeyType
from apdu.status import SW
from emulator.memory import Memory

ENCRYPTS = frozenset(
    {
        KeyType.PIN_UNBLOCK,
        KeyType.USER_MAINTENANCE,
        KeyType.ENCRYPT,
        KeyType.MAC_AND_ENCRYPT,
    }
)
MAKES_MACS = frozenset(
    {
        KeyType.PIN_UNBLOCK,
        KeyType.PIN_RELOAD,
        KeyType.USER_MAINTENANCE,
        KeyType.MAC,
        KeyType.MAC_AND_ENCRYPT,
    }
)
"""What types of keys may do under CRYPT; a purchase key there would make MAC1 for anybody."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """Hold a key in the SAM: levels still to be derived below it, and its value."""

    levels: int
    value: bytes

    def encode(self) -> bytes:
        """Write it for a memory cell."""
        return bytes((self.levels,)) + self.value

    def derived(self, family: Family, factors: Sequence[bytes]) -> bytes:
        """Derive a card's key by factors from the root downwards; raises Refused (6A80).

        A count that does not fit where this key stands is how a SAM says so (§8.2).
        """
        if len(factors) != self.levels:
            raise Refused(SW.WRONG_DATA, f"this key is {self.levels} levels above the card")
        value = self.value
        for factor in factors:
            value = family.diversify(value, factor)
        return value


def key_cell(owner: str, kind: KeyType, number: int) -> str:
    """Name the cell of a key by owner, type, and id or version."""
    return f"{owner}.key.{kind:02X}.{number:02X}"


def stored_key(memory: Memory, owner: str, kind: KeyType, number: int) -> StoredKey | None:
    """Read a key; None where the SAM has none such."""
    cell = memory.read(key_cell(owner, kind, number))
    return None if cell is None else StoredKey(cell[0], cell[1:])


def demand_factors(body: bytes, levels: int, more: int = 0) -> None:
    """Demand as many factors as the usage announces; raises Refused (6700)."""
    if len(body) != levels * FACTOR + more:
        raise Refused(SW.WRONG_LENGTH, f"{levels} factors of {FACTOR} bytes are announced")


class Engine(ABC):
    """Compute on whole blocks with one derived key."""

    block: int

    @abstractmethod
    def encrypt(self, data: bytes) -> bytes:
        """Encipher blocks, ECB."""

    @abstractmethod
    def chain(self, data: bytes, initial: bytes) -> bytes:
        """Chain blocks, CBC; the last one."""

    @abstractmethod
    def finish(self, last: bytes) -> bytes:
        """Make the MAC of the last block."""


class _Des(Engine):
    """Compute with a key of 8 bytes (DES) or 16 (3DES, retail MAC)."""

    block = tdes.BLOCK

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encrypt(self, data: bytes) -> bytes:
        return tdes.encrypt(self._key, data)

    def chain(self, data: bytes, initial: bytes) -> bytes:
        return secure_messaging.chain(self._key, data, initial)

    def finish(self, last: bytes) -> bytes:
        return secure_messaging.finish(self._key, last)


class _Sm4(Engine):
    """Compute with an SM4 session key; MACs are folded to four bytes (§8.3)."""

    block = 16

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encrypt(self, data: bytes) -> bytes:
        return SM4.encrypt_blocks(self._key, data)

    def chain(self, data: bytes, initial: bytes) -> bytes:
        last = initial
        for at in range(0, len(data), self.block):
            last = self.encrypt(_xor(last, data[at : at + self.block]))
        return last

    def finish(self, last: bytes) -> bytes:
        half = _xor(last[:FACTOR], last[FACTOR:])
        return _xor(half[:MAC], half[MAC:])


def engine(family: Family, session: bytes) -> Engine:
    """Give what computes with a derived key of a family, in the DES family of 8 or 16 bytes."""
    return _Des(session) if family is TDES else _Sm4(session)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


class Session:
    """Hold a derived key with what its type allows, and a MAC that is being made in parts."""

    def __init__(self, kind: KeyType, computing: Engine) -> None:
        self._kind = kind
        self._engine = computing
        self._last: bytes | None = None
        """The last chained block of a MAC begun and not ended."""

    def crypt(self, asked: Crypt) -> bytes:
        """Carry out CRYPT and give its answer; raises Refused (6700, 6985)."""
        if not asked.content or len(asked.content) % self._engine.block:
            raise Refused(SW.WRONG_LENGTH, "CRYPT takes whole blocks")
        if asked.step in {CryptStep.ENCRYPT, CryptStep.ENCRYPT_MORE}:
            self._allow(ENCRYPTS)
            return self._engine.encrypt(asked.content)
        self._allow(MAKES_MACS)
        return self._mac(asked.step, asked.content)

    def _allow(self, kinds: frozenset[KeyType]) -> None:
        if self._kind not in kinds:
            raise Refused(SW.CONDITIONS, f"a key of type {self._kind:02X} is not for this")

    def _mac(self, step: CryptStep, data: bytes) -> bytes:
        begins = step in {CryptStep.MAC_ONLY, CryptStep.MAC_FIRST}
        size = self._engine.block
        initial = data[:size] if begins else self._last
        if initial is None:
            raise Refused(SW.CONDITIONS, "no MAC was begun")
        blocks = data[size:] if begins else data
        if not blocks:
            raise Refused(SW.WRONG_LENGTH, "an initial vector is no message")
        last = self._engine.chain(blocks, initial)
        if step in {CryptStep.MAC_ONLY, CryptStep.MAC_LAST}:
            self._last = None
            return self._engine.finish(last)
        self._last = last
        return b""
