"""Papers and lists as data: what stands on them, and what never shows."""

from datetime import UTC, datetime

import pytest

from terminal.documents.capitals import MOST_FEN
from terminal.documents.paper import Column, Paper, Report, row
from terminal.texts import Text

AT = datetime(2026, 3, 4, 16, 6, 7, tzinfo=UTC)
TITLE = Text("业务受理单", "Acceptance slip")
NAME = Text("姓名", "Name")


def test_the_table() -> None:
    """Number and outlet first, then what the service says, money, who and when in Beijing time."""
    paper = Paper(
        TITLE, "测试网点", "1", AT, (row(NAME, "测试"),), amount=123_456, operator="C0001"
    )
    assert [(each.label.zh, each.value.zh) for each in paper.table()] == [
        ("编号", "1"),
        ("网点", "测试网点"),
        ("姓名", "测试"),
        ("金额", "¥1234.56"),
        ("金额大写", "人民币壹仟贰佰叁拾肆元伍角陆分"),
        ("经办人", "C0001"),
        ("打印时间", "2026-03-05 00:06:07"),
    ]


def test_what_is_empty_is_left_out() -> None:
    """A test page has no number and no amount; a row that says nothing would look forgotten."""
    table = Paper(TITLE, "", "", AT).table()
    assert [each.label.en for each in table] == ["Printed at"]


def test_no_amount_is_not_zero() -> None:
    """Zero yuan is an amount, and stands there."""
    values = [each.value.zh for each in Paper(TITLE, "", "", AT, amount=0).table()]
    assert values[:2] == ["¥0.00", "人民币零元整"]


@pytest.mark.parametrize("amount", [-1, MOST_FEN + 1])
def test_no_such_amount(amount: int) -> None:
    """A paper with an amount that cannot be written is refused before it is drawn."""
    with pytest.raises(ValueError, match="amount"):
        Paper(TITLE, "", "", AT, amount=amount)


def test_a_moment_has_a_zone() -> None:
    """A moment without one would be printed eight hours wrong at night."""
    with pytest.raises(ValueError, match="time zone"):
        Paper(TITLE, "", "", AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="time zone"):
        Report(TITLE, "", AT.replace(tzinfo=None), (Column(NAME),))


def test_a_cell_for_each_column() -> None:
    """A row with another number of cells would put a name under another head."""
    with pytest.raises(ValueError, match="cell"):
        Report(TITLE, "", AT, (Column(NAME),), ((NAME, NAME),))
    with pytest.raises(ValueError, match="cell"):
        Report(TITLE, "", AT, ())


def test_nothing_shows_a_name() -> None:
    """Papers go through logs of errors as values do: no repr has what is on them."""
    paper = Paper(TITLE, "", "", AT, (row(NAME, "测试甲"),), notices=(Text("测试甲", "x"),))
    report = Report(TITLE, "", AT, (Column(NAME),), ((Text("测试甲", "x"),),))
    assert "测试" not in repr((paper, report, paper.rows[0]))
