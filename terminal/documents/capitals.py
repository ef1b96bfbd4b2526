"""Amounts of money in Chinese capitals 大写, as receipts and vouchers want them.

Payment and Settlement Measures 《支付结算办法》, annex 1 正确填写票据和结算凭证的基本规定, one to
four. Where the rule leaves a choice, this is the form of its own examples that is named first.
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

    整 stands after 元 only (two), one 零 for zeros between digits (four).
    """
    if not 0 <= fen <= MOST_FEN:
        raise ValueError("no amount that is written in capitals")
    yuan, rest = divmod(fen, 100)
    jiao, cent = divmod(rest, 10)
    said = f"{_whole(yuan)}元" if yuan or not rest else ""
    if not rest:
        return f"人民币{said}整"
    if yuan and (yuan % 10 == 0 or not jiao):
        # 1,680.32 is 壹仟陆佰捌拾元零叁角贰分 (four, 3), 325.04 叁佰贰拾伍元零肆分 (four, 4).
        said += _DIGITS[0]
    if jiao:
        said += f"{_DIGITS[jiao]}角"
    return f"人民币{said}{_DIGITS[cent]}分" if cent else f"人民币{said}"


def _whole(number: int) -> str:
    """Write a whole number; groups of four digits have 万 and 亿 behind them."""
    if number == 0:
        return _DIGITS[0]
    said, skipped = "", False
    for place in range(len(_GROUPS) - 1, -1, -1):
        group = number // _GROUP**place % _GROUP
        if group == 0:
            skipped = bool(said)
            continue
        if said and (skipped or group < _GROUP // 10):
            said += _DIGITS[0]
        said += _group(group) + _GROUPS[place]
        skipped = False
    return said


def _group(group: int) -> str:
    """Write one to four digits, the first of them no 零."""
    said, skipped = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit == 0:
            skipped = bool(said)
            continue
        said += (_DIGITS[0] if skipped else "") + _DIGITS[digit] + _UNITS[place]
        skipped = False
    return said
