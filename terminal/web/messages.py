"""What the console and its workers say to each other: jobs one way, what goes on the other.

A worker is another process, so nothing here is more than text and numbers. What is personal is
masked unless a service was named for which it is shown (docs/decisions/0016).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terminal.documents.paper import Paper
from terminal.registry.operators import Role
from terminal.rules.vocabulary import Actor
from terminal.services.offered.answer import Answer
from terminal.services.offered.laying import Lying
from terminal.services.offered.request import Named
from terminal.texts import Language, Text
from terminal.web.card_acts import Work, WorkChecked, WorkDone
from terminal.web.views import Checked, Considered, Face, Holder, PaperRead, Verified

# --- Jobs --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class By:
    """Say for whom a job is done: who is signed in, who agreed, on what grounds."""

    operator: str
    second: str = ""
    second_roles: frozenset[Role] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LookAtCard:
    """Say whose card lies in a reader, and what can be done with it."""

    by: By
    lying: Lying


@dataclass(frozen=True, slots=True)
class LookUp:
    """Say who somebody is by a document, and what can be done for them; no card is needed.

    ``acting`` is who asks for them, where that is somebody else. Nobody is named where an
    employer's person comes.
    """

    by: By
    named: Named | None
    service: str
    actor: Actor = Actor.HOLDER
    acting: Named | None = None


@dataclass(frozen=True, slots=True)
class Consider:
    """Say what the rules say of a request, before anything is done.

    A request is handed over as it goes on record (request.py).
    """

    by: By
    request: Mapping[str, Any]
    key: str
    lying: Lying
    at_home: bool = False


@dataclass(frozen=True, slots=True)
class Serve:
    """Carry a request out under its key; without a request, go on with what was begun.

    ``chip`` is the card's that the clerk saw when they gave the last word: no other will do.
    """

    by: By
    key: str
    request: Mapping[str, Any] | None
    lying: Lying
    at_home: bool = False
    last_try: bool = False
    chip: str | None = None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Give up what was begun under a key."""

    by: By
    key: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Have the card in a reader tell how what was begun on it ended."""

    by: By
    lying: Lying


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """Read the document that is laid on the ID reader."""

    by: By


@dataclass(frozen=True, slots=True)
class PrintPaper:
    """Print a paper on the receipt printer, in a language."""

    by: By
    paper: Paper
    language: Language


@dataclass(frozen=True, slots=True)
class Examine:
    """Look at the desk: machine, readers, devices, books, lines.

    ``in_use`` names devices that something is done with now: these are not asked. They are called
    as in the configuration.
    """

    by: By
    in_use: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verify:
    """Check the audit, of one chain or all; it shows nobody's data."""

    by: By
    chain: str | None = None


@dataclass(frozen=True, slots=True)
class RunDuties:
    """Try what is owed to other parties and due now."""

    by: By


@dataclass(frozen=True, slots=True)
class CheckWork:
    """Say what would come of an act of the room of cards; where a card tells, of which reader."""

    by: By
    work: Work
    reader: str = ""


@dataclass(frozen=True, slots=True)
class DoWork:
    """Do an act of the room of cards under its key."""

    by: By
    work: Work
    key: str
    reader: str = ""


Job = (
    LookAtCard
    | LookUp
    | Consider
    | Serve
    | GiveUp
    | Settle
    | ReadDocument
    | PrintPaper
    | Examine
    | Verify
    | RunDuties
    | CheckWork
    | DoWork
)


# --- What comes back ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """Tell the clerk what goes on."""

    text: Text


@dataclass(frozen=True, slots=True)
class Keyed:
    """Tell how far the entry of a PIN is: what is asked for, and how many digits there are."""

    asked: Text
    digits: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Hold an error as people are told it; ``unfinished``: what is open because of it."""

    code: str
    what: Text
    why: Text
    remedy: Text
    retry: str = "safe"
    unfinished: Text | None = None
    reasons: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """End a job with an error; ``hung``: the call that brought it has not come back."""

    trouble: Trouble
    hung: bool = False


Result = (
    Face
    | Holder
    | Considered
    | Answer
    | PaperRead
    | Verified
    | tuple[Text, ...]
    | tuple[Checked, ...]
    | WorkChecked
    | WorkDone
    | None
)


@dataclass(frozen=True, slots=True)
class Ended:
    """End a job with what it brought."""

    result: Result


Message = Said | Keyed | Failed | Ended


@dataclass(frozen=True, slots=True)
class Ordered:
    """Hold a job with its number; a worker answers under the number."""

    number: int
    job: Job


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold what a worker says, with the number of the job it is about."""

    number: int
    message: Message
