"""Who may hold a reader, as far as /proc tells."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.readers.holders import holders

MAPS = "7f00-7f10 r-xp 00000000 fe:01 99 {library}\n"
PCSC = "/usr/lib/x86_64-linux-gnu/libpcsclite.so.1.0.0"
LIBC = "/usr/lib/x86_64-linux-gnu/libc.so.6"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Make a /proc with everything that one may meet there."""

    def process(pid: int | str, name: str, *libraries: str) -> None:
        folder = tmp_path / str(pid)
        folder.mkdir()
        (folder / "maps").write_text("".join(MAPS.format(library=each) for each in libraries))
        (folder / "comm").write_text(f"{name}\n")

    process(1200, "scdaemon", LIBC, PCSC)
    process(35, "网银助手", PCSC)
    process(40, "bash", LIBC)
    process(os.getpid(), "myself", PCSC)
    process("self", "myself", PCSC)
    (tmp_path / "41").mkdir()  # ended while one looks
    (tmp_path / "42" / "maps").mkdir(parents=True)  # not to be read
    (tmp_path / "meminfo").write_text("MemTotal: 1 kB")
    return tmp_path


def test_programs_with_the_library_are_named(proc: Path) -> None:
    """By pid, with what a person can look for; never ourselves, and nothing else is an error."""
    assert holders(proc) == ["网银助手 (pid 35)", "scdaemon (pid 1200)"]


def test_nobody_is_an_empty_list(tmp_path: Path) -> None:
    """Another user's programs do not show; then there is nothing to say."""
    assert holders(tmp_path) == []


def test_a_real_program_that_uses_pcsc_is_found() -> None:
    """The kernel's own /proc and a real client of the library."""
    code = "from smartcard import scard; print('loaded', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "loaded\n"
        name = Path(f"/proc/{client.pid}/comm").read_text().strip()
        assert f"{name} (pid {client.pid})" in holders()
        client.communicate("\n")
    assert not any(f"(pid {client.pid})" in each for each in holders())
