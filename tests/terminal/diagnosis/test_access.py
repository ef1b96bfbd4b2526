"""polkit: whether it stands between a user and the readers, and what would let them in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.diagnosis.finding import Finding, Level
from terminal.diagnosis.machine import Machine

Found = Callable[..., dict[str, Finding]]
Write = Callable[..., Path]
POLICY = "/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy"
RULES = "/etc/polkit-1/rules.d/50-guitai-pcsc.polkit.rules"
OURS = (Path(__file__).parents[3] / "udev/50-guitai-pcsc.polkit.rules").read_text("utf-8")
IN_GROUP = frozenset({"clerks", "guitai"})


def test_no_polkit(found: Found) -> None:
    """Debian 12's pcscd has none: nobody should go looking for rules there."""
    assert "polkit_absent" in found()


def test_no_rule(found: Found, write: Write) -> None:
    """It works at the desk and is refused over ssh: the riddle that most people report."""
    write(POLICY)
    write("/etc/polkit-1/rules.d/49-other.rules", "polkit.addRule(function () {});")
    missing = found()["polkit_rule_missing"]
    assert missing.code == "polkit_rule_missing"
    assert missing.remedy is not None
    assert "usermod --append --groups guitai clerk" in missing.remedy.zh


def test_our_rule(found: Found, write: Write) -> None:
    """The rule that we ship is what this check waits for, and the group with it."""
    write(POLICY)
    write(RULES, OURS)
    assert "group_missing" in found()
    assert "polkit_ready" in found(groups=IN_GROUP)


def test_another_rule(found: Found, write: Write) -> None:
    """A site's own rule for its own users is as good as ours."""
    write(POLICY)
    text = "org.debian.pcsc-lite.access_pcsc org.debian.pcsc-lite.access_card"
    write("/usr/share/polkit-1/rules.d/03-site.rules", text)
    assert "polkit_ready" in found()


@pytest.mark.parametrize("action", ["access_pcsc", "access_card"])
def test_half_a_rule(found: Found, write: Write, action: str) -> None:
    """With one of the two actions the readers are there, and no card can be connected to."""
    write(POLICY)
    write(RULES, OURS.replace(f"org.debian.pcsc-lite.{action}", "org.example.other"))
    half = found(groups=IN_GROUP)["polkit_rule_half"]
    assert half.code == "polkit_rule_half"
    assert action in half.what.zh


def test_only_rule_files_count(found: Found, write: Write) -> None:
    """polkit reads names that end in .rules: a rule saved as .txt or .bak is none."""
    write(POLICY)
    write(RULES + ".bak", OURS)
    assert "polkit_rule_missing" in found(groups=IN_GROUP)


def test_root_sees_no_refusal(found: Found, write: Write) -> None:
    """root is let in always, so what root sees proves nothing for the clerk."""
    write(POLICY)
    write(RULES, OURS)
    all_found = found(user="root")
    assert "polkit_as_root" in all_found
    assert "group_missing" not in all_found


def test_hidden_rules(found: Found, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian closes the folder of rules to users; not seeing a rule is not the same as none."""
    write(POLICY)
    listed = Machine.names

    def closed(machine: Machine, folder: str) -> list[str]:
        if folder == "/etc/polkit-1/rules.d":
            raise PermissionError(13, "Permission denied", folder)
        return listed(machine, folder)

    monkeypatch.setattr(Machine, "names", closed)
    all_found = found()
    assert "polkit_hidden" in all_found
    assert "polkit_rule_missing" not in all_found
    assert "check_broken" not in all_found


@pytest.mark.parametrize(
    ("options", "hidden"),
    [
        ("rw,hidepid=2", True),
        ("rw,hidepid=invisible,gid=7", True),
        ("rw,hidepid=0", False),
        ("rw,relatime", False),
    ],
)
def test_hidden_processes(found: Found, write: Write, options: str, hidden: bool) -> None:
    """With hidepid polkit cannot see who asks, and refuses everybody."""
    write("/proc/mounts", f"sysfs /sys sysfs rw 0 0\nproc /proc proc {options} 0 0\n")
    assert all(each.level is Level.OK for each in found().values())  # no polkit, no matter
    write(POLICY)
    assert ("processes_hidden" in found()) is hidden
