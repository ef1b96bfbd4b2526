"""Where no daemon answers: the socket, the program, its units."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.pcsc import ScriptedPcsc
from terminal.diagnosis.finding import Finding, Level

Found = Callable[..., dict[str, Finding]]
Write = Callable[..., Path]
VARIABLE = "PCSCLITE_CSOCK_NAME"


@pytest.fixture(autouse=True)
def no_service(pcsc: ScriptedPcsc) -> None:
    """Let no daemon answer, as in all of this file."""
    pcsc.lose_service()


@pytest.fixture
def socket(root: Path) -> Path:
    """Give the machine's socket."""
    return root / "run/pcscd/pcscd.comm"


def failing(found: dict[str, Finding]) -> set[str]:
    return {each.code for each in found.values() if each.level is Level.FAIL}


def test_stale(found: Found) -> None:
    """A crashed daemon leaves its socket: it looks right and leads nowhere."""
    assert failing(found()) == {"socket_stale"}


def test_missing(found: Found, socket: Path) -> None:
    """The commonest cause of all: it was never started."""
    socket.unlink()
    all_found = found()
    assert failing(all_found) == {"socket_missing"}
    assert "/run/pcscd/pcscd.comm" in all_found["socket_missing"].what.en


def test_dangling(found: Found, socket: Path) -> None:
    """A link into an ended daemon's namespace looks like a file to who lists the folder."""
    socket.unlink()
    socket.symlink_to("/nowhere/run/pcscd/pcscd.comm")
    all_found = found()
    assert failing(all_found) == {"socket_dangling"}
    assert "/nowhere/run/pcscd/pcscd.comm" in all_found["socket_dangling"].what.zh


def test_a_link_that_leads_somewhere(found: Found, socket: Path) -> None:
    """A private daemon is reached by a link; one that holds is as good as the socket."""
    socket.symlink_to(socket.rename(socket.with_name("other")))
    assert failing(found()) == {"socket_stale"}


def test_no_socket(found: Found, socket: Path) -> None:
    """A plain file in its place cannot be connected to."""
    socket.unlink()
    socket.touch()
    assert failing(found()) == {"socket_no_socket"}


def test_forbidden(found: Found, socket: Path) -> None:
    """A socket that was closed down says who may not, and its mode."""
    socket.chmod(0o600)
    all_found = found(may_connect=lambda _path: False)
    assert failing(all_found) == {"socket_forbidden"}
    assert "clerk" in all_found["socket_forbidden"].what.zh
    assert "0600" in all_found["socket_forbidden"].what.zh


def test_folder_closed(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even the folder is closed, its socket can't be looked at; that is an answer too."""

    def closed(_path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_symlink", closed)
    assert "socket_forbidden" in failing(found())


def test_variable(found: Found, root: Path) -> None:
    """Who set the variable long ago has forgotten it; it is told, and obeyed."""
    other = root / "other/comm"
    other.parent.mkdir()
    (root / "run/pcscd/pcscd.comm").rename(other)
    all_found = found(environment={VARIABLE: "/other/comm"})
    assert failing(all_found) == {"socket_stale"}
    assert "socket_variable" in all_found
    assert "/other/comm" in all_found["socket_stale"].what.zh


def test_variable_wrong(found: Found) -> None:
    """A variable that leads nowhere is cured by unsetting it, not by starting a service."""
    assert failing(found(environment={VARIABLE: "/gone/comm"})) == {"socket_variable_wrong"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("/" + "x" * 106, "socket_variable_wrong"),
        ("/" + "x" * 107, "socket_too_long"),
        ("/" + "套" * 36, "socket_too_long"),
    ],
)
def test_variable_too_long(found: Found, name: str, code: str) -> None:
    """The library cuts a long path silently and then looks for a file that nobody made."""
    assert failing(found(environment={VARIABLE: name})) == {code}


def test_not_installed(found: Found, root: Path, socket: Path) -> None:
    """Units and sockets are no matter where the program is missing."""
    (root / "usr/sbin/pcscd").unlink()
    (root / "usr/lib/systemd/system/pcscd.socket").unlink()
    socket.unlink()
    all_found = found()
    assert failing(all_found) == {"daemon_not_installed", "socket_missing"}
    assert "unit_missing" not in all_found
    assert "polkit_absent" not in all_found


def test_elsewhere(found: Found, run: Callable[..., None]) -> None:
    """A daemon in a container runs, and does not serve this machine."""
    run("pcscd")
    assert "daemon_elsewhere" in found()


def test_unit_missing(found: Found, root: Path) -> None:
    """Without the unit nothing starts the daemon when it is asked for."""
    (root / "usr/lib/systemd/system/pcscd.socket").unlink()
    assert "unit_missing" in found()


@pytest.mark.parametrize("unit", ["pcscd.socket", "pcscd.service"])
def test_unit_masked(found: Found, root: Path, unit: str) -> None:
    """Enabling a masked unit fails, so that must be undone first."""
    (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    all_found = found()
    assert "unit_masked" in all_found
    assert unit in all_found["unit_masked"].what.zh


def test_unit_disabled(found: Found, root: Path) -> None:
    """Works today, not tomorrow: a unit started by hand is gone after a restart."""
    (root / "etc/systemd/system/sockets.target.wants/pcscd.socket").unlink()
    assert "unit_disabled" in found()


def test_no_systemd(found: Found, root: Path) -> None:
    """In a container every systemctl of the remedies fails; that is said first."""
    (root / "run/systemd/system").rmdir()
    all_found = found()
    assert "no_systemd" in all_found
    assert "unit_disabled" not in all_found


def test_the_socket_really_is_one(socket: Path) -> None:
    """The made-up machine's socket is one, or half of these tests would prove nothing."""
    assert stat.S_ISSOCK(socket.stat().st_mode)
