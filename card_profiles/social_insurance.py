"""Social insurance 1 社会保险1 (DF03): pension, unemployment, injury, maternity.

Reference social-security-card.md §1.1, §2.4, §8.1. Of files and items it gives id, type and
length, and no name: they are called by their ids.
"""

from __future__ import annotations

from card_profiles.fields import An, Cn, Group
from card_profiles.model import (
    BY_PIN,
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

FID = 0xDF03

STK, LK, RK1, RK2, UK1, UK2, UK3, UK4, UK5, UK6, UK7, UK8 = range(0x82, 0x8E)

KEYS = (
    Key(STK, "STKDF03", KeyUse.MAINTENANCE, tries=None),
    # The reference gives LK an id and no meaning; no file is opened by it.
    Key(LK, "LKDF03", KeyUse.MAINTENANCE, tries=None),
    Key(RK1, "RK1DF03", KeyUse.READ),
    Key(RK2, "RK2DF03", KeyUse.READ),
    Key(UK1, "UK1DF03", KeyUse.UPDATE),
    Key(UK2, "UK2DF03", KeyUse.UPDATE),
    Key(UK3, "UK3DF03", KeyUse.UPDATE),
    Key(UK4, "UK4DF03", KeyUse.UPDATE),
    Key(UK5, "UK5DF03", KeyUse.UPDATE),
    Key(UK6, "UK6DF03", KeyUse.UPDATE),
    Key(UK7, "UK7DF03", KeyUse.UPDATE),
    Key(UK8, "UK8DF03", KeyUse.UPDATE),
)

READ = BY_PIN | proof(RK1)

EF05 = ElementaryFile(
    0xEF05,
    "ef05",
    "",
    Structure.RECORDS,
    read=BY_PIN | proof(RK2),
    write=proof(UK1),
    items=(
        unnamed(0x61, Cn(3), vector("110000", "110000")),
        # Only one of DF02 and DF03 holds item 60 on a card.
        unnamed(0x60, Cn(4), vector("20210302", "20210302"), vector("FF*4", None)),
        unnamed(0x98, Cn(4), vector("12345678", "12345678")),
        unnamed(0x62, Cn(4), vector("1234567F", "1234567")),
        unnamed(0x63, An(3), vector("303031", "001")),
        unnamed(0x64, An(3), vector("303032", "002")),
        unnamed(0x65, An(3), vector("313000", "10")),
        unnamed(0x66, An(3), vector("000000", None)),
    ),
)

EF06 = ElementaryFile(
    0xEF06,
    "ef06",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK2),
    items=(
        unnamed(0x45, An(0x14), vector("4131 00*18", "A1")),
        unnamed(0x46, An(2), vector("3031", "01")),
        unnamed(0x47, An(2), vector("3900", "9")),
        unnamed(0x48, An(1), vector("31", "1")),
        unnamed(0x49, An(1), vector("00", None)),
        unnamed(0x67, Cn(4), vector("20180709", "20180709")),
        unnamed(0x6B, An(0x3C), vector("B2E2CAD4 00*56", "测试")),
        unnamed(
            0x4A,
            Group(
                {
                    "item_13": (0x13, An(2)),
                    "item_14": (0x14, An(1)),
                    "item_15": (0x15, An(0x14)),
                    "item_16": (0x16, Cn(4)),
                    "item_17": (0x17, An(0x3C)),
                }
            ),
            vector(
                "1302 3031 1401 32 1514 4232 00*18 1604 20190531 173C D1F9C0FD 00*56",
                {
                    "item_13": "01",
                    "item_14": "2",
                    "item_15": "B2",
                    "item_16": "20190531",
                    "item_17": "样例",
                },
            ),
            count=3,
        ),
    ),
)

EF07 = ElementaryFile(
    0xEF07,
    "ef07",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK3),
    items=(
        unnamed(0x70, An(3), vector("303030", "000")),
        unnamed(0x71, Cn(3), vector("320200", "320200")),
        unnamed(0x6E, Cn(4), vector("20250101", "20250101")),
        unnamed(0x6C, Cn(4), vector("00000000", "00000000")),
        unnamed(0x6F, Cn(4), vector("99999999", "99999999")),
        unnamed(0x73, Cn(4), vector("FF*4", None)),
    ),
)

EF15 = ElementaryFile(
    0xEF15,
    "ef15",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK4),
    items=(
        unnamed(0x7A, Cn(3), vector("012345", "012345")),
        unnamed(0x7B, Cn(4), vector("20110630", "20110630")),
        unnamed(0x7C, Cn(4), vector("20110701", "20110701")),
    ),
)

EF16 = ElementaryFile(
    0xEF16,
    "ef16",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK5),
    items=(
        unnamed(0x51, Cn(3), vector("510100", "510100")),
        unnamed(0x5F, An(1), vector("33", "3")),
    ),
)

EF17 = ElementaryFile(
    0xEF17,
    "ef17",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK6),
    items=(
        unnamed(0x3B, An(0x14), vector("4333 00*18", "C3")),
        unnamed(0x3C, An(0x46), vector("D1F9C0FD 00*66", "样例")),
        unnamed(0x3D, An(1), vector("34", "4")),
        unnamed(0x3E, Cn(4), vector("20170831", "20170831")),
        unnamed(0x3F, An(0x3C), vector("B2E2CAD4 00*56", "测试")),
    ),
)

EF18 = ElementaryFile(
    0xEF18,
    "ef18",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK7),
    items=(
        unnamed(0x74, An(3), vector("303037", "007")),
        unnamed(0x75, Cn(3), vector("430000", "430000")),
        unnamed(0x76, Cn(1), vector("07", "07"), vector("7F", "7")),
        unnamed(0x77, Cn(4), vector("20160229", "20160229")),
        unnamed(0x78, Cn(4), vector("20160301", "20160301")),
    ),
)

EF19 = ElementaryFile(
    0xEF19,
    "ef19",
    "",
    Structure.FIXED,
    read=READ,
    write=proof(UK8),
    items=(
        unnamed(
            0x79,
            Group(
                {
                    "item_18": (0x18, An(3)),
                    "item_19": (0x19, Cn(3)),
                    "item_1a": (0x1A, Cn(4)),
                    "item_1b": (0x1B, Cn(4)),
                    "item_1c": (0x1C, Cn(4)),
                    "item_1d": (0x1D, An(3)),
                    "item_1e": (0x1E, Cn(4)),
                }
            ),
            vector(
                "1803 303038 1903 110000 1A04 20200101 1B04 20200102 1C04 20200103"
                " 1D03 303039 1E04 FFFFFFFF",
                {
                    "item_18": "008",
                    "item_19": "110000",
                    "item_1a": "20200101",
                    "item_1b": "20200102",
                    "item_1c": "20200103",
                    "item_1d": "009",
                    "item_1e": None,
                },
            ),
            count=4,
        ),
    ),
)

SOCIAL_INSURANCE = Application(
    "DF03",
    "社会保险1",
    FID,
    application_aid(0x02),
    files=(EF05, EF06, EF07, EF15, EF16, EF17, EF18, EF19),
    keys=KEYS,
    label="社会保险1",
)
