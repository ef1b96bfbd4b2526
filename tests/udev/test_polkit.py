"""The polkit rule: exactly who, exactly what."""

import re
from pathlib import Path

from terminal.diagnosis.access import ACTIONS, GROUP
from terminal.diagnosis.counter_unit import USER, USERS_FILE
from terminal.diagnosis.service import RULE_FILE

UDEV = Path(__file__).parents[2] / "udev"
TEXT = (UDEV / RULE_FILE).read_text("utf-8")
CODE = "\n".join(line for line in TEXT.splitlines() if not line.startswith("//"))


def test_the_name_ends_in_rules() -> None:
    """polkit reads no other files."""
    assert RULE_FILE.endswith(".rules")


def test_both_actions_and_no_other() -> None:
    """One action alone is of no use, and any other is none of our business."""
    assert sorted(re.findall(r"org\.[\w.-]+", CODE)) == sorted(ACTIONS)
    assert CODE.count("action.id ==") == len(ACTIONS)


def test_for_the_group_alone() -> None:
    """YES stands once, behind the group; the rest is left to other rules."""
    assert CODE.count(f'&&\n        subject.isInGroup("{GROUP}")) {{') == 1
    assert re.findall(r"polkit\.Result\.(\w+)", CODE) == ["YES", "NOT_HANDLED"]
    assert CODE.index("isInGroup") < CODE.index("polkit.Result.YES")


def test_the_service_is_in_the_group() -> None:
    """A service has no session, so polkit's defaults refuse it; its user's own group is the rule's.

    A ``u`` line of sysusers.d makes the group of the same name, and it is the user's first.
    """
    line = next(
        each for each in (UDEV / USERS_FILE).read_text("utf-8").splitlines() if each[:1] == "u"
    )
    assert line.split()[:3] == ["u", USER, "-"]
    assert USER == GROUP


def test_brackets_are_closed() -> None:
    """polkit drops a file that does not parse, and everybody stays out."""
    open_ones: list[str] = []
    for sign in re.sub(r'"[^"]*"', "", CODE):
        if sign in "({[":
            open_ones.append(sign)
        elif sign in ")}]":
            assert open_ones.pop() + sign in {"()", "{}", "[]"}
    assert open_ones == []
