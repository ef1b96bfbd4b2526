"""A person at a terminal in front of the command line."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import termios
from collections.abc import Mapping

from desk import GUITAI

_ECHO = 3


class AtATerminal:
    """Type at a command's terminal and look at its screen; standard output is a pipe."""

    def __init__(self, environment: Mapping[str, str], *arguments: str) -> None:
        self.ours, self._theirs = pty.openpty()
        self.process = subprocess.Popen(
            [*GUITAI, *arguments],
            stdin=self._theirs,
            stdout=subprocess.PIPE,
            stderr=self._theirs,
            env=environment,
            start_new_session=True,
            text=True,
        )
        self.shown = b""
        self._seen = 0

    def see(self, wanted: str) -> None:
        """Wait until something stands on the screen, below what was waited for before."""
        text = wanted.encode()
        while (at := self.shown.find(text, self._seen)) < 0:
            if select.select([self.ours], [], [], 1)[0]:
                self.shown += os.read(self.ours, 4096)
            else:
                assert self.process.poll() is None, self.shown
        self._seen = at + len(text)

    def answer(self, question: str, typed: str) -> None:
        """Type a line when a question is seen."""
        self.see(question)
        os.write(self.ours, f"{typed}\n".encode())

    def end(self) -> tuple[int, str]:
        """Wait for the command; gives its exit status and what it printed."""
        out, _ = self.process.communicate(timeout=60)
        while select.select([self.ours], [], [], 0)[0]:
            self.shown += os.read(self.ours, 4096)
        self.echo = bool(termios.tcgetattr(self._theirs)[_ECHO] & termios.ECHO)
        self.left = bool(select.select([self._theirs], [], [], 0)[0])
        os.close(self.ours)
        os.close(self._theirs)
        return self.process.returncode, out
