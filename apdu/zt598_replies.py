"""What the ZT588/ZT598 PIN pads reply: check values, PIN blocks, the info text, errors.

Reference counter-devices.md §3.2.2, §3.2.3 and §3.2.6. Every ``decode`` raises EncodingError for
what does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag

from apdu.errors import EncodingError
from apdu.zt598_fields import Fields, from_hex, to_hex
from apdu.zt598_switches import SPEEDS, CheckValue

FIRST_ERROR = 0xD0
"""Replies below it say yes (§3.2.1)."""
TAMPERED = frozenset({0xDD, 0xFF})
BATTERY_LOW = 0xE0
ENTRY_TIMEOUT = 0xEE
LEAST_CHECK, MOST_CHECK = 4, 8
LEAST_HEX_CHECK, MOST_HEX_CHECK = 3, 16


def encode_check_value(check: bytes, form: CheckValue) -> bytes:
    """Write a key check value as a pad of this form does; hex where either will do."""
    return check if form is CheckValue.RAW else to_hex(check)


def decode_check_value(data: bytes, form: CheckValue) -> bytes:
    """Read a key check value: 4 to 8 bytes, or hex of 3 to 16; of either form hex goes first.

    As many as the pad gives are compared (§3.2.2); three are what most people write down.
    """
    if form is not CheckValue.RAW:
        try:
            check = from_hex(data)
        except EncodingError:
            if form is CheckValue.HEX:
                raise
        else:
            if LEAST_HEX_CHECK <= len(check) <= MOST_HEX_CHECK:
                return check
    if form is CheckValue.HEX or not LEAST_CHECK <= len(data) <= MOST_CHECK:
        raise EncodingError(f"a check value of {len(data)} characters")
    return data


@dataclass(frozen=True, slots=True)
class BlockReply:
    """Hold an encrypted PIN block and how many digits are in it."""

    length: int
    block: bytes

    def encode(self) -> bytes:
        """Write what follows the reply's code: two digits of kind, two of length, hex."""
        return b"00%02d" % self.length + to_hex(self.block)

    @classmethod
    def decode(cls, data: bytes) -> BlockReply:
        """Read it."""
        fields = Fields(data)
        fields.take(2)
        return cls(fields.number(2), from_hex(fields.rest()))


class InfoFlag(Flag):
    """Name the flags of the info reply's first settings byte."""

    NO_IMK = 0x01
    INPUT_OPEN = 0x02
    SOUND = 0x04


_FIRST_SPEED_CODE = 0x30
_TEXT, _KEYS, _SETTINGS = 50, 24, 10


@dataclass(frozen=True, slots=True)
class Info:
    """Hold the info reply (§3.2.3); texts without the spaces that fill their cells.

    ``settings`` are ten bytes: flags, one unknown, seconds, mask, least, most, speed, hex form,
    beep in 10 ms, one unknown. One of the two public drivers takes date and serial for one number.
    """

    user_text: str
    key_codes: bytes
    settings: bytes
    function: str
    model: str
    hardware: str
    firmware: str
    date: str
    serial: str

    @property
    def flags(self) -> InfoFlag:
        """Give the flags that are known."""
        return InfoFlag(self.settings[0] & 0x07)

    @property
    def speed(self) -> int | None:
        """Give the line's speed, None for a code that is not known."""
        index = self.settings[6] - _FIRST_SPEED_CODE
        return SPEEDS[index] if 0 <= index < len(SPEEDS) else None

    def encode(self) -> bytes:
        """Write the 146 characters that follow the reply's code."""
        if (len(self.key_codes), len(self.settings)) != (_KEYS, _SETTINGS):
            raise EncodingError("an info reply has 24 key codes and 10 bytes of settings")
        return b"".join(
            (
                _cell(self.user_text, _TEXT),
                to_hex(self.key_codes),
                to_hex(self.settings),
                _cell(self.function, 8),
                _cell(self.model, 6),
                _cell(self.hardware, 3),
                _cell(self.firmware, 3),
                _cell(self.date, 4),
                _cell(self.serial, 4),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> Info:
        """Read it."""
        fields = Fields(data)

        def text(size: int) -> str:
            return fields.take(size).decode("ascii", "replace").strip(" \0")

        info = cls(
            text(_TEXT),
            from_hex(fields.take(2 * _KEYS)),
            from_hex(fields.take(2 * _SETTINGS)),
            *(text(size) for size in (8, 6, 3, 3, 4, 4)),
        )
        fields.end()
        return info


def speed_code(speed: int) -> int:
    """Give the code of a speed in the info reply."""
    return _FIRST_SPEED_CODE + SPEEDS.index(speed)


def _cell(text: str, size: int) -> bytes:
    return text.encode("ascii", "replace")[:size].ljust(size)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Say what an error code means, in both languages."""

    zh: str
    en: str


_UNKNOWN = Meaning("原因不明", "for a reason unknown")
_MEANINGS = {
    0xD0: Meaning("SM2 加密失败", "SM2 encryption failed"),
    0xD1: Meaning("SM2 解密失败", "SM2 decryption failed"),
    0xD2: Meaning("SM2 签名失败", "SM2 signing failed"),
    0xD3: Meaning("SM2 验签失败", "SM2 signature not verified"),
    0xD4: Meaning("SM2 密钥交换失败", "SM2 key exchange failed"),
    0xD5: Meaning("SM2 密钥交换验证失败", "SM2 key exchange not verified"),
    0xD6: Meaning("安全芯片异常", "trouble with its security chip"),
    0xD7: Meaning("安全芯片异常", "trouble with its security chip"),
    0xD8: Meaning("SM4 密钥不对", "bad SM4 key"),
    0xDA: Meaning("RSA 未初始化", "RSA is not initialised"),
    0xDB: Meaning("RSA 已初始化", "RSA is initialised already"),
    0xDC: Meaning("命令的 MAC 不对", "the command's MAC is wrong"),
    0xDD: Meaning("键盘曾被拆动", "it was opened"),
    0xDE: Meaning("安全芯片异常", "trouble with its security chip"),
    0xE0: Meaning("电池电量低", "its battery is low"),
    0xE1: Meaning("没有 IMK", "there is no IMK"),
    0xE2: Meaning("没有主密钥", "there is no master key (TMK)"),
    0xE3: Meaning("密钥长度不对", "wrong key length"),
    0xE4: Meaning("该位置没有密钥", "the key slot is empty"),
    0xE5: Meaning("没有这种用途的密钥", "no such key, or a key of another use"),
    0xE6: Meaning("密钥奇偶校验不对", "wrong key parity"),
    0xE7: Meaning("密钥校验值不符", "the key check value differs"),
    0xE8: Meaning("命令长度不对", "wrong command length"),
    0xE9: Meaning("命令数据非法", "illegal data"),
    0xEA: Meaning("缺少代码", "a code is missing"),
    0xEB: Meaning("参数不对", "wrong parameter"),
    0xEC: Meaning("未授权", "not authorised"),
    0xED: Meaning("授权已锁定", "authorisation is locked"),
    0xEE: Meaning("输入超时", "the entry timed out"),
    0xEF: Meaning("一般错误（例如没有输入）", "general error, for one that nothing was entered"),
    0xF1: Meaning("RSA 数据不对", "wrong RSA data"),
    0xF2: Meaning("RSA 数据不对", "wrong RSA data"),
    0xF3: Meaning("RSA 数据不对", "wrong RSA data"),
    0xF4: Meaning("RSA 数据不对", "wrong RSA data"),
    0xF5: Meaning("RSA 数据不对", "wrong RSA data"),
    0xF6: Meaning("RSA 数据不对", "wrong RSA data"),
    0xF7: Meaning("RSA 数据不对", "wrong RSA data"),
    0xF8: Meaning("输入方式不对", "wrong input mode"),
    0xF9: Meaning("口令不对", "wrong password"),
    0xFA: Meaning("未设置 UID", "no UID is set"),
    0xFB: Meaning("命令已锁定", "the command is locked"),
    0xFC: Meaning("口令长度不对", "wrong password length"),
    0xFD: Meaning("RSA 读取失败", "RSA could not be read"),
    0xFE: Meaning("外部存储器异常", "trouble with its external memory"),
    0xFF: Meaning("防拆开关断开", "its removal switch is open"),
}


def meaning(code: int) -> Meaning:
    """Say what an error code means (§3.2.6)."""
    return _MEANINGS.get(code, _UNKNOWN)
