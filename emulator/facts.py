"""Whose card it is: the facts that make a card out of a profile, and made-up people.

No person is real: their id numbers begin with 000000, a region that GB/T 2260 does not have.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from card_profiles import transit
from card_profiles.bank import BANK, TEST_ISSUER, account_number_check
from card_profiles.identifiers import card_number_check, citizen_id_check
from card_profiles.model import Profile
from card_profiles.tables import REGION
from card_profiles.transit import TRANSIT

NO_REGION = "000000"
"""First six digits of made-up id numbers; no person's begin like this."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Hold what EF06 says of a person; None leaves an item unused."""

    social_security_number: str
    name: str
    sex: str
    ethnic_group: str
    birthplace: str | None
    birth_date: date


@dataclass(frozen=True, slots=True)
class TransitFacts:
    """Hold what makes one transit application; money is in fen.

    ``serial`` are 20 digits, of which people see the last 19. ``balance`` is the holder's own money
    at the start, ``limit`` the overdraft; a ``passbook`` is there where it has a balance.
    """

    serial: str
    start_date: date
    expiry_date: date
    issuer: str = transit.ISSUER
    enabled: int = transit.IN_USE
    own: str = "0000"
    province: str = transit.BEIJING
    city: str = transit.BEIJING
    interoperable: int = transit.INTEROPERABLE
    kind: int = 1
    settlement: str = "00000000"
    balance: int = 0
    limit: int = 0
    passbook: int | None = None
    pin: str | None = "123456"
    aid: bytes = transit.AID


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Hold what makes one card.

    ``serial`` is that of card id and ATR (4 bytes), ``items`` more values by
    ``"application.item"``, for example ``{"DF01.address": "…"}``.
    """

    region: str
    serial: bytes
    holder: Holder | None
    card_number: str | None
    issue_date: date
    expiry_date: date
    card_class: str = "3"
    version: str | None = None
    authentication: bytes = b"\xff\xff\xff\xff"
    card_serial: bytes | None = None
    """Serial of the card id where it is not the ATR's."""
    historical: bytes | None = None
    pin: str | None = "123456"
    photo: bytes = b""
    items: Mapping[str, Any] = field(default_factory=dict)
    bank_account: str | None = None
    """Account number in the bank's application, where the profile has one."""
    transit: TransitFacts | None = None
    """The transit application, where the profile has one."""


_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "安柏晨达恩帆格禾嘉珂岚明宁沛启然思桐薇希雅泽章卓若云清和远之一"
_LONG_NAMES = ("阿依古丽·买买提明·努尔艾合买提", "次仁卓玛·格桑多吉", "巴特尔·额尔德尼")
_BORN_FROM = date(1945, 1, 1)
_BORN_TO = date(2010, 12, 31)
_ISSUED_FROM = {1: date(2001, 1, 1), 2: date(2012, 7, 1), 3: date(2021, 1, 1)}
_VALID_YEARS = 10
_TRANSIT_RANGE = "03105170990"
"""Made-up serials begin so: T-Union's 0310, then what no published card has."""
_CARD_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def made_up_holder(seed: int) -> Holder:
    """Make up a person; the same seed gives the same one."""
    # A repeatable choice is wanted here, and nothing is kept secret by it.
    dice = random.Random(f"holder {seed}")  # noqa: S311
    sex = dice.choice("12")
    ethnic_group, name = (
        "01",
        dice.choice(_SURNAMES) + "".join(dice.choices(_GIVEN, k=dice.choice((1, 2, 2)))),
    )
    if dice.random() < 0.1:
        name, ethnic_group = dice.choice(_LONG_NAMES), dice.choice(("04", "05", "02"))
    born = _BORN_FROM + timedelta(days=dice.randrange((_BORN_TO - _BORN_FROM).days))
    order = dice.randrange(1, 500) * 2 - (sex == "1")
    body = f"{NO_REGION}{born:%Y%m%d}{order:03d}"
    places = [each.code for each in REGION if not each.withdrawn and each.code[2:] != "0000"]
    return Holder(
        social_security_number=body + citizen_id_check(body),
        name=name,
        sex=sex,
        ethnic_group=ethnic_group,
        birthplace=dice.choice(places),
        birth_date=born,
    )


def made_up_facts(profile: Profile, seed: int) -> CardFacts:
    """Make up a card of a profile with its holder; the same seed gives the same one."""
    dice = random.Random(f"card {profile.name} {seed}")  # noqa: S311
    holder = made_up_holder(seed)
    if profile.name == "beijing":
        # Beijing does not write the birthplace (reference §9, "what is written at issuing").
        holder = replace(holder, birthplace=None)
    if profile.generation == 1:
        # V1.0 has no name extension: a long name stands there by its first part (§2.2).
        holder = replace(holder, name=holder.name.split("·")[0])
    body = dice.choice(_CARD_LETTERS) + "".join(dice.choices("0123456789", k=7))
    issued = _ISSUED_FROM[profile.generation] + timedelta(days=dice.randrange(1500))
    return CardFacts(
        region=profile.region,
        serial=dice.randbytes(4),
        holder=holder,
        card_number=body + card_number_check(body),
        issue_date=issued,
        expiry_date=_add_years(issued, _VALID_YEARS),
        items={
            "DF01.contact_address": "测试市样例路1号",
            "DF01.phone": "00000000000",
            "DF01.nationality": "CHN",
        },
        bank_account=made_up_account(seed) if BANK in profile.applications else None,
        transit=made_up_transit(seed, issued) if TRANSIT in profile.applications else None,
    )


def made_up_transit(seed: int, start: date = date(2021, 1, 1)) -> TransitFacts:
    """Make up a transit card; its serial is in Beijing's range and says nothing of the holder."""
    dice = random.Random(f"transit {seed}")  # noqa: S311
    return TransitFacts(
        serial=_TRANSIT_RANGE + "".join(dice.choices("0123456789", k=20 - len(_TRANSIT_RANGE))),
        start_date=start,
        expiry_date=date(2040, 12, 31),
    )


def made_up_account(seed: int) -> str:
    """Make up a bank account number of 19 digits that no bank has; the same seed, the same one."""
    dice = random.Random(f"account {seed}")  # noqa: S311
    body = TEST_ISSUER + "".join(dice.choices("0123456789", k=12))
    return body + account_number_check(body)


def _add_years(day: date, years: int) -> date:
    """Add years; 29 February becomes 28 February where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
