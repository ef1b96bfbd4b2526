"""The private daemon: its readers, its ends, its walls, and what it says where it cannot run."""

import contextlib
import ctypes
import errno
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import daemon as module
from emulator import enclosure
from emulator.daemon import DaemonUnavailable, PrivateDaemon

DEADLINE = 20  # seconds; nothing here takes one, but a machine under load may

PREAMBLE = """
import json, os, sys
from smartcard.scard import *
def context():
    result, handle = SCardEstablishContext(SCARD_SCOPE_USER)
    return result, handle
"""
LIST = PREAMBLE + "print(json.dumps(SCardListReaders(context()[1], [])[1]))"
AWAIT_CARDS = (
    PREAMBLE
    + """
handle = context()[1]
states = [(name, SCARD_STATE_UNAWARE) for name in json.loads(sys.argv[1])]
while True:
    result, answers = SCardGetStatusChange(handle, 20_000, states)
    assert result == SCARD_S_SUCCESS, hex(result)
    if all(event & SCARD_STATE_PRESENT for _, event, _ in answers):
        break
    states = [(name, event) for name, event, _ in answers]
print(json.dumps([bytes(atr).hex() for _, _, atr in answers]))
"""
)
EXCHANGE = (
    PREAMBLE
    + """
result, card, protocol = SCardConnect(
    context()[1], sys.argv[1], SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY)
assert result == SCARD_S_SUCCESS, hex(result)
print(json.dumps(SCardTransmit(card, protocol, [0, 0xA4, 0, 0])[1]))
SCardDisconnect(card, SCARD_LEAVE_CARD)
"""
)
LIST_AT_EACH_LINE = (
    PREAMBLE
    + """
for line in sys.stdin:
    result, handle = context()
    readers = SCardListReaders(handle, [])[1] if result == SCARD_S_SUCCESS else []
    print(json.dumps([result, readers]), flush=True)
"""
)
START_AND_WAIT = """
import sys
from emulator.daemon import PrivateDaemon
daemon = PrivateDaemon()
daemon.start()
print(daemon.pid, daemon.socket, flush=True)
sys.stdin.read()
"""
STOP_IN_A_FORK = """
import os
from emulator.daemon import PrivateDaemon
with PrivateDaemon() as daemon:
    child = os.fork()
    if child == 0:
        daemon.stop()
        os._exit(0)
    os.waitpid(child, 0)
    daemon.connect(0).close()
    print(os.path.lexists(daemon.socket))
"""


def refusal() -> str | None:
    """Return why this machine has no private daemon, None where it has."""
    try:
        with PrivateDaemon():
            return None
    except DaemonUnavailable as error:
        return error.reason


REFUSAL = refusal()


def client(daemon: PrivateDaemon, code: str, *arguments: str) -> object:
    """Run a PC/SC client in a process of its own: the library reads its environment once."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | daemon.environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def python(code: str) -> "subprocess.Popen[str]":
    """Start a process that may use the package, with pipes to talk through."""
    root = str(Path(module.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": root},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def awaited_end(pid: int) -> Iterator[None]:
    """Fail unless the process has ended shortly after the block."""
    descriptor = os.pidfd_open(pid)
    try:
        yield
        assert select.select([descriptor], [], [], DEADLINE)[0], f"process {pid} lives on"
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def plugged(daemon: PrivateDaemon, slot: int, atr: bytes) -> Iterator[None]:
    """Hold a card that says 9000 to everything in a slot."""
    connection = daemon.connect(slot)
    thread = threading.Thread(target=answer, args=(connection, atr))
    thread.start()
    try:
        yield
    finally:
        connection.shutdown(socket.SHUT_RDWR)
        thread.join()
        connection.close()


def answer(connection: socket.socket, atr: bytes) -> None:
    stream = connection.makefile("rb")
    with stream, contextlib.suppress(ConnectionError):
        while len(length := stream.read(2)) == 2:
            message = stream.read(int.from_bytes(length))
            if message == b"\x04":
                connection.sendall(len(atr).to_bytes(2) + atr)
            elif len(message) > 1:
                connection.sendall(b"\x00\x02\x90\x00")


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivateDaemon]:
    with PrivateDaemon(16) as running:
        yield running


@pytest.fixture
def own_daemon() -> Iterator[PrivateDaemon]:
    with PrivateDaemon() as running:
        yield running


class TestWhereItRuns:
    __test__ = REFUSAL is None

    def test_lists_the_announced_readers(self, daemon: PrivateDaemon) -> None:
        """Equal names in the configuration give equal readers, and a client cannot choose."""
        assert len(set(daemon.readers)) == 16
        assert client(daemon, LIST) == list(daemon.readers)

    def test_every_slot_holds_a_card_of_its_own(self, daemon: PrivateDaemon) -> None:
        """The driver keeps two slots in static memory: loaded once, 14 of 16 would be dead."""
        atrs = [bytes([0x3B, 0x01, slot]) for slot in range(16)]
        with contextlib.ExitStack() as cards:
            for slot, atr in enumerate(atrs):
                cards.enter_context(plugged(daemon, slot, atr))
            seen = client(daemon, AWAIT_CARDS, json.dumps(daemon.readers))
        assert seen == [atr.hex() for atr in atrs]

    def test_commands_reach_the_card(self, own_daemon: PrivateDaemon) -> None:
        """A card that is only present proves half of the path."""
        with plugged(own_daemon, 1, bytes.fromhex("3B00")):
            client(own_daemon, AWAIT_CARDS, json.dumps(own_daemon.readers[1:]))
            assert client(own_daemon, EXCHANGE, own_daemon.readers[1]) == [0x90, 0x00]

    def test_restart_is_seen_by_a_client_that_lived_through_it(
        self, own_daemon: PrivateDaemon
    ) -> None:
        """The library caches the socket's path, so the path must stay and lead elsewhere."""
        ports, path, first = own_daemon.ports, own_daemon.socket, own_daemon.pid
        lister = subprocess.Popen(
            [sys.executable, "-c", LIST_AT_EACH_LINE],
            env=os.environ | own_daemon.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with lister:
            assert lister.stdin is not None
            assert lister.stdout is not None

            def listing() -> object:
                print(file=lister.stdin, flush=True)
                return json.loads(lister.stdout.readline())

            before = listing()
            own_daemon.kill()
            during = listing()
            own_daemon.restart()
            after = listing()
        assert before == after == [0, list(own_daemon.readers)]
        assert during == [0x8010001D, []]  # SCARD_E_NO_SERVICE
        assert (own_daemon.ports, own_daemon.socket) == (ports, path)
        assert own_daemon.pid != first

    def test_a_killed_daemon_leaves_a_dangling_symlink(self, own_daemon: PrivateDaemon) -> None:
        """Tests of a lost service rely on it: nothing listens, nothing answers."""
        pid = own_daemon.pid
        with awaited_end(pid):
            own_daemon.kill()
        assert own_daemon.socket.is_symlink()
        assert not own_daemon.socket.exists()
        assert own_daemon.pid == 0
        with pytest.raises(ConnectionRefusedError):
            own_daemon.connect(0)

    def test_restarts_after_it_crashed_by_itself(self, own_daemon: PrivateDaemon) -> None:
        """A real crash is not announced through `kill`."""
        with awaited_end(own_daemon.pid):
            os.kill(own_daemon.pid, signal.SIGKILL)
        own_daemon.restart()
        assert client(own_daemon, LIST) == list(own_daemon.readers)

    def test_start_and_stop_may_be_repeated(self, own_daemon: PrivateDaemon) -> None:
        """Fixtures and `with` both end it, in whichever order."""
        pid = own_daemon.pid
        own_daemon.start()
        assert own_daemon.pid == pid
        own_daemon.stop()
        own_daemon.stop()
        with pytest.raises(DaemonUnavailable, match="not running"):
            own_daemon.connect(0)

    def test_nothing_remains_after_stop(self, tmp_path: Path) -> None:
        """A test run that leaves daemons behind fills the machine in a day."""
        with PrivateDaemon(directory=tmp_path) as daemon:
            assert len(list(tmp_path.iterdir())) == 1
            parent = int(Path(f"/proc/{daemon.pid}/stat").read_text().split()[3])
            with awaited_end(daemon.pid), awaited_end(parent):
                daemon.stop()
        assert list(tmp_path.iterdir()) == []

    def test_dies_with_its_parent(self) -> None:
        """Nobody cleans up after SIGKILL but the kernel and the enclosure."""
        with python(START_AND_WAIT) as parent:
            assert parent.stdout is not None
            pid, path = parent.stdout.readline().split()
            enclosure = int(Path(f"/proc/{pid}/stat").read_text().split()[3])
            with awaited_end(int(pid)), awaited_end(enclosure):
                parent.kill()
        assert not Path(path).parent.exists()

    def test_dies_with_its_enclosure(self, own_daemon: PrivateDaemon) -> None:
        """The enclosure is the one that watches; without it pcscd must not go on."""
        enclosure = int(Path(f"/proc/{own_daemon.pid}/stat").read_text().split()[3])
        with awaited_end(own_daemon.pid):
            os.kill(enclosure, signal.SIGKILL)
        with pytest.raises(DaemonUnavailable, match="enclosure"):
            own_daemon.restart()

    def test_a_forked_copy_does_not_stop_it(self) -> None:
        """Tests that fork from a warmed parent would lose the daemon at the first exit."""
        with python(STOP_IN_A_FORK) as parent:
            assert parent.communicate(timeout=DEADLINE)[0] == "True\n"

    def test_the_directory_is_private(self, own_daemon: PrivateDaemon) -> None:
        """Whoever can replace the symlink can stand between a terminal and its cards."""
        assert own_daemon.socket.parent.stat().st_mode & 0o777 == 0o700

    def test_a_path_the_library_would_cut_is_refused(self, tmp_path: Path) -> None:
        """The library cuts a long path without a word and then finds no service."""
        deep = tmp_path / ("x" * 100)
        deep.mkdir()
        with pytest.raises(ValueError, match="too long"):
            PrivateDaemon(directory=deep).start()
        assert list(deep.iterdir()) == []

    def test_has_no_drivers_for_real_readers(self, own_daemon: PrivateDaemon) -> None:
        """A reader on the desk belongs to the machine's daemon; two would fight for it."""
        root = Path(f"/proc/{own_daemon.pid}/root")
        assert list((root / "usr/lib/pcsc/drivers").iterdir()) == []

    def test_inherits_no_socket_activation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With systemd's variables pcscd takes a strange socket and ends after a quiet minute."""
        monkeypatch.setenv("LISTEN_FDS", "1")
        with PrivateDaemon() as daemon:
            variables = Path(f"/proc/{daemon.pid}/environ").read_bytes()
            arguments = Path(f"/proc/{daemon.pid}/cmdline").read_bytes()
        assert b"LISTEN_FDS" not in variables
        assert b"auto-exit" not in arguments

    def test_debug_writes_a_log_without_commands(self) -> None:
        """The log is for a person with a broken reader; PINs travel in commands."""
        with PrivateDaemon(debug=True) as daemon:
            with plugged(daemon, 0, bytes.fromhex("3B00")):
                client(daemon, AWAIT_CARDS, json.dumps(daemon.readers[:1]))
                client(daemon, EXCHANGE, daemon.readers[0])
            log = daemon.log.read_text()
        assert "Virtual PCD" in log
        assert "00 A4 00 00" not in log

    def test_network_shared_takes_free_ports(self) -> None:
        """Two at once, as under xdist, must not meet."""
        with PrivateDaemon(3, network="shared") as one, PrivateDaemon(3, network="shared") as two:
            assert one.network == two.network == "shared"
            assert one.enter_network() == []
            assert len(one.ports) == 3
            assert not set(one.ports) & set(two.ports)
            socket.create_connection((one.host, one.ports[2]), DEADLINE).close()

    def test_a_port_taken_meanwhile_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """pcscd itself goes on without the reader, and every later test would hang."""
        with socket.create_server(("", 0)) as taken:
            port = taken.getsockname()[1]
            monkeypatch.setattr(module, "_free_pairs", lambda count: [port])
            with pytest.raises(DaemonUnavailable, match=f"could not listen on port {port}"):
                PrivateDaemon(network="shared").start()


class TestOwnNetwork:
    __test__ = REFUSAL is None

    @pytest.fixture(autouse=True)
    def _needs_own_network(self, daemon: PrivateDaemon) -> None:
        assert daemon.network == "own", "this machine refuses network namespaces"

    def test_is_not_reachable_from_outside(self, daemon: PrivateDaemon) -> None:
        """vpcd believes whoever connects, and listens on all interfaces."""
        last = daemon.ports[-1]  # the machine's own vpcd, if any, has the first two
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((daemon.host, last), DEADLINE)
        daemon.connect(15).close()

    def test_connect_leaves_every_thread_in_its_namespace(self, daemon: PrivateDaemon) -> None:
        """A thread that changed its namespace would lose the database and the web."""

        def namespaces() -> set[str]:
            tasks = Path("/proc/self/task").iterdir()
            return {str((task / "ns/net").readlink()) for task in tasks}

        before = namespaces()
        with daemon.connect(0):
            assert namespaces() == before
        assert len(before) == 1
        assert before != {str(Path(f"/proc/{daemon.pid}/ns/net").readlink())}

    def test_a_card_process_may_enter(self, daemon: PrivateDaemon) -> None:
        """A card in a process of its own connects by itself."""
        code = f"import socket; socket.create_connection(('{daemon.host}', {daemon.ports[1]}))"
        command = [*daemon.enter_network(), sys.executable, "-c", code]
        subprocess.run(command, check=True, timeout=DEADLINE)


class TestWhereItIsRefused:
    __test__ = REFUSAL is not None

    def test_says_why_and_leaves_nothing(self, tmp_path: Path) -> None:
        """Scenarios fall back to in process, and a person must be told the reason."""
        with pytest.raises(DaemonUnavailable) as caught:
            PrivateDaemon(directory=tmp_path).start()
        assert "refuses" in caught.value.reason or "not installed" in caught.value.reason
        assert list(tmp_path.iterdir()) == []


def refuse(monkeypatch: pytest.MonkeyPatch, flags: int, failure: int) -> None:
    """Let the kernel refuse to unshare any of these namespaces."""

    def call(name: str, argument: "ctypes.c_int") -> int:
        assert name == "unshare"
        return failure if argument.value & flags else 0

    monkeypatch.setattr(enclosure, "_call", call)
    monkeypatch.setattr(enclosure, "_map_to_root", lambda user, group: None)


def test_auto_does_without_a_network_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers often allow the mounts and refuse the network; the caller warns."""
    refuse(monkeypatch, enclosure._CLONE_NEWNET, errno.EPERM)
    got = enclosure._enter_namespaces("auto")
    assert got == {"network": "shared", "user_namespace": False}


def test_own_network_is_not_given_up_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for walls gets walls or an error."""
    refuse(monkeypatch, enclosure._CLONE_NEWNET, errno.ENOSPC)
    said = r"mount and network.*limit in /proc/sys/user"
    with pytest.raises(enclosure._RefusedError, match=said):
        enclosure._enter_namespaces("own")


def test_without_privileges_a_user_namespace_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Developers do not run their tests as root."""
    calls: list[int] = []

    def call(name: str, argument: "ctypes.c_int") -> int:
        calls.append(argument.value)
        return 0 if argument.value & enclosure._CLONE_NEWUSER else errno.EPERM

    monkeypatch.setattr(enclosure, "_call", call)
    monkeypatch.setattr(enclosure, "_map_to_root", lambda user, group: None)
    got = enclosure._enter_namespaces("auto")
    assert got == {"network": "own", "user_namespace": True}
    assert len(calls) == 2


def test_refused_mounts_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text names the remedy: root, or user namespaces."""
    refuse(monkeypatch, enclosure._CLONE_NEWNS, errno.EPERM)
    with pytest.raises(enclosure._RefusedError, match=r"refuses mount namespaces.*needs root, or"):
        enclosure._enter_namespaces("auto")


def test_a_missing_pcscd_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The commonest reason on a developer's machine, with the command that mends it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "_SYSTEM_PATH", ())
    with pytest.raises(DaemonUnavailable) as caught:
        PrivateDaemon().start()
    assert caught.value.reason == "pcscd is not installed (Debian: apt install pcscd)"


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """pcscd alone is common, the virtual reader is not."""
    monkeypatch.setattr(module, "_LIBRARY", "libifdnowhere.so")
    with pytest.raises(DaemonUnavailable, match="apt install vsmartcard-vpcd"):
        module.find_driver(tmp_path)


def test_a_daemon_that_ends_at_once_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own last words are the only clue, and the directory they were in is gone."""
    fake = tmp_path / "pcscd"
    fake.write_text('#!/bin/sh\n[ "$1" = --version ] && exit\necho no such luck\nexit 3\n')
    fake.chmod(0o755)
    directory = tmp_path / "d"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(DaemonUnavailable) as caught:
        PrivateDaemon(directory=directory).start()
    assert (REFUSAL or "ended at once; its log says:\n  no such luck") in caught.value.reason
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("slots", [0, 17])
def test_the_number_of_slots_is_bounded(slots: int) -> None:
    """pcscd holds 16 readers and drops further ones in silence."""
    with pytest.raises(ValueError, match="1 to 16"):
        PrivateDaemon(slots)
