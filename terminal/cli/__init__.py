"""The ``guitai`` command: one file a command group, loaded only when it is called.

This module and what it imports stay light: ``guitai --help`` loads click and nothing else
(docs/decisions/0003).
"""

from __future__ import annotations

import sys

from terminal.texts import LANGUAGES, Language


def main() -> None:
    """Run ``guitai``: the console script."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without Chinese gets escapes instead of a crash.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    try:
        from terminal.cli.app import run  # noqa: PLC0415  click is not wanted by who imports us

        sys.exit(run(sys.argv[1:], language_asked(sys.argv[1:])))
    except KeyboardInterrupt:
        # Before there was anything to interrupt, or while it was already ending.
        sys.exit(130)


def language_asked(arguments: list[str]) -> Language | None:
    """Find ``--lang`` ahead of click, which fixes help texts when a command is loaded."""
    for at, argument in enumerate(arguments):
        value = argument.removeprefix("--lang=") if argument.startswith("--lang=") else None
        if argument == "--lang" and at + 1 < len(arguments):
            value = arguments[at + 1]
        for language in LANGUAGES:
            if value == language:
                return language
    return None
