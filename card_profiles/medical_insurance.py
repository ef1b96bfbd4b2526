"""Social insurance 2 社会保险2 (DF04): medical insurance.

Reference social-security-card.md §1.1, §2.4, §8.1. It names some items in English; the Chinese
terms beside them are translations. What it doesn't name is called by its id. The keys of the
offline medical purse (DLK, DPK, DTK, DSK) have no public ids and are left out with the purse.
"""

from __future__ import annotations

from card_profiles.fields import An, Binary, Cn, Columns
from card_profiles.model import (
    BY_PIN,
    NEVER,
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
from card_profiles.tables import REGION

FID = 0xDF04

STK, LK, RK1, UK1, UK2 = range(0x82, 0x87)

KEYS = (
    Key(STK, "STKDF04", KeyUse.MAINTENANCE, tries=None),
    # The reference gives LK an id and no meaning; no file is opened by it.
    Key(LK, "LKDF04", KeyUse.MAINTENANCE, tries=None),
    Key(RK1, "RK1DF04", KeyUse.READ),
    Key(UK1, "UK1DF04", KeyUse.UPDATE),
    Key(UK2, "UK2DF04", KeyUse.UPDATE),
)

READ = BY_PIN | proof(RK1)

_HOSPITALS = tuple(
    Item(
        tag,
        f"hospital_{number}",
        f"定点医疗机构{number}",
        An(9),
        (vector("313130303030 30 00*2", "1100000"), vector("00*9", None)),
    )
    for number, tag in enumerate((0x83, 0x86, 0x89, 0x7D, 0x7E, 0x7F, 0x8D, 0x8E), 1)
)

INSURANCE_FILE = ElementaryFile(
    0xEF05,
    "insurance",
    "医疗保险",
    Structure.RECORDS,
    read=READ,
    write=proof(UK1),
    items=(
        Item(0x81, "insurance_kind", "险种", An(8), (vector("3331 00*6", "31"),)),
        Item(
            0x84,
            "insured_region",
            "参保地",
            Cn(3, REGION),
            (vector("110000", "110000"), vector("FFFFFF", None)),
        ),
        Item(
            0x87,
            "health_record",
            "健康档案",
            An(0x11),
            (vector("30*16 31", "00000000000000001"),),
        ),
        Item(0x8C, "person_class", "人员类别", Cn(1), (vector("11", "11"),)),
        unnamed(0x80, Cn(4), vector("20260101", "20260101")),
        Item(0x8B, "account", "账户", An(0x1D), (vector("4131 00*27", "A1"),)),
        Item(0x8A, "medical_id", "医疗编号", An(0x0F), (vector("4232 00*13", "B2"),)),
        *_HOSPITALS,
        Item(0x8F, "mode", "方式", An(1), (vector("31", "1"),)),
    ),
)

SETTLEMENT_FILE = ElementaryFile(
    0xEF06,
    "temporary_offline_settlement",
    "临时脱机结算",
    Structure.RECORDS,
    read=BY_PIN & proof(RK1),
    write=proof(UK2),
    items=(
        unnamed(0x90, An(1), vector("31", "1")),
        unnamed(0x92, Cn(4), vector("20260630", "20260630")),
        unnamed(0x93, An(2), vector("3032", "02")),
    ),
)

EF08 = ElementaryFile(
    0xEF08,
    "ef08",
    "",
    Structure.CYCLIC,
    read=BY_PIN,
    write=NEVER,
    items=(
        Item(
            0,
            "ef08_record",
            "记录",
            Columns(
                {
                    "column_1": Binary(2),
                    "column_2": An(1),
                    "column_3": Cn(6),
                    "column_4": Cn(7),
                    "column_5": Binary(4),
                    "column_6": Binary(4),
                    "column_7": Binary(4),
                }
            ),
            (
                vector(
                    "0001 31 110000000007 20260101123456 000003E8 00000000 000007D0",
                    {
                        "column_1": b"\x00\x01",
                        "column_2": "1",
                        "column_3": "110000000007",
                        "column_4": "20260101123456",
                        "column_5": b"\x00\x00\x03\xe8",
                        "column_6": None,
                        "column_7": b"\x00\x00\x07\xd0",
                    },
                ),
            ),
            count=30,
        ),
    ),
)
"""Written by the card's own purse commands, therefore never by UPDATE RECORD."""

EF15 = ElementaryFile(
    0xEF15,
    "ef15",
    "",
    Structure.CYCLIC,
    read=READ,
    write=proof(UK2),
    items=(
        Item(
            0,
            "ef15_record",
            "记录",
            Columns({"column_1": Binary(2), "column_2": An(1)}),
            (vector("0102 31", {"column_1": b"\x01\x02", "column_2": "1"}),),
            count=8,
        ),
    ),
)

MEDICAL_INSURANCE = Application(
    "DF04",
    "社会保险2",
    FID,
    application_aid(0x03),
    files=(INSURANCE_FILE, SETTLEMENT_FILE, EF08, EF15),
    keys=KEYS,
    label="社会保险2",
)
