"""Check later the TACs that nobody could check when the cards gave them.

A load host that did not answer, a SAM that was not in its reader: the money moved all the same, and
the clearing centre pays only what it can prove. The facts of an entry hold all that a TAC covers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from apdu.errors import LayoutError
from apdu.purse import OnlineBegun, TransactionType
from terminal.errors import (
    EntryMoved,
    GuitaiError,
    HostUnreachable,
    KeyServiceHung,
    ReaderError,
    SamMissing,
    ServiceError,
)
from terminal.journal.journal import Journal
from terminal.journal.model import Entry, State
from terminal.journal.reconcile import is_checked
from terminal.keys.purse import Authorisation, OnlineRequest, PurchaseProof, PurseIdentity
from terminal.services.purse_keys import PurseKeys
from terminal.texts import Text

SERIAL_DIGITS = 16
"""The end of a card's number that its keys are derived from."""
_ABSENT = (HostUnreachable, KeyServiceHung, SamMissing, ReaderError, ServiceError)
"""Nobody there: asking again, entry by entry, would only take time."""
_INCOMPLETE = Text("流水中的依据不全", "the entry does not hold all that its TAC covers")


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold an entry after its TAC was checked; ``right`` is None where ``reason`` says why not."""

    entry: Entry
    right: bool | None
    reason: Text | None = None


def check_tacs(journal: Journal, entries: Iterable[Entry], keys: PurseKeys) -> tuple[Checked, ...]:
    """Check what is done and has a TAC that was not found right yet, and note what came of it.

    What nobody can check and MAC2 proves already is left out. Raises JournalError leaves.
    """
    absent: dict[bool, Text] = {}
    found = (_check(journal, each, keys, absent) for each in entries if _has_tac(each))
    return tuple(each for each in found if each.right is not None or not is_checked(each.entry))


def _has_tac(entry: Entry) -> bool:
    facts = entry.facts
    return (
        entry.state is State.DONE
        and isinstance(facts.get("tac"), str)
        and facts.get("tac_checked") is not True
    )


def _check(journal: Journal, entry: Entry, keys: PurseKeys, absent: dict[bool, Text]) -> Checked:
    """Check one; ``absent`` says of host (True) and SAM (False) why they are not asked again."""
    try:
        online, is_right = _question(entry)
    except (KeyError, ValueError, LayoutError):
        return Checked(entry, None, _INCOMPLETE)
    if online in absent:
        return Checked(entry, None, absent[online])
    try:
        right = is_right(keys)
    except GuitaiError as error:
        reason = error.sentence
        if isinstance(error, _ABSENT):
            absent[online] = reason
        return Checked(entry, None, reason)
    if entry.facts.get("tac_checked") is not right:
        with contextlib.suppress(EntryMoved):  # another checked it meanwhile
            entry = journal.remark(entry, {"tac_checked": right})
    return Checked(entry, right)


def _question(entry: Entry) -> tuple[bool, Callable[[PurseKeys], bool]]:
    """Say whether the host is asked, else the SAM, and what; where facts lack, it raises."""
    kind, fen = TransactionType(_number(entry, "transaction")), _number(entry, "fen")
    tac, terminal, at = (_bytes(entry, name) for name in ("tac", "terminal", "at"))
    serial = bytes.fromhex(entry.intention.card[-SERIAL_DIGITS:])
    card = PurseIdentity(_bytes(entry, "issuer"), serial)
    if not kind.online:
        covered = PurchaseProof(card, kind, fen, terminal, _bytes(entry, "sequence"), at)
        return False, lambda keys: keys.sam.is_tac(covered, tac)
    begun = OnlineBegun.decode(_bytes(entry, "init"))
    request = OnlineRequest(card, kind, fen, terminal, begun)
    after = begun.balance + (-fen if kind is TransactionType.UNLOAD else fen)
    return True, lambda keys: keys.host.is_proof(request, Authorisation(at, b""), after, tac)


def _bytes(entry: Entry, name: str) -> bytes:
    value = entry.facts[name]
    if not isinstance(value, str):
        raise ValueError(name)
    return bytes.fromhex(value)


def _number(entry: Entry, name: str) -> int:
    value = entry.facts[name]
    if not isinstance(value, int):
        raise ValueError(name)
    return value
