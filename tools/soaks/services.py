"""Kill a process at every step of every service, and whoever repeats it at each of theirs.

The stories and the killer are the tests' own (tests/support/service_kills.py); the tests kill once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).resolve().parents[2] / "tests/support/service_kills.py"


def run(stories: list[str]) -> dict[str, Any]:
    """Kill the stories that are named, or all, and give the figures."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--twice", *stories],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    counts = json.loads(done.stdout)
    return {
        "stories": len(counts),
        "kills": sum(each["points"] for each in counts.values()),
        "lost": sum(each["lost"] for each in counts.values()),
        "seconds": round(time.monotonic() - began, 1),
        "kills_by_story": {name: each["points"] for name, each in counts.items()},
    }


def good(figures: dict[str, Any]) -> bool:
    """Tell whether something was killed, and nothing was lost."""
    return bool(figures["kills"] > 0 and figures["lost"] == 0)
