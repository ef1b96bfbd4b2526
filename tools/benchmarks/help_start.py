"""``help``: whole-process time of ``guitai --help`` beside importing click alone.

Beside it ``ykman --help`` against an interpreter that does nothing: what is usual.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measure import Entry, Gate, in_turn
from benchmarks.stage import Stage, program

ROUNDS = 25
_YKMAN_ROUNDS = 7


def _process(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def run(rounds: int | None, _stage: Stage) -> list[Entry]:
    """Start both in turn."""
    guitai, ykman, python = program("guitai"), program("ykman"), sys.executable
    pairs = in_turn(
        lambda: _process(guitai, "--help"),
        lambda: _process(python, "-c", "import click"),
        rounds or ROUNDS,
    )
    guitai_us, click_us = pairs.each(1)
    usual = in_turn(
        lambda: _process(ykman, "--help"), lambda: _process(python, "-c", ""), _YKMAN_ROUNDS
    )
    ykman_us, python_us = usual.each(1)
    return [
        Entry(
            "help",
            "time of the process guitai --help ÷ python -c 'import click'",
            pairs.ratio,
            Gate("<=", 1.5),
            {"guitai_ms": round(guitai_us / 1e3, 1), "click_ms": round(click_us / 1e3, 1)},
        ),
        Entry(
            "help.ykman",
            "time of the process ykman --help ÷ python -c ''",
            usual.ratio,
            None,
            {"ykman_ms": round(ykman_us / 1e3, 1), "python_ms": round(python_us / 1e3, 1)},
        ),
    ]
