"""The service PIN at a serial PIN pad: the command line, a pseudo-terminal, the real daemon."""

import os
import pty
import signal
import subprocess
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk import GUITAI, Desk, Ran, valid

from apdu.zt598_frames import Frame, FrameReader, frame


@contextmanager
def pad(folder: Path, *options: str) -> Iterator[None]:
    """Have a software PIN pad behind ``folder/pad``, put there by `guitai emulate-pin-pad`."""
    command = [*GUITAI, "emulate-pin-pad", "--link", str(folder / "pad"), "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert valid(process.stdout.readline())["link"] == str(folder / "pad")
            yield
        finally:
            process.terminate()


def settings(folder: Path, *, clear_entry: bool = True, production: bool = False) -> str:
    path = folder / "guitai.toml"
    path.write_text(
        f"production = {str(production).lower()}\n"
        f'[keys]\nservice = "{"sam" if production else "development"}"\n'
        f'[pin_pad]\nport = "{folder / "pad"}"\ntimeout_seconds = 5.0\n'
        f"clear_entry = {str(clear_entry).lower()}\n",
        "utf-8",
    )
    return str(path)


def run(desk: Desk, config: str, *arguments: str) -> Ran:
    return desk.run("--config", config, "pin", *arguments, "--reader", "00 00")


@pytest.fixture
def card(desk: Desk) -> Iterator[None]:
    with desk.emulating("--seed", "41"):
        yield


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("model", ["zt588", "zt598"])
def test_a_life_at_the_pad(desk: Desk, tmp_path: Path, model: str) -> None:
    """Verify and change, keys pressed at the pad; the terminal shows stars, never a digit."""
    config = settings(tmp_path)
    text = Path(config).read_text("utf-8")
    Path(config).write_text(text.replace("timeout", f'model = "{model}"\ntimeout'), "utf-8")
    with pad(tmp_path, "--model", model, "--script", "123456 ENTER"):
        right = run(desk, config, "verify", "--json")
        assert (right.json["source"], right.json["tries_left"]) == ("pad", 6)
        assert "******" in right.err
        assert "123456" not in right.err
    keys = ("--script", "123456 ENTER", "--script", "864202 ENTER", "--script", "864202 ENTER")
    with pad(tmp_path, "--model", model, *keys):
        assert run(desk, config, "change").status == 0
    with pad(tmp_path, "--model", model, "--script", "864202 ENTER"):
        assert run(desk, config, "verify").status == 0
        assert run(desk, config, "verify").status == 0


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("12 CANCEL", "pin_cancelled"),
        ("123 ENTER", "pin_length"),
        ("654321 ENTER", "pin_wrong"),
    ],
)
def test_how_entries_end(desk: Desk, tmp_path: Path, keys: str, code: str) -> None:
    """What happens at the pad is told at the counter, in the catalogue's words."""
    with pad(tmp_path, "--script", keys):
        refused = run(desk, settings(tmp_path), "verify", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (10, code)


@pytest.mark.usefixtures("card")
def test_nobody_enters_anything(desk: Desk, tmp_path: Path) -> None:
    """The time that is set passes, and no try is spent."""
    config = settings(tmp_path)
    text = Path(config).read_text("utf-8")
    Path(config).write_text(text.replace("5.0", "1.0"), "utf-8")
    with pad(tmp_path):
        assert run(desk, config, "verify", "--json").json["error"]["code"] == "pin_timed_out"
    assert desk.run("pin", "status", "--reader", "00 00", "--json").json["tries_left"] == 6


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_ended_in_the_middle_of_an_entry(
    desk: Desk, tmp_path: Path, number: signal.Signals
) -> None:
    """However the program is ended, the pad is told to close: it would go on giving digits."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    (tmp_path / "pad").symlink_to(os.ttyname(theirs))
    command = [*GUITAI, "--config", settings(tmp_path), "pin", "verify", "--reader", "00 00"]
    with subprocess.Popen(
        command, env=desk.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        reader, bodies = FrameReader(), []
        while b"5033" not in bodies:
            bodies += answered(ours, reader)
        process.send_signal(number)
        while bodies[-1] != b"5032":
            bodies += answered(ours, reader)
        assert process.wait(60) == 128 + number
    assert bodies[0] == b"5032", "closed before, and"
    assert bodies[-1] == b"5032", "after"
    os.close(ours)
    os.close(theirs)


def answered(ours: int, reader: FrameReader) -> list[bytes]:
    """Say yes to every command that comes; gives them."""
    bodies = [event.body for event in reader.feed(os.read(ours, 4096)) if isinstance(event, Frame)]
    for body in bodies:
        os.write(ours, frame(bytes((body[0] + 0x30,))))
    return bodies


@pytest.mark.usefixtures("card")
def test_what_the_outlet_allows(desk: Desk, tmp_path: Path) -> None:
    """Clear entry only where the outlet says so; no pad, no silent way round it."""
    with pad(tmp_path, "--script", "123456 ENTER"):
        refused = run(desk, settings(tmp_path, clear_entry=False), "verify", "--json")
        assert refused.json["error"]["code"] == "clear_entry_forbidden"
        live = run(desk, settings(tmp_path, production=True), "verify", "--json")
        assert live.json["source"] == "pad"
    missing = run(desk, settings(tmp_path), "verify", "--json")
    assert (missing.status, missing.json["error"]["code"]) == (11, "pin_pad_missing")
