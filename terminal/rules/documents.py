"""Identity documents and their numbers: which there are, and what is wrong with a number.

Regulation digest, "People at the counter". An officer's card is left out: who serves has a citizen
number as well, and an account is opened by that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase

from apdu.errors import LayoutError
from card_profiles.fields import parse_day
from card_profiles.identifiers import is_citizen_id
from card_profiles.tables import REGION
from terminal.errors import PersonalDataWrong
from terminal.rules.names import usual_width
from terminal.texts import Text

ADULT = 18
"""Years; who is younger is a minor 未成年人 (民法典 Art. 17)."""
EARLIEST_BIRTH = date(1850, 1, 1)


class PersonKind(StrEnum):
    """Who somebody is by nationality and residence."""

    CITIZEN = "citizen"
    HONG_KONG = "hong_kong"
    MACAU = "macau"
    TAIWAN = "taiwan"
    FOREIGNER = "foreigner"


PERSONS = {
    PersonKind.CITIZEN: Text("中国内地居民", "a mainland citizen"),
    PersonKind.HONG_KONG: Text("香港居民", "a resident of Hong Kong"),
    PersonKind.MACAU: Text("澳门居民", "a resident of Macau"),
    PersonKind.TAIWAN: Text("台湾居民", "a resident of Taiwan"),
    PersonKind.FOREIGNER: Text("外国人", "a foreigner"),
}


class DocumentKind(StrEnum):
    """An identity document that a person is known by."""

    CITIZEN_ID = "citizen_id"
    TEMPORARY_ID = "temporary_id"
    HOUSEHOLD_REGISTER = "household_register"
    """For children without an identity card."""
    RESIDENCE_PERMIT = "residence_permit"
    HOME_RETURN_PERMIT = "home_return_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    PERMANENT_RESIDENCE = "permanent_residence"
    PASSPORT = "passport"


@dataclass(frozen=True, slots=True)
class Document:
    """Hold what is known of a kind of document.

    ``form`` is said to who mistyped a number. Where ``on_reader`` is not set no reader on the desk
    reads it and its number is keyed in twice (:func:`agree`). ``citizen_number``: its number is a
    公民身份号码, whose first six digits are a division. All its numbers of 18 characters have the
    date and the check character of GB 11643.
    """

    text: Text
    persons: frozenset[PersonKind]
    pattern: re.Pattern[str] = field(repr=False)
    form: Text
    on_reader: bool = False
    citizen_number: bool = False


_CITIZEN_PATTERN = re.compile(r"(?!8[123]0000)[1-8][0-9]{16}[0-9X]")
_CITIZEN_FORM = Text("18 位公民身份号码", "a citizen number of 18 characters")
_CITIZEN = frozenset({PersonKind.CITIZEN})
_HONG_KONG_MACAU = frozenset({PersonKind.HONG_KONG, PersonKind.MACAU})

DOCUMENTS = {
    DocumentKind.CITIZEN_ID: Document(
        Text("居民身份证", "the citizen's identity card"),
        _CITIZEN,
        _CITIZEN_PATTERN,
        _CITIZEN_FORM,
        on_reader=True,
        citizen_number=True,
    ),
    DocumentKind.TEMPORARY_ID: Document(
        Text("临时居民身份证", "the temporary identity card"),
        _CITIZEN,
        _CITIZEN_PATTERN,
        _CITIZEN_FORM,
        citizen_number=True,
    ),
    DocumentKind.HOUSEHOLD_REGISTER: Document(
        Text("居民户口簿", "the household register"),
        _CITIZEN,
        _CITIZEN_PATTERN,
        _CITIZEN_FORM,
        citizen_number=True,
    ),
    DocumentKind.RESIDENCE_PERMIT: Document(
        Text("港澳台居民居住证", "the residence permit for Hong Kong, Macau and Taiwan residents"),
        _HONG_KONG_MACAU | {PersonKind.TAIWAN},
        re.compile(r"8[123]0000[0-9]{11}[0-9X]"),
        Text(
            "以 810000、820000 或 830000 开头的 18 位号码",
            "18 characters that begin with 810000, 820000 or 830000",
        ),
        on_reader=True,
        citizen_number=True,
    ),
    # 公安部 2010: H or M, 8 digits for life, 2 that count renewals and are no longer printed as
    # part of it; since 2024-07-10 HA or MA and 7 digits for residents of other nationality.
    DocumentKind.HOME_RETURN_PERMIT: Document(
        Text("港澳居民来往内地通行证", "the home-return permit"),
        _HONG_KONG_MACAU,
        re.compile(r"[HM](?:[0-9]{8}(?:[0-9]{2})?|A[0-9]{7})"),
        Text(
            "H 或 M 加 8 位或 10 位数字，非中国籍为 HA 或 MA 加 7 位数字",
            "H or M and 8 or 10 digits, for other nationalities HA or MA and 7 digits",
        ),
    ),
    DocumentKind.TAIWAN_PERMIT: Document(
        Text("台湾居民来往大陆通行证", "the mainland travel permit for Taiwan residents"),
        frozenset({PersonKind.TAIWAN}),
        re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?"),
        Text(
            "8 位数字，旧证为 10 位数字，可以再加一个字母",
            "8 digits, on an old one 10 digits, maybe with a letter behind them",
        ),
    ),
    # 国家移民管理局: 3 letters and 12 digits until the card of 2023-12-01, which has 18 characters.
    DocumentKind.PERMANENT_RESIDENCE: Document(
        Text("外国人永久居留身份证", "the foreign permanent resident's identity card"),
        frozenset({PersonKind.FOREIGNER}),
        re.compile(r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]"),
        Text(
            "以 9 开头的 18 位号码，旧证为 3 个字母加 12 位数字",
            "18 characters that begin with 9, on an old one 3 letters and 12 digits",
        ),
        on_reader=True,
    ),
    # ICAO 9303 prints nine characters; some issuers have longer numbers. A citizen settled abroad
    # 华侨 is known by a passport too.
    DocumentKind.PASSPORT: Document(
        Text("护照", "a passport"),
        frozenset({PersonKind.FOREIGNER, PersonKind.CITIZEN}),
        re.compile(r"(?=.*[0-9])[A-Z0-9]{5,12}"),
        Text("5 到 9 位大写字母和数字", "5 to 9 letters and digits"),
    ),
}

_USUAL_PASSPORT = 9
_LENGTH = 18
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
_DROPPED = re.compile(r"[\s()\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
"""Spaces, brackets and what cannot be seen: none of it belongs to a number."""


class ProblemKind(StrEnum):
    """What is wrong with a number."""

    EMPTY = "empty"
    OLD_NUMBER = "old_number"
    OTHER_DOCUMENT = "other_document"
    LENGTH = "length"
    FORM = "form"
    NO_SUCH_DAY = "no_such_day"
    BORN_IN_FUTURE = "born_in_future"
    BORN_LONG_AGO = "born_long_ago"
    CHECK_CHARACTER = "check_character"
    UNKNOWN_DIVISION = "unknown_division"
    UNUSUAL_LENGTH = "unusual_length"


@dataclass(frozen=True, slots=True)
class Problem:
    """Say what is wrong with a number; what is not ``refused`` is only to be looked at again.

    The text does not repeat the number.
    """

    kind: ProblemKind
    text: Text
    refused: bool = True


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """Hold a document's number in its normal form, and what is unusual about it."""

    kind: DocumentKind
    number: str = field(repr=False)
    warning: Text | None = None


def normal_form(text: str) -> str:
    """Give a number as it is kept: half width, upper case, without spaces and brackets."""
    return _DROPPED.sub("", usual_width(text)).translate(_UPPER)


def read_number(kind: DocumentKind, text: str, *, today: date) -> DocumentNumber:
    """Read a number as it was typed or read; raises PersonalDataWrong with the reason."""
    number = normal_form(text)
    problem = check_number(kind, number, today=today)
    if problem is not None and problem.refused:
        item = Text("{document}号码", "the number of {document}").filled(
            document=DOCUMENTS[kind].text
        )
        raise PersonalDataWrong(item=item, detail=problem.text)
    return DocumentNumber(kind, number, problem.text if problem else None)


def check_number(kind: DocumentKind, number: str, *, today: date) -> Problem | None:
    """Say what is wrong with a number in its normal form, None where nothing is to be seen.

    ``today`` is the day in Beijing.
    """
    document = DOCUMENTS[kind]
    if not document.pattern.fullmatch(number):
        return _misformed(document, number)
    if len(number) == _LENGTH:
        return _check_dated(document, number, today)
    if kind is DocumentKind.PASSPORT and len(number) > _USUAL_PASSPORT:
        return Problem(
            ProblemKind.UNUSUAL_LENGTH,
            Text(
                "号码比一般护照长，请再核对一遍",
                "it is longer than a passport's number mostly is; look at it again",
            ),
            refused=False,
        )
    return None


def birth_date_of(number: str) -> date | None:
    """Give the birth date in a number of 18 characters (GB 11643), None where there is none."""
    if len(number) != _LENGTH:
        return None
    try:
        return parse_day(number[6:14])
    except LayoutError:
        return None


def sex_of(number: str) -> str | None:
    """Give the sex in a number of 18 characters, "1" male or "2" female (GB/T 2261.1)."""
    digit = number[16:17]
    if len(number) != _LENGTH or not (digit.isascii() and digit.isdecimal()):
        return None
    return "1" if int(digit) % 2 else "2"


def agree(first: str, second: str) -> Text | None:
    """Hold two entries of a hand-keyed number against each other; None where they agree."""
    one, another = normal_form(first), normal_form(second)
    if not one or not another:
        return Text("号码要输入两遍", "the number is entered twice")
    if one == another:
        return None
    if len(one) != len(another):
        return Text(
            f"两遍输入的号码不一样：一遍 {len(one)} 位，一遍 {len(another)} 位",
            f"the two entries differ: {len(one)} characters, then {len(another)}",
        )
    place = next(n for n, pair in enumerate(zip(one, another, strict=True), 1) if len({*pair}) > 1)
    return Text(
        f"两遍输入的号码不一样，从第 {place} 位开始不同",
        f"the two entries differ, first in character {place}",
    )


def age_on(birth: date, day: date) -> int:
    """Count full years 周岁 on a day; raises ValueError before the birth.

    A year is full on the birthday. Who was born on 29 February has it on 1 March of other years:
    a year counted from that day ends with the last of February (民法典 Art. 202).
    """
    if day < birth:
        raise ValueError("the day is before the birth")
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def is_minor(birth: date, day: date) -> bool:
    """Tell whether somebody is under 18 on a day; raises ValueError before the birth."""
    return age_on(birth, day) < ADULT


def _check_dated(document: Document, number: str, today: date) -> Problem | None:
    """Check what GB 11643 puts into 18 characters: date, check character, division."""
    born = birth_date_of(number)
    if born is None:
        return _problem(
            ProblemKind.NO_SUCH_DAY,
            "第 7 到 14 位不是一个存在的日期",
            "its characters 7 to 14 are no day of the calendar",
        )
    if born > today:
        return _problem(
            ProblemKind.BORN_IN_FUTURE,
            "号码中的出生日期在今天以后",
            "the birth date in it is yet to come",
        )
    if born < EARLIEST_BIRTH:
        return _problem(
            ProblemKind.BORN_LONG_AGO,
            "号码中的出生日期太早，不可能是真的",
            "the birth date in it is too long ago to be true",
        )
    if not is_citizen_id(number):
        return _problem(
            ProblemKind.CHECK_CHARACTER,
            "最后一位校验码不对，号码中有输错的地方",
            "its check character is wrong: something in it was mistyped",
        )
    if document.citizen_number and not _is_division(number[:6]):
        return Problem(
            ProblemKind.UNKNOWN_DIVISION,
            Text(
                "前 6 位不是已知的行政区划代码，请再核对一遍；多年前撤销的区划也会这样",
                "its first 6 digits are no division that is known; look at it again, though old"
                " ones are like that",
            ),
            refused=False,
        )
    return None


def _is_division(code: str) -> bool:
    """Tell whether province and prefecture are known; counties came and went too often."""
    # 830000 is a residence permit's Taiwan, which GB/T 2260 has as 710000.
    return code == "830000" or (f"{code[:2]}0000" in REGION and f"{code[:4]}00" in REGION)


def _misformed(document: Document, number: str) -> Problem:
    """Say why a number does not have the form, the most telling reason first."""
    if not number:
        return _problem(ProblemKind.EMPTY, "没有输入号码", "no number was entered")
    if len(number) == 15 and number.isascii() and number.isdecimal():
        return _problem(
            ProblemKind.OLD_NUMBER,
            "这是 15 位的旧身份证号码，早已停用；请看现在的证件，输入 18 位号码",
            "this is an old citizen number of 15 digits, out of use; enter the 18 characters that"
            " stand on the document of today",
        )
    if (other := _other_document(number)) is not None:
        return Problem(
            ProblemKind.OTHER_DOCUMENT,
            Text(
                "这像是{other}的号码；请核对证件种类。{document}的号码应为：{form}",
                "it looks like the number of {other}; check the kind of document. That of"
                " {document} is {form}",
            ).filled(other=other, document=document.text, form=document.form),
        )
    if document.citizen_number and len(number) != _LENGTH:
        return _problem(
            ProblemKind.LENGTH,
            f"号码应有 {_LENGTH} 位，现在是 {len(number)} 位",
            f"it should have {_LENGTH} characters and has {len(number)}",
        )
    if document.pattern is _CITIZEN_PATTERN and re.fullmatch(r"[0-9]{17}[0-9X]", number):
        # It looks like one: only no division begins like this.
        return _problem(
            ProblemKind.UNKNOWN_DIVISION,
            "前 6 位不是行政区划代码",
            "its first 6 digits are no division",
        )
    return Problem(
        ProblemKind.FORM,
        Text("号码应为：{form}", "it should be {form}").filled(form=document.form),
    )


def _other_document(number: str) -> Text | None:
    """Name the document that a number tells by its look: by a letter before or by 18 characters."""
    if not (number[:1].isalpha() or len(number) == _LENGTH):
        return None
    fitting = (each for each in DOCUMENTS.values() if each.pattern.fullmatch(number))
    return next((each.text for each in fitting), None)


def _problem(kind: ProblemKind, zh: str, en: str) -> Problem:
    return Problem(kind, Text(zh, en))
