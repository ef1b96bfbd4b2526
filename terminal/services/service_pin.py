"""The service PIN at the counter: status, first setting, verify, change, reset.

Reference social-security-card.md §5. A weak new PIN is refused before the card is asked to take
it; the last try is spent only where somebody says so. The reader's keypad comes first, then what
pin_entry.py opens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from terminal.cards.notes import Notes
from terminal.cards.pin import CardPin, PinState, PinStatus
from terminal.errors import (
    GuitaiError,
    KeyMissing,
    PinAlreadySet,
    PinNotSet,
    PinsDiffer,
    PinUnsettled,
    PinWeak,
)
from terminal.readers.connection import Wire
from terminal.readers.part10 import USUAL_DIGITS, change_service_pin, verify_service_pin
from terminal.service_pin import ServicePin
from terminal.services.pin_entry import Ask, MakeEntry, PinEntry
from terminal.services.visit import Visit

KEYPAD = "keypad"
_OURS = frozenset(
    {
        "weakness_unchecked",
        "weakness_partly",
        "state_unread",
        "no_internal_check",
        "substitute_algorithm",
    }
)


@dataclass(frozen=True, slots=True)
class PinResult:
    """Hold what was done with the PIN, what its state is now, and where it was entered."""

    reader: str
    action: str
    status: PinStatus
    source: str | None
    notes: Notes
    wire: Wire


class PinDesk:
    """Do the PIN services on a visited card.

    ``open_entry`` opens the place to enter a PIN at, if the reader has no keypad; ``warn`` is
    called before an entry that may be the last one.
    """

    def __init__(
        self,
        visit: Visit,
        open_entry: MakeEntry,
        *,
        last_try: bool = False,
        warn: Callable[[], object] = lambda: None,
    ) -> None:
        self._visit = visit
        self._open_entry = open_entry
        self._last_try = last_try
        self._warn = warn
        self._pin = CardPin(visit.card)
        self._renewed = False
        self._source: str | None = None

    def status(self) -> PinResult:
        """Tell the PIN's state; spends no try."""
        return self._result("status")

    def verify(self) -> PinResult:
        """Verify the holder's PIN.

        Raises PinWrong, PinBlocked, PinNotSet, PinLastTry, and what the place of entry raises.
        """
        self._demand_try()
        keypad = self._visit.session.keypad()
        if keypad is not None and keypad.can_verify:
            self._source = KEYPAD
            structure = verify_service_pin(self._visit.settings.keypad_digits or None)
            self._run(lambda: self._pin.verify_at(keypad, structure, last_try=self._last_try))
        else:
            with self._entry() as entry, entry.enter(Ask.PIN) as pin:
                self._run(lambda: self._pin.verify(pin, last_try=self._last_try))
        return self._result("verify")

    def change(self) -> PinResult:
        """Change the PIN: old, new, new again.

        Raises PinWeak and PinsDiffer before the card is tried, PinUnsettled where the card left
        while it was written.
        """
        self._demand_try()
        keypad = self._visit.session.keypad()
        if keypad is not None and keypad.can_change:
            self._source = KEYPAD
            self._visit.card.notes.add("weakness_unchecked")
            structure = change_service_pin(self._visit.settings.keypad_digits or USUAL_DIGITS)
            self._run(lambda: self._pin.change_at(keypad, structure, last_try=self._last_try))
        else:
            self._holder()  # not after an entry, for nothing
            with (
                self._entry() as entry,
                entry.enter(Ask.OLD) as old,
                self._new_pin(entry) as new,
            ):
                self._run(lambda: self._pin.change(old, new, last_try=self._last_try))
        return self._result("change")

    def set_first(self) -> PinResult:
        """Set the first PIN of a card that has none, by PUK."""
        if self._state() is not PinState.NOT_SET:
            raise PinAlreadySet
        self._reload()
        return self._result("set")

    def reset(self, *, keep_pin: bool = False) -> PinResult:
        """Set a new PIN without the old one, or give the tries back, by PUK."""
        if self._state() is PinState.NOT_SET:
            raise PinNotSet
        if keep_pin:
            self._run(self._pin.unblock)
        else:
            self._reload()
        return self._result("reset")

    def _reload(self) -> None:
        self._holder()
        with self._entry() as entry, self._new_pin(entry) as new:
            self._run(lambda: self._pin.reload(new))

    def _state(self) -> PinState:
        return self._status().state

    def _status(self) -> PinStatus:
        """Ask for the state; a card without a PIN is asked again after a reset.

        Some answer so once the PIN is verified (ISO/IEC 7816-4 §11.5.6), and another program may
        have left it verified: taken for a card without a PIN it would be given another.
        """
        status = self._visit.run(lambda _: self._pin.status())
        if status.state is PinState.NOT_SET and not self._renewed:
            self._visit.renew()
            self._renewed = True
            self._pin = CardPin(self._visit.card)
            status = self._visit.run(lambda _: self._pin.status())
        return status

    def _demand_try(self) -> None:
        """Ask for the tries left before anybody enters a PIN in vain."""
        status = self._status()
        self._pin.demand_try(last_try=self._last_try)
        if status.last_try or status.state is PinState.UNKNOWN:
            self._warn()

    @contextlib.contextmanager
    def _entry(self) -> Iterator[PinEntry]:
        with self._open_entry() as entry:
            self._source = entry.source
            yield entry

    def _holder(self) -> tuple[str | None, date | None]:
        """Give the id number and birth date that make a PIN weak, None where they are not known.

        A counter without the key to the holder's data still changes PINs, and says what it did not
        check; one whose keys do not fit has a fault that is not passed over.
        """
        try:
            holder = self._visit.run(lambda card: card.holder())
        except KeyMissing:
            self._visit.card.notes.add("weakness_partly")
            return None, None
        number, born = holder.social_security_number, holder.birth_date
        return number.reveal() if number else None, born.reveal() if born else None

    def _new_pin(self, entry: PinEntry) -> ServicePin:
        """Ask twice for a new PIN and refuse a weak one."""
        number, born = self._holder()
        new = entry.enter(Ask.NEW)
        try:
            weakness = new.weakness(number, born)
            if weakness is not None:
                raise PinWeak(reason=weakness)
            with entry.enter(Ask.AGAIN) as again:
                if not new.same_as(again):
                    raise PinsDiffer
        except BaseException:
            new.wipe()
            raise
        return new

    def _run(self, operation: Callable[[], None]) -> None:
        try:
            self._visit.run(lambda _: operation())
        except GuitaiError as error:
            if self._pin.unsettled:
                raise PinUnsettled from error
            raise

    def _notes(self) -> Notes:
        """Give what concerns the PIN; what was odd about the holder's data does not."""
        notes = Notes()
        notes.collected = [each for each in self._visit.card.notes.collected if each.code in _OURS]
        return notes

    def _result(self, action: str) -> PinResult:
        """Tell what was done, with the state after it.

        What was done stays done where the card leaves before it is asked for its state.
        """
        try:
            status = self._status()
        except GuitaiError as error:
            if action == "status" or not error.card_lost:
                raise
            status = PinStatus(PinState.UNKNOWN, None, None)
            self._visit.card.notes.add("state_unread")
        return PinResult(
            reader=self._visit.reader,
            action=action,
            status=status,
            source=self._source,
            notes=self._notes(),
            wire=self._visit.wire,
        )
