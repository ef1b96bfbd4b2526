"""Find the commands that packages register under ``guitai.commands``.

importlib.metadata does the same and takes 40 ms to import, more than all the rest of
``guitai --help``; this reads the same files (docs/decisions/0003). Nor is pathlib worth its
6 ms here (tools/bench, row "help").
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

SECTION = "[guitai.commands]"


def registered(paths: list[str] | None = None) -> Iterator[str]:
    """Give the references (``module:attribute``) of all registrations, each once."""
    seen: set[str] = set()
    for folder in sys.path if paths is None else paths:
        for file in _files(folder or "."):
            for reference in _references(file):
                if reference not in seen:
                    seen.add(reference)
                    yield reference


def _files(folder: str) -> Iterator[str]:
    """Give where installed distributions in a folder would have their entry points."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208  without pathlib, see above
    except OSError:
        # An entry of sys.path may be an archive, or not be there.
        return
    for name in names:
        if name.endswith(".dist-info"):
            yield f"{folder}/{name}/entry_points.txt"


def _references(file: str) -> Iterator[str]:
    try:
        with open(file, encoding="utf-8") as stream:  # noqa: PTH123  without pathlib, see above
            lines = stream.readlines()
    except (OSError, UnicodeDecodeError):
        # Most distributions have none; one that can't be read registers nothing.
        return
    inside = False
    for line in lines:
        text = line.strip()
        if text.startswith("["):
            inside = text == SECTION
        elif inside and "=" in text:
            yield text.partition("=")[2].strip()


def load(reference: str) -> Any:
    """Import what ``module:attribute`` names."""
    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)
