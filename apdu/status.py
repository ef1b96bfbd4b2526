"""Status words: which there are and what they mean, in both languages.

One table; a status word may mean one thing to every card (ISO/IEC 7816-4 §5.6) and another to
the social security card (reference social-security-card.md §3) or the transit purse
(reference transit-purse.md §3.3). Ask :func:`meaning` with the family.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class SW(IntEnum):
    """Name the status words that code decides on."""

    OK = 0x9000
    MORE_DATA = 0x6100
    END_OF_FILE = 0x6282
    FILE_INVALIDATED = 0x6283
    APPLICATION_LOCKED = 0x6284
    TRIES_LEFT = 0x63C0
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    WRONG_PROTECTION = 0x6900
    COMMAND_NOT_ACCEPTED = 0x6901
    WRONG_FILE_TYPE = 0x6981
    SECURITY_STATUS = 0x6982
    BLOCKED = 0x6983
    REFERENCE_INVALID = 0x6984
    CONDITIONS = 0x6985
    NO_CURRENT_EF = 0x6986
    MAC_MISSING = 0x6987
    WRONG_MAC = 0x6988
    WRONG_DATA = 0x6A80
    NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    NO_SPACE = 0x6A84
    LC_AGAINST_TLV = 0x6A85
    WRONG_P1P2 = 0x6A86
    KEY_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    WRONG_LE = 0x6C00
    UNKNOWN_INS = 0x6D00
    UNKNOWN_CLA = 0x6E00
    UNKNOWN_ERROR = 0x6F00
    NOT_ENOUGH_MONEY_9301 = 0x9301
    WRONG_PURSE_MAC = 0x9302
    APPLICATION_BLOCKED = 0x9303
    NOT_ENOUGH_MONEY = 0x9401
    COUNTER_AT_MAXIMUM = 0x9402
    KEY_INDEX_NOT_FOUND = 0x9403
    PROOF_NOT_AVAILABLE = 0x9406
    COMPOSITE_LOCKED = 0x9407
    GREY_LOCKED = 0x9408


class Family(Enum):
    """Name whose meaning of a status word is asked for."""

    ISO = "ISO/IEC 7816-4"
    SOCIAL_SECURITY = "social security card"
    PURSE = "transit purse"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Say what a status word means; ``mask`` tells which bits of it are fixed."""

    sw: int
    zh: str
    en: str
    mask: int = 0xFFFF


_ISO = (
    Meaning(0x9000, "成功", "success"),
    Meaning(0x6100, "还有数据待取", "more data waiting", 0xFF00),
    Meaning(0x6200, "警告，存储未改变", "warning, nothing changed"),
    Meaning(0x6281, "返回的数据可能有误", "returned data may be corrupted"),
    Meaning(0x6282, "数据少于要求的长度", "end of file before Le bytes"),
    Meaning(0x6283, "所选文件无效", "selected file invalidated"),
    Meaning(0x6284, "文件控制信息格式不对", "file control information not as stated"),
    Meaning(0x6300, "认证失败", "authentication failed"),
    Meaning(0x63C0, "验证失败，还可再试若干次", "verification failed, tries left", 0xFFF0),
    Meaning(0x6400, "执行出错，存储未改变", "execution error, nothing changed"),
    Meaning(0x6581, "存储器写入失败", "memory failure"),
    Meaning(0x6700, "长度错误", "wrong length"),
    Meaning(0x6881, "不支持逻辑通道", "logical channel not supported"),
    Meaning(0x6882, "不支持安全报文", "secure messaging not supported"),
    Meaning(0x6883, "应为命令链的最后一条", "last command of the chain expected"),
    Meaning(0x6884, "不支持命令链", "command chaining not supported"),
    Meaning(0x6900, "命令不允许", "command not allowed"),
    Meaning(0x6981, "命令与文件结构不符", "command does not fit the file structure"),
    Meaning(0x6982, "安全状态不满足", "security status not satisfied"),
    Meaning(0x6983, "认证方法已锁定", "authentication method blocked"),
    Meaning(0x6984, "引用数据无效（未取随机数）", "reference data not usable (no challenge)"),
    Meaning(0x6985, "使用条件不满足", "conditions of use not satisfied"),
    Meaning(0x6986, "没有当前文件", "no current EF"),
    Meaning(0x6987, "缺少安全报文", "secure messaging data objects missing"),
    Meaning(0x6988, "安全报文不正确", "secure messaging data objects incorrect"),
    Meaning(0x6A80, "数据域参数不正确", "incorrect parameters in the data field"),
    Meaning(0x6A81, "功能不支持", "function not supported"),
    Meaning(0x6A82, "文件未找到", "file or application not found"),
    Meaning(0x6A83, "记录未找到", "record not found"),
    Meaning(0x6A84, "文件空间不足", "not enough memory space in the file"),
    Meaning(0x6A85, "Lc 与 TLV 结构不符", "Lc inconsistent with TLV structure"),
    Meaning(0x6A86, "P1 P2 参数不正确", "incorrect P1 P2"),
    Meaning(0x6A87, "Lc 与 P1 P2 不符", "Lc inconsistent with P1 P2"),
    Meaning(0x6A88, "引用的数据（密钥）未找到", "referenced data (key) not found"),
    Meaning(0x6B00, "偏移超出文件", "wrong P1 P2, offset beyond the file"),
    Meaning(0x6C00, "Le 不对，SW2 为正确长度", "wrong Le, SW2 gives the right one", 0xFF00),
    Meaning(0x6D00, "指令不支持", "instruction not supported"),
    Meaning(0x6E00, "指令类别不支持", "class not supported"),
    Meaning(0x6F00, "未知错误", "no precise diagnosis"),
)
_SOCIAL_SECURITY = (
    Meaning(0x6901, "命令此时不被接受", "command not accepted now"),
    Meaning(0x6985, "使用条件不满足", "conditions of use not satisfied"),
    Meaning(0x6A81, "功能不支持，或卡已锁定", "function not supported, or card blocked"),
    Meaning(0x9302, "MAC 错误", "MAC wrong"),
    Meaning(0x9303, "应用已锁定", "application blocked"),
    Meaning(0x9401, "余额不足", "not enough money"),
    Meaning(0x9402, "交易计数器已达最大值", "transaction counter at its maximum"),
    Meaning(0x9403, "密钥索引不支持", "key index not supported"),
    Meaning(0x9406, "所需 MAC 不可用", "requested MAC not available"),
)
_PURSE = (
    Meaning(0x6284, "应用已锁定", "application blocked"),
    Meaning(0x6900, "CLA 与文件保护方式不符", "CLA does not match the file's protection"),
    Meaning(0x6901, "命令不被接受（未先初始化）", "command not accepted, no initialisation before"),
    Meaning(0x6983, "密钥或 PIN 已锁定", "key or PIN locked"),
    Meaning(0x6A81, "功能不支持，或卡已锁定", "function not supported, or card locked"),
    Meaning(0x9301, "余额不足", "not enough money"),
    Meaning(0x9302, "MAC1 或 MAC2 错误", "MAC1 or MAC2 wrong"),
    Meaning(0x9303, "应用已永久锁定", "application permanently locked"),
    Meaning(0x9401, "余额不足", "not enough money"),
    Meaning(0x9402, "交易计数器已达最大值", "transaction counter at its maximum"),
    Meaning(0x9403, "密钥索引或版本未找到", "key index or version not found"),
    Meaning(0x9406, "所需 MAC 不可用", "requested MAC not available"),
    Meaning(0x9407, "复合应用锁定标志已置位", "composite application lock flag set"),
    Meaning(0x9408, "钱包处于灰锁状态", "purse grey-locked"),
)
_TABLES: dict[Family, tuple[Meaning, ...]] = {
    Family.ISO: _ISO,
    Family.SOCIAL_SECURITY: _SOCIAL_SECURITY,
    Family.PURSE: _PURSE,
}


def meaning(sw: int, of: Family = Family.ISO) -> Meaning | None:
    """Look up a status word, first in the family's own table, then in ISO's; None if unknown."""
    tables = (_TABLES[of], _ISO) if of is not Family.ISO else (_ISO,)
    for table in tables:
        for mask in (0xFFFF, 0xFFF0, 0xFF00):
            for each in table:
                if each.mask == mask and each.sw == sw & mask:
                    return each
    return None


def tries_left(sw: int) -> int | None:
    """Read the tries left from 63Cx, None for any other status word."""
    return sw & 0x0F if sw & 0xFFF0 == SW.TRIES_LEFT else None
