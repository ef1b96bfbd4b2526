"""Personnel and talent 人事与人才 (DF07), since V2.0; laid out and not in use.

Reference social-security-card.md §1.1, §2.4. Of files and items it gives id, type and length,
and no name: they are called by their ids.
"""

from __future__ import annotations

from card_profiles.fields import An, Cn
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
from card_profiles.social_security import application_aid

FID = 0xDF07

# Project-defined ids, in the manner of DF01 to DF04: those of DF07 are not public.
STK, RK1, RK2, RK3, UK1, UK2, UK3 = range(0x82, 0x89)

KEYS = (
    Key(STK, "STKDF07", KeyUse.MAINTENANCE, tries=None),
    Key(RK1, "RK1DF07", KeyUse.READ),
    Key(RK2, "RK2DF07", KeyUse.READ),
    Key(RK3, "RK3DF07", KeyUse.READ),
    Key(UK1, "UK1DF07", KeyUse.UPDATE),
    Key(UK2, "UK2DF07", KeyUse.UPDATE),
    Key(UK3, "UK3DF07", KeyUse.UPDATE),
)

EF05 = ElementaryFile(
    0xEF05,
    "ef05",
    "",
    Structure.RECORDS,
    read=proof(RK1),
    write=proof(UK1),
    items=(
        unnamed(0xF0, An(2), vector("3031", "01")),
        unnamed(0xF1, An(1), vector("32", "2")),
        unnamed(0xF2, Cn(4), vector("20150901", "20150901")),
        unnamed(0xF3, An(3), vector("303033", "003")),
        unnamed(0xF4, Cn(4), vector("20150902", "20150902")),
    ),
    dormant=True,
)

EF06 = ElementaryFile(
    0xEF06,
    "ef06",
    "",
    Structure.RECORDS,
    read=proof(RK2),
    write=proof(UK2),
    items=(
        unnamed(0xF5, An(3), vector("303034", "004")),
        unnamed(0xF6, Cn(4), vector("FF*4", None), vector("20150903", "20150903")),
        unnamed(0xF7, An(0x46), vector("D1F9C0FDD1A7D4BA 00*62", "样例学院")),
    ),
    dormant=True,
)

EF07 = ElementaryFile(
    0xEF07,
    "ef07",
    "",
    Structure.RECORDS,
    read=proof(RK3),
    write=proof(UK3),
    items=(
        unnamed(0xF8, Cn(4), vector("20150904", "20150904")),
        unnamed(0xF9, An(1), vector("35", "5")),
    ),
    dormant=True,
)

PERSONNEL = Application(
    "DF07",
    "人事与人才",
    FID,
    application_aid(0x04),
    files=(EF05, EF06, EF07),
    keys=KEYS,
    label="人事与人才",
)
