"""The commands of the ZT588/ZT598 PIN pads that load keys and prove who may use them.

Reference counter-devices.md §3.2.2 and §3.2.4; where the models differ, §3.2.7. Every ``decode``
raises EncodingError for what does not fit. No repr shows a key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar

from apdu.errors import EncodingError
from apdu.zt598_fields import Fields, Letter, from_hex, opens, to_hex
from apdu.zt598_switches import LengthDigit, PlainKeyDigit, Switches


class KeyType(IntEnum):
    """Say what a key of the DES side may do."""

    IMK = 1
    TMK = 2
    PIN = 3
    MAC = 5
    DATA = 6
    ENCRYPT = 7
    DECRYPT = 8
    OTHER = 9


@dataclass(frozen=True, slots=True)
class LoadPlainKey:
    """Load a DES key in clear: master keys, in a secure room."""

    slot: int
    type: KeyType
    key: bytes = field(repr=False)

    def encode(self, switches: Switches) -> bytes:
        """Write it; the digit after the slot is type or mode 0, as switched."""
        by_type = switches.plain_key_digit is PlainKeyDigit.TYPE
        blocks = _blocks(self.key, switches.plain_key_length)
        head = opens(Letter.LOAD_PLAIN_KEY, self.slot)
        return head + b"%d%d" % (self.type if by_type else 0, blocks) + to_hex(self.key)

    @classmethod
    def decode(cls, body: bytes, switches: Switches) -> LoadPlainKey:
        """Read it; where the digit is a mode, the key is a master key."""
        fields = Fields(body)
        fields.letter(Letter.LOAD_PLAIN_KEY)
        slot, digit, blocks = fields.byte(), fields.number(1), fields.number(1)
        if switches.plain_key_digit is PlainKeyDigit.TYPE:
            kind = _key_type(digit)
        elif digit <= 4:
            kind = KeyType.TMK
        else:
            raise EncodingError(f"there is no mode {digit}")
        return cls(slot, kind, _key(fields, blocks, switches.plain_key_length))


@dataclass(frozen=True, slots=True)
class LoadWrappedKey:
    """Load a DES key encrypted under a master key; without a key, erase the slot."""

    under: int
    slot: int
    type: int
    wrapped: bytes = field(repr=False)

    @classmethod
    def erase(cls, slot: int) -> LoadWrappedKey:
        """Empty a slot."""
        return cls(0, slot, 0, b"")

    def encode(self, switches: Switches) -> bytes:
        """Write it."""
        head = opens(Letter.LOAD_WRAPPED_KEY, self.under, self.slot)
        blocks = _blocks(self.wrapped, switches.wrapped_key_length) if self.wrapped else 0
        return head + b"%d%d" % (self.type, blocks) + to_hex(self.wrapped)

    @classmethod
    def decode(cls, body: bytes, switches: Switches) -> LoadWrappedKey:
        """Read it."""
        fields = Fields(body)
        fields.letter(Letter.LOAD_WRAPPED_KEY)
        under, slot = fields.byte(), fields.byte()
        kind, blocks = fields.number(1), fields.number(1)
        if (under, kind, blocks) == (0, 0, 0):
            fields.end()
            return cls.erase(slot)
        return cls(under, slot, _key_type(kind), _key(fields, blocks, switches.wrapped_key_length))


@dataclass(frozen=True, slots=True)
class Sm4MasterKey:
    """Load an SM4 master key in clear."""

    slot: int
    key: bytes = field(repr=False)

    def encode(self, _switches: Switches) -> bytes:
        """Write it."""
        return opens(Letter.SM4_MASTER_KEY, self.slot) + to_hex(self.key)

    @classmethod
    def decode(cls, body: bytes) -> Sm4MasterKey:
        """Read it."""
        fields = Fields(body)
        fields.letter(Letter.SM4_MASTER_KEY)
        slot, key = fields.byte(), from_hex(fields.take(32))
        fields.end()
        return cls(slot, key)


@dataclass(frozen=True, slots=True)
class Sm4WorkKey:
    """Load an SM4 key encrypted under an SM4 master key."""

    under: int
    slot: int
    wrapped: bytes = field(repr=False)
    SUBCOMMAND: ClassVar = 0x30

    def encode(self, _switches: Switches) -> bytes:
        """Write it."""
        head = opens(Letter.SM4_WORK_KEY, self.SUBCOMMAND, self.under, self.slot)
        return head + to_hex(self.wrapped)

    @classmethod
    def decode(cls, body: bytes) -> Sm4WorkKey:
        """Read it."""
        fields = Fields(body)
        fields.letter(Letter.SM4_WORK_KEY)
        if fields.byte() != cls.SUBCOMMAND:
            raise EncodingError("no loading of an SM4 work key")
        under, slot, wrapped = fields.byte(), fields.byte(), from_hex(fields.take(32))
        fields.end()
        return cls(under, slot, wrapped)


@dataclass(frozen=True, slots=True)
class DeleteSmKey:
    """Delete one SM4 key, or all where no slot is named."""

    slot: int | None = None
    ALL: ClassVar = 0x32
    ONE: ClassVar = 0x33

    def encode(self, _switches: Switches) -> bytes:
        """Write it; the slot's field is there in both forms."""
        which = self.ALL if self.slot is None else self.ONE
        return opens(Letter.DELETE_SM_KEY, which, self.slot or 0)

    @classmethod
    def decode(cls, body: bytes) -> DeleteSmKey:
        """Read it."""
        fields = Fields(body)
        fields.letter(Letter.DELETE_SM_KEY)
        which, slot = fields.byte(), fields.byte()
        fields.end()
        if which not in (cls.ALL, cls.ONE):
            raise EncodingError(f"delete what? {which:02X}")
        return cls(slot if which == cls.ONE else None)


class Proof(IntEnum):
    """Name the steps of authentication that are no slot (§3.2.4)."""

    STORE_UID = 0x80
    ANSWER = 0x90
    ANSWER_IMK = 0x91
    CHALLENGE = 0xA0


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Do a step of authentication: one of Proof, or encrypt the challenge under a slot's key."""

    step: int
    data: bytes = field(repr=False)

    def encode(self, _switches: Switches) -> bytes:
        """Write it."""
        return opens(Letter.AUTHENTICATE, self.step) + to_hex(self.data)

    @classmethod
    def decode(cls, body: bytes) -> Authenticate:
        """Read it."""
        fields = Fields(body)
        fields.letter(Letter.AUTHENTICATE)
        return cls(fields.byte(), from_hex(fields.rest()))


def whole_uid(uid: bytes) -> bytes:
    """Write a UID as the 16 bytes that are sent; twice the same 8 make 3DES single DES."""
    return uid if len(uid) == 16 else uid * 2


def _key_type(digit: int) -> KeyType:
    try:
        return KeyType(digit)
    except ValueError:
        raise EncodingError(f"there is no key type {digit}") from None


def _blocks(key: bytes, digit: LengthDigit) -> int:
    if len(key) not in (8, 16, 24):
        raise EncodingError(f"a DES key has 8, 16 or 24 bytes, this one {len(key)}")
    return len(key) // 8 - 1 + digit.value


def _key(fields: Fields, blocks: int, digit: LengthDigit) -> bytes:
    """Read a key that stands to the end, and hold it against its length digit."""
    key = from_hex(fields.rest())
    if _blocks(key, digit) != blocks:
        raise EncodingError("a key is not as long as its length digit says")
    return key
