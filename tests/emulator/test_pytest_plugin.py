"""The pytest plugin as a stranger meets it: the test of docs/testing.md, in a run of its own."""

import re
import subprocess
import sys
from pathlib import Path

from emulator.daemon import DaemonUnavailable, PrivateDaemon

ROOT = Path(__file__).parents[2]


def copied_test() -> str:
    """Take the Python of the page, as a reader would copy it."""
    page = (ROOT / "docs/testing.md").read_text("utf-8")
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *arguments],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_page_can_be_copied(tmp_path: Path) -> None:
    """What the documentation tells a stranger to copy has to run as it stands."""
    (tmp_path / "test_copied.py").write_text(copied_test(), "utf-8")
    result = run_pytest(tmp_path)
    if (reason := why_no_daemon()) is not None:
        assert "2 passed, 1 error" in result.stdout
        assert reason in result.stdout
    else:
        assert "3 passed" in result.stdout, result.stdout + result.stderr


PURSES = """
import pytest

BY_NAME = {
    "transit": "00A4040008A000000632010105",  # AID of T-Union
    "beijing-old": "00A40000021001",  # the older card's directory
}


@pytest.mark.parametrize("profile", BY_NAME)
def test_balance(virtual_purse, profile):
    card = virtual_purse(profile, seed=7, balance=1_234)
    card.power_on()
    assert card.transmit(bytes.fromhex(BY_NAME[profile]) + bytes(1))[-2:] == b"\\x90\\x00"
    answer = card.transmit(bytes.fromhex("805C000204"))
    assert int.from_bytes(answer[:4], "big") == 1_234


def test_another(virtual_purse):
    with pytest.raises(KeyError):
        virtual_purse("beijing")
"""


def test_purses_have_a_fixture(tmp_path: Path) -> None:
    """Who writes a gate wants a purse with money in it, and nothing else."""
    (tmp_path / "test_purses.py").write_text(PURSES, "utf-8")
    result = run_pytest(tmp_path)
    assert "3 passed" in result.stdout, result.stdout + result.stderr


def why_no_daemon() -> str | None:
    try:
        with PrivateDaemon(slots=1):
            return None
    except DaemonUnavailable as unavailable:
        return unavailable.reason


def test_the_plugin_is_light() -> None:
    """Pytest loads the plugin in every run, also where nothing of it is used."""
    script = "import sys, emulator.pytest_plugin; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"construct", "cryptography", "smartcard", "click", "card_profiles"}
    assert heavy.isdisjoint(loaded)


def test_every_fixture_is_documented() -> None:
    """A fixture that the page does not name is not found by those it is for."""
    page = (ROOT / "docs/testing.md").read_text("utf-8")
    plugin = (ROOT / "emulator/pytest_plugin.py").read_text("utf-8")
    fixtures = re.findall(r"@pytest\.fixture.*\ndef (\w+)", plugin)
    assert len(fixtures) >= 3
    assert [name for name in fixtures if f"`{name}" not in page] == []
