"""What runs beside a private pcscd: it enters the namespaces, starts the daemon, keeps it.

Run as a script by emulator/daemon.py, a process of its own with one thread, so that the kernel's
death signal (which follows the parent's *thread*) and `unshare` behave as one expects. Only the
standard library is used: it runs alone, isolated from any environment.
"""

from __future__ import annotations

import array
import ctypes
import errno
import fcntl
import json
import os
import select
import shutil
import signal
import socket as sockets
import struct
import sys
from pathlib import Path
from typing import Any, NoReturn

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x0002_0000, 0x1000_0000, 0x4000_0000
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 0x2, 0x4, 0x4000, 0x4_0000
_PR_SET_PDEATHSIG = 1
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


class _RefusedError(Exception):
    """What the kernel did not let us do."""


def _enclose(plan: dict[str, Any]) -> None:
    """Enter the namespaces and serve the caller until it says stop or is no more."""
    channel = sockets.socket(fileno=plan["channel"])
    channel.set_inheritable(False)
    try:
        parent = os.pidfd_open(plan["parent"])
    except ProcessLookupError:
        return
    if os.getppid() != plan["parent"]:
        return  # it died before we looked, and the number is somebody else's
    try:
        greeting = _enter_namespaces(plan["network"])
        _prepare_mounts(plan)
        if greeting["network"] == "own":
            _raise_loopback()
    except _RefusedError as error:
        channel.send(json.dumps({"refused": str(error)}).encode())
        return
    channel.send(json.dumps(greeting).encode())
    keeper = _Keeper(Path(plan["ipc"]))
    try:
        _serve(channel, parent, keeper)
    finally:
        keeper.kill()
        shutil.rmtree(plan["directory"], ignore_errors=True)  # the caller may be past doing it


def _enter_namespaces(network: str) -> dict[str, object]:
    """Leave the machine's mounts, and its network if asked; as root of a user namespace if need be.

    A user namespace is what an ordinary user needs; root keeps its own wherever it is allowed to.
    """
    user, group = os.geteuid(), os.getegid()
    networks = {"own": [True], "shared": [False], "auto": [True, False]}[network]
    failure = 0
    for own_network in networks:
        for user_namespace in (False, True):
            flags = _CLONE_NEWNS
            flags |= _CLONE_NEWNET if own_network else 0
            flags |= _CLONE_NEWUSER if user_namespace else 0
            failure = _call("unshare", ctypes.c_int(flags))
            if failure == 0:
                if user_namespace:
                    _map_to_root(user, group)
                return {
                    "network": "own" if own_network else "shared",
                    "user_namespace": user_namespace,
                }
    kinds = "mount and network namespaces" if network == "own" else "mount namespaces"
    why = "the limit in /proc/sys/user" if failure == errno.ENOSPC else os.strerror(failure)
    raise _RefusedError(
        f"this machine refuses {kinds} ({why}): "
        "a private daemon needs root, or user namespaces for ordinary users"
    )


def _map_to_root(user: int, group: int) -> None:
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", encoding="ascii")
    except OSError as error:
        raise _RefusedError(f"this machine refuses user namespaces ({error.strerror})") from error


def _prepare_mounts(plan: dict[str, Any]) -> None:
    """Give the daemon its own run-time directory, and of all drivers the virtual reader's only."""
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)  # nothing of this may reach the machine
    ipc = Path(plan["ipc"])
    if not ipc.is_dir():  # a machine on which pcscd never ran: hide the directory above instead
        _mount("tmpfs", str(ipc.parent), "tmpfs", _MS_NOSUID | _MS_NODEV)
        ipc.mkdir()
    _mount("tmpfs", str(ipc), "tmpfs", _MS_NOSUID | _MS_NODEV)
    for copy in plan["copies"]:
        shutil.copyfile(plan["library"], ipc / copy)
    if Path(plan["drivers"]).is_dir():
        _mount("tmpfs", plan["drivers"], "tmpfs", _MS_NOSUID | _MS_NODEV)


def _mount(source: str, target: str, kind: str, flags: int) -> None:
    failure = _call(
        "mount",
        ctypes.c_char_p(os.fsencode(source)),
        ctypes.c_char_p(os.fsencode(target)),
        ctypes.c_char_p(kind.encode()),
        ctypes.c_ulong(flags),
        ctypes.c_void_p(None),
    )
    if failure:
        raise _RefusedError(f"this machine refuses to mount on {target} ({os.strerror(failure)})")


def _raise_loopback() -> None:
    """Bring `lo` up: a fresh network namespace has it, down (netdevice(7), struct ifreq)."""
    request = struct.pack("16sh22x", b"lo", _IFF_UP)
    with sockets.socket(sockets.AF_INET, sockets.SOCK_DGRAM) as any_socket:
        try:
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)
        except OSError as error:
            raise _RefusedError(f"the loopback interface stays down ({error.strerror})") from error


def _call(name: str, *arguments: Any) -> int:
    """Call a function of the C library; return 0, or the error's number."""
    library = ctypes.CDLL(None, use_errno=True)
    return 0 if library[name](*arguments) == 0 else ctypes.get_errno() or errno.EPERM


class _Keeper:
    """Start pcscd and end it; at most one at a time."""

    def __init__(self, ipc: Path) -> None:
        self._ipc = ipc
        self._command: list[str] = []
        self.pid = 0
        self.ended = -1  # a descriptor that becomes readable when it ends by itself

    def start(self, command: list[str] | None) -> int:
        self.kill()
        self._command = command or self._command
        for name in ("pcscd.comm", "pcscd.pid"):  # a killed daemon leaves them
            (self._ipc / name).unlink(missing_ok=True)
        enclosure = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            self._become_pcscd(enclosure)
        self.ended = os.pidfd_open(self.pid)
        return self.pid

    def _become_pcscd(self, enclosure: int) -> NoReturn:
        try:
            _call("prctl", _PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))
            if os.getppid() == enclosure:  # else it died before the line above took effect
                os.execv(self._command[0], self._command)  # noqa: S606 - no shell wanted
        finally:
            os._exit(127)

    def kill(self) -> None:
        if self.pid:
            signal.pidfd_send_signal(self.ended, signal.SIGKILL)
            self.reap()

    def reap(self) -> None:
        os.waitpid(self.pid, 0)
        os.close(self.ended)
        self.pid, self.ended = 0, -1


def _serve(channel: sockets.socket, parent: int, keeper: _Keeper) -> None:
    """Do what the caller asks until it says stop, closes the channel or dies."""
    while True:
        watched: list[Any] = [channel, parent, *([keeper.ended] if keeper.pid else [])]
        ready = select.select(watched, [], [])[0]
        if keeper.pid and keeper.ended in ready:
            keeper.reap()
        if parent in ready:
            return
        if channel in ready:
            data = channel.recv(65_536)
            message = json.loads(data) if data else {"what": "stop"}
            if message["what"] == "stop":
                return
            _answer(channel, message, keeper)


def _answer(channel: sockets.socket, message: dict[str, Any], keeper: _Keeper) -> None:
    match message["what"]:
        case "start":
            reply = json.dumps({"pid": keeper.start(message["command"])})
            channel.send(reply.encode())
        case "kill":
            keeper.kill()
            channel.send(b"{}")
        case "socket":
            with sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM) as handed_out:
                rights = array.array("i", [handed_out.fileno()])
                channel.sendmsg([b"{}"], [(sockets.SOL_SOCKET, sockets.SCM_RIGHTS, rights)])


if __name__ == "__main__":
    _enclose(json.loads(sys.argv[1]))
