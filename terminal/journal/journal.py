"""The journal as services use it: announce, send, settle, look up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from types import TracebackType
from typing import TypeAlias

from terminal.errors import (
    EntryMoved,
    EntryUnknown,
    IntentionDiffers,
    JournalDamaged,
    JournalUnsettled,
    JournalUnwritable,
)
from terminal.journal.model import (
    BEIJING,
    NO_FACTS,
    STATES,
    Entry,
    Facts,
    IllegalMove,
    Intention,
    State,
    Step,
    shown_key,
)
from terminal.journal.store import Store

Clock: TypeAlias = Callable[[], datetime]
LEAST_KEY = 4
"""Characters of a key that are enough to ask for it."""
_DURABLE = frozenset({State.SENT, State.DONE, State.UNDONE})


class AlreadyBegun(Exception):  # an answer to the caller, never a clerk's error
    """Say that this very intention was begun before; ``entry`` says how far it got."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.key)
        self.entry = entry


def now() -> datetime:
    """Give the machine's time."""
    return datetime.now(UTC)


class Journal:
    """Note what is begun on a card and how it ends; close it, or use it in a ``with``.

    Every step is a compare-and-set on the entry as the caller knows it: whoever comes second
    gets EntryMoved and did nothing. All raise JournalUnwritable and JournalDamaged.
    """

    def __init__(self, store: Store, clock: Clock = now) -> None:
        self.store = store
        self._clock = clock

    def begin(self, intention: Intention) -> Entry:
        """Announce an intention; the card was not touched.

        Raises AlreadyBegun where it was begun before, IntentionDiffers where its key stands for
        another.
        """
        entry = Entry(intention, (Step(1, State.BEGUN, self._clock()),))
        self._add(entry, durable=False)
        return entry

    def draft(self, intention: Intention) -> Entry:
        """Begin an intention on paper: the next step writes both, in one commit.

        For what has nobody to tell before the card is written; what dies before that left no
        trace, and nothing it could be the trace of. It is the next step that raises as
        :meth:`begin` does: two may draft the same, and one of them goes on.
        """
        return Entry(intention, (Step(1, State.BEGUN, self._clock()),), draft=True)

    def _add(self, entry: Entry, *, durable: bool) -> None:
        if self.store.add(entry, durable=durable):
            return
        there = self._there(entry.key)
        if there.intention.same_as(entry.intention):
            raise AlreadyBegun(there)
        raise IntentionDiffers(key=shown_key(entry.key))

    def sent(self, entry: Entry, facts: Facts = NO_FACTS) -> Entry:
        """Note, on the disk, that the command which changes the card goes out now."""
        return self._move(entry, State.SENT, facts)

    def done(self, entry: Entry, facts: Facts = NO_FACTS) -> Entry:
        """Note, on the disk, that it happened; raises JournalUnsettled where that fails."""
        try:
            return self._move(entry, State.DONE, facts)
        except (JournalUnwritable, JournalDamaged) as error:
            raise JournalUnsettled(key=shown_key(entry.key), **error.facts) from error

    def undone(self, entry: Entry, facts: Facts = NO_FACTS) -> Entry:
        """Note that it did not happen; its key will never happen again."""
        return self._move(entry, State.UNDONE, facts)

    def unknown(self, entry: Entry, facts: Facts = NO_FACTS) -> Entry:
        """Note that the card's answer was not seen; the card tells when it is here again.

        A card that is asked again and shows the same is not noted again: an entry has room for
        999 steps, and a card may be laid on any number of times.
        """
        if entry.state is State.UNKNOWN and facts.items() <= entry.facts.items():
            return entry
        return self._move(entry, State.UNKNOWN, facts)

    def remark(self, entry: Entry, facts: Facts) -> Entry:
        """Add evidence to what is done, and nothing else."""
        if entry.state is not State.DONE:
            raise IllegalMove(f"a remark on {entry.state}")
        return self._move(entry, State.DONE, facts)

    def find(self, key: str) -> Entry:
        """Find an entry by its key or a beginning that is its alone; raises EntryUnknown."""
        if (exact := self.store.entry(key)) is not None:
            return exact
        found = self.store.beginning(key) if len(key) >= LEAST_KEY else ()
        if len(found) != 1:
            raise EntryUnknown(key=key)
        return found[0]

    def known(self, key: str) -> Entry | None:
        """Give the entry of a whole key, None where there is none."""
        return self.store.entry(key)

    def before(self, intention: Intention) -> Entry | None:
        """Give the entry of an intention that was begun before, None where it is new.

        Raises IntentionDiffers where its key stands for another.
        """
        there = self.known(intention.key)
        if there is not None and not there.intention.same_as(intention):
            raise IntentionDiffers(key=shown_key(intention.key))
        return there

    def unfinished(self, card: str | None = None) -> tuple[Entry, ...]:
        """Give what has no outcome yet, of all cards or of one (also as the other card)."""
        return self.store.unfinished(card)

    def of_card(self, card: str) -> tuple[Entry, ...]:
        """Give all there is of a card (also as the other card), the oldest first."""
        return self.store.of_card(card)

    def of_day(self, day: date) -> tuple[Entry, ...]:
        """Give what was begun on a Beijing day."""
        first = datetime.combine(day, time(), BEIJING)
        return self.between(first, first + timedelta(days=1))

    def settled_on(self, day: date) -> tuple[Entry, ...]:
        """Give what was begun before a Beijing day and settled on it."""
        first = datetime.combine(day, time(), BEIJING)
        return self.store.settled_between(first, first + timedelta(days=1))

    def between(self, first: datetime, end: datetime) -> tuple[Entry, ...]:
        """Give what was begun from a moment on until before another."""
        return self.store.begun_between(first, end)

    def today(self) -> date:
        """Give the Beijing day it is."""
        return self._clock().astimezone(BEIJING).date()

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _move(self, entry: Entry, state: State, facts: Facts) -> Entry:
        moved = entry.moved(state, self._clock(), facts)
        # What ends before anything was sent changed nothing: it need not wait for the disk.
        durable = state in _DURABLE and (entry.state, state) != (State.BEGUN, State.UNDONE)
        if entry.draft:
            if state is State.SENT:
                self._add(moved, durable=durable)
                return moved
            self._add(entry, durable=False)  # it came to nothing: nobody waits, two commits do
        if self.store.append(entry.key, moved.steps[-1], entry.state, durable=durable):
            return moved
        there = self._there(entry.key)
        raise EntryMoved(key=shown_key(entry.key), state=STATES[there.state])

    def _there(self, key: str) -> Entry:
        there = self.store.entry(key)
        if there is None:
            raise EntryUnknown(key=shown_key(key))
        return there
