"""A signature that was drawn: strokes and nothing else go on record, and come out as they were."""

from __future__ import annotations

import pytest

from terminal.errors import RequestWrong
from terminal.rules.vocabulary import Service
from terminal.services.offered.request import Request
from terminal.services.offered.signature import LONGEST, demand_drawn, strokes_of


def request(drawn: str) -> Request:
    return Request(Service.APPLY, wishes={"signature": drawn})


def test_strokes_are_kept() -> None:
    """Two strokes of a pen are two strokes on the slip."""
    path = "M10 20L30 40L50 60M0 0L400 120"
    demand_drawn(request(path))
    assert strokes_of(path) == (((10, 20), (30, 40), (50, 60)), ((0, 0), (400, 120)))


def test_nobody_has_to() -> None:
    """It may be signed on paper."""
    demand_drawn(request(""))
    assert strokes_of("") == ()


@pytest.mark.parametrize(
    "rubbish",
    [
        "M10 20",
        "L10 20L30 40",
        "M1 1L401 1",
        "M1 1L1 121",
        "M1 1L2 2\n",
        "M1 1L2 2 onload=x",
        "M1 1C2 2 3 3 4 4",
        "M1 1" + "L2 2" * LONGEST,
        "签名",
    ],
)
def test_rubbish(rubbish: str) -> None:
    """A form made by hand puts nothing else on record, and on no page."""
    with pytest.raises(RequestWrong):
        demand_drawn(request(rubbish))
