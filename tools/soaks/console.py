"""Ask a console for 200 pages a second while a card's purse is loaded over and over.

The same console, card and pages as in tools/benchmarks/console_load.py, for a minute and without a
pause.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.console_load import asking, loads, p99
from benchmarks.console_stage import card_laid, open_console
from benchmarks.page_load import PAGES_A_SECOND


def run(seconds: int) -> dict[str, Any]:
    """Do so for so long, and give the figures; raises Unavailable."""
    with open_console() as console, card_laid(console), asking(console.clerk) as pages:
        pages.begin(PAGES_A_SECOND)
        loads(console.clerk, 1)
        pages.end()
        before, began = _megabytes(console.pid), time.perf_counter()
        pages.begin(seconds * PAGES_A_SECOND)
        loaded = loads(console.clerk, seconds)
        asked = pages.end()
        return {
            "seconds": round(time.perf_counter() - began, 1),
            "pages": len(asked.all),
            "wrong": len(asked.wrong),
            "first_wrong": asked.wrong[:1],
            "page_milliseconds": _times(asked.all),
            "loads": len(loaded),
            "load_milliseconds": _times(loaded),
            "megabytes": [before, _megabytes(console.pid)],
            "measured_on": console.measured_on,
        }


def good(figures: dict[str, Any]) -> bool:
    """Tell whether every page was answered while cards were worked on."""
    return bool(figures["wrong"] == 0 and figures["pages"] > 0 and figures["loads"] > 0)


def _times(times: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(times), 1),
        "p99": round(p99(times), 1),
        "longest": round(max(times), 1),
    }


def _megabytes(pid: int) -> int:
    """Say how much memory a process has in use."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1000
