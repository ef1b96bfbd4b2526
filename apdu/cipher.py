"""The cipher families of the social security card: 3DES and SM4.

One class a family, the same verbs: diversify a key, make a session key, authentication
data, MAC, encryption. Rules: reference social-security-card.md §8.2 and §8.3, whose vectors
are in tests/apdu/test_cipher.py. SSF33 is not published; a card that names it is served by
SM4 in its place, and only the emulator can be such a card (§10, project-defined).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4 as _SM4

from apdu import tdes

FACTOR = 8
"""Bytes of a diversification factor, a challenge and a process factor."""
RESULT = 8
"""Bytes of authentication data, in every family."""
MAC = 4
"""Bytes of a MAC, in every family."""
KEY = 16
"""Bytes of a key on the card, in every family."""


class Algorithm(Enum):
    """Name the card's algorithm; the value is that of tag 86 in its FCI."""

    TDES = 0x01
    SSF33 = 0x02
    SM4 = 0x03

    @property
    def label(self) -> str:
        """Give the name used in our output."""
        return {1: "3des", 2: "ssf33", 3: "sm4"}[self.value]


def complement(data: bytes) -> bytes:
    """Invert every bit."""
    return bytes(byte ^ 0xFF for byte in data)


def pad_always(data: bytes, block: int) -> bytes:
    """Pad with 80 00… to whole blocks, a whole block more where it is aligned already."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def pad_if_needed(data: bytes, block: int) -> bytes:
    """Pad with 80 00… to whole blocks, nothing where it is aligned already."""
    return data if len(data) % block == 0 else pad_always(data, block)


class Family(ABC):
    """Compute what card and terminal have to agree on, in one cipher family."""

    block: int

    @abstractmethod
    def diversify(self, parent: bytes, factor: bytes) -> bytes:
        """Derive a child key (16 bytes) from its parent by an 8-byte factor (§8.2)."""

    @abstractmethod
    def session_key(self, key: bytes, factor: bytes) -> bytes:
        """Make the session key from a card key by a process factor of 4 or 8 bytes (§8.3)."""

    @abstractmethod
    def authentication_data(self, session: bytes, original: bytes) -> bytes:
        """Make the 8 bytes that prove the session key over 8 original bytes (§8.3)."""

    @abstractmethod
    def mac(self, session: bytes, message: bytes) -> bytes:
        """Make the 4-byte MAC over CLA INS P1 P2 Lc ‖ data; Lc counts the MAC (§8.3)."""

    @abstractmethod
    def encrypt_blocks(self, session: bytes, data: bytes) -> bytes:
        """Encrypt whole blocks, ECB."""

    @abstractmethod
    def decrypt_blocks(self, session: bytes, data: bytes) -> bytes:
        """Decrypt whole blocks, ECB."""

    def encrypt(self, session: bytes, data: bytes) -> bytes:
        """Encrypt command data: length byte ‖ data, padded only if not full, ECB (§8.3)."""
        return self.encrypt_blocks(session, pad_if_needed(bytes((len(data),)) + data, self.block))

    def decrypt(self, session: bytes, data: bytes) -> bytes:
        """Undo :meth:`encrypt`; raises ValueError where the length byte does not fit."""
        plain = self.decrypt_blocks(session, data)
        size = plain[0]
        if size >= len(plain) or pad_if_needed(plain[: 1 + size], self.block) != plain:
            raise ValueError("decrypted data has no valid length and padding")
        return plain[1 : 1 + size]


class _TripleDes(Family):
    block = tdes.BLOCK

    def diversify(self, parent: bytes, factor: bytes) -> bytes:
        return tdes.encrypt(parent, factor + complement(factor))

    def session_key(self, key: bytes, factor: bytes) -> bytes:
        return tdes.encrypt(key, factor.ljust(FACTOR, b"\0"))

    def authentication_data(self, session: bytes, original: bytes) -> bytes:
        return tdes.encrypt(session, original)

    def mac(self, session: bytes, message: bytes) -> bytes:
        return tdes.encrypt_cbc(session, pad_always(message, self.block))[-self.block :][:MAC]

    def encrypt_blocks(self, session: bytes, data: bytes) -> bytes:
        return tdes.encrypt(session, data)

    def decrypt_blocks(self, session: bytes, data: bytes) -> bytes:
        return tdes.decrypt(session, data)


class _Sm4(Family):
    block = 16

    def diversify(self, parent: bytes, factor: bytes) -> bytes:
        return self.encrypt_blocks(parent, factor + complement(factor))

    def session_key(self, key: bytes, factor: bytes) -> bytes:
        return self.encrypt_blocks(key, factor.ljust(self.block, b"\0"))

    def authentication_data(self, session: bytes, original: bytes) -> bytes:
        whole = self.encrypt_blocks(session, original.ljust(self.block, b"\0"))
        return bytes(a ^ b for a, b in zip(whole[:RESULT], whole[RESULT:], strict=True))

    def mac(self, session: bytes, message: bytes) -> bytes:
        worker = Cipher(_SM4(session), modes.CBC(bytes(self.block))).encryptor()
        last = worker.update(pad_always(message, self.block))[-self.block :]
        words = (int.from_bytes(last[at : at + MAC], "big") for at in range(0, self.block, MAC))
        folded = 0
        for word in words:
            folded ^= word
        return folded.to_bytes(MAC, "big")

    def encrypt_blocks(self, session: bytes, data: bytes) -> bytes:
        worker = Cipher(_SM4(session), modes.ECB()).encryptor()  # noqa: S305  the standard's mode
        return worker.update(data) + worker.finalize()

    def decrypt_blocks(self, session: bytes, data: bytes) -> bytes:
        worker = Cipher(_SM4(session), modes.ECB()).decryptor()  # noqa: S305  the standard's mode
        return worker.update(data) + worker.finalize()


TDES: Family = _TripleDes()
SM4: Family = _Sm4()

_FAMILIES = {Algorithm.TDES: TDES, Algorithm.SSF33: SM4, Algorithm.SM4: SM4}


def family(algorithm: Algorithm) -> Family:
    """Give the family that serves an algorithm; SSF33 by its SM4 substitute (see above)."""
    return _FAMILIES[algorithm]


# --- Diversification levels (§8.2) ---------------------------------------------------------

_ZHEJIANG = "33"


def province_factor(region: str) -> bytes:
    """Make the level-1 factor from a six-digit region, Beijing: ``3131303030307368``."""
    return f"{region[:2]}0000sh".encode("ascii")


def city_factor(region: str) -> bytes:
    """Make the level-2 factor from a six-digit region; Zhejiang keys by four digits."""
    if region.startswith(_ZHEJIANG):
        return f"{region[:4]}00sx".encode("ascii")
    return f"{region[:6]}sx".encode("ascii")


def card_factor(historical: bytes) -> bytes:
    """Take the level-3 factor: the last 8 of the ATR's historical bytes.

    Raises ValueError where there are fewer.
    """
    if len(historical) < FACTOR:
        raise ValueError(f"{len(historical)} historical bytes; the card factor needs {FACTOR}")
    return historical[-FACTOR:]
