"""Let a city live in any order: what must always hold does, and every fen is somewhere.

The city is the tests' own (tests/support/model_city.py); the tests let it live shortly, and always
the same lives.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).resolve().parents[2] / "tests/support/model_city.py"


def run(lives: int, steps: int) -> dict[str, Any]:
    """Play so many lives of so many steps, and give the figures; what went wrong is printed."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(lives), str(steps)],
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    counts = json.loads(done.stdout) if done.returncode == 0 else {}
    return {
        "lives": lives,
        "steps": steps,
        "held": done.returncode == 0,
        "services_done": sum(counts.values()),
        "fewest": min(counts.values(), default=0),
        "seconds": round(time.monotonic() - began, 1),
        "done_by_service": counts,
    }


def good(figures: dict[str, Any]) -> bool:
    """Tell whether all held, and every service was done."""
    return bool(figures["held"] and figures["fewest"] > 0)
