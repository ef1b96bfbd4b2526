"""Text before it is drawn: what nobody sees is taken out, lines fit, words stay whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.typesetting import shapes, tidy, wrap


def columns(text: str) -> int:
    """Measure as a receipt printer does."""
    return sum(1 if char <= "~" else 2 for char in text)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a\tb\x00c\x1b@\x7fd", "a b c @ d"),
        ("一\u202e二\u2066三\u200b四\ufeff", "一二三四"),
        ("a\u2028b\u00a0c", "a b c"),
        ("a\nb", "a\nb"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
    ],
)
def test_tidy(text: str, drawn: str) -> None:
    """A name must not send commands to a printer, nor be shown from behind."""
    assert tidy(text) == drawn


def test_shapes() -> None:
    """A selector belongs to its character; one without a character stands for itself."""
    assert list(shapes("葛\U000e0100田\ufe00")) == ["葛\U000e0100", "田\ufe00"]
    assert list(shapes("\ufe0f吉吉")) == ["\ufe0f", "吉", "吉"]
    assert list(shapes("")) == []


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 8, [""]),
        ("一二三四五", 8, ["一二三四", "五"]),
        ("一二三四，五", 8, ["一二三", "四，五"]),
        ("一二三（四）", 8, ["一二三", "（四）"]),
        ("abc def ghi", 8, ["abc def", "ghi"]),
        ("abcdefghijk", 8, ["abcdefgh", "ijk"]),
        ("一\n\n二", 8, ["一", "", "二"]),
        ("一二", 1, ["一", "二"]),
        ("  abc", 8, ["  abc"]),
        ("，。，。，。，。，。", 8, ["，。，。", "，。，。", "，。"]),
    ],
)
def test_wrap(text: str, room: int, lines: list[str]) -> None:
    """Chinese breaks anywhere but before a comma, English between words."""
    assert wrap(text, room, columns) == lines


def test_later_lines_have_another_room() -> None:
    """A row that goes on is indented: what follows the first line has less room."""
    assert wrap("一二三四五六七", 8, columns, 4) == ["一二三四", "五六", "七"]


@given(st.text(st.sampled_from("一二，。（a b-\n"), max_size=60), st.integers(2, 20))
def test_nothing_is_lost(text: str, room: int) -> None:
    """Every line fits, and together they are the text, blanks at a line's end aside."""
    lines = wrap(text, room, columns)
    assert all(columns(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
