"""The software PIN pad on a pseudo-terminal, and `guitai emulate-pin-pad` as one starts it."""

import os
import select
import signal
import subprocess
from pathlib import Path

import pytest
from desk import GUITAI, Desk, valid

from apdu.zt598_frames import Frame, FrameReader, frame
from emulator.on_pty import OnPty
from emulator.pin_pad import SoftwarePinPad

PATIENCE_SECONDS = 20
INFO_FRAME = bytes.fromhex("02 30 30 31 33 03 30 31")


class Port:
    """A port opened the way any program would, without a driver."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def write(self, data: bytes) -> None:
        os.write(self._descriptor, data)

    def read(self, size: int) -> bytes:
        """Read so many bytes, or what there is when patience ends or the plug is pulled."""
        data = b""
        while len(data) < size:
            if not select.select([self._descriptor], [], [], PATIENCE_SECONDS)[0]:
                break
            try:
                piece = os.read(self._descriptor, size - len(data))
            except OSError:
                break
            if not piece:
                break
            data += piece
        return data

    def close(self) -> None:
        os.close(self._descriptor)


def test_bytes_cross() -> None:
    """What is written to the port is heard and answered, and keys come by themselves."""
    pad = SoftwarePinPad()
    with OnPty(pad) as served:
        port = Port(served.port)
        port.write(frame(b"5033"))
        assert port.read(8) == bytes.fromhex("02 30 30 31 65 03 35 37")
        pad.press(b"1\r")
        assert port.read(2) == b"1\r"
        port.close()
        again = Port(served.port)
        again.write(INFO_FRAME)
        (reply,) = FrameReader().feed(again.read(154))
        assert isinstance(reply, Frame)
        assert reply.code == 0x63
        again.close()


def test_pieces_and_pauses() -> None:
    """A reply in two pieces arrives whole in the end, with a pause between or without."""
    pad = SoftwarePinPad()
    with OnPty(pad) as served:
        port = Port(served.port)
        for late in (False, True):
            pad.split_reply(3, late=late)
            port.write(frame(b"5035"))
            assert port.read(8) == bytes.fromhex("02 30 30 31 65 03 35 37")
        port.close()


def test_pulled_and_plugged(tmp_path: Path) -> None:
    """Pulling the plug ends the open port; the link leads to the new one afterwards."""
    link = tmp_path / "pad"
    with OnPty(SoftwarePinPad(), link) as served:
        before = served.port
        assert link.readlink() == Path(before)
        port = Port(str(link))
        served.unplug()
        served.unplug()
        assert port.read(1) == b""
        assert not link.is_symlink()
        served.plug()
        served.plug()
        again = Port(str(link))
        again.write(frame(b"5035"))
        assert again.read(8)[4] == 0x65
        for each in (port, again):
            each.close()
    assert not link.is_symlink()
    assert served.port == ""


def test_a_link_in_the_way(tmp_path: Path) -> None:
    """An old link is pointed anew, another file is not overwritten."""
    link = tmp_path / "pad"
    link.symlink_to("/nonexistent")
    with OnPty(SoftwarePinPad(), link) as served:
        assert link.readlink() == Path(served.port)
    link.write_text("mine")
    with pytest.raises(FileExistsError):
        OnPty(SoftwarePinPad(), link).plug()
    assert link.read_text() == "mine"


def test_nobody_reads() -> None:
    """A terminal that reads nothing does not hang the pad: bytes are lost, as on a line."""
    pad = SoftwarePinPad()
    with OnPty(pad) as served:
        for _ in range(50):
            pad.noise(bytes(4000))
    assert served.port == ""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_command(tmp_path: Path, stop: signal.Signals) -> None:
    """The command prints one line, serves the script at each entry, and cleans up when stopped."""
    link = tmp_path / "pad"
    command = [*GUITAI, "emulate-pin-pad", "--json", "--log", "--link", str(link)]
    command += ["--model", "zt588", "--script", "12 ENTER", "--script", "7 CANCEL"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        document = valid(running.stdout.readline())
        assert document["model"] == "zt588"
        assert document["link"] == str(link)
        port = Port(document["port"])
        seen = []
        for keys in (b"12\r", b"7\x1b", b"12\r"):
            port.write(frame(b"5033"))
            seen.append(port.read(8 + len(keys))[8:])
            port.write(frame(b"5032"))
            port.read(8)
        port.close()
        running.send_signal(stop)
        out, err = running.communicate(timeout=PATIENCE_SECONDS)
    assert seen == [b"12\r", b"7\x1b", b"12\r"]
    assert (out, running.returncode) == ("", 0)
    assert "key *" in err
    assert "key 7" not in err
    assert not link.is_symlink()


def test_line_for_people() -> None:
    """Without --json the line is one for people, with the port's name, and without --log no log."""
    with subprocess.Popen(
        [*GUITAI, "emulate-pin-pad"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        running.terminate()
        _, err = running.communicate(timeout=PATIENCE_SECONDS)
    assert "zt598 @ /dev/" in line
    assert err == ""


@pytest.mark.parametrize(
    "arguments",
    [["--script", "12 RETURN"], ["--model", "zt1"], ["--link", "/nonexistent/pad"], ["stray"]],
)
def test_what_it_refuses(arguments: list[str]) -> None:
    """A wrong word is said at once, status 2, and no pad is put anywhere."""
    ran = Desk(None).run("emulate-pin-pad", *arguments)
    assert ran.status == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
