"""Run a private PC/SC daemon with virtual readers, apart from the machine's own.

`PrivateDaemon` starts a child process, the *enclosure*: enclosure.py run as a script. The enclosure
enters namespaces of its own, starts `pcscd` in them and stays beside it. Only those two processes
are inside; the caller and its cards stay where they are:

    caller ──(messages)── enclosure ── pcscd ── vpcd, one TCP port a slot ◄── card process
       └── libpcsclite ── symlink ── /proc/PID/root/run/pcscd/pcscd.comm

- Mount namespace: `/run/pcscd` is our own tmpfs, and the USB drivers are hidden, so that a real
  reader on the desk is never taken away from the machine's daemon.
- Network namespace: vpcd listens on all interfaces and believes whoever connects, so it gets a
  loopback of its own. The caller reaches it over a socket that the enclosure opened and handed
  out: a socket belongs to the namespace it was made in, whoever holds it. No thread of the caller
  ever changes namespace, and this works without privileges too.
- Ending: the enclosure watches the caller's process and is watched by the kernel on pcscd's
  behalf, so none survives the caller, not even its SIGKILL.

Only the standard library is used: scripts start daemons before any environment exists.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import shutil
import socket as sockets
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Literal

MAX_SLOTS = 16  # PCSCLITE_MAX_READERS_CONTEXTS
FIRST_PORT = 0x8C7B  # vpcd's customary port; ours to choose in a network namespace of our own
SHARED_PORTS = range(20_000, 32_000, 2)  # below Linux' ephemeral ports (32768 and up)
START_DEADLINE = 10.0  # seconds; usual is under 0.2
ANSWER_DEADLINE = 10.0  # seconds for the enclosure to answer one message

_SYSTEM_PATH = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # not on the PATH of ordinary users
_LIBRARY = "libifdvpcd.so"
_ENCLOSURE = str(Path(__file__).with_name("enclosure.py"))
_PATH_LIMIT = 107  # sun_path without its final zero: the library cuts longer ones off silently

Network = Literal["own", "shared", "auto"]


class DaemonUnavailable(RuntimeError):
    """Say why no private daemon can run here; `reason` is a text for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PrivateDaemon:
    """Keep one pcscd with `slots` virtual readers for as long as the context lasts.

    `directory` is where the private temporary directory is made (default: the system's).
    `network`: "own" insists on a network namespace, "shared" does without, "auto" takes what is
    to be had; afterwards the attribute says which of "own" and "shared" it is, so that callers
    can warn. `debug` makes pcscd's log (`log`) verbose; APDUs are never in it.

    Attributes, valid once started: `socket` (the symlink for PCSCLITE_CSOCK_NAME), `ports` and
    `readers` (vpcd's port and PC/SC's name of each slot), `host`, `pid` (of pcscd; 0 while none
    runs), `log`.

    Raises DaemonUnavailable from start, restart and connect.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        slots: int = 2,
        *,
        directory: Path | None = None,
        network: Network = "auto",
        debug: bool = False,
    ) -> None:
        if not 1 <= slots <= MAX_SLOTS:
            raise ValueError(f"slots must be 1 to {MAX_SLOTS}, not {slots}")
        self.slots = slots
        self.network: Network = network
        self.ports: tuple[int, ...] = ()
        self.readers = tuple(_reader_name(slot) for slot in range(slots))
        self.socket = Path()
        self.log = Path()
        self.pid = 0
        self._parent_directory = directory
        self._debug = debug
        self._directory: Path | None = None
        self._ipc_directory = Path()
        self._enclosure: _Enclosure | None = None
        self._owner = 0

    def __enter__(self) -> PrivateDaemon:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the daemon and return when every reader is there; nothing if it runs already."""
        if self._enclosure is not None:
            if self.pid == 0:
                self.restart()
            return
        self._owner = os.getpid()
        pcscd = find_pcscd()
        built = _built_with(pcscd)
        self._ipc_directory = Path(built.get("ipcdir", "/run/pcscd"))
        drivers = Path(built.get("usbdropdir", "/usr/lib/pcsc/drivers"))
        plan = {
            "network": self.network,
            "ipc": str(self._ipc_directory),
            "drivers": str(drivers),
            "library": str(find_driver(drivers)),
            "copies": [self._library(pair).name for pair in range(self._pairs)],
        }
        try:
            self._make_directory()
            self._enclosure = _Enclosure(plan | {"directory": str(self._directory)}, self.log)
            self.network = self._enclosure.network
            self._write_configuration()
            self._launch([pcscd, "--foreground", "--config", str(self.socket.parent / "readers")])
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the daemon and remove its directory; nothing if that was done.

        Nothing in a forked copy of the process either: the daemon is its parent's.
        """
        if self._owner != os.getpid():
            return
        enclosure, self._enclosure = self._enclosure, None
        self.pid = 0
        if enclosure is not None:
            enclosure.end()
        directory, self._directory = self._directory, None
        if directory is not None:
            shutil.rmtree(directory, ignore_errors=True)

    def kill(self) -> None:
        """End pcscd alone by SIGKILL, as a crash would: ports and symlink lead nowhere then."""
        if self._enclosure is not None and self.pid:
            self._enclosure.ask("kill")
            self.pid = 0

    def restart(self) -> None:
        """Start pcscd again, on the same ports and behind the same symlink."""
        if self._enclosure is None:
            self.start()
            return
        self.kill()
        self._launch(None)

    def environment(self) -> dict[str, str]:
        """Return the variables a PC/SC client needs; the library reads them at its first call."""
        return {"PCSCLITE_CSOCK_NAME": str(self.socket)}

    def enter_network(self) -> list[str]:
        """Return the argv prefix for a card process that connects to the ports by itself."""
        if self._enclosure is None or self.network != "own":
            return []
        prefix = ["nsenter", f"--target={self._enclosure.pid}", "--net"]
        if self._enclosure.user_namespace:
            prefix += ["--user", "--preserve-credentials"]
        return [*prefix, "--"]

    def connect(self, slot: int, timeout: float = 5.0) -> sockets.socket:
        """Return a TCP connection to the vpcd of a slot: a card plugged in as soon as it answers.

        `timeout` (seconds) holds for connecting; the socket comes back blocking. vpcd takes one
        card a slot; one more connection is kept waiting by the kernel until that card leaves.
        Raises OSError when nothing listens (pcscd was killed) or nobody answers in time.
        """
        port = self.ports[slot]
        if self._enclosure is None:
            raise DaemonUnavailable("the daemon is not running")
        connection = self._enclosure.open_socket()
        try:
            connection.settimeout(timeout)
            connection.connect((self.host, port))
            connection.settimeout(None)
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def _pairs(self) -> int:
        """How many vpcd entries: each brings two slots, the last one of an odd number unlisted."""
        return (self.slots + 1) // 2

    def _library(self, pair: int) -> Path:
        """Return the entry's own copy of the driver.

        vpcd keeps its two slots in static memory. Loaded once (and dlopen knows a file again by
        its inode), the entries would overwrite each other's: all readers listed, only the last
        two alive.
        """
        return self._ipc_directory / f"vpcd-{pair}.so"

    def _make_directory(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="guitai-", dir=self._parent_directory))
        self._directory = self._directory.resolve()
        self.socket = self._directory / "pcscd.comm"
        self.log = self._directory / "pcscd.log"
        if len(os.fsencode(self.socket)) > _PATH_LIMIT:
            raise ValueError(f"too long for a socket's path: {self.socket}")

    def _write_configuration(self) -> None:
        """Write one vpcd entry for two slots each; vpcd itself takes the port and the next one."""
        if self.network == "own":
            first_ports = list(range(FIRST_PORT, FIRST_PORT + 2 * self._pairs, 2))
        else:
            first_ports = _free_pairs(self._pairs)
        self.ports = tuple(p for first in first_ports for p in (first, first + 1))[: self.slots]
        readers = self.socket.parent / "readers"
        readers.mkdir()
        (readers / "vpcd.conf").write_text(
            "".join(
                f'FRIENDLYNAME "{_friendly_name(pair)}"\n'
                f"DEVICENAME /dev/null:0x{port:X}\n"
                f"LIBPATH {self._library(pair)}\n"
                f"CHANNELID 0x{port:X}\n"
                for pair, port in enumerate(first_ports)
            ),
            encoding="ascii",
        )

    def _launch(self, command: list[str] | None) -> None:
        """Have pcscd started (`None`: as the last time), re-point the symlink, await readiness."""
        if self._enclosure is None:
            raise DaemonUnavailable("the daemon was stopped")
        if command is not None and self._debug:
            command = [*command, "--debug"]
        self.pid = self._enclosure.ask("start", command=command)["pid"]
        fresh = self.socket.with_suffix(".new")
        fresh.symlink_to(f"/proc/{self.pid}/root{self._ipc_directory}/pcscd.comm")
        fresh.replace(self.socket)  # atomic: no client ever finds the path missing
        self._await_readiness()

    def _await_readiness(self) -> None:
        """Wait until pcscd takes clients and holds every slot's port.

        The ports are read from the kernel's table: to try them by connecting would plug in cards.
        """
        deadline = time.monotonic() + START_DEADLINE
        try:
            ended = os.pidfd_open(self.pid)
        except ProcessLookupError:
            raise self._not_started("it ended at once") from None
        try:
            poll = select.poll()
            poll.register(ended, select.POLLIN)
            while not self._takes_clients():
                if poll.poll(5):
                    raise self._not_started("it ended at once")
                if time.monotonic() > deadline:
                    raise self._not_started(f"not ready after {START_DEADLINE:g} s")
        finally:
            os.close(ended)
        missing = set(self.ports) - _listening_ports(self.pid)  # pcscd opens them before its socket
        if missing:
            raise self._not_started(f"could not listen on port {min(missing)}")

    def _takes_clients(self) -> bool:
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
        return True

    def _not_started(self, what: str) -> DaemonUnavailable:
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-8:]
        except OSError:
            lines = []
        tail = "".join(f"\n  {line}" for line in lines) or " nothing"
        return DaemonUnavailable(f"pcscd did not start: {what}; its log says:{tail}")


def find_pcscd() -> str:
    """Return the path of pcscd, which ordinary users do not have on their PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *_SYSTEM_PATH])
    found = shutil.which("pcscd", path=path)
    if found is None:
        raise DaemonUnavailable("pcscd is not installed (Debian: apt install pcscd)")
    return found


def find_driver(drivers: Path) -> Path:
    """Return the library of the virtual reader among pcscd's drivers, symlinks resolved."""
    for folder in (drivers / "serial", *Path("/usr/lib").glob("*/pcsc/drivers/serial")):
        library = folder / _LIBRARY
        if library.is_file():
            return library.resolve()
    raise DaemonUnavailable(
        f"the virtual reader {_LIBRARY} is not installed (Debian: apt install vsmartcard-vpcd)"
    )


def _built_with(pcscd: str) -> dict[str, str]:
    """Return the directories pcscd was built with: ipcdir, usbdropdir, configdir."""
    try:
        answer = subprocess.run(  # noqa: S603 - the path comes from find_pcscd, no shell
            [pcscd, "--version"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DaemonUnavailable(f"pcscd cannot be run: {error}") from error
    return dict(word.split("=", 1) for word in answer.stdout.split() if "=" in word)


def _friendly_name(pair: int) -> str:
    """Return a name of its own for each entry: pcscd gives equal ones equal readers' names."""
    return "Virtual PCD" if pair == 0 else f"Virtual PCD {pair + 1}"


def _reader_name(slot: int) -> str:
    pair, half = divmod(slot, 2)
    return f"{_friendly_name(pair)} 00 0{half}"


def _free_pairs(count: int) -> list[int]:
    """Return first ports of pairs nobody listens on, in random order against parallel runs."""
    found: list[int] = []
    for port in random.sample(SHARED_PORTS, len(SHARED_PORTS)):
        if len(found) == count:
            break
        if _is_free(port) and _is_free(port + 1):
            found.append(port)
    if len(found) < count:
        raise DaemonUnavailable("no free TCP ports for the virtual readers")
    return found


def _is_free(port: int) -> bool:
    with sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _listening_ports(pid: int) -> set[int]:
    """Return the TCP ports on which this very process listens, in its own network namespace."""
    held = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            held.add(str(descriptor.readlink()))
    ports = set()
    for line in Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()  # proc(5): sl, local address, remote address, state, … inode
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in held:
            ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


class _Enclosure:
    """The caller's end of the enclosure: start it, ask it one thing at a time, end it."""

    def __init__(self, plan: dict[str, Any], log: Path) -> None:
        ours, theirs = sockets.socketpair(sockets.AF_UNIX, sockets.SOCK_SEQPACKET)
        self._channel = ours
        self._lock = threading.Lock()
        with theirs, log.open("ab") as output:
            arguments = json.dumps(plan | {"parent": os.getpid(), "channel": theirs.fileno()})
            self._process = subprocess.Popen(  # noqa: S603 - our own file, our own interpreter
                [sys.executable, "-I", "-S", _ENCLOSURE, arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={"PATH": os.defpath},  # LISTEN_FDS would make pcscd end after a minute
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is the caller's to handle, not the daemon's
            )
        self.pid = self._process.pid
        ours.settimeout(ANSWER_DEADLINE)
        try:
            greeting = self._receive()[0]
        except DaemonUnavailable:
            self.end()
            raise
        self.network: Network = greeting["network"]
        self.user_namespace: bool = greeting["user_namespace"]

    def ask(self, what: str, **details: object) -> dict[str, Any]:
        return self._exchange({"what": what, **details})[0]

    def open_socket(self) -> sockets.socket:
        """Return an unconnected TCP socket made inside the daemon's network namespace."""
        return sockets.socket(fileno=self._exchange({"what": "socket"})[1][0])

    def end(self) -> None:
        with contextlib.suppress(OSError):  # it is gone already
            self._channel.send(b'{"what": "stop"}')
        try:
            self._process.wait(ANSWER_DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()  # pcscd follows it
            self._process.wait()
        self._channel.close()

    def _exchange(self, message: dict[str, object]) -> tuple[dict[str, Any], list[int]]:
        with self._lock:
            try:
                self._channel.send(json.dumps(message).encode())
            except OSError as error:
                raise DaemonUnavailable(f"the daemon's enclosure is gone: {error}") from error
            return self._receive()

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        try:
            data, descriptors, _, _ = sockets.recv_fds(self._channel, 65_536, 1)
        except OSError as error:
            raise DaemonUnavailable(f"the daemon's enclosure is silent: {error}") from error
        if not data:
            raise DaemonUnavailable("the daemon's enclosure ended unexpectedly")
        answer: dict[str, Any] = json.loads(data)
        if "refused" in answer:
            raise DaemonUnavailable(answer["refused"])
        return answer, descriptors
