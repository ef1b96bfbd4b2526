"""What a SAM-A module is asked, and what it says of how that went.

Reference counter-devices.md §6.2 and §6.3. Each value stands beside the reference's meaning in both
languages.
"""

from __future__ import annotations

from enum import Enum, IntEnum

from apdu.errors import EncodingError
from apdu.sam_a_frames import HostFrame

SPEEDS = (115200, 57600, 38400, 19200, 9600)
"""Speeds of the line by PARA of command 60; the first is the one at power-on (§6.1)."""
NUMBER_SIZE = 16
"""Bytes of the module's number. How it is written in digits is not public (§8)."""
LEAST_RADIO, MOST_RADIO, USUAL_RADIO = 0x18, 0xFF, 0x58
"""Bytes in a frame of the card's radio."""
_SET_SPEED = 0x60
_SET_RADIO = b"\x61\xff"


class Command(Enum):
    """Name a command by its CMD and PARA; ``found`` is how many bytes follow a status that is good.

    None stands for a number that depends on the document.
    """

    RESET = (b"\x10\xff", 0, "复位", "reset")
    STATE = (b"\x11\xff", 0, "状态", "state")
    NUMBER = (b"\x12\xff", NUMBER_SIZE, "模块号", "number")
    FIND = (b"\x20\x01", 4, "寻卡", "find card")
    SELECT = (b"\x20\x02", 8, "选卡", "select card")
    READ = (b"\x30\x01", 4 + 256 + 1024, "读文字和照片", "read text and photo")
    ADDRESS = (b"\x30\x03", 70, "读最新住址", "read newest address")
    READ_FINGERS = (b"\x30\x10", None, "读文字、照片和指纹", "read text, photo and fingerprints")

    def __init__(self, code: bytes, found: int | None, zh: str, en: str) -> None:
        self.code = code
        self.found = found
        self.zh = zh
        self.en = en

    @property
    def frame(self) -> bytes:
        """Give the whole frame of the command."""
        return HostFrame(self.code).encode()


class Status(IntEnum):
    """Name what SW3 may say, with its meaning."""

    zh: str
    en: str

    DONE = (0x90, "完成", "done")
    FOUND = (0x9F, "找到证件", "card found")
    HOST_CHECK = (0x10, "主机命令校验和错误", "the host's checksum is wrong")
    HOST_LENGTH = (0x11, "主机命令长度错误", "the host's length is wrong")
    BAD_COMMAND = (0x21, "命令或参数错误", "bad command or parameter")
    NO_PRIVILEGE = (0x23, "没有权限", "no privilege")
    UNKNOWN = (0x24, "不明错误", "unknown")
    CARD_REJECTED_READER = (0x31, "证件没有认可阅读器", "the card rejected the reader")
    READER_REJECTED_CARD = (0x32, "阅读器没有认可证件", "the reader rejected the card")
    INFORMATION_CHECK = (0x33, "证件信息验证失败", "the check of its information failed")
    WRONG_CARD = (0x40, "证件类型不对", "wrong type of card")
    READ_FAILED = (0x41, "读证件失败", "the reading failed")
    RANDOM_FAILED = (0x47, "取随机数失败", "the random number failed")
    SELF_TEST_FAILED = (0x60, "自检失败", "the self-test failed")
    UNAUTHORISED = (0x66, "模块未授权", "the module is not authorised")
    NO_CARD = (0x80, "没有找到证件", "no card found")
    SELECT_FAILED = (0x81, "选证件失败", "the selection failed")
    NO_CONTENT = (0x91, "证件中没有这项内容", "the card has no such content")

    def __new__(cls, wire: int, zh: str, en: str) -> Status:
        """Be the value on the wire, with its meaning beside."""
        member = int.__new__(cls, wire)
        member._value_ = wire
        member.zh = zh
        member.en = en
        return member


def status_of(wire: int) -> Status | None:
    """Name a status; None for one that the reference does not know."""
    return Status._value2member_map_.get(wire)  # type: ignore[return-value]


def speed_frame(speed: int) -> bytes:
    """Write the command that sets the line's speed; raises EncodingError for one there is not."""
    if speed not in SPEEDS:
        raise EncodingError(f"a module has no speed of {speed} bit/s")
    return HostFrame(bytes((_SET_SPEED, SPEEDS.index(speed)))).encode()


def speed_asked(code: bytes) -> int | None:
    """Give the speed that a command sets; None where it sets none."""
    if code[0] != _SET_SPEED or code[1] >= len(SPEEDS):
        return None
    return SPEEDS[code[1]]


def radio_frame(size: int) -> bytes:
    """Write the command that sets the most bytes in a frame of the card's radio, 18 to FF."""
    if not LEAST_RADIO <= size <= MOST_RADIO:
        raise EncodingError(f"a frame of the radio has {LEAST_RADIO} to {MOST_RADIO} bytes")
    return HostFrame(_SET_RADIO, bytes((size,))).encode()


def radio_asked(frame: HostFrame) -> int | None:
    """Give the size that a command sets; None where it sets none that may be."""
    if frame.code != _SET_RADIO or len(frame.data) != 1:
        return None
    return frame.data[0] if frame.data[0] >= LEAST_RADIO else None
