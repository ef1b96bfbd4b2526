"""The chart of a day: drawn on the server, and said again in a table."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console_in_process import ConsoleInProcess
from day_pages import day_console, plain, troubles_of
from serving_desk import typed

from terminal.beijing_time import BEIJING, beijing_day
from terminal.rules.vocabulary import Service
from terminal.services.day import Day, Done
from terminal.web.pages import day_chart
from terminal.web.pages.day_chart import HEIGHT, chart_of


def day(*done: tuple[int, Service]) -> Day:
    """Make a day on which services were done, by hour."""
    at = datetime(2026, 3, 2, tzinfo=BEIJING)
    made = tuple(Done(at.replace(hour=hour), service, "li") for hour, service in done)
    return Day(at.date(), None, None, made)


def test_counted_by_hour_and_kind() -> None:
    """An hour's bar is as tall as its share, and the table's sums are the bars'."""
    chart = chart_of(
        day((9, Service.TRANSIT_LOAD), (9, Service.ENABLE), (14, Service.TRANSIT_LOAD))
    )
    heights = {each.hour: each.height for each in chart.bars if each.count}
    assert heights == {9: HEIGHT, 14: HEIGHT // 2}
    assert [each.hour for each in chart.bars] == list(range(8, 18))
    (loads, enabled) = chart.kinds
    assert (loads[2], loads[3], sum(loads[1])) == (2, 100, 2)
    assert (enabled[2], enabled[3]) == (1, 50)
    assert chart.total == 3


def test_early_and_late_hours_are_drawn_too() -> None:
    """Nothing that was done falls off the edge of the picture."""
    chart = chart_of(day((6, Service.ENABLE), (22, Service.ENABLE)))
    assert (chart.hours[0], chart.hours[-1]) == (6, 22)


@pytest.mark.parametrize("count", [0, 1, 7, 26, 99, 1234])
def test_lines_across(count: int) -> None:
    """A few lines, the top one at or above the tallest bar, at any size of day."""
    chart = chart_of(day(*[(9, Service.ENABLE)] * count))
    assert len(chart.ticks) <= 6
    assert chart.ticks[-1][0] <= HEIGHT
    assert chart.ticks[-1][1] >= count


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        yield made


def test_drawn_without_style(counter: ConsoleInProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy lets no inline style in, and who sees no picture reads the same in a table."""
    made = day((9, Service.TRANSIT_LOAD), (10, Service.ENABLE))
    monkeypatch.setattr(day_chart, "known_day", lambda _: made)
    shown = counter.signed_in().get("/day/chart")
    assert troubles_of(shown) == []
    assert shown.text.count('class="bar"') == 10 + 2
    assert "交通账户充值 1 1" in plain(shown)


def test_services_of_the_day_are_in_it(counter: ConsoleInProcess) -> None:
    """What the audit has as done is what is drawn: nothing is counted twice or kept apart."""
    desk = counter.desk.as_("li")
    desk.card_of()
    assert desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed()).status == 0
    shown = plain(counter.signed_in().get(f"/day/chart?day={beijing_day(datetime.now(UTC))}"))
    assert "共办理 1 件" in shown
    assert "临时挂失" in shown
