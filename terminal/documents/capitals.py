"""Amounts of money in Chinese capitals 大写, as receipts and vouchers want them.

Payment and Settlement Measures 《支付结算办法》, annex 1, 正确填写票据和结算凭证的基本规定.
"""

from __future__ import annotations

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
_GROUP = 10_000
MOST_FEN = 100 * 10**12 - 1
"""999,999,999,999.99 yuan: more than that no counter handles."""


def in_capitals(fen: int) -> str:
    """Write fen in Chinese capitals, 人民币 before them; raises ValueError outside 0 to MOST_FEN.

    整 stands where there are no fen; a 零 stands for zeros between digits.
    """
    if not 0 <= fen <= MOST_FEN:
        raise ValueError(f"{fen} fen")
    yuan, rest = divmod(fen, 100)
    jiao, cent = divmod(rest, 10)
    said = f"{_whole(yuan)}元" if yuan or not rest else ""
    if not rest:
        return f"人民币{said}整"
    if jiao:
        # A round yuan before jiao takes a 零 of its own: 1,680.32 is 壹仟陆佰捌拾元零叁角贰分.
        said += ("零" if yuan and yuan % 10 == 0 else "") + f"{_DIGITS[jiao]}角"
    elif yuan:
        said += "零"
    return f"人民币{said}{_DIGITS[cent]}分" if cent else f"人民币{said}整"


def _whole(number: int) -> str:
    if number == 0:
        return _DIGITS[0]
    said, zero = "", False
    for place in range(len(_GROUPS) - 1, -1, -1):
        group = number // _GROUP**place % _GROUP
        if group == 0:
            zero = bool(said)
            continue
        if said and (zero or group < _GROUP // 10):
            said += _DIGITS[0]
        said += _group(group) + _GROUPS[place]
        zero = False
    return said


def _group(group: int) -> str:
    said, zero = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit == 0:
            zero = bool(said)
            continue
        said += (_DIGITS[0] if zero else "") + _DIGITS[digit] + _UNITS[place]
        zero = False
    return said
