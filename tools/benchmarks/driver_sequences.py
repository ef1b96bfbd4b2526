"""What the usual drivers send to read card and holder (reference social-security-card.md §4).

A step is a line: a TPDU in hex. ``-> R1`` names the answer's data, a name later in a TPDU stands
for it. ``C`` is the authentication data that a cipher machine makes of factor R4 and original R3.
"""

from __future__ import annotations

from dataclasses import dataclass

_ENVIRONMENT = """
00A404000F 7378312E73682EC9E7BBE1B1A3D5CF
"""
_CARD = """
00A4020002 EF05
00B2010412
00B2030406
00B207040B
"""
_PIN = """
0020000003 123456
"""
_HOLDER = """
00A4020002 EF06
00B2080014
00B2020420
00B20A0003
00B20B0003
00B20C0005
00B20D0006
00B24E0016
"""
_WHOLE_FILES = """
00A4020002 EF05
00B2010540
00A4020002 EF06
00B201055B
"""
_CARD_BY_TAG = """
00A4020002 EF05
00B2010012
00B2030006
00B207000B
"""
_MUTUAL_AUTHENTICATION = """
0084000008 -> R1
0084000008 -> R2
0088000010 R2 R1
0084000008 -> R3
0084000008 -> R4
0082000A10 C R3
"""
_HOLDER_BY_TAG = """
00A4020002 EF06
00B2080014
00B2090020
00B24E0016
00B20A0003
00B20B0003
00B20C0005
00B20D0006
"""


@dataclass(frozen=True, slots=True)
class Driver:
    """Hold one driver's way; ``profile`` names the card it is for."""

    name: str
    profile: str
    what: str
    text: str

    @property
    def steps(self) -> list[str]:
        """Give the steps, one TPDU each."""
        return [line for line in self.text.splitlines() if line]


def _without_length(text: str) -> str:
    """Ask for every record with Le 00, and rely on 6Cxx for its length."""
    return "\n".join(
        line[:8] + "00" if line.startswith("00B2") else line for line in text.splitlines()
    )


DRIVERS = (
    Driver(
        "one_by_one",
        "gen2",
        "three records of the card, seven of the holder (§4.1)",
        _ENVIRONMENT + _CARD + _HOLDER,
    ),
    Driver(
        "one_by_one_with_pin",
        "gen2",
        "the same with the PIN asked between, as small readers do (§4.1)",
        _ENVIRONMENT + _CARD + _PIN + _HOLDER,
    ),
    Driver(
        "one_by_one_le_00",
        "gen2",
        "each record asked with Le 00, and again with what 6Cxx names (§3)",
        _without_length(_ENVIRONMENT + _CARD + _HOLDER),
    ),
    Driver(
        "whole_files",
        "gen2",
        "both files selected, and all their records at once (§4.1, short cut)",
        _ENVIRONMENT + _WHOLE_FILES,
    ),
    Driver(
        "mutual",
        "gen3",
        "three records of the card, authentication both ways, seven of the holder (§4.2)",
        _ENVIRONMENT + _CARD_BY_TAG + _ENVIRONMENT + _MUTUAL_AUTHENTICATION + _HOLDER_BY_TAG,
    ),
)
