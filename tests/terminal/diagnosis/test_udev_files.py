"""Our udev rules on a machine: installed, as shipped, in their place."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.diagnosis.finding import Finding, Level
from terminal.diagnosis.machine import Machine

Found = Callable[..., dict[str, Finding]]
Plug = Callable[..., None]
Write = Callable[..., Path]
READERS, PORTS = "60-guitai-readers.rules", "62-guitai-ports.rules"
ETC, LIB = "/etc/udev/rules.d", "/usr/lib/udev/rules.d"


@pytest.fixture
def rules(root: Path) -> Path:
    """Give the machine's own folder of rules."""
    return root / ETC.lstrip("/")


def test_all_is_well(found: Found) -> None:
    """The files as they are shipped: nothing to do, and nothing to read but where they are."""
    installed = found()["udev_rules_installed"]
    assert (installed.code, installed.level) == ("udev_rules_installed", Level.OK)
    assert ETC in installed.what.zh


@pytest.mark.parametrize(
    ("file", "ids", "kind"),
    [
        (READERS, "0471:a112", "03"),
        (READERS, "0400:c35a", "ff"),
        (PORTS, "1a86:7523", "ff"),
        (PORTS, "0416:5011", "07"),
    ],
    ids=["hidraw", "ID reader", "converter", "printer"],
)
def test_wanted(found: Found, rules: Path, plug: Plug, file: str, ids: str, kind: str) -> None:
    """Missing rules are a warning only where a device is there that wants them."""
    (rules / file).unlink()
    plug("1483:0001")  # a keyboard needs no rule
    plug("072f:b100", kind="0b")  # nor does a standard reader
    assert "udev_rules_missing" in found()
    assert file in found()["udev_rules_missing"].what.zh
    plug(ids, "Gerät", kind=kind)
    all_found = found()
    assert "udev_rules_wanted" in all_found
    assert "udev_rules_missing" not in all_found
    wanted = all_found["udev_rules_wanted"]
    assert ids in wanted.what.en
    assert wanted.remedy is not None
    assert f"{file} /etc/udev/rules.d/" in wanted.remedy.en


@pytest.mark.parametrize("file", [READERS, PORTS, "90-guitai-brltty.rules"])
def test_another_text(found: Found, rules: Path, file: str) -> None:
    """An older file lacks devices, and one with a mistake in it opens none; both look installed."""
    (rules / file).write_text("# old\n", "utf-8")
    differs = found()["udev_rules_differ"]
    assert differs.code == "udev_rules_differ"
    assert f"{ETC}/{file}" in differs.what.zh
    assert differs.remedy is not None
    assert f"install -m 644 {Path(__file__).parents[3]}/udev/{file} {ETC}/" in differs.remedy.zh


@pytest.mark.parametrize("kind", ["old copy", "emptied by a link"])
def test_shadowed(found: Found, root: Path, rules: Path, kind: str) -> None:
    """A forgotten copy in /etc hides what a package brought, and looks the same in a listing."""
    packaged = root / LIB.lstrip("/")
    packaged.mkdir(parents=True)
    shutil.move(rules / PORTS, packaged)
    assert "udev_rules_shadowed" not in found()
    if kind == "old copy":
        (rules / PORTS).write_text("# old\n", "utf-8")
    else:
        (rules / PORTS).symlink_to("/dev/null")
    shadowed = found()["udev_rules_shadowed"]
    assert shadowed.code == "udev_rules_shadowed"
    assert shadowed.remedy is not None
    assert f"rm {ETC}/{PORTS}" in shadowed.remedy.en


def test_a_right_copy_hides_nothing(found: Found, write: Write) -> None:
    """Where /etc has what we ship, an older file behind it is never read."""
    write(f"{LIB}/{PORTS}", "# old\n")
    assert {"udev_rules_shadowed", "udev_rules_differ"}.isdisjoint(found())


def test_one_folder_by_two_names(found: Found, root: Path, rules: Path) -> None:
    """/lib is /usr/lib on a merged system: a file there is one file, not two."""
    packaged = root / LIB.lstrip("/")
    packaged.mkdir(parents=True)
    shutil.move(rules / READERS, packaged)
    (packaged / READERS).write_text("# old\n", "utf-8")
    (root / "lib").symlink_to("usr/lib")
    all_found = found()
    assert "udev_rules_differ" in all_found
    assert f"{LIB}/{READERS}" in all_found["udev_rules_differ"].what.zh
    assert "udev_rules_shadowed" not in all_found


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("99-guitai-readers.rules", READERS),
        ("50-guitai-ports.rules", PORTS),
        ("guitai-ports.rules", PORTS),
        ("80-guitai-brltty.rules", "90-guitai-brltty.rules"),
        ("70-guitai-desk.rules", "61-guitai-desk.rules"),
    ],
)
def test_another_number(found: Found, write: Write, name: str, right: str) -> None:
    """Behind 70 the tag is set too late, before 60-serial.rules nothing is known of the port."""
    write(f"{ETC}/{name}", "# rules\n")
    renamed = found()["udev_rules_renamed"]
    assert renamed.code == "udev_rules_renamed"
    assert renamed.remedy is not None
    assert f"mv {ETC}/{name} {ETC}/{right}" in renamed.remedy.zh


def test_the_desks_own_rules_are_its_own(found: Found, write: Write) -> None:
    """What a desk wrote is nobody's to compare, and an example that was left there is not read."""
    healthy = set(found())
    write(f"{ETC}/61-guitai-desk.rules", "# ours\n")
    write(f"{ETC}/61-guitai-desk.rules.example", "# an example\n")
    write(f"{ETC}/10-other.rules", "# theirs\n")
    assert set(found()) == healthy


def test_nothing_to_compare_with(found: Found, rules: Path) -> None:
    """Where our own files are not at hand, a file that is there is taken for right."""
    (rules / PORTS).write_text("# old\n", "utf-8")
    assert "udev_rules_differ" not in found(shipped=None)


def test_what_we_ship_is_found(machine: Callable[..., Machine]) -> None:
    """The folder that the commands name is really there."""
    shipped = Machine(machine().pcsc).shipped
    assert shipped is not None
    assert (shipped / PORTS).is_file()
