"""The counter as a service on a machine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.diagnosis.finding import Finding, Level

Found = Callable[..., dict[str, Finding]]
Write = Callable[..., Path]
UNIT = "guitai-counter.service"
ETC = "/etc/systemd/system"


@pytest.fixture
def unit(root: Path) -> Path:
    """Give the installed unit."""
    return root / f"{ETC}/{UNIT}".lstrip("/")


def codes(all_found: dict[str, Finding]) -> set[str]:
    return {code for code in all_found if code.startswith("counter_")}


def test_ready(found: Found) -> None:
    """Installed as shipped, enabled, its user and its program there: one line says so."""
    assert codes(found()) == {"counter_service_ready"}


def test_none(found: Found, unit: Path) -> None:
    """A desk may start the counter by hand; that is no fault, and worth knowing."""
    unit.unlink()
    none = found()["counter_no_service"]
    assert (none.code, none.level) == ("counter_no_service", Level.NOTE)


def test_masked(found: Found, unit: Path) -> None:
    """Enabling a masked unit fails, so that must be undone first."""
    unit.unlink()
    unit.symlink_to("/dev/null")
    assert codes(found()) == {"counter_unit_masked"}


def test_differs(found: Found, unit: Path) -> None:
    """A unit that lost its protection goes on running and looks the same from outside."""
    unit.write_text(unit.read_text("utf-8").replace("ProtectHome=yes\n", ""), "utf-8")
    all_found = found()
    assert codes(all_found) == {"counter_unit_differs"}
    remedy = all_found["counter_unit_differs"].remedy
    assert remedy is not None
    assert f"{UNIT} {ETC}/{UNIT}" in remedy.zh


def test_the_one_that_holds(found: Found, unit: Path, write: Write) -> None:
    """/etc stands before what a package brought, whatever is in it."""
    write(f"/usr/lib/systemd/system/{UNIT}", "old")
    assert codes(found()) == {"counter_service_ready"}
    unit.unlink()
    assert "counter_unit_differs" in found()


def test_disabled(found: Found, root: Path) -> None:
    """Works today, not tomorrow: a unit started by hand is gone after a restart."""
    (root / f"{ETC}/multi-user.target.wants/{UNIT}".lstrip("/")).unlink()
    assert codes(found()) == {"counter_unit_disabled"}


@pytest.mark.parametrize("accounts", ["root:x:0:0::/root:/bin/sh\n", "guitai2:x:1:1::/:\n", ""])
def test_user_missing(found: Found, write: Write, accounts: str) -> None:
    """systemd gives 217 and starts nothing; the command that makes the user is told."""
    write("/etc/passwd", accounts)
    missing = found()["counter_user_missing"]
    assert (missing.code, missing.level) == ("counter_user_missing", Level.FAIL)
    assert missing.remedy is not None
    assert "guitai.sysusers.conf /etc/sysusers.d/guitai.conf" in missing.remedy.en


def test_program_missing(found: Found, root: Path) -> None:
    """systemd gives 203 and starts nothing: the toolkit was installed somewhere else."""
    (root / "opt/guitai/bin/guitai").unlink()
    all_found = found()
    assert codes(all_found) == {"counter_program_missing"}
    assert "/opt/guitai/bin/guitai" in all_found["counter_program_missing"].what.en


def test_program_of_a_drop_in(found: Found, root: Path, write: Write) -> None:
    """What a desk says in a drop-in holds: an emptied line, then its own program."""
    (root / "opt/guitai/bin/guitai").unlink()
    write("/usr/bin/guitai")
    write(f"/usr/lib/systemd/system/{UNIT}.d/a.conf", "[Service]\nExecStart=/nowhere/guitai x\n")
    assert "counter_program_missing" in found()
    write(
        f"{ETC}/{UNIT}.d/here.conf", "[Service]\nExecStart=\nExecStart=-/usr/bin/guitai counter\n"
    )
    write(f"{ETC}/{UNIT}.d/here.conf.bak", "[Service]\nExecStart=/nowhere/guitai\n")
    assert codes(found()) == {"counter_service_ready"}


def test_a_unit_without_a_program(found: Found, unit: Path) -> None:
    """A file cut short by a full disk has nothing to run."""
    unit.write_text("[Service]\n", "utf-8")
    assert {"counter_unit_differs", "counter_program_missing"} <= codes(found())
