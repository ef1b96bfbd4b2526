"""What the catalogue of the regulation says of each rule (regulation.py)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from terminal.texts import Text


class Kept(StrEnum):
    """How a rule is kept."""

    ENFORCED = "enforced"
    """What it forbids cannot be done, and what it wants is done."""
    SHOWN = "shown"
    """Clerk and holder are told; people do the rest."""
    DECLARED = "declared"
    """Nothing that a counter could do or show; ``because`` says why."""


KEPT = {
    Kept.ENFORCED: Text(
        "程序保证：禁止的办不了，要求的一定办", "what it forbids cannot be done, what it wants is"
    ),
    Kept.SHOWN: Text("提示或列出，由人去办", "clerk and holder are told, and people do the rest"),
    Kept.DECLARED: Text("仅声明：不是柜台能办的事", "nothing that a counter could do or show"),
}


class Mark(StrEnum):
    """How sure the digest is of a rule; none where the article says it."""

    OWN = "own"
    """Our own reading or choice where the text is silent."""
    PUBLIC = "public"
    """Public information of third parties."""


MARKS = {
    Mark.OWN: Text("条文未作规定，本项目的理解或选择", "our own reading or choice"),
    Mark.PUBLIC: Text("来自第三方公开信息", "public information of third parties"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold a rule: its articles ("Rules 4; Measures 4"), what it says, how and where it is kept.

    ``modules`` are in the package ``terminal``. A mark is of the rule or of a part of it.
    """

    id: str
    articles: str
    kept: Kept
    says: Text
    modules: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    because: Text | None = None
