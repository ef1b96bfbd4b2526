"""Relief and special care 救助与优抚 (DF06).

Reference social-security-card.md §1.1, §2.4. V2.0 gives it a label and no AID.
"""

from __future__ import annotations

from card_profiles.fields import An, Binary
from card_profiles.model import (
    Application,
    ElementaryFile,
    Key,
    KeyUse,
    Structure,
    proof,
    unnamed,
    vector,
)

FID = 0xDF06

# Project-defined ids, in the manner of DF01 to DF04: those of DF06 are not public.
STK, RK1, UK1 = range(0x82, 0x85)

KEYS = (
    Key(STK, "STKDF06", KeyUse.MAINTENANCE, tries=None),
    Key(RK1, "RK1DF06", KeyUse.READ),
    Key(UK1, "UK1DF06", KeyUse.UPDATE),
)

# C3 to C5 are B-TLV whose inner tags are not public: their bytes stand for themselves.
_GROUP_SIZE = 0x1A

EF05 = ElementaryFile(
    0xEF05,
    "ef05",
    "",
    Structure.RECORDS,
    read=proof(RK1),
    write=proof(UK1),
    items=(
        unnamed(0xC0, An(0x46), vector("B2E2CAD4B5A5CEBB 00*62", "测试单位")),
        unnamed(0xC2, An(9), vector("303030303030303058", "00000000X")),
        unnamed(0xC3, Binary(_GROUP_SIZE), vector("01 00*25", b"\x01" + bytes(25))),
        unnamed(0xC4, Binary(_GROUP_SIZE), vector("00*26", None)),
        unnamed(0xC5, Binary(_GROUP_SIZE), vector("FF*26", None, one_way=True)),
    ),
)

RELIEF = Application(
    "DF06",
    "救助与优抚",
    FID,
    aid=None,
    files=(EF05,),
    keys=KEYS,
    label="救助与优抚信息区",
)
