"""A desk for tests: a private daemon, cards put in by `guitai emulate`, and the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import forked
import jsonschema

from emulator.daemon import PrivateDaemon

ROOT = Path(__file__).parents[2]
GUITAI = [sys.executable, "-W", "error", "-c", "from terminal.cli import main; main()"]


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document it printed, valid by its published schema."""
        (line,) = self.out.splitlines()
        return valid(line)


def valid(line: str) -> Any:
    """Read a line of JSON and hold it against its published schema."""
    document = json.loads(line)
    name = document.get("schema", "guitai.error/1").replace("/", "-")
    schema = json.loads((ROOT / f"docs/schemas/{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


class Desk:
    """Run commands against a daemon of one's own, or against none."""

    def __init__(self, daemon: PrivateDaemon | None) -> None:
        self.daemon = daemon
        socket = daemon.environment() if daemon else {"PCSCLITE_CSOCK_NAME": "/nonexistent/comm"}
        self.environment = {**os.environ, **socket}

    def run(self, *arguments: str, input: str | None = None, timeout: float = 60) -> Ran:  # noqa: A002
        """Run `guitai` with arguments."""
        if forked.can_run(self.environment):
            typed = (input or "").encode()
            status, out, err = forked.run(arguments, self.environment, typed, timeout)
            return Ran(status, out.decode(), err.decode())
        done = subprocess.run(
            [*GUITAI, *arguments],
            env=self.environment,
            input=input,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def other(self, *command: str, input: str | None = None, timeout: float = 60) -> Ran:  # noqa: A002
        """Run somebody else's program against the same daemon."""
        done = subprocess.run(
            command,
            env=self.environment,
            input=input,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def emulating(self, *arguments: str, slot: int = 0) -> Iterator[str]:
        """Have a card in a slot, put there by `guitai emulate`; gives the line it printed."""
        assert self.daemon is not None
        address = f"{self.daemon.host}:{self.daemon.ports[slot]}"
        command = [*self.daemon.enter_network(), *GUITAI, "emulate", "--vpcd", address, *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                yield process.stdout.readline()
            finally:
                process.terminate()


@contextmanager
def open_desk(slots: int = 2) -> Iterator[Desk]:
    """Open a desk with a private daemon."""
    with PrivateDaemon(slots=slots) as daemon:
        yield Desk(daemon)
