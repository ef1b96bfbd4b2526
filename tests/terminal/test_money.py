"""Amounts as people write them: what is read as fen, what is refused, how fen are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.money import parse_yuan, yuan


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("50", 5000),
        ("50.5", 5050),
        ("50.50", 5050),
        ("0.01", 1),
        ("0", 0),
        ("007", 700),
        ("9999999.99", 999_999_999),
    ],
)
def test_what_is_read(text: str, fen: int) -> None:
    """One digit behind the point is ten fen, not one."""
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    ["", " 50", "50 ", "50\n", "-1", "+1", "1.", ".5", "1.005", "1e3", "1,000", "５０", "12345678"],
)
def test_what_is_refused(text: str) -> None:
    """An amount that has to be guessed is asked for again."""
    with pytest.raises(ValueError, match="yuan"):
        parse_yuan(text)


@pytest.mark.parametrize(
    ("fen", "text"), [(-150, "-1.50"), (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (5000, "50.00")]
)
def test_how_fen_are_shown(fen: int, text: str) -> None:
    """A shortage of five fen keeps its sign."""
    assert yuan(fen) == text


@given(st.integers(0, 999_999_999))
def test_there_and_back(fen: int) -> None:
    """What is shown is what is read again."""
    assert parse_yuan(yuan(fen)) == fen
