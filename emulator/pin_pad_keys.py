"""The keys inside the software PIN pad, and the proof that it may use them.

Reference counter-devices.md §3.2.2 (slots, check values) and §3.2.4 (authentication). DES and SM4
keys have slots of their own. Loading a key again changes nothing, and neither does a step of the
proof: the terminal may not have heard the first reply. That a proof is good for one use is the
stricter of what the two public drivers do.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from apdu import tdes
from apdu.cipher import SM4
from apdu.zt598_keys import KeyType, Proof, whole_uid
from emulator.randomness import Randomness

SM4_CHECK = 8
_CHALLENGE = 16
_ZERO_SLOT = 0x00


class PadError(Exception):
    """Say no to a command, with its error code (§3.2.6)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code:02X}")
        self.code = code


SLOT_EMPTY = 0xE4
WRONG_USE = 0xE5
WRONG_DATA = 0xE9
NOT_AUTHORISED = 0xEC
UID_NOT_SET = 0xFA


@dataclass(frozen=True, slots=True)
class DesKey:
    """Hold a key of the DES side: 8, 16 or 24 bytes."""

    type: KeyType
    value: bytes = field(repr=False)

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt whole blocks, ECB."""
        if len(self.value) < 24:
            return tdes.encrypt(self.value, data)
        first, second, third = (self.value[at : at + 8] for at in (0, 8, 16))
        return tdes.encrypt(third, tdes.decrypt(second, tdes.encrypt(first, data)))

    def decrypt(self, data: bytes) -> bytes:
        """Decrypt whole blocks, ECB."""
        if len(self.value) < 24:
            return tdes.decrypt(self.value, data)
        first, second, third = (self.value[at : at + 8] for at in (0, 8, 16))
        return tdes.decrypt(first, tdes.encrypt(second, tdes.decrypt(third, data)))

    @property
    def check_value(self) -> bytes:
        """Encrypt eight zeros."""
        return self.encrypt(bytes(tdes.BLOCK))


def sm4_check_value(key: bytes) -> bytes:
    """Encrypt sixteen zeros and take the first eight bytes."""
    return SM4.encrypt_blocks(key, bytes(SM4.block))[:SM4_CHECK]


class KeyStore:
    """Hold keys by slot, the UID, and which slot the terminal has proved itself for."""

    def __init__(self, uid: bytes | None, randomness: Randomness) -> None:
        self._uid = uid
        self._randomness = randomness
        self.des = {_ZERO_SLOT: DesKey(KeyType.TMK, bytes(16))}
        self.sm4: dict[int, bytes] = {}
        self.forget_proofs()

    def wipe(self) -> None:
        """Forget all keys, the zero one too, and the UID."""
        self._uid = None
        self.des.clear()
        self.sm4.clear()
        self.forget_proofs()

    def forget_proofs(self) -> None:
        """Want a new proof before the next use of a key."""
        self._challenge: bytes | None = None
        self._asked: int | None = None
        self._proved: int | None = None

    @property
    def has_master(self) -> bool:
        """Tell whether there is a master key besides the zero one."""
        masters = (KeyType.IMK, KeyType.TMK)
        return any(slot and key.type in masters for slot, key in self.des.items())

    def prove(self, step: int, data: bytes) -> bytes:
        """Do a step of the authentication; give what the pad replies."""
        if step == Proof.STORE_UID:
            return self._store_uid(data)
        if self._uid is None:
            raise PadError(UID_NOT_SET)
        if step == Proof.CHALLENGE:
            self._challenge = self._randomness.take(_CHALLENGE)
            self._proved = None
            return self._challenge
        if step in (Proof.ANSWER, Proof.ANSWER_IMK):
            return self._hear(data)
        if data != self._challenge:
            raise PadError(WRONG_DATA)
        self._asked = step
        return self.key(step).encrypt(data)

    def _hear(self, answer: bytes) -> bytes:
        """Hold an answer against our own; reply the answer encrypted once more."""
        if self._uid is None or self._challenge is None or self._asked is None:
            raise PadError(NOT_AUTHORISED)
        uid = whole_uid(self._uid)
        if answer != tdes.encrypt(uid, self.key(self._asked).encrypt(self._challenge)):
            raise PadError(NOT_AUTHORISED)
        self._proved = self._asked
        return tdes.encrypt(uid, answer)

    def _store_uid(self, uid: bytes) -> bytes:
        if len(uid) not in (8, 16):
            raise PadError(WRONG_DATA)
        self._uid = uid
        self.forget_proofs()
        return b""

    def authorise(self, slot: int) -> None:
        """Let a key be used once where the terminal has proved itself for its slot."""
        if self._uid is None:
            return
        if self._proved != slot:
            raise PadError(NOT_AUTHORISED)
        self.forget_proofs()

    def key(self, slot: int, *uses: KeyType) -> DesKey:
        """Give a key of the DES side, for one of the uses."""
        found = self.des.get(slot)
        if found is None:
            raise PadError(SLOT_EMPTY)
        if uses and found.type not in uses:
            raise PadError(WRONG_USE)
        return found

    def sm4_key(self, slot: int) -> bytes:
        """Give an SM4 key."""
        found = self.sm4.get(slot)
        if found is None:
            raise PadError(SLOT_EMPTY)
        return found
