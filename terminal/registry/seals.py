"""The seal of a thing: what its history's last row says, under a key outside the database.

Foreign keys and triggers hold a history together against programs; whoever owns the file can take
them away, take the last row away (a formal loss was never reported) or write it anew, and put them
back. The seal then fits no more. What it cannot tell: a file that was put back whole, as it was on
an earlier day; that the audit's anchors tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from terminal.registry.tables.base import microseconds
from terminal.registry.vault import Vault

SEALED = (
    "thing_id",
    "number",
    "kind",
    "move",
    "from_state",
    "to_state",
    "at",
    "until",
    "back_to",
)
"""Columns of ``history`` that the seal covers, in its order."""


def seal_of(vault: Vault, row: Mapping[str, Any]) -> bytes:
    """Give the seal of a thing whose last row is this one: 16 bytes."""
    return vault.stamp("thing", "|".join(_text(row[name]) for name in SEALED))


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(microseconds(value) if isinstance(value, datetime) else value)
