"""What was begun on a card, and how it ended.

A service announces (``begin``), notes ``sent`` before the command that changes the card goes out,
and settles it afterwards: ``done``, ``undone``, or ``unknown`` until the card is here again.
"""

from terminal.journal.journal import AlreadyBegun, Clock, Journal, now
from terminal.journal.model import (
    BEIJING,
    KINDS,
    METHODS,
    STATES,
    Entry,
    Fact,
    Facts,
    IllegalMove,
    Intention,
    Kind,
    Method,
    State,
    Step,
    new_key,
    shown_key,
)
from terminal.journal.opening import init_journal, open_journal
from terminal.journal.reconcile import Reconciliation, reconcile
from terminal.journal.store import SqliteStore, Store

__all__ = [
    "BEIJING",
    "KINDS",
    "METHODS",
    "STATES",
    "AlreadyBegun",
    "Clock",
    "Entry",
    "Fact",
    "Facts",
    "IllegalMove",
    "Intention",
    "Journal",
    "Kind",
    "Method",
    "Reconciliation",
    "SqliteStore",
    "State",
    "Step",
    "Store",
    "init_journal",
    "new_key",
    "now",
    "open_journal",
    "reconcile",
    "shown_key",
]
