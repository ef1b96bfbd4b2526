"""Fields write what they read, and refuse what is no value."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import ApduError, LayoutError
from apdu.layout import Field
from card_profiles.fields import (
    An,
    Binary,
    Cn,
    Columns,
    Date,
    Group,
    HexDigits,
    Number,
    decode_text,
    parse_day,
)

SIZES = st.integers(1, 40)
# Whatever GB 18030 can write, which is all of Unicode but surrogates.
TEXTS = st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: text.rstrip(" \0"))

GROUP = Group({"code": (0x57, An(3)), "region": (0x58, Cn(3)), "day": (0x59, Date())})
COLUMNS = Columns({"code": An(3), "region": Cn(3), "day": Date()})
MEMBERS = st.fixed_dictionaries(
    {
        "code": st.none() | st.from_regex(r"[0-9A-Z]{1,3}", fullmatch=True),
        "region": st.none() | st.from_regex(r"[0-9]{1,6}", fullmatch=True),
        "day": st.none() | st.dates(),
    }
)
UNUSED = {"code": None, "region": None, "day": None}

EVERY_FIELD = pytest.mark.parametrize(
    "field",
    [An(4), Cn(4), Date(), HexDigits(4), Binary(4), Number(4), GROUP, COLUMNS],
    ids=lambda field: type(field).__name__,
)


@EVERY_FIELD
@pytest.mark.parametrize("filler", [b"\x00", b"\xff", b"1"])
@pytest.mark.parametrize("wrong", [-1, 1])
def test_another_size_is_refused(field: Field[Any], filler: bytes, wrong: int) -> None:
    """A record of another length is of another item; filler must not let it through."""
    with pytest.raises(LayoutError):
        field.decode(filler * (field.size + wrong))


# cn ----------------------------------------------------------------------------------------


@given(st.data(), SIZES)
def test_digits_come_back(data: st.DataObject, size: int) -> None:
    """Numbers of any length up to the field's must survive, leading zeros too."""
    digits = data.draw(st.text("0123456789", min_size=1, max_size=2 * size))
    field = Cn(size)
    raw = field.encode(digits)
    assert len(raw) == size
    assert field.decode(raw) == digits


def test_digits_are_left_justified_with_filler_f() -> None:
    """The rule of the standard, written out: digits first, then nibbles F (§2.1)."""
    assert Cn(3).encode("12345") == bytes.fromhex("12345F")
    assert Cn(3).encode("") == Cn(3).encode(None) == bytes.fromhex("FFFFFF")
    assert Cn(3).decode(bytes.fromhex("00FFFF")) == "00"


@pytest.mark.parametrize("raw", ["1A2345", "F12345", "12F345", "EEEEEE", "1234EE"])
def test_other_nibbles_are_no_digits(raw: str) -> None:
    """Nibbles A to E mark rewritten or broken data; taken as digits they would name another."""
    with pytest.raises(LayoutError, match="BCD"):
        Cn(3).decode(bytes.fromhex(raw))


@pytest.mark.parametrize("digits", ["1234567", "12a", "１２", "-1", " 1", "1F"])
def test_what_is_no_number_is_not_written(digits: str) -> None:
    """Full-width digits pass int(), letters pass hex; neither may reach a card."""
    with pytest.raises(LayoutError):
        Cn(3).encode(digits)


@given(st.binary(min_size=1, max_size=20))
def test_nibbles_come_back(raw: bytes) -> None:
    """A card id may have any nibble, F at its end included, and loses none."""
    field = HexDigits(len(raw))
    assert field.encode(field.decode(raw)) == raw


@pytest.mark.parametrize("text", ["12", "123456", "12345", "12GG", "１２３４"])
def test_what_is_no_hex_of_the_size_is_not_written(text: str) -> None:
    """A number cut short or mistyped would be stored as another number."""
    with pytest.raises(LayoutError):
        HexDigits(2).encode(text)


# an ----------------------------------------------------------------------------------------


@given(TEXTS)
def test_text_comes_back(text: str) -> None:
    """Every character that Unicode has a person may have in the name."""
    raw = text.encode("gb18030")
    field = An(len(raw) + 3)
    assert field.encode(text) == raw + bytes(3)
    assert field.decode(field.encode(text)) == (text or None)


@given(TEXTS.filter(bool), st.text("\x00\x20\xff", max_size=12))
def test_any_filler_is_taken_off(text: str, filler: str) -> None:
    """The standard says 00; real cards also have 20 and FF behind the text (§2.1)."""
    assert decode_text(text.encode("gb18030") + filler.encode("latin-1")) == text


@given(st.text("\x00\x20\xff", max_size=12))
def test_filler_alone_is_no_text(filler: str) -> None:
    """An unused item must not show as an empty or blank name."""
    assert decode_text(filler.encode("latin-1")) is None


@pytest.mark.parametrize(
    ("text", "raw"),
    [("䶮", "FE9F"), ("•", "8136A631"), ("·", "A1A4"), ("测试", "B2E2CAD4"), ("㛃", "8230B731")],
)
def test_rare_characters(text: str, raw: str) -> None:
    """Characters of names that Python's gbk lacks or writes otherwise; bytes are iconv's."""
    assert An(4).encode(text) == bytes.fromhex(raw).ljust(4, b"\0")
    assert An(4).decode(bytes.fromhex(raw).ljust(4, b"\0")) == text


@pytest.mark.parametrize("raw", ["B2E2CA00", "80414141", "B2E2FF41"])
def test_what_is_no_gb_18030_is_refused(raw: str) -> None:
    """Half a character, or UTF-8 put on a card by mistake, must not become another name."""
    with pytest.raises(LayoutError, match="GB 18030"):
        An(4).decode(bytes.fromhex(raw))


def test_a_lone_surrogate_is_not_written() -> None:
    """A web page can send half a character; the caller learns it as any other misfit."""
    with pytest.raises(LayoutError, match="character 1"):
        An(8).encode("a\ud84c")


def test_text_is_measured_in_bytes() -> None:
    """Thirty bytes are fifteen characters, or seven rare ones; len() of the text misleads."""
    assert len(An(30).encode("测" * 15)) == 30
    with pytest.raises(LayoutError, match="32 bytes"):
        An(30).encode("测" * 16)


def test_a_character_across_two_parts_needs_them_joined() -> None:
    """A long name is cut between bytes; each part alone may be no text (tags 09 and 4E)."""
    raw = "测试".encode("gb18030")
    assert decode_text(raw[:3] + raw[3:] + bytes(5)) == "测试"
    with pytest.raises(LayoutError):
        decode_text(raw[:3])


# Days --------------------------------------------------------------------------------------


@given(st.dates())
def test_days_come_back(day: date) -> None:
    """A day is its digits, also in years that need leading zeros."""
    raw = Date().encode(day)
    assert raw.hex() == day.isoformat().replace("-", "")
    assert Date().decode(raw) == day


def test_no_day_is_filler() -> None:
    """An unused date must not become an early one."""
    assert Date().encode(None) == b"\xff" * 4
    assert Date().decode(b"\xff" * 4) is None


@pytest.mark.parametrize(
    "raw", ["20260229", "20261301", "20260100", "00000000", "202601FF", "2026010A", "00010100"]
)
def test_impossible_days_are_refused(raw: str) -> None:
    """A clerk must see that the card has no such day, not the nearest one."""
    with pytest.raises(LayoutError):
        Date().decode(bytes.fromhex(raw))


def test_a_leap_day_is_a_day() -> None:
    """People are born on 29 February."""
    assert parse_day("20000229") == date(2000, 2, 29)


@pytest.mark.parametrize("digits", ["2026011", "202601011", "２０２６０１０１", "2026-1-1", ""])
def test_text_that_is_no_day_is_refused(digits: str) -> None:
    """Eight ASCII digits are the only form; int() would take more."""
    with pytest.raises(LayoutError):
        parse_day(digits)


# Groups and columns ------------------------------------------------------------------------


@given(MEMBERS)
def test_groups_come_back(values: dict[str, Any]) -> None:
    """All members return by their names, used or not."""
    raw = GROUP.encode(values)
    assert len(raw) == GROUP.size == 2 + 3 + 2 + 3 + 2 + 4
    assert GROUP.decode(raw) == values


@given(MEMBERS)
def test_columns_come_back(values: dict[str, Any]) -> None:
    """All members return from their places, used or not."""
    raw = COLUMNS.encode(values)
    assert len(raw) == COLUMNS.size == 3 + 3 + 4
    assert COLUMNS.decode(raw) == values


def test_members_that_are_not_given_are_unused() -> None:
    """Whoever writes one member need not know the others."""
    assert GROUP.decode(GROUP.encode(None)) == COLUMNS.decode(COLUMNS.encode(None)) == UNUSED
    assert GROUP.encode({"region": "110000"}) == bytes.fromhex(
        "5703 000000 5803 110000 5904 FFFFFFFF"
    )
    assert COLUMNS.encode({"region": "110000"}) == bytes.fromhex("000000 110000 FFFFFFFF")


@pytest.mark.parametrize("field", [GROUP, COLUMNS], ids=["Group", "Columns"])
def test_unknown_members_are_named(field: Group | Columns) -> None:
    """A misspelt name would otherwise leave the member empty without a word."""
    with pytest.raises(LayoutError, match="regoin, zone"):
        field.encode({"zone": "1", "regoin": "110000"})


@pytest.mark.parametrize(
    "raw",
    [
        "5803 110000 5703 303031 5904 20260101",
        "5703 303031 5803 110000 5A04 20260101",
        "5702 3030 5804 11000000 5904 20260101",
        "5703 303031 5803 110000 5905 20260101",
        "FF*18",
    ],
    ids=["order", "tag", "lengths", "cut off", "filler"],
)
def test_a_group_with_other_members_is_refused(raw: str) -> None:
    """Tags inside a group say what a value is; another tag or length is another meaning."""
    data = b"\xff" * 18 if raw == "FF*18" else bytes.fromhex(raw)
    with pytest.raises(ApduError):
        GROUP.decode(data)


def test_a_wrong_member_is_refused() -> None:
    """A group is as strict as its members."""
    with pytest.raises(LayoutError, match="BCD"):
        COLUMNS.decode(bytes.fromhex("303031 AAAAAA 20260101"))


# Bytes and numbers -------------------------------------------------------------------------


@given(st.binary(min_size=1, max_size=64))
def test_bytes_come_back(raw: bytes) -> None:
    """Bytes mean themselves; only all 00 or all FF mean that there are none."""
    value = Binary(len(raw)).decode(raw)
    if set(raw) in ({0x00}, {0xFF}):
        assert value is None
    else:
        assert Binary(len(raw)).encode(value) == raw


@pytest.mark.parametrize("raw", ["0000FF00", "00FF", "FF00FF", "FFFFFFFE"])
def test_bytes_with_filler_in_them_are_bytes(raw: str) -> None:
    """A signature may begin and end with 00 or FF; nothing is stripped."""
    data = bytes.fromhex(raw)
    assert Binary(len(data)).decode(data) == data


def test_no_bytes_are_zeros() -> None:
    """A new transparent file holds 00, as chips deliver it."""
    assert Binary(3).encode(None) == bytes(3)
    with pytest.raises(LayoutError):
        Binary(3).encode(b"ab")


@given(st.data(), st.integers(1, 6))
def test_numbers_come_back(data: st.DataObject, size: int) -> None:
    """Every number but the highest, which says that there is none, fits its field."""
    number = data.draw(st.integers(0, 256**size - 2))
    assert Number(size).encode(number) == number.to_bytes(size, "big")
    assert Number(size).decode(Number(size).encode(number)) == number


def test_no_number_is_all_ff() -> None:
    """Nought is a number, so it cannot stand for none."""
    assert Number(2).encode(None) == b"\xff\xff"
    assert Number(2).decode(b"\xff\xff") is None
    assert Number(2).decode(b"\x00\x00") == 0


@pytest.mark.parametrize("number", [-1, 255, 256])
def test_numbers_that_do_not_fit_are_refused(number: int) -> None:
    """A counter that runs over must stop, not begin again or vanish."""
    with pytest.raises(LayoutError):
        Number(1).encode(number)
