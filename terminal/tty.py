"""A terminal while something secret is typed: no echo, and nothing left for who reads next.

What was typed before a question is no answer to it, and what was typed behind an answer must not
come out in the shell, with echo and into its history. So both are thrown away.
"""

from __future__ import annotations

import contextlib
import select
import termios
from collections.abc import Iterator

_LOCAL_MODES = 3
_ESCAPE_SECONDS = 0.05
"""Within this time the rest of a key's escape sequence comes; a lone Esc has none."""


@contextlib.contextmanager
def hidden_input(descriptor: int, *, by_key: bool = False) -> Iterator[None]:
    """Take the echo away, with ``by_key`` the editing of lines too, for as long as it lasts."""
    before = termios.tcgetattr(descriptor)
    quiet = termios.tcgetattr(descriptor)
    quiet[_LOCAL_MODES] &= ~(termios.ECHO | (termios.ICANON if by_key else 0))
    termios.tcsetattr(descriptor, termios.TCSAFLUSH, quiet)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # it may have hung up
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)


def forget_typed(descriptor: int) -> None:
    """Throw away what was typed before a question that is asked with echo."""
    with contextlib.suppress(termios.error):
        termios.tcflush(descriptor, termios.TCIFLUSH)


def more_follows(descriptor: int) -> bool:
    """Tell whether more comes at once: behind Esc, the rest of an arrow's bytes, say."""
    return bool(select.select([descriptor], [], [], _ESCAPE_SECONDS)[0])
