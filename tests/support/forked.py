"""Run `guitai` as a process of its own, forked from one that has loaded it.

A command loads for a third of a second, with services for a whole one, and the tests run some two
thousand. What is forked has its own memory, files, environment and signals, and ends as any other
program does; only its modules were there before. How a command loads has tests of its own, which
start a fresh interpreter (tests/terminal/cli/test_app.py and others).
"""

from __future__ import annotations

import array
import atexit
import functools
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LOADED = (
    *("terminal.cli.service", "terminal.cli.transit", "terminal.cli.park", "terminal.cli.journal"),
    *("terminal.cli.production", "terminal.cli.person", "terminal.cli.keys", "terminal.cli.pin"),
)
"""What has most of the rest with it."""
_OF_THE_INTERPRETER = ("PYTHON", "LC_", "LANG", "LD_", "COVERAGE")
"""Variables that are looked at when Python itself starts."""
_MOST = 1 << 20
_FDS = 3


def run(
    arguments: Sequence[str], environment: Mapping[str, str], standard_input: bytes, timeout: float
) -> tuple[int, bytes, bytes]:
    """Run a command; gives its exit status, what it printed, and what it complained."""
    with (
        tempfile.TemporaryFile() as typed,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        typed.write(standard_input)
        typed.seek(0)
        asked = json.dumps([list(arguments), dict(environment), str(Path.cwd())])
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            line.connect(_server())
            line.settimeout(timeout)
            fds = array.array("i", [each.fileno() for each in (typed, out, err)])
            line.sendmsg([asked.encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
            child = int(line.recv(_MOST))
            try:
                status = int(line.recv(_MOST))
            except TimeoutError:
                os.kill(child, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(arguments), timeout) from None
        out.seek(0)
        err.seek(0)
        return status, out.read(), err.read()


def can_run(environment: Mapping[str, str]) -> bool:
    """Say whether an environment starts Python as ours did."""
    return _of_python(environment) == _of_python(os.environ)


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if name.startswith(_OF_THE_INTERPRETER)
    }


@functools.cache
def _server() -> str:
    """Start the process that is forked, once; gives where it listens."""
    folder = tempfile.mkdtemp(prefix="guitai-forked-")
    place = str(Path(folder, "socket"))
    process = subprocess.Popen(
        [sys.executable, "-W", "error", __file__, place],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

    def end() -> None:
        process.kill()
        process.wait()
        Path(place).unlink(missing_ok=True)
        Path(folder).rmdir()

    atexit.register(end)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return place


# --- The process that is forked ------------------------------------------------------------------


def serve(place: str) -> None:
    """Fork for whoever asks; returns in the child only."""
    for name in LOADED:
        __import__(name)
    gc.collect()
    gc.freeze()  # what is shared stays shared: nobody looks through it for garbage
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(place)
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            line, _ = listening.accept()
            with line:
                said, passed, _, _ = line.recvmsg(_MOST, socket.CMSG_SPACE(_FDS * 4))
                fds = array.array("i", passed[0][2])
                child = os.fork()
                if not child:
                    _become(json.loads(said), fds)
                    return
                for each in fds:
                    os.close(each)
                line.send(str(child).encode())
                _, status = os.waitpid(child, 0)
                line.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(asked: tuple[list[str], dict[str, str], str], fds: Sequence[int]) -> None:
    arguments, environment, folder = asked
    for number, each in enumerate(fds):
        os.dup2(each, number)
        os.close(each)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    sys.argv = ["-c", *arguments]


if __name__ == "__main__":
    serve(sys.argv[1])
    from terminal.cli import main

    main()
