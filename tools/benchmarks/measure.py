"""Measure in pairs, and judge: what every benchmark shares.

A ratio compares two programs that ran in turn, A B A B …, in one process on one machine; it is
the median over the pairs' own ratios, so that a neighbour's noise hits both halves of a pair and
a burst of it hits few pairs. Absolute times stand beside it and judge nothing.
"""

from __future__ import annotations

import operator
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">=": operator.ge,
}


class Unavailable(Exception):
    """Say why a benchmark cannot run here; it counts as missed, never as passed."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Hold the ratios of all pairs: their median, the least, the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, ratios: Iterable[float]) -> Ratio:
        """Summarise the ratios of the pairs."""
        ordered = sorted(ratios)
        return cls(statistics.median(ordered), ordered[0], ordered[-1])


@dataclass(frozen=True, slots=True)
class Gate:
    """Hold what the median must be: ``<``, ``<=`` or ``>=`` a value."""

    op: str
    value: float

    def admits(self, number: float) -> bool:
        """Tell whether a number passes."""
        return _COMPARISONS[self.op](number, self.value)


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one line of the result; ``gate`` None means that it is reported only."""

    name: str
    what: str
    ratio: Ratio | None
    gate: Gate | None = None
    absolute: Mapping[str, Any] = field(default_factory=dict)
    unavailable: str | None = None

    @property
    def passed(self) -> bool:
        """Tell whether the gate was met; without a gate there is nothing to miss."""
        if self.unavailable is not None:
            return False
        return self.gate is None or (self.ratio is not None and self.gate.admits(self.ratio.median))

    def document(self) -> dict[str, Any]:
        """Make the JSON form."""
        return {
            "name": self.name,
            "what": self.what,
            "ratio": self.ratio
            and {
                "median": round(self.ratio.median, 4),
                "min": round(self.ratio.least, 4),
                "max": round(self.ratio.greatest, 4),
            },
            "gate": self.gate and {"op": self.gate.op, "value": self.gate.value},
            "pass": self.passed,
            "absolute": dict(self.absolute),
        } | ({"unavailable": self.unavailable} if self.unavailable is not None else {})


@dataclass(frozen=True, slots=True)
class Pairs:
    """Hold what the two of each pair took, in seconds."""

    seconds: tuple[tuple[float, float], ...]

    @property
    def ratio(self) -> Ratio:
        """Give first ÷ second."""
        return Ratio.of(first / second for first, second in self.seconds)

    def each(self, count: int) -> tuple[float, float]:
        """Give the medians of both for one of ``count`` repetitions, in microseconds."""
        first, second = (statistics.median(column) for column in zip(*self.seconds, strict=True))
        return round(first / count * 1e6, 3), round(second / count * 1e6, 3)


def in_turn(
    first: Callable[[], object],
    second: Callable[[], object],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Pairs:
    """Run both in turn; one pair before the first is not counted: caches are cold in it."""
    first()
    second()
    return Pairs(tuple((_time(first, clock), _time(second, clock)) for _ in range(rounds)))


def _time(run: Callable[[], object], clock: Callable[[], float]) -> float:
    began = clock()
    run()
    return clock() - began
