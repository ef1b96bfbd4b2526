"""The chart of a day: how many services in each hour, and of which kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from starlette.responses import Response

from terminal.beijing_time import in_beijing
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.day import Day, day_of
from terminal.texts import Text
from terminal.web.page import Page, SignedInPage
from terminal.web.pages.day_work import day_in

router = APIRouter()
_FIRST_HOUR, _LAST_HOUR = 8, 17
"""Hours that are drawn whether or not anything was done in them."""
HEIGHT, BAR = 200, 72
"""Of the tallest bar, and the width of one with the gap beside it, in the drawing's own units."""
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """Hold a bar: its place, its height, the hour it stands for."""

    x: int
    height: int
    hour: int
    count: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Hold what is drawn of a day, and the table that says the same.

    ``kinds``: for each service its name, its count in each of the hours, and their sum; ``share``
    is how long its bar is, of 100.
    """

    day: date
    hours: tuple[int, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[int, int], ...]
    """Height and number of each line across."""
    kinds: tuple[tuple[Text, tuple[int, ...], int, int], ...]
    total: int

    @property
    def width(self) -> int:
        """Say how wide the bars are together."""
        return BAR * len(self.hours)


@router.get("/day/chart")
def show(page: SignedInPage) -> Response:
    """Show the chart of a day."""
    return page.draw("day_chart.html", chart=chart_of(known_day(page)), height=HEIGHT, bar=BAR)


def known_day(page: Page) -> Day:
    """Give the day that is asked for; raises RequestWrong."""
    desk = page.console.desk(page.who.operator)
    with page.console.registry.reading() as tx:
        return day_of(tx, desk.audit_chain, day_in(page))


def chart_of(day: Day) -> Chart:
    """Count what was done by hour and kind."""
    found = Counter((in_beijing(each.at).hour, each.service) for each in day.done)
    by_hour = Counter[int]()
    for (hour, _), count in found.items():
        by_hour[hour] += count
    hours = tuple(
        range(min(_FIRST_HOUR, *by_hour, _FIRST_HOUR), max(_LAST_HOUR, *by_hour, _LAST_HOUR) + 1)
    )
    step = _step(max(by_hour.values(), default=0))
    top = step * max(1, -(-max(by_hour.values(), default=0) // step))
    sums = Counter[Service]()
    for (_, service), count in found.items():
        sums[service] += count
    most = max(sums.values(), default=1)
    return Chart(
        day.day,
        hours,
        tuple(
            Bar(BAR * place, HEIGHT * by_hour[hour] // top, hour, by_hour[hour])
            for place, hour in enumerate(hours)
        ),
        tuple((HEIGHT * number // top, number) for number in range(0, top + 1, step)),
        tuple(
            (
                SERVICES[service],
                tuple(found[hour, service] for hour in hours),
                count,
                100 * count // most,
            )
            for service, count in sorted(sums.items(), key=lambda each: (-each[1], each[0]))
        ),
        sum(by_hour.values()),
    )


def _step(most: int) -> int:
    """Say how far apart the lines are, so that there are five at most: 1, 2, 5, 10 and so on."""
    scale = 1
    while True:
        for each in _STEPS:
            if each * scale * 5 >= most:
                return each * scale
        scale *= 10
