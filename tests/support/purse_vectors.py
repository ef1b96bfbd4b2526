"""The reference's purse vectors (purse-vectors.json), by kind, their hex as bytes.

Those of SM4 are a guess that keeps the code pluggable: they are no conformance data, so they have
a kind of their own and only one test asks for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("purse_vectors.json")


@dataclass(frozen=True)
class PurseVector:
    """One vector: what goes in and what comes out, as hex texts."""

    id: str
    kind: str
    given: dict[str, Any]
    wanted: dict[str, Any]

    def __str__(self) -> str:
        return self.id

    def bytes(self, name: str) -> bytes:
        """A value of either side as bytes."""
        return bytes.fromhex(self.given[name] if name in self.given else self.wanted[name])

    def number(self, name: str) -> int:
        """A value of either side as a number."""
        return int.from_bytes(self.bytes(name), "big")


@cache
def every() -> tuple[PurseVector, ...]:
    """All of them."""
    document = json.loads(FILE.read_text("utf-8"))
    return tuple(
        PurseVector(each["id"], each["kind"], each["in"], each["out"])
        for each in document["vectors"]
    )


def of_kind(*kinds: str) -> tuple[PurseVector, ...]:
    """Those of some kinds."""
    return tuple(each for each in every() if each.kind in kinds)
