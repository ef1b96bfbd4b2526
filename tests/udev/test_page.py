"""The page beside the files: whoever follows it installs every file where it belongs."""

from pathlib import Path

import pytest

UDEV = Path(__file__).parents[2] / "udev"
PAGE = (UDEV / "README.md").read_text("utf-8")
FILES = sorted(path.name for path in UDEV.iterdir() if path.name != "README.md")


@pytest.mark.parametrize("name", FILES)
def test_the_page_names_every_file(name: str) -> None:
    """A file that the page does not place is installed nowhere."""
    assert PAGE.count(f"| `{name}` |") == 2  # once in each language
    assert any(
        line.startswith(f"install -m 644 {option}{name} /etc/")
        for line in PAGE.splitlines()
        for option in ("", "-D ")
    )


def test_both_languages_place_them_alike() -> None:
    """Two tables that differ send half of the readers wrong."""
    rows = [line.split("|")[1:3] for line in PAGE.splitlines() if line.startswith("| `")]
    assert rows[: len(rows) // 2] == rows[len(rows) // 2 :]


def test_commands_copy_to_where_the_table_says() -> None:
    """The table is read, the commands are run: they must say the same."""
    places = {
        line.split("`")[1]: line.split("`")[3] for line in PAGE.splitlines() if line[:3] == "| `"
    }
    for name, place in places.items():
        copied = [line.split()[-1] for line in PAGE.splitlines() if f" {name} /etc/" in line]
        assert copied == [place], name


def test_the_group_comes_before_its_rules() -> None:
    """udev leaves out a group that does not exist when it reads the rules."""
    order = ["systemd-sysusers\n", "60-guitai-readers.rules /etc/", "udevadm control --reload"]
    assert [PAGE.index(each) for each in order] == sorted(PAGE.index(each) for each in order)
