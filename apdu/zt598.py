"""The commands of the SZZT ZT588/ZT598 PIN pads for entering a PIN, and what its keys send.

Reference counter-devices.md §3.2.2 to §3.2.5, each declared once for both sides. Beside this stand
the frames (zt598_frames), the switches of §3.2.7 (zt598_switches), the commands for keys
(zt598_keys) and the replies (zt598_replies). Every ``decode`` raises EncodingError for what does
not fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from apdu.errors import EncodingError
from apdu.zt598_fields import Fields, Letter, from_hex, opens
from apdu.zt598_switches import GetBlock, Limits, StartEntry, Switches

ASK_INFO = bytes((Letter.INFO,))
ASK_STATUS = bytes((Letter.STATUS,))
ASK_INSTALLED = bytes((Letter.INSTALLED, 0x30))


class KeyByte(IntEnum):
    """Name the keys that are no digit (§3.2.5), and the pad's own bytes among them."""

    NOTHING = 0x00
    BLANK = 0x07
    CLEAR = 0x08
    ENTER = 0x0D
    CANCEL = 0x1B
    DOUBLE_ZERO = 0x22
    DOUBLE_ZERO_TOO = 0x23
    MASK = 0x2A
    DOT = 0x2E
    F1 = 0x41
    F2 = 0x42
    F3 = 0x43
    F4 = 0x44
    F5 = 0x45
    F6 = 0x46
    F7 = 0x47
    F8 = 0x48
    HELD = 0x80
    """A key held too long, or the pad's own time-out."""
    MASK_TOO = 0xFF


DIGITS = frozenset(b"0123456789")
MASKS = frozenset({KeyByte.MASK, KeyByte.MASK_TOO})
DOUBLE_ZEROS = frozenset({KeyByte.DOUBLE_ZERO, KeyByte.DOUBLE_ZERO_TOO})


class BlockFormat(IntEnum):
    """Name the pad's PIN block formats."""

    ISO_0 = 0x20
    ISO_1 = 0x21
    ISO_2 = 0x22
    ISO_3 = 0x23
    IBM3624 = 0x30
    ASCII = 0x40


class ClearKey(IntEnum):
    """Say what the CLEAR key does."""

    BACKSPACE = 1
    ALL = 2


class Setting(Enum):
    """Name what control sets; the value is the parameter on the wire."""

    ACT = b"0"
    SECONDS = b"2"
    MASK_OR_FILL = b"3"
    LEAST = b"4"
    MOST = b"5"
    LINE = b"6"
    BEEP = b"8"
    HOLD = b"A1"
    CLEAR = b"B2"
    SM4_REPEAT = b"D3"


class Act(IntEnum):
    """Name what the pad does at once (setting ``0``)."""

    RESET = 0x30
    WIPE = 0x31
    CLOSE_INPUT = 0x32
    OPEN_PLAIN = 0x33
    SOUND_OFF = 0x34
    SOUND_ON = 0x35
    BEEP = 0x3D


class LineHex(IntEnum):
    """Name the forms of hex on the line (setting ``6``); other values would change its speed."""

    NIBBLE = 0x30
    ASCII = 0x37


@dataclass(frozen=True, slots=True)
class Control:
    """Set something, or have something done."""

    setting: Setting
    value: int

    @classmethod
    def limit(cls, setting: Setting, digits: int, switches: Switches) -> Control:
        """Set the least or most digits of an entry; 12 is ``0C`` or ``12``, as switched."""
        decimal = switches.limits is Limits.DECIMAL
        return cls(setting, digits // 10 << 4 | digits % 10 if decimal else digits)

    def digits(self, switches: Switches) -> int:
        """Give the count that a limit's value stands for."""
        if switches.limits is Limits.BYTE:
            return self.value
        return (self.value >> 4) * 10 + (self.value & 0xF)

    def encode(self, _switches: Switches) -> bytes:
        """Write it: two hex digits, one after a parameter of two."""
        parameter = self.setting.value
        form = b"%X" if len(parameter) == 2 else b"%02X"
        return bytes((Letter.CONTROL,)) + parameter + form % self.value

    @classmethod
    def decode(cls, body: bytes) -> Control:
        """Read it."""
        fields = Fields(body)
        fields.letter(Letter.CONTROL)
        parameter = fields.take(1)
        if parameter.isalpha():
            parameter += fields.take(1)
        try:
            setting = Setting(parameter)
        except ValueError:
            raise EncodingError("control has no such parameter") from None
        value = from_hex(fields.take(2) if len(parameter) == 1 else b"0" + fields.take(1))[0]
        fields.end()
        return cls(setting, value)


@dataclass(frozen=True, slots=True)
class StartCipherEntry:
    """Begin an entry that leaves the pad only as a PIN block, in either form (§3.2.7).

    Without the account ``clear`` says what the CLEAR key does; with it slot, format, the most
    digits and the account are given up front.
    """

    clear: ClearKey = ClearKey.ALL
    slot: int = 0
    format: BlockFormat = BlockFormat.ISO_0
    most: int = 0
    account: bytes = b""

    def encode(self, switches: Switches) -> bytes:
        """Write it."""
        if switches.start_entry is StartEntry.WITHOUT_ACCOUNT:
            return b"%c0001%d" % (Letter.START_ENTRY, self.clear)
        head = opens(Letter.START_ENTRY, self.slot)
        return head + b"%c0%02d%b" % (self.format, self.most, self.account)

    @classmethod
    def decode(cls, body: bytes, switches: Switches) -> StartCipherEntry:
        """Read it."""
        fields = Fields(body)
        fields.letter(Letter.START_ENTRY)
        if switches.start_entry is StartEntry.WITHOUT_ACCOUNT:
            if fields.take(4) != b"0001":
                raise EncodingError("no start of a cipher entry")
            clear = fields.number(1)
            fields.end()
            if clear not in list(ClearKey):
                raise EncodingError(f"CLEAR does not do {clear}")
            return cls(ClearKey(clear))
        slot, form = fields.byte(), _block_format(fields)
        fields.take(1)  # a hint for the pad's display, which this family has none of
        most, account = fields.number(2), fields.account()
        fields.end()
        return cls(ClearKey.ALL, slot, form, most, account)


@dataclass(frozen=True, slots=True)
class GetPinBlock:
    """Ask for the PIN block of the DES side, in either form (§3.2.7)."""

    slot: int = 0
    format: BlockFormat = BlockFormat.ISO_0
    account: bytes = b""

    def encode(self, switches: Switches) -> bytes:
        """Write it."""
        if switches.get_block is GetBlock.ALONE:
            return bytes((Letter.GET_BLOCK,))
        return opens(Letter.GET_BLOCK, self.slot) + b"%c%b" % (self.format, self.account)

    @classmethod
    def decode(cls, body: bytes, switches: Switches) -> GetPinBlock:
        """Read it; alone it says nothing, and the account is empty."""
        fields = Fields(body)
        fields.letter(Letter.GET_BLOCK)
        if switches.get_block is GetBlock.ALONE:
            fields.end()
            return cls()
        slot, form, account = fields.byte(), _block_format(fields), fields.account()
        fields.end()
        return cls(slot, form, account)


@dataclass(frozen=True, slots=True)
class GetSm4Block:
    """Ask for the PIN block under an SM4 key."""

    slot: int
    account: bytes

    def encode(self, _switches: Switches) -> bytes:
        """Write it."""
        return opens(Letter.SM4_BLOCK, self.slot) + b"0" + self.account

    @classmethod
    def decode(cls, body: bytes) -> GetSm4Block:
        """Read it."""
        fields = Fields(body)
        fields.letter(Letter.SM4_BLOCK)
        slot = fields.byte()
        if fields.take(1) != b"0":
            raise EncodingError("no SM4 PIN block")
        account = fields.account()
        fields.end()
        return cls(slot, account)


def _block_format(fields: Fields) -> BlockFormat:
    byte = fields.take(1)[0]
    try:
        return BlockFormat(byte)
    except ValueError:
        raise EncodingError(f"there is no block format {byte:02X}") from None
