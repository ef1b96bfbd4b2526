"""Find the commands that packages register under ``guitai.commands``.

importlib.metadata does the same and takes 40 ms to import, more than all the rest of
``guitai --help``; this reads the same files (docs/decisions/0003).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

SECTION = "[guitai.commands]"


def registered(paths: list[str] | None = None) -> Iterator[str]:
    """Give the references (``module:attribute``) of all registrations, each once."""
    seen: set[str] = set()
    for folder in sys.path if paths is None else paths:
        for file in sorted(Path(folder or ".").glob("*.dist-info/entry_points.txt")):
            for reference in _references(file):
                if reference not in seen:
                    seen.add(reference)
                    yield reference


def _references(file: Path) -> Iterator[str]:
    inside = False
    for line in file.read_text("utf-8").splitlines():
        text = line.strip()
        if text.startswith("["):
            inside = text == SECTION
        elif inside and "=" in text:
            yield text.partition("=")[2].strip()


def load(reference: str) -> Any:
    """Import what ``module:attribute`` names."""
    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)
