"""The page about PIN pads says what the code does: its tables are held against it.

IT people set switches by that page; a name or default that is wrong there costs an outlet a day.
"""

import dataclasses
import re
from enum import Enum
from pathlib import Path

import pytest

from apdu.zt598_switches import NO_UID, PUBLIC_UID, SPEEDS, Model, Switches, switches_of
from terminal.devices.zt598 import Zt598

PAGE = (Path(__file__).parents[3] / "docs" / "pin-pad.md").read_text("utf-8")
NAMES = [each.name for each in dataclasses.fields(Switches)]


def quoted(cell: str) -> list[str]:
    """Give what stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def rows(heading: str) -> list[list[str]]:
    """Give the cells of the table under a heading, without its head."""
    section = PAGE.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


SWITCHES = {quoted(row[0])[0]: row[1:] for row in rows("十个开关")}


def choices(name: str) -> list[str]:
    """Give the words a switch takes in the configuration."""
    value = getattr(switches_of("zt588", {}), name)
    if isinstance(value, Enum):
        return [each.name.lower() for each in type(value)]
    return [str(each) for each in SPEEDS] if name == "speed" else [NO_UID, PUBLIC_UID]


def test_every_switch_is_on_the_page() -> None:
    """All ten, in the order of the code."""
    assert list(SWITCHES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_values(name: str) -> None:
    """What the page offers is what the configuration takes, all of it and nothing else."""
    assert quoted(SWITCHES[name][0]) == choices(name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", list(Model))
def test_defaults(name: str, model: Model) -> None:
    """The word under a model is its default: setting it changes nothing."""
    column = 1 + list(Model).index(model)
    (default,) = quoted(SWITCHES[name][column])
    # The other switches follow the model, so that no pair of them excludes the other.
    assert switches_of(model.value, {name: default}) == switches_of(model.value, {})


def test_the_bodies_on_the_page() -> None:
    """Each switch has said what it changes on the wire."""
    assert all(quoted(row[3]) or name == "speed" for name, row in SWITCHES.items())


def test_functions() -> None:
    """What the driver offers is on the page, and that it has no display."""
    said = {row[0].split(" ", 1)[1]: row[1] for row in rows("能做什么") if " " in row[0]}
    assert said["display"].endswith("none")
    assert not Zt598.has_display
    offered = {
        "version": "info",
        "self-test": "self_test",
        "reset": "reset",
        "keys": "load_work_key",
        "clear entry": "enter_service_pin",
        "cipher entry": "enter_pin_block",
        "cancel": "cancel",
    }
    for function, method in offered.items():
        assert said[function].endswith("yes")
        assert callable(getattr(Zt598, method))
