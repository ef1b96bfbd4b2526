"""Life and health 生命与健康 (DF05).

Reference social-security-card.md §1.1, §2.4. V2.0 gives it a label and no AID. Its items are A0
to BC; only two of them are public, the others are left out.
"""

from __future__ import annotations

from card_profiles.fields import An, Cn
from card_profiles.model import (
    FREE,
    Application,
    ElementaryFile,
    Item,
    Key,
    KeyUse,
    Structure,
    proof,
    vector,
)

FID = 0xDF05

# Project-defined ids, in the manner of DF01 to DF04: those of DF05 are not public.
STK, UK1 = range(0x82, 0x84)

KEYS = (
    Key(STK, "STKDF05", KeyUse.MAINTENANCE, tries=None),
    Key(UK1, "UK1DF05", KeyUse.UPDATE),
)

HEALTH_FILE = ElementaryFile(
    0xEF05,
    "health",
    "健康信息",
    Structure.RECORDS,
    read=FREE,
    write=proof(UK1),
    items=(
        Item(
            0xA2,
            "blood_group",
            "ABO血型",
            An(4),
            (vector("4142 00*2", "AB"), vector("00*4", None)),
        ),
        Item(0xA9, "rhesus_factor", "Rh血型", Cn(1), (vector("01", "01"), vector("FF", None))),
    ),
)

HEALTH = Application(
    "DF05",
    "生命与健康",
    FID,
    aid=None,
    files=(HEALTH_FILE,),
    keys=KEYS,
    label="生命与健康信息区",
)
