"""What another party gives back where something was done, and what it repeats of the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

AS_ASKED: Final[Mapping[str, bool]] = MappingProxyType({"as_asked": True})
"""Metadata of an answer's field that repeats the question's of the same name.

Where it does not, it is the answer to another question (terminal/parties/line.py).
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Hold a party's word that what was asked under a key is done.

    ``reference`` is the party's own number for it, to be told on the telephone; ``at`` is when it
    did it, with its zone. Asked again under the same key, the party gives the same receipt.
    """

    key: str = field(metadata=AS_ASKED)
    reference: str
    at: datetime
