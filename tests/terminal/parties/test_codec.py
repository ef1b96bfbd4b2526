"""The ports' values over the line: both ways the same, and nothing else is taken."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.parties.codec import LONGEST, MOST, Unfit, dump, load, parse
from terminal.texts import Text


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Inner:
    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("secret name 测试")


@dataclass(frozen=True, slots=True)
class Whole:
    name: str
    count: int
    good: bool
    day: date
    time: datetime
    colour: Colour
    says: Text
    inner: tuple[Inner, ...]
    maybe: Inner | None


TIME = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))
WHOLE = Whole(
    "测·试", -5, True, date(2026, 3, 2), TIME, Colour.RED, Text("是", "yes"), (Inner(1),), None
)
FORM: dict[str, Any] = {
    "name": "测·试",
    "count": -5,
    "good": True,
    "day": "2026-03-02",
    "time": "2026-03-02T09:00:00+08:00",
    "colour": "red",
    "says": {"zh": "是", "en": "yes"},
    "inner": [{"count": 1}],
    "maybe": None,
}


def test_the_form_is_the_agreed_one() -> None:
    """Other people's programs are written against it: field by field, not only there and back."""
    assert dump(Whole, WHOLE) == FORM
    assert load(Whole, FORM, "x") == WHOLE


TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
INNERS = st.builds(Inner, st.integers(0, MOST))
WHOLES = st.builds(
    Whole,
    TEXTS,
    st.integers(-MOST, MOST),
    st.booleans(),
    st.dates(),
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(TIME.tzinfo)),  # noqa: DTZ001  the zone is given beside it
    st.sampled_from(Colour),
    st.builds(Text, TEXTS, TEXTS),
    st.lists(INNERS, max_size=3).map(tuple),
    st.none() | INNERS,
)


@given(WHOLES)
def test_there_and_back(value: Whole) -> None:
    """Whatever a port may hold survives the line, in ASCII."""
    text = json.dumps(dump(Whole, value))
    assert text.isascii()
    assert load(Whole, parse(text), "x") == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", 5),
        ("name", "a\x00"),
        ("name", "\x1b[2J"),
        ("name", "\ud800"),
        ("name", "x" * (LONGEST + 1)),
        ("count", True),
        ("count", 1.0),
        ("count", "1"),
        ("count", MOST + 1),
        ("good", 1),
        ("good", "true"),
        ("day", "20260302"),
        ("day", "2026-W10-1"),
        ("day", "2026-02-30"),
        ("day", "2026-03-02T00:00:00"),
        ("day", 20260302),
        ("time", "2026-03-02T09:00:00"),
        ("time", "2026-03-02 09:00:00+08:00"),
        ("time", "0001-01-01T00:00:00+08:00"),
        ("time", "2026-03-02"),
        ("colour", "green"),
        ("colour", None),
        ("says", "是"),
        ("says", {"zh": "是"}),
        ("inner", {"count": 1}),
        ("inner", None),
        ("inner", [{"count": 1}, {"count": "1"}]),
        ("inner", [{"count": -1}]),
        ("inner", [{"count": 1, "more": 2}]),
        ("maybe", {}),
        ("maybe", False),
    ],
)
def test_what_does_not_fit(field: str, value: object) -> None:
    """It is named by where it stands; what stands there is never quoted."""
    with pytest.raises(Unfit) as caught:
        load(Whole, {**FORM, field: value}, "result")
    assert caught.value.at.startswith(f"result.{field}")
    assert str(caught.value) == f"{caught.value.at} is not as agreed"
    assert caught.value.at.isascii()


@pytest.mark.parametrize("whole", [{}, [], None, {**FORM, "more": 1}, FORM.items()])
def test_fields_missing_and_unknown(whole: object) -> None:
    """A field that nobody agreed on may be the one that changes the meaning of the others."""
    with pytest.raises(Unfit):
        load(Whole, whole, "result")
    with pytest.raises(Unfit):
        load(Whole, {name: each for name, each in FORM.items() if name != "maybe"}, "result")


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"a": 1, "a": 2}', "NaN", "[Infinity]", "[" * 100_000, "1" * 5_000, "{'a': 1}"],
)
def test_no_json(text: str) -> None:
    """Twice the same name, numbers that are none, a text that exhausts the parser: one word."""
    with pytest.raises(Unfit, match="JSON"):
        parse(text)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Whole, Inner(1)),
        (Inner, Inner(True)),
        (int, MOST + 1),
        (int, None),
        (str, b"x"),
        (date, TIME),
        (datetime, datetime(2026, 3, 2)),  # noqa: DTZ001  that is what is wrong with it
        (datetime, datetime(1, 1, 1, tzinfo=TIME.tzinfo)),
        (Colour, "red"),
        (tuple[int, ...], [1]),
        (Inner | None, "x"),
        (float, 1.0),
        (int | str, 1),
    ],
)
def test_what_we_do_not_send(kind: Any, value: object) -> None:
    """A value of another type is our own mistake, said without quoting it."""
    with pytest.raises(TypeError):
        dump(kind, value)


def test_types_without_a_form() -> None:
    """A port that is declared with one is found out by its first answer."""
    for kind in (float, bytes, int | str):
        with pytest.raises(TypeError, match="no form"):
            load(kind, "1", "result")


def test_an_enum_of_the_caller_s_is_a_text() -> None:
    """The registry's own words go where a port takes a text."""
    assert type(dump(str, Colour.RED)) is str
    assert load(datetime, "2026-03-02T01:00:00Z", "x") == datetime(2026, 3, 2, 1, tzinfo=UTC)
