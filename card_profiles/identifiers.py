"""Numbers that name a card or a person, and their check characters.

Reference social-security-card.md §6; citizen id: GB 11643-1999.
"""

from __future__ import annotations

from apdu.layout import Layout, Raw
from card_profiles.fields import Cn, HexDigits

RID = bytes.fromhex("D156000005")
"""The ministry's registered application provider, in AIDs and in every card id."""

CARD_ID = Layout(
    "card id", {"region": Cn(3), "provider": Raw(5), "serial": Raw(4), "authentication": Raw(4)}
)
"""卡识别码 (§6.1). The algorithm of the authentication code is not public; it is not checked."""

ORGANISATION = Layout(
    "initialising organisation",
    {
        "prefix": HexDigits(5),
        "region": Cn(3),
        "organisation_region": Cn(3),
        "sequence": HexDigits(1),
    },
)
"""初始化机构编号 (§2.2, tag 04)."""

HISTORICAL = Layout(
    "historical bytes",
    {
        "chip_maker": Raw(2),
        "cos": Raw(3),
        "card_maker": Raw(2),
        "region": HexDigits(2),
        "serial": Raw(4),
    },
)
"""The 13 historical bytes of the ATR (§7); older cards put a city or a date before the serial."""

_CARD_NUMBER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"

CARD_NUMBER_LENGTH = 9
CITIZEN_ID_LENGTH = 18


def card_number_check(body: str) -> str:
    """Compute the check character of a card number from its 8 characters [0-9A-Z] (§6.2).

    Raises ValueError for any other text.
    """
    if len(body) != len(_CARD_NUMBER_WEIGHTS) or not _is_upper_alphanumeric(body):
        raise ValueError("a card number has 8 characters 0-9 A-Z before its check character")
    total = sum(
        int(character, 36) * weight
        for character, weight in zip(body, _CARD_NUMBER_WEIGHTS, strict=True)
    )
    check = 11 - total % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def is_card_number(text: str) -> bool:
    """Tell whether a card number has its form and its check character."""
    body = text[:8]
    return (
        len(text) == CARD_NUMBER_LENGTH
        and _is_upper_alphanumeric(body)
        and text[8] == card_number_check(body)
    )


def citizen_id_check(body: str) -> str:
    """Compute the check character of a citizen id number from its 17 digits (GB 11643).

    Raises ValueError for any other text.
    """
    if len(body) != len(_CITIZEN_WEIGHTS) or not (body.isascii() and body.isdecimal()):
        raise ValueError("a citizen id number has 17 digits before its check character")
    total = sum(int(digit) * weight for digit, weight in zip(body, _CITIZEN_WEIGHTS, strict=True))
    return _CITIZEN_CHECKS[total % 11]


def is_citizen_id(text: str) -> bool:
    """Tell whether a citizen id number has its form and its check character."""
    body = text[:17]
    return (
        len(text) == CITIZEN_ID_LENGTH
        and body.isascii()
        and body.isdecimal()
        and text[17] == citizen_id_check(body)
    )


def _is_upper_alphanumeric(text: str) -> bool:
    return all("0" <= each <= "9" or "A" <= each <= "Z" for each in text)
