"""Who applies: every item is looked over, and the first that is wrong is named (Rules Art. 5)."""

from __future__ import annotations

from datetime import date

import pytest
from applying import SAID, shown
from registry import citizen_id

from terminal.errors import RequestWrong
from terminal.rules.documents import DocumentKind, PersonKind
from terminal.services.offered.applicant import read_applicant, read_mobile, read_validity
from terminal.services.offered.request import Named

TODAY = date(2026, 3, 2)
_WRONG_CHECK = citizen_id(7)[:-1] + ("0" if citizen_id(7)[-1] != "0" else "1")
_WRONG = {
    "wrong check digit": (shown(number=_WRONG_CHECK), {}, "居民身份证号码", "校验码"),
    "impossible date": (
        shown(number="110105199002300014"),
        {},
        "居民身份证号码",
        "不是一个存在的日期",
    ),
    "born tomorrow": (shown(born="20260303"), {}, "居民身份证号码", "今天以后"),
    "a passport for a citizen": (shown(number="E12345678"), {}, "居民身份证号码", "护照"),
    "an old number": (shown(number="110105900307001"), {}, "居民身份证号码", "旧身份证号码"),
    "no name": (shown(""), {}, "姓名", "空"),
    "digits in a name": (shown("李小明2"), {}, "姓名", "数字"),
    "a landline": (shown(), {"mobile": "010-12345678"}, "手机号码", "11 位"),
    "a short mobile": (shown(), {"mobile": "1380000000"}, "手机号码", "11 位"),
    "no mobile": (shown(), {"mobile": ""}, "手机号码", "11 位"),
    "a word for an occupation": (shown(), {"occupation": "老师"}, "职业", "GB/T 6565"),
    "no such occupation": (shown(), {"occupation": "20899"}, "职业", "GB/T 6565"),
    "no address": (shown(), {"address": "  "}, "常住地址", "应填写"),
    "a long address": (shown(), {"address": "街" * 201}, "常住地址", "200"),
    "two lines of address": (shown(), {"address": "北京\n市"}, "常住地址", "换行"),
    "no validity": (shown(), {"valid_until": ""}, "证件有效期", "长期"),
    "a validity that is none": (shown(), {"valid_until": "明年"}, "证件有效期", "年-月-日"),
    "an expired document": (shown(), {"valid_until": "2026-03-01"}, "证件有效期", "已过"),
    "another birth": (shown(), {"birth": "1991-03-07"}, "出生日期", "不同"),
    "a passport without a country": (
        shown("MARIE CURIE", kind=DocumentKind.PASSPORT, number="18AA12345"),
        {"birth": "1990-01-01", "nationality": "FRA"},
        "国籍",
        "三个字母",
    ),
    "a country that is none": (shown(nationality="XYZ"), {}, "国籍", "三个字母"),
    "a passport without a birth date": (
        shown("MARIE", kind=DocumentKind.PASSPORT, number="18AA12345", nationality="FRA"),
        {},
        "出生日期",
        "birth",
    ),
    "born after today": (
        shown("MARIE", kind=DocumentKind.PASSPORT, number="18AA12345", nationality="FRA"),
        {"birth": "2026-03-03"},
        "出生日期",
        "不可能",
    ),
}


@pytest.mark.parametrize(("holder", "said", "item", "detail"), _WRONG.values(), ids=list(_WRONG))
def test_the_item_that_is_wrong_is_named(
    holder: Named, said: dict[str, str], item: str, detail: str
) -> None:
    """A clerk is told which item to correct, and what it should be; its value is not repeated."""
    with pytest.raises(RequestWrong) as wrong:
        read_applicant(holder, {**SAID, **said}, TODAY)
    assert item in wrong.value.message("zh")
    assert detail in wrong.value.cause("zh")
    assert holder.document.number not in wrong.value.message("zh") + wrong.value.cause("zh")


def test_an_item_that_was_not_said_is_wrong_too() -> None:
    """A form that was left empty says so, item by item."""
    for name in ("mobile", "occupation", "address", "valid_until"):
        said = {key: value for key, value in SAID.items() if key != name}
        with pytest.raises(RequestWrong):
            read_applicant(shown(), said, TODAY)
    with pytest.raises(RequestWrong):
        read_applicant(None, SAID, TODAY)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13800000009", "13800000009"),
        ("+86 138-0000-0009", "13800000009"),
        ("１３８００００００００９"[:11], "13800000000"),
        ("+852 9123 4567", "+85291234567"),
    ],
)
def test_mobile_numbers_are_taken_as_people_write_them(written: str, kept: str) -> None:
    """Spaces, hyphens, full width and the country's prefix are how numbers are written."""
    assert read_mobile(written) == kept


@pytest.mark.parametrize("written", ["12800000000", "+86 12345", "+8613800000000000", "", "移动"])
def test_what_is_no_mobile_number_is_refused(written: str) -> None:
    """A message to a wrong number tells somebody else."""
    with pytest.raises(RequestWrong):
        read_mobile(written)


def test_validity_without_an_end_has_two_words() -> None:
    """长期 stands on the document; long is what a keyboard without Chinese has."""
    for said in ("long", "长期"):
        assert read_validity(DocumentKind.CITIZEN_ID, said, TODAY) is None
    assert read_validity(DocumentKind.HOUSEHOLD_REGISTER, "", TODAY) is None
    assert read_validity(DocumentKind.CITIZEN_ID, "2026-03-02", TODAY) == TODAY


def test_a_citizen_settled_abroad_has_a_passport() -> None:
    """华侨 are citizens, whatever document they show."""
    holder = shown("陈大文", kind=DocumentKind.PASSPORT, number="E12345678", nationality="CHN")
    read = read_applicant(holder, {**SAID, "birth": "1990-01-01"}, TODAY)
    assert read.kind is PersonKind.CITIZEN
