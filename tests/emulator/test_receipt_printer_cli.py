"""`guitai emulate-receipt-printer` as one starts it: its paper is standard output."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk import GUITAI, Desk, valid

PATIENCE_SECONDS = 20


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start it; stop it in the end, however that is reached."""
    with subprocess.Popen(
        [*GUITAI, "emulate-receipt-printer", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def said(printer: subprocess.Popen[str], line: str) -> None:
    assert printer.stdin is not None
    printer.stdin.write(line + "\n")
    printer.stdin.flush()


def heard(printer: subprocess.Popen[str]) -> str:
    assert printer.stdout is not None
    return printer.stdout.readline().rstrip("\n")


def wrote(port: str, data: bytes) -> int:
    descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY)
    os.write(descriptor, data)
    return descriptor


def test_paper_on_standard_output(tmp_path: Path) -> None:
    """Each line and cut appears as it is printed; a fault stops it, `clear` goes on."""
    link = tmp_path / "printer"
    with running("--columns", "32", "--link", str(link)) as printer:
        assert f"32 @ {link}" in heard(printer)
        port = wrote(str(link), b"\x1ba\x01" + "社会\n".encode("gb18030") + b"\x1dV\x01")
        assert heard(printer) == " " * 14 + "社会"
        assert heard(printer) == "- " * 15 + "-"
        said(printer, "fault paper-out 1")
        said(printer, "fault none")
        assert printer.stderr is not None
        assert "paper-out" in printer.stderr.readline()
        os.write(port, b"1\n2\n")
        assert heard(printer).strip() == "1"
        said(printer, "clear")
        assert heard(printer).strip() == "2"
        os.close(port)
        said(printer, "quit")
        assert printer.wait(PATIENCE_SECONDS) == 0
    assert not link.is_symlink()


def test_documents_for_programs(tmp_path: Path) -> None:
    """With --json every line is a document by the published schema; a plug is pulled and put in."""
    link = tmp_path / "printer"
    with running("--json", "--link", str(link), "--fault", "paper-low") as printer:
        ready = valid(heard(printer))
        assert (ready["event"], ready["columns"], ready["link"]) == ("ready", 48, str(link))
        port = wrote(ready["port"], b"\x1bE\x01A\n\x1dV\x00\x10\x04\x04")
        line, cut = valid(heard(printer)), valid(heard(printer))
        assert (line["text"], line["bold"], line["align"]) == ("A", True, "left")
        assert cut == {"schema": ready["schema"], "event": "cut", "partial": False}
        said(printer, "fault unplug")
        with contextlib.suppress(OSError):
            while os.read(port, 1):
                pass  # the answer to the question, then the end, if not an error for it
        with pytest.raises(OSError, match="Input/output"):
            os.write(port, b"A")
        os.close(port)
        said(printer, "clear\nfault")
        assert printer.stderr is not None
        printer.stderr.readline()
        os.close(wrote(str(link), b"B\n"))
        assert valid(heard(printer))["text"] == "B"


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_without_standard_input(stop: signal.Signals) -> None:
    """A service has no standard input: its end ends nothing, a signal does."""
    with running("--kiosk", "--wide-font", "--log") as printer:
        line = heard(printer)
        assert printer.stdin is not None
        printer.stdin.close()
        port = wrote(line.rsplit(" ", 1)[1], b"\x10\x04\x14" + "𠮷\n".encode("gb18030"))
        assert heard(printer) == "𠮷"
        assert os.read(port, 6) == bytes.fromhex("10 0F 00 00 00 00")
        os.close(port)
        printer.send_signal(stop)
        assert printer.wait(PATIENCE_SECONDS) == 0
        assert printer.stderr is not None
        assert printer.stderr.read() == "status 14\nline_feed\n"


@pytest.mark.parametrize(
    "arguments",
    [["--columns", "40"], ["--fault", "none"], ["--link", "/nonexistent/printer"], ["stray"]],
)
def test_what_it_refuses(arguments: list[str]) -> None:
    """A wrong word is said at once, status 2, and no printer is put anywhere."""
    ran = Desk(None).run("emulate-receipt-printer", *arguments)
    assert ran.status == 2
    assert "Traceback" not in ran.err
