"""`guitai emulate-id-reader` as one starts it: its line, its hands on standard input, its end."""

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from desk import GUITAI, Desk, valid
from id_readers import FIND, FOUND, NO_CARD, READ, SELECT, text_of

PATIENCE_SECONDS = 20


class Port:
    """A port opened the way any program would, without a driver."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def ask(self, frame: bytes, size: int) -> bytes:
        """Send a frame; read so many bytes, or what there is when patience ends."""
        os.write(self._descriptor, frame)
        data = b""
        while len(data) < size:
            if not select.select([self._descriptor], [], [], PATIENCE_SECONDS)[0]:
                break
            data += os.read(self._descriptor, size - len(data))
        return data

    def close(self) -> None:
        os.close(self._descriptor)


@contextmanager
def emulating(*arguments: str, stdin: Any = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """Have a reader run."""
    with subprocess.Popen(
        [*GUITAI, "emulate-id-reader", *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def said(running: subprocess.Popen[str]) -> Any:
    """Read the next line of JSON, valid by its schema."""
    assert running.stdout is not None
    return valid(running.stdout.readline())


def tell(running: subprocess.Popen[str], line: str) -> None:
    """Write a line on its standard input."""
    assert running.stdin is not None
    running.stdin.write(line + "\n")


def test_a_life(tmp_path: Path) -> None:
    """Laid, read, lifted, laid again, a fault, mended, quit; the log has no item of the person."""
    link = tmp_path / "reader"
    with emulating("--json", "--log", "--link", str(link), "--name", "测试㐂𠮷") as running:
        document = said(running)
        assert (document["state"], document["link"]) == ("laid", str(link))
        port = Port(document["port"])
        assert port.ask(FIND, 15) == FOUND
        assert len(port.ask(SELECT, 19)) == 19
        answered = port.ask(READ, 1295)
        assert answered[14:26] == text_of({0: "测试㐂𠮷"})[:12]
        assert port.ask(FIND, 11) == NO_CARD
        for line, state in (("lift", "empty"), ("lay", "laid"), ("fault unknown", "laid")):
            tell(running, line)
            assert said(running)["state"] == state
        assert port.ask(FIND, 11).hex() == "aaaaaa96690004000024" + "20"
        tell(running, "mend")
        assert said(running)["state"] == "laid"
        assert port.ask(FIND, 15) == FOUND
        tell(running, "\nhow do you do\nquit")
        out, err = running.communicate(timeout=PATIENCE_SECONDS)
        port.close()
    assert (out, running.returncode) == ("", 0)
    assert "20 01 -> 9F" in err
    assert "bad-checksum" in err
    assert "测试" not in err
    assert not link.is_symlink()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_without_standard_input(stop: signal.Signals) -> None:
    """A service has no standard input: it runs until a signal."""
    with emulating("--empty", stdin=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        assert "empty @ /dev/" in running.stdout.readline()
        running.send_signal(stop)
        out, err = running.communicate(timeout=PATIENCE_SECONDS)
    assert (out, err, running.returncode) == ("", "", 0)


@pytest.mark.parametrize(
    ("arguments", "offset", "text"),
    [
        (["--kind", "permit"], 248, "J"),
        (["--kind", "foreigner", "--english-name", "TEST, X"], 52, "TEST, X "),
        (["--number", "110103189912310020"], 30, "2"),
        (["--number", "110103189912310020"], 36, "18991231"),
        (["--valid-until", "长期"], 204, "长期      "),
        (["--valid-until", "2030-12-31"], 204, "20301231"),
        (["--cut-name", "--name", "测" * 20], 0, "测" * 15),
    ],
)
def test_documents(arguments: list[str], offset: int, text: str) -> None:
    """What is said stands on the document; birth date and sex follow the number."""
    with emulating("--json", *arguments) as running:
        port = Port(said(running)["port"])
        port.ask(FIND, 15)
        port.ask(SELECT, 19)
        at = 14 + offset
        data = text.encode("utf-16-le")
        assert port.ask(READ, 1295)[at : at + len(data)] == data
        port.close()
        tell(running, "quit")
        assert running.wait(PATIENCE_SECONDS) == 0


def test_what_it_refuses(capfd: pytest.CaptureFixture[str]) -> None:
    """A wrong word is said at once, status 2, and no reader is put anywhere."""
    from terminal.cli.app import run

    for arguments in (
        ["--kind", "passport"],
        ["--name", "测" * 16],
        ["--number", "110103189913310020"],
        ["--address", "街" * 80],
        ["--nationality"],
        ["--valid-until", "soon"],
        ["--fault", "fire"],
        ["--link", "/nonexistent/reader"],
        ["stray"],
    ):
        assert run(["emulate-id-reader", *arguments]) == 2, arguments
        printed = capfd.readouterr()
        assert printed.out == ""
        assert "Traceback" not in printed.err


def test_help() -> None:
    """Everyone finds the hands in the help."""
    ran = Desk(None).run("emulate-id-reader", "--help")
    assert ran.status == 0
    assert "lift" in ran.out
