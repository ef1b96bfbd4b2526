"""The long runs of registry and console, for a moment: what is run for hours must run at all."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def soak(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/soak"), *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def test_who_repeats_is_killed_as_well() -> None:
    """Each kill of the first process has as many of the second, and nothing is lost by two."""
    figures = soak("services", "feedback", "give-back")
    assert figures["kills_by_story"].keys() == {"feedback", "give-back"}
    assert figures["kills"] > 2 * len(figures["kills_by_story"])
    assert figures["lost"] == 0


def test_a_city_that_lives_shortly() -> None:
    """Also a short life has every service in it, for its quiet days do."""
    figures = soak("model", "--lives", "1", "--steps", "4")
    assert figures["held"]
    assert figures["fewest"] > 0


def test_a_console_under_load_for_a_moment() -> None:
    """Pages and card work on the real daemon: both come to their end, and nothing is left out."""
    figures = soak("console", "--seconds", "1")
    assert (figures["pages"], figures["wrong"]) == (200, 0)
    assert figures["loads"] > 0


@pytest.mark.parametrize("arguments", [("services", "no-such-story"), ("nothing",)])
def test_nothing_is_no_success(arguments: tuple[str, ...]) -> None:
    """A long run that ran nothing must not look like one that lost nothing."""
    with pytest.raises(AssertionError):
        soak(*arguments)
