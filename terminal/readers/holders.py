"""Guess which programs hold a reader: those that have PC/SC's library loaded.

The daemon does not tell who has a reader; a program that uses PC/SC has libpcsclite mapped,
and /proc shows that for processes this user may look at. So the answer is "may be", and may
be empty.
"""

from __future__ import annotations

import os
from pathlib import Path

_LIBRARY = "libpcsclite"


def holders(proc: Path = Path("/proc")) -> list[str]:
    """Name other processes with PC/SC's library loaded, as ``name (pid 123)``, by pid."""
    found: list[tuple[int, str]] = []
    for folder in proc.iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            if _LIBRARY in (folder / "maps").read_text("utf-8", "replace"):
                name = (folder / "comm").read_text("utf-8", "replace").strip()
                found.append((int(folder.name), name))
        except OSError:
            # Gone meanwhile, or another user's: not ours to know.
            continue
    return [f"{name} (pid {pid})" for pid, name in sorted(found)]
