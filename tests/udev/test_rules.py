"""The udev and polkit rules: grammar, effect, and nothing that opens a reader to everybody.

Debian 12 has no `udevadm verify`, so what udev(7) says of the grammar is checked here.
"""

import fnmatch
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from terminal.diagnosis.access import ACTIONS, GROUP
from terminal.diagnosis.drivers import UDEV_RULES
from terminal.diagnosis.known_devices import VENDOR_DEVICES, VendorDevice
from terminal.diagnosis.service import RULE_FILE

UDEV = Path(__file__).parents[2] / "udev"
FILES = sorted(path for path in UDEV.glob("*.rules") if not path.name.endswith(".polkit.rules"))

TOKEN = re.compile(
    r"\s*(?P<key>[A-Z_]+)(?:\{(?P<attribute>[^}]+)\})?\s*(?P<operator>==|!=|\+=|-=|:=|=)\s*"
    r'(?P<value>i?e?"(?:[^"\\]|\\.)*")\s*(?P<comma>,|$)'
)
MATCH = {"==", "!="}
MATCH_KEYS = {
    *("ACTION", "DEVPATH", "KERNEL", "KERNELS", "NAME", "SYMLINK", "SUBSYSTEM", "SUBSYSTEMS"),
    *("DRIVER", "DRIVERS", "ATTR", "ATTRS", "SYSCTL", "ENV", "CONST", "TAG", "TAGS", "TEST"),
    *("PROGRAM", "RESULT"),
}
ASSIGN_KEYS = {
    *("NAME", "SYMLINK", "OWNER", "GROUP", "MODE", "SECLABEL", "ATTR", "SYSCTL", "ENV", "TAG"),
    *("RUN", "LABEL", "GOTO", "IMPORT", "OPTIONS", "PROGRAM"),
}
NEEDS_ATTRIBUTE = {"ATTR", "ATTRS", "SYSCTL", "ENV", "CONST", "SECLABEL", "IMPORT"}
TAKES_ATTRIBUTE = NEEDS_ATTRIBUTE | {"RUN", "TEST"}
LISTS = {"SYMLINK", "ENV", "TAG", "RUN", "OPTIONS", "SECLABEL"}
SINGLE = {"LABEL", "GOTO"}


@dataclass(frozen=True)
class Pair:
    """One key with its operator and value."""

    key: str
    attribute: str
    operator: str
    value: str

    @property
    def matches(self) -> bool:
        return self.operator in MATCH


Rule = tuple[Pair, ...]


def parse(text: str) -> list[Rule]:
    """Read rules as udev(7) describes them; raises ValueError with what is wrong."""
    rules = []
    for line in text.replace("\\\n", "").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            rules.append(rule(line.rstrip()))
    check_jumps(rules)
    return rules


def rule(line: str) -> Rule:
    pairs, at = [], 0
    while at < len(line):
        token = TOKEN.match(line, at)
        if token is None:
            raise ValueError(f"no key, operator and quoted value: {line[at:]}")
        at = token.end()
        if token["comma"] and at == len(line):
            raise ValueError(f"a comma at the end: {line}")
        pairs.append(
            Pair(
                token["key"],
                token["attribute"] or "",
                token["operator"],
                token["value"].lstrip("ie")[1:-1],
            )
        )
        check(pairs[-1])
    if all(pair.matches for pair in pairs):
        raise ValueError(f"matches, and does nothing: {line}")
    return tuple(pairs)


def check(pair: Pair) -> None:
    if pair.key not in (MATCH_KEYS if pair.matches else ASSIGN_KEYS):
        raise ValueError(f"{pair.key} has no {pair.operator}")
    if pair.key in NEEDS_ATTRIBUTE and not pair.attribute:
        raise ValueError(f"{pair.key} of what?")
    if pair.attribute and pair.key not in TAKES_ATTRIBUTE:
        raise ValueError(f"{pair.key} has no attribute")
    if pair.operator in {"+=", "-="} and pair.key not in LISTS:
        raise ValueError(f"{pair.key} is no list")
    if pair.key in SINGLE and pair.operator != "=":
        raise ValueError(f"{pair.key} has no {pair.operator}")
    if not pair.value and not pair.matches:
        raise ValueError(f"{pair.key} is given nothing")


def check_jumps(rules: list[Rule]) -> None:
    """A jump goes forward to a label that is there once."""
    labels = {
        pair.value: at for at, each in enumerate(rules) for pair in each if pair.key == "LABEL"
    }
    if len(labels) != sum(pair.key == "LABEL" for each in rules for pair in each):
        raise ValueError("a label stands twice")
    for at, each in enumerate(rules):
        for pair in each:
            if pair.key == "GOTO" and labels.get(pair.value, -1) <= at:
                raise ValueError(f"no label {pair.value} further down")


def tags(rules: list[Rule], device: dict[str, str]) -> set[str]:
    """Give the tags that the rules set on a device, described by its keys (``ATTR{idVendor}``)."""
    found: set[str] = set()
    at = 0
    while at < len(rules):
        if all(fits(pair, device) for pair in rules[at] if pair.matches):
            found |= {pair.value for pair in rules[at] if pair.key == "TAG"}
            goto = [pair.value for pair in rules[at] if pair.key == "GOTO"]
            if goto:
                at = next(
                    i
                    for i, each in enumerate(rules)
                    if any(p.key == "LABEL" and p.value == goto[0] for p in each)
                )
        at += 1
    return found


def fits(pair: Pair, device: dict[str, str]) -> bool:
    name = f"{pair.key}{{{pair.attribute}}}" if pair.attribute else pair.key
    value = device.get(name, "")
    equal = any(fnmatch.fnmatchcase(value, each) for each in pair.value.split("|"))
    return equal is (pair.operator == "==")


def usb(ids: str, **more: str) -> dict[str, str]:
    vendor, product = ids.split(":")
    return {
        "ACTION": "add", "SUBSYSTEM": "usb", "ENV{DEVTYPE}": "usb_device",
        "ATTR{idVendor}": vendor, "ATTR{idProduct}": product,
        "ATTRS{idVendor}": vendor, "ATTRS{idProduct}": product, **more,
    }  # fmt: skip


def hidraw(ids: str) -> dict[str, str]:
    """A HID device's node: the ids are its parent's, so ATTR does not see them."""
    vendor, product = ids.split(":")
    return {
        "ACTION": "add", "SUBSYSTEM": "hidraw",
        "ATTRS{idVendor}": vendor, "ATTRS{idProduct}": product,
    }  # fmt: skip


OURS = parse((UDEV / UDEV_RULES).read_text("utf-8"))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('SUBSYSTEM="usb", TAG+="x"', "SUBSYSTEM has no ="),
        ('SUBSYSTEM=="usb" TAG+="x"', "no key, operator"),
        ('SUBSYSTEM=="usb", TAG+="x",', "a comma at the end"),
        ("SUBSYSTEM==usb, TAG+=x", "no key, operator"),
        ('SUBSYSTEM=="usb', "no key, operator"),
        ('SUBSYSTEM=="usb"', "does nothing"),
        ('SUBSYSTEMM=="usb", TAG+="x"', "SUBSYSTEMM has no =="),
        ('ATTR=="1", TAG+="x"', "ATTR of what"),
        ('KERNEL{x}=="1", TAG+="x"', "KERNEL has no attribute"),
        ('KERNEL=="1", GROUP+="x"', "GROUP is no list"),
        ('KERNEL=="1", TAG+=""', "TAG is given nothing"),
        ('LABEL:="x"', "LABEL has no :="),
        ('GOTO="end"', "no label end"),
        ('LABEL="end"\nGOTO="end"', "no label end"),
        ('LABEL="end"\nLABEL="end"', "stands twice"),
    ],
)
def test_the_checker_complains(line: str, complaint: str) -> None:
    """A checker that lets everything pass would make the next test worthless."""
    with pytest.raises(ValueError, match=complaint):
        parse(line)


def test_the_checker_knows_the_grammar() -> None:
    """What Debian's own rules use must pass: continued lines, comments, every operator."""
    text = (
        '# a comment\n\nACTION!="remove", ENV{X}=="?*", \\\n  TEST{0444}=="power", '
        'ATTR{power/control}="auto", RUN{builtin}+="kmod", MODE:="0660", TAG-="x"\n'
    )
    (parsed,) = parse(text)
    assert [pair.operator for pair in parsed] == ["!=", "==", "==", "=", "+=", ":=", "-="]


def test_there_are_rules() -> None:
    """A renamed folder must not make the tests below run over nothing."""
    assert [path.name for path in FILES] == [UDEV_RULES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_line(path: Path) -> None:
    """udev skips a line it does not understand, and the device stays closed without a word."""
    assert parse(path.read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_number_is_below_70(path: Path) -> None:
    """70-uaccess.rules reads the tag: what is set after it has no effect."""
    assert re.fullmatch(r"[0-6]\d-guitai-[a-z-]+\.rules", path.name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_opened_to_everybody(path: Path) -> None:
    """A device node that all may write is open to every process on the machine."""
    for each in parse(path.read_text("utf-8")):
        for pair in each:
            assert pair.key not in {"MODE", "OWNER", "RUN", "PROGRAM"}, pair


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_ids_are_as_the_kernel_writes_them(path: Path) -> None:
    """/sys has ids as four hex digits in lower case; a capital letter never matches."""
    ids = [
        pair.value
        for each in parse(path.read_text("utf-8"))
        for pair in each
        if pair.attribute in {"idVendor", "idProduct"}
    ]
    assert ids
    assert all(re.fullmatch("[0-9a-f]{4}", value) for value in ids)


@pytest.mark.parametrize("device", VENDOR_DEVICES, ids=lambda each: each.ids)
def test_known_devices_are_opened(device: VendorDevice) -> None:
    """`guitai doctor` sends people to these rules for each of these devices."""
    as_usb, as_hidraw = tags(OURS, usb(device.ids)), tags(OURS, hidraw(device.ids))
    assert (as_usb, as_hidraw) == (
        ({"uaccess"}, set()) if device.transport == "usb" else (set(), {"uaccess"})
    )


@pytest.mark.parametrize(
    "device",
    [
        usb("072f:b100"),
        usb("0400:0001"),
        usb("0471:c35a"),
        usb("0400:c35a", ACTION="remove"),
        usb("0400:c35a", **{"ENV{DEVTYPE}": "usb_interface"}),
        usb("0400:c35a", SUBSYSTEM="tty"),
        hidraw("046d:c31c"),
    ],
    ids=["ccid", "vendor only", "mixed ids", "removed", "interface", "tty", "keyboard"],
)
def test_other_devices_are_left_alone(device: dict[str, str]) -> None:
    """CCID readers are pcscd's and libccid's; a keyboard's node shows what is typed."""
    assert tags(OURS, device) == set()


class TestPolkit:
    text = (UDEV / RULE_FILE).read_text("utf-8")
    code = "\n".join(line for line in text.splitlines() if not line.startswith("//"))

    def test_the_name_ends_in_rules(self) -> None:
        """polkit reads no other files."""
        assert RULE_FILE.endswith(".rules")

    def test_both_actions_and_no_other(self) -> None:
        """One action alone is of no use, and any other is none of our business."""
        assert sorted(re.findall(r"org\.[\w.-]+", self.code)) == sorted(ACTIONS)
        assert self.code.count("action.id ==") == len(ACTIONS)

    def test_for_the_group_alone(self) -> None:
        """YES stands once, behind the group; the rest is left to other rules."""
        assert self.code.count(f'&&\n        subject.isInGroup("{GROUP}")) {{') == 1
        assert re.findall(r"polkit\.Result\.(\w+)", self.code) == ["YES", "NOT_HANDLED"]
        assert self.code.index("isInGroup") < self.code.index("polkit.Result.YES")

    def test_brackets_are_closed(self) -> None:
        """polkit drops a file that does not parse, and everybody stays out."""
        open_ones: list[str] = []
        for sign in re.sub(r'"[^"]*"', "", self.code):
            if sign in "({[":
                open_ones.append(sign)
            elif sign in ")}]":
                assert open_ones.pop() + sign in {"()", "{}", "[]"}
        assert open_ones == []


def test_the_page_names_every_file() -> None:
    """A file that the page does not place is installed nowhere."""
    page = (UDEV / "README.md").read_text("utf-8")
    for path in UDEV.glob("*.rules"):
        assert page.count(f"| `{path.name}` |") == 2  # once in each language
        assert f"install -m 644 {path.name} /etc/" in page
