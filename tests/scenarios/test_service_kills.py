"""A process killed by SIGKILL at every step of every service, and another that asks again.

The stories are in tests/support/service_stories.py and act_stories.py; ``tools/soak services``
kills whoever repeats them as well.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from figures import tell
from service_stories import STORIES

SCRIPT = Path(__file__).parents[1] / "support" / "service_kills.py"
PARTS = 3
"""For as many processes; each is short enough for a slow machine."""
FEWEST_POINTS = 600 // PARTS - 60


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_every_step_the_same_request_ends_it_alike(part: int) -> None:
    """No state, no duty, no fen and no pass may depend on when the power went."""
    names = [each.name for each in STORIES[part::PARTS]]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *names],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    points = sum(each["points"] for each in counts.values())
    lost = [name for name, each in counts.items() if each["lost"]]
    by_story = ", ".join(f"{name} {each['points']}" for name, each in counts.items())
    tell(f"services killed for real: {points} points, {len(lost)} lost: {by_story}")
    assert lost == [], done.stderr
    # Fewer, and points are not found any more: the harness has gone blind.
    assert points >= FEWEST_POINTS
    assert all(each["points"] >= 2 for each in counts.values())
