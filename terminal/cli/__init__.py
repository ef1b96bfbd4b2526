"""The ``guitai`` command: one file a command group, loaded only when it is called.

This module imports what Python has loaded already, so that Ctrl-C finds nothing to break off before
:func:`main` is there to answer it. ``guitai --help`` loads click and nothing else
(docs/decisions/0003).
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing's own would have to be imported for it
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from terminal.texts import Language


class Ended(KeyboardInterrupt):
    """Say that a signal ended us, with the exit status a shell expects of that."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_status = 128 + number


def main() -> None:
    """Run ``guitai``: the console script."""
    try:
        _make_ready()
        from terminal.cli.app import run  # noqa: PLC0415  click is not wanted by who imports us

        sys.exit(run(sys.argv[1:], language_asked(sys.argv[1:])))
    except KeyboardInterrupt as stop:
        # Before there was anything to interrupt, or while it was already ending.
        sys.exit(getattr(stop, "exit_status", 130))


def _make_ready() -> None:
    """See to streams and signals."""
    import signal  # noqa: PLC0415  see above

    _have_standard_streams()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # not under nohup
            signal.signal(number, _end)
    for stream in (sys.stdout, sys.stderr):
        # A terminal without Chinese gets escapes instead of a crash.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _end(number: int, _frame: object) -> NoReturn:
    """End as by Ctrl-C: a terminal gets its echo back, a PIN pad is closed, the card is let go."""
    import signal  # noqa: PLC0415  it was imported to have this called

    signal.signal(number, signal.SIG_IGN)
    raise Ended(number)


def _have_standard_streams() -> None:
    """Open what we were started without: else the next file or socket is taken for it.

    What is read ends at once; what is printed fails and is said; errors go nowhere.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # the lowest number that is free
    for number, (name, way) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            stream: Any = os.fdopen(number, way, encoding="utf-8", closefd=False)
            setattr(sys, name, stream)


def language_asked(arguments: list[str]) -> Language | None:
    """Find ``--lang`` ahead of click, which fixes help texts when a command is loaded."""
    from terminal.texts import LANGUAGES  # noqa: PLC0415  see above

    for at, argument in enumerate(arguments):
        value = argument.removeprefix("--lang=") if argument.startswith("--lang=") else None
        if argument == "--lang" and at + 1 < len(arguments):
            value = arguments[at + 1]
        for language in LANGUAGES:
            if value == language:
                return language
    return None
