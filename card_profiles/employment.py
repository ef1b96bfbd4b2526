"""Employment and unemployment 就业与失业 (DF02).

Reference social-security-card.md §1.1, §2.4, §8.1. Of most files and items it gives id, type and
length, and no name: they are called by their ids. A cyclic file's records have the very length
of their columns, so they are no TLV.
"""

from __future__ import annotations

from card_profiles.fields import An, Cn, Columns, Group
from card_profiles.model import (
    BY_PIN,
    Application,
    ElementaryFile,
    Item,
    Key,
    KeyUse,
    Structure,
    proof,
    unnamed,
    vector,
)
from card_profiles.social_security import application_aid

FID = 0xDF02

STK, UK1, UK2, UK3, UK4, UK5, RK1, UK6 = range(0x82, 0x8A)

KEYS = (
    Key(STK, "STKDF02", KeyUse.MAINTENANCE, tries=None),
    Key(UK1, "UK1DF02", KeyUse.UPDATE),
    Key(UK2, "UK2DF02", KeyUse.UPDATE),
    Key(UK3, "UK3DF02", KeyUse.UPDATE),
    Key(UK4, "UK4DF02", KeyUse.UPDATE),
    Key(UK5, "UK5DF02", KeyUse.UPDATE),
    Key(RK1, "RK1DF02", KeyUse.READ),
    Key(UK6, "UK6DF02", KeyUse.UPDATE),
)

READ = BY_PIN | proof(RK1)

EF05 = ElementaryFile(
    0xEF05,
    "ef05",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK1),
    items=(
        unnamed(0x42, An(3), vector("303031", "001")),
        unnamed(0x41, An(3), vector("303100", "01")),
        unnamed(
            0x43,
            Group(
                {
                    "item_5a": (0x5A, An(0x07)),
                    "item_5b": (0x5B, An(1)),
                    "item_5c": (0x5C, An(0x46)),
                    "item_5d": (0x5D, Cn(4)),
                    "item_5e": (0x5E, An(0x10)),
                }
            ),
            vector(
                "5A07 31*7 5B01 31 5C46 B2E2CAD4 00*66 5D04 20200630 5E10 41423132 00*12",
                {
                    "item_5a": "1111111",
                    "item_5b": "1",
                    "item_5c": "测试",
                    "item_5d": "20200630",
                    "item_5e": "AB12",
                },
            ),
            count=2,
        ),
        unnamed(
            0x44,
            Group(
                {
                    "item_33": (0x33, An(3)),
                    "item_34": (0x34, An(0x46)),
                    "item_35": (0x35, Cn(4)),
                    "item_36": (0x36, An(0x10)),
                }
            ),
            vector(
                "3303 303032 3446 D1F9C0FD 00*66 3504 FFFFFFFF 3610 58 00*15",
                {"item_33": "002", "item_34": "样例", "item_35": None, "item_36": "X"},
            ),
            count=2,
        ),
    ),
    dormant=True,
)

EF06 = ElementaryFile(
    0xEF06,
    "ef06",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK2),
    items=(
        unnamed(0x4C, Cn(4), vector("20210301", "20210301")),
        unnamed(0x4B, An(5), vector("3132333435", "12345")),
        unnamed(0x4D, Cn(3), vector("000123", "000123")),
        # Only one of DF02 and DF03 holds item 60 on a card.
        unnamed(0x60, Cn(4), vector("FF*4", None), vector("20210302", "20210302")),
        unnamed(0x4F, An(6), vector("313233 00*3", "123")),
        unnamed(0x50, Cn(3), vector("12345F", "12345")),
        unnamed(0x3A, An(7), vector("31323334353637", "1234567")),
    ),
)

EF07 = ElementaryFile(
    0xEF07,
    "ef07",
    "",
    Structure.CYCLIC,
    read=READ,
    write=proof(UK3),
    items=(
        Item(
            0,
            "ef07_record",
            "记录",
            Columns(
                {"column_1": An(0x07), "column_2": Cn(4), "column_3": Cn(4), "column_4": An(0x46)}
            ),
            (
                vector(
                    "31323334353637 20200101 20201231 D1F9C0FDBFC6BCBC 00*62",
                    {
                        "column_1": "1234567",
                        "column_2": "20200101",
                        "column_3": "20201231",
                        "column_4": "样例科技",
                    },
                ),
            ),
            count=4,
        ),
    ),
)

EF09 = ElementaryFile(
    0xEF09,
    "ef09",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK4),
    items=(
        unnamed(0x55, An(0x10), vector("4131 00*14", "A1")),
        unnamed(0x56, An(0x46), vector("B2E2CAD4 00*66", "测试")),
        unnamed(0x96, Cn(4), vector("20220228", "20220228")),
        unnamed(0x97, Cn(3), vector("654321", "654321")),
    ),
)

EF15 = ElementaryFile(
    0xEF15,
    "ef15",
    "",
    Structure.RECORDS,
    read=READ,
    write=proof(UK5),
    items=(
        unnamed(
            0x99,
            Group({"item_10": (0x10, An(3)), "item_11": (0x11, Cn(4)), "item_12": (0x12, Cn(3))}),
            vector(
                "1003 303035 1104 20230101 1203 FFFFFF",
                {"item_10": "005", "item_11": "20230101", "item_12": None},
            ),
            count=4,
        ),
        unnamed(0x0F, Cn(4), vector("12345678", "12345678")),
        unnamed(0x1F, Cn(3), vector("1234FF", "1234")),
    ),
)

EF16 = ElementaryFile(
    0xEF16,
    "ef16",
    "",
    Structure.CYCLIC,
    read=READ,
    write=proof(UK6),
    items=(
        Item(
            0,
            "ef16_record",
            "记录",
            Columns(
                {
                    "column_1": An(3),
                    "column_2": Cn(4),
                    "column_3": Cn(4),
                    "column_4": Cn(4),
                    "column_5": Cn(3),
                }
            ),
            (
                vector(
                    "303031 20240101 20240630 FFFFFFFF 110000",
                    {
                        "column_1": "001",
                        "column_2": "20240101",
                        "column_3": "20240630",
                        "column_4": None,
                        "column_5": "110000",
                    },
                ),
            ),
            count=4,
        ),
    ),
)

EMPLOYMENT = Application(
    "DF02",
    "就业与失业",
    FID,
    application_aid(0x01),
    files=(EF05, EF06, EF07, EF09, EF15, EF16),
    keys=KEYS,
    label="就业与失业",
)
