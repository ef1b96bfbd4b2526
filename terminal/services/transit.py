"""The transit services at the counter: show, load, refund, correct, pay, close, recover.

Regulation Rules Art. 3(2)3, 10, 16, 19; reference transit-purse.md. Each is one entry of the
journal under the key of its intention; what the card was left with is settled before anything new
is begun on it, and then nothing new is begun.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Literal

from apdu.purse import OnlineBegun, TransactionType
from terminal.cards.purse import CardPurse
from terminal.cards.transit import Balance, Log, PurseFacts, Ride, TransitCard
from terminal.config import Transit as Settings
from terminal.errors import (
    BalanceUnclear,
    CannotTell,
    CardBabbles,
    CardRefused,
    CorrectionWrong,
    EntryRunning,
    GuitaiError,
    IntentionOver,
    JournalError,
    NotEmpty,
    NotEnough,
    NothingToRefund,
    OtherCard,
    OverdraftOwed,
    ProofError,
    PurseBlocked,
    PurseError,
    ServiceError,
    SettledFirst,
    TripUnfinished,
)
from terminal.journal.journal import AlreadyBegun, Journal
from terminal.journal.model import (
    BEIJING,
    KINDS,
    STATES,
    Entry,
    Intention,
    Kind,
    Method,
    State,
    shown_key,
)
from terminal.keys.purse import OnlineRequest
from terminal.money import yuan
from terminal.readers.connection import Wire
from terminal.services.purse_keys import Clock, PurseKeys
from terminal.services.purse_recovery import PurseRecovery, Settled
from terminal.services.purse_work import PurseWork
from terminal.services.transit_limits import (
    demand_amount,
    demand_below_ceiling,
    demand_in_use,
    demand_served,
    read_blacklist,
)
from terminal.services.transit_visit import TransitVisit, chip_of
from terminal.services.trips import Trip, TripKind, open_ride, ride_place, trip_records
from terminal.services.two_people import demand_two
from terminal.texts import Text

PURSE_KINDS = frozenset({Kind.LOAD, Kind.REFUND, Kind.CORRECTION, Kind.PAYMENT, Kind.CLOSING})
CloseReason = Literal["renewal", "cancellation"]
_RUNNING = timedelta(seconds=120)
"""How long the same click again leaves a sent entry to the process that sent it; longer than an
operation takes (terminal/readers/session.py). Anything else on the card settles it at once."""

_WORKING = Text("正在写卡，请勿取走卡……", "Writing to the card, do not take it away …")
_READING = Text("正在读卡……", "Reading the card …")
_CHECKING = Text("正在核对余额……", "Checking the balance …")

Progress = Callable[[Text], object]


@dataclass(frozen=True, slots=True)
class PurseView:
    """Hold what a card shows."""

    reader: str
    facts: PurseFacts
    balance: Balance
    management: dict[str, Any] | None
    log: Log | None
    trips: tuple[dict[str, Any], ...]
    rides: tuple[Ride, ...]
    unclear: BalanceUnclear | None
    """Set where the card's own answers about its balance disagree."""
    unfinished: tuple[Entry, ...]
    wire: Wire


@dataclass(frozen=True, slots=True)
class PurseResult:
    """Hold how an operation ended; ``repeated`` says that it was done before, and not again.

    ``remaining`` are the fen that the card says it still has after a refund, else None.
    """

    reader: str
    facts: PurseFacts
    entry: Entry
    repeated: bool
    wire: Wire
    remaining: int | None = None

    @property
    def before(self) -> int:
        """Give the balance before it, in fen."""
        return _fen(self.entry, "balance_before")

    @property
    def after(self) -> int:
        """Give the balance after it, in fen."""
        return _fen(self.entry, "balance_after")


def _rides_shown(card: TransitCard) -> tuple[Ride, ...]:
    with contextlib.suppress(CardRefused):
        return card.rides()
    return ()


def _fen(entry: Entry, name: str) -> int:
    value = entry.facts.get(name)
    return value if isinstance(value, int) else 0


class TransitDesk:
    """Do the transit services on a visited card, for an operator.

    ``progress`` is told what goes on. Raises PurseError, JournalError, ProofError and CardError
    leaves; each says whether money was moved.
    """

    def __init__(
        self,
        visit: TransitVisit,
        journal: Journal,
        keys: PurseKeys,
        settings: Settings,
        *,
        operator: str,
        clock: Clock,
        progress: Progress = lambda _: None,
    ) -> None:
        self._visit = visit
        self._journal = journal
        self._keys = keys
        self._settings = settings
        self._operator = operator
        self._clock = clock
        self._progress = progress
        self._recovery = PurseRecovery(visit, journal, keys)
        self._work = PurseWork(visit, journal, keys, self._recovery)

    @property
    def place(self) -> tuple[str, Wire]:
        """Give the reader, and what crossed the wire so far."""
        return self._visit.reader, self._visit.wire

    # --- Looking -----------------------------------------------------------------------------

    def show(self) -> PurseView:
        """Read what the card shows, and what the journal has open of it."""
        self._progress(_READING)
        facts = self._visit.facts
        older = facts.older
        run = self._visit.run
        unclear = None
        try:
            balance = self._balance()
            balance = self._proved_balance(self._keys.load_index)  # a look waits for no SAM
        except BalanceUnclear as error:
            unclear = error
        except CardRefused:
            if facts.blocked:
                raise PurseBlocked(sw=f"{facts.blocked:04X}") from None
            raise
        return PurseView(
            reader=self._visit.reader,
            facts=facts,
            balance=balance,
            management=None if older else run(lambda card: card.management()),
            log=run(lambda card: card.log()),
            trips=() if older else run(lambda card: card.trips()),
            rides=() if older else run(_rides_shown),
            unclear=unclear,
            unfinished=self._unfinished(),
            wire=self._visit.wire,
        )

    def balance(self) -> Balance:
        """Give the balance as the card itself proves it; raises BalanceUnclear, PurseBlocked."""
        facts = self._visit.facts
        if facts.blocked:
            raise PurseBlocked(sw=f"{facts.blocked:04X}")
        return self._proved_balance(self._keys.load_index)

    # --- Money -------------------------------------------------------------------------------

    def load(self, amount: int, method: Method, key: str) -> PurseResult:
        """Put money on the card 充值; ``amount`` in fen."""
        demand_amount(amount)
        intention = self._intention(key, Kind.LOAD, amount, amount, method)
        if (repeated := self._repeated(intention)) is not None:
            return repeated
        self._demand_ready()
        demand_in_use(self._visit.facts, self._today)
        balance = self._balance()
        demand_below_ceiling(balance, amount, self._settings.balance_ceiling)
        return self._carry_out(intention, lambda entry: self._work.load(entry, amount, balance))

    def refund(self, method: Method, key: str) -> PurseResult:
        """Give all the card's money back 退资; card and other functions stay alive.

        By an unload where the card has one, else by a purchase of the balance with the outlet's
        SAM that is booked as a refund (project-defined: nothing is public, reference §3.2).
        """
        if (repeated := self._repeated_by_key(key, Kind.REFUND)) is not None:
            return repeated
        self._demand_ready()
        balance = self._proved_balance(self._keys.purchase_index)
        self._demand_refundable(balance)
        amount = balance.shown
        intention = self._intention(key, Kind.REFUND, -amount, -amount, method)
        result = self._take_off(intention, amount, balance)
        if result.repeated:
            return result
        self._progress(_CHECKING)
        with contextlib.suppress(GuitaiError):
            # Whatever goes wrong now, it is refunded; nobody has seen the zero, and that is told.
            return replace(result, remaining=self._proved_balance(self._keys.purchase_index).shown)
        return result

    def pay(self, amount: int, key: str, trip: Trip | None = None) -> PurseResult:
        """Take money off by a purchase, to try a gate; with a trip it is a composite one."""
        if amount or trip is None:
            demand_amount(amount)
        intention = self._intention(
            key, Kind.PAYMENT, -amount, 0, Method.NONE, reason="" if trip is None else trip.kind
        )
        if (repeated := self._repeated(intention)) is not None:
            return repeated
        self._demand_ready()
        demand_in_use(self._visit.facts, self._today)
        balance = self._balance()
        if balance.available < amount:
            raise NotEnough(amount=yuan(amount), balance=yuan(balance.shown))
        if trip is None:
            return self._carry_out(
                intention,
                lambda entry: self._work.purchase(entry, TransactionType.PURCHASE, amount, balance),
            )
        single = trip.kind is TripKind.SINGLE
        rides = () if single else self._visit.run(lambda card: card.rides())
        records = partial(trip_records, trip, amount, self._visit.facts.serial, rides)
        return self._carry_out(
            intention,
            lambda entry: self._work.purchase(
                entry, TransactionType.COMPOSITE, amount, balance, records
            ),
        )

    def correct(self, wrong: str, amount: int, second: str, key: str) -> PurseResult:
        """Correct a load of a wrong amount: ``amount`` is the right one in fen.

        A second person agrees; the difference goes on or off the card, and in or out of the till
        as the load's money did.
        """
        demand_two(self._operator, second)
        loaded = self._journal.find(wrong)
        difference = amount - loaded.intention.amount
        intention = self._intention(
            key,
            Kind.CORRECTION,
            difference,
            difference,
            loaded.intention.method,
            second=second,
            reason=loaded.key,
        )
        if (repeated := self._repeated(intention)) is not None:
            return repeated
        self._demand_correctable(loaded, amount)
        self._demand_ready()
        if difference > 0:
            balance = self._balance()
            demand_in_use(self._visit.facts, self._today)
            demand_below_ceiling(balance, difference, self._settings.balance_ceiling)
            return self._carry_out(
                intention, lambda entry: self._work.load(entry, difference, balance)
            )
        balance = self._proved_balance(self._keys.purchase_index)
        if balance.shown < -difference:
            raise NotEnough(amount=yuan(-difference), balance=yuan(balance.shown))
        return self._take_off(intention, -difference, balance)

    def close(self, reason: CloseReason, key: str) -> PurseResult:
        """Close the transit application for ever, at renewal or cancellation alone.

        The balance is read in the session that blocks it: a gate may have debited in between.
        """
        intention = self._intention(key, Kind.CLOSING, 0, 0, Method.NONE, reason=reason)
        if (repeated := self._repeated(intention)) is not None:
            return repeated
        self._demand_ready()
        self._demand_no_trip()
        self._demand_empty()
        return self._carry_out(intention, self._work.close)

    def recover(self) -> tuple[Settled, ...]:
        """Settle all that is unfinished on this card; what can't be told stays so.

        Raises what keeps an entry from being looked at, once the others were.
        """
        settled: list[Settled] = []
        trouble: GuitaiError | None = None
        for entry in self._unfinished():
            try:
                settled.append(self._recovery.settle(entry))
            except (ProofError, ServiceError, JournalError) as error:
                trouble = error
        if trouble is not None:
            raise trouble
        return tuple(settled)

    def settle(self, entry: Entry) -> Settled:
        """Settle one entry; raises OtherCard where it is another card's."""
        self._demand_this_card(entry)
        return self._recovery.settle(entry)

    # --- What comes first --------------------------------------------------------------------

    @property
    def _today(self) -> date:
        return self._clock().astimezone(BEIJING).date()

    def _intention(
        self,
        key: str,
        kind: Kind,
        amount: int,
        till: int,
        method: Method,
        *,
        second: str = "",
        reason: str = "",
    ) -> Intention:
        return Intention(
            key=key,
            kind=kind,
            card=self._visit.facts.serial,
            amount=amount,
            till=till,
            method=method,
            operator=self._operator,
            second=second,
            reason=reason,
        )

    def _unfinished(self) -> tuple[Entry, ...]:
        serial = self._visit.facts.serial
        if not serial:
            # A closed application may say nothing of itself: its chip is what it was closed on.
            return tuple(each for each in self._journal.unfinished() if self._on_this_chip(each))
        found = self._journal.unfinished(serial)
        return tuple(each for each in found if each.intention.kind in PURSE_KINDS)

    def _on_this_chip(self, entry: Entry) -> bool:
        """Tell whether an entry is the closing of this very chip's application.

        Nothing else of a card that does not say whose it is counts as its own.
        """
        chip = chip_of(self._visit.card.connection.atr)
        closing = entry.intention.kind is Kind.CLOSING
        return bool(chip) and closing and entry.facts.get("chip") == chip

    def _demand_ready(self) -> None:
        """Demand a card of ours with nothing unfinished; else settle that, and stop there."""
        demand_served(
            self._visit.facts,
            self._settings.city,
            read_blacklist(self._settings.blacklist_file),
        )
        for entry in self._unfinished():
            settled = self._settled(entry)
            raise SettledFirst(
                kind=KINDS[entry.intention.kind],
                amount=yuan(abs(entry.intention.amount)),
                outcome=STATES[settled.state],
            )

    def _settled(self, entry: Entry) -> Entry:
        """Settle an entry by its card; raises CannotTell, and OtherCard where it is another's."""
        settled = self.settle(entry)
        if settled.decided:
            return settled.entry
        raise CannotTell(
            kind=KINDS[entry.intention.kind], key=shown_key(entry.key), reason=settled.reason
        )

    def _runs(self, entry: Entry) -> bool:
        """Tell whether another process may be working on what was sent and is not settled."""
        return self._clock() - entry.begun_at < _RUNNING

    def _balance(self) -> Balance:
        return self._visit.run(lambda card: card.balance())

    def _proved_balance(self, index: int) -> Balance:
        return self._visit.run(lambda card: card.proved_balance(index))

    def _demand_refundable(self, balance: Balance) -> None:
        self._demand_no_trip()
        if balance.shown < 0:
            raise OverdraftOwed(amount=yuan(-balance.shown))
        if balance.shown == 0:
            raise NothingToRefund(detail=self._refunded_today())

    def _refunded_today(self) -> Text:
        """Say what of this card was refunded today: who asks twice wants to know."""
        for entry in self._journal.of_card(self._visit.facts.serial):
            done = entry.intention.kind is Kind.REFUND and entry.state is State.DONE
            if done and entry.day == self._today:
                amount, key = yuan(-entry.intention.amount), shown_key(entry.key)
                return Text(
                    f"今天已经退过 {amount} 元（流水 {key}）",
                    f"{amount} yuan were refunded today (entry {key})",
                )
        return Text("卡内没有可退的钱", "its balance is zero")

    def _demand_no_trip(self) -> None:
        ride = open_ride(self._visit.run(lambda card: card.rides()))
        if ride is not None:
            raise TripUnfinished(where=ride_place(ride))

    def _demand_empty(self) -> None:
        """Demand a balance of zero, as the card itself says now."""
        self._progress(_CHECKING)
        balance = self._proved_balance(self._keys.load_index)
        if balance.shown < 0:
            raise OverdraftOwed(amount=yuan(-balance.shown))
        if balance.shown:
            raise NotEmpty(balance=yuan(balance.shown))

    def _demand_correctable(self, loaded: Entry, amount: int) -> None:
        self._demand_this_card(loaded)
        key = shown_key(loaded.key)
        detail = None
        if loaded.intention.kind is not Kind.LOAD or loaded.state is not State.DONE:
            detail = Text("只能更正已完成的充值", "only a load that was done is corrected")
        elif amount < 0 or amount == loaded.intention.amount:
            detail = Text("金额与原来一样，或小于零", "it is the same amount, or below zero")
        elif any(
            each.intention.reason == loaded.key and each.state is not State.UNDONE
            for each in self._journal.of_card(loaded.intention.card)
        ):
            detail = Text("这笔充值已经更正过", "this load was corrected before")
        if detail is not None:
            raise CorrectionWrong(key=key, detail=detail)

    def _demand_this_card(self, entry: Entry) -> None:
        serial = self._visit.facts.serial
        if entry.intention.card != serial and not (serial == "" and self._on_this_chip(entry)):
            raise OtherCard(wanted=entry.intention.card[-4:], found=serial[-4:])

    # --- Carrying it out ---------------------------------------------------------------------

    def _take_off(self, intention: Intention, amount: int, balance: Balance) -> PurseResult:
        if self._unloads(amount):
            return self._carry_out(
                intention, lambda entry: self._work.unload(entry, amount, balance)
            )
        return self._carry_out(
            intention,
            lambda entry: self._work.purchase(entry, TransactionType.PURCHASE, amount, balance),
        )

    def _unloads(self, amount: int) -> bool:
        """Ask card and host whether they would unload; neither is changed by that."""
        if self._settings.refund != "auto":
            return self._settings.refund == "unload"
        keys, visit = self._keys, self._visit

        def begin(card: TransitCard) -> OnlineBegun:
            return CardPurse(card, keys.load_index).begin_unload(amount, keys.terminal)

        try:
            begun = visit.run(begin)
            request = OnlineRequest(
                visit.facts.identity, TransactionType.UNLOAD, amount, keys.terminal, begun
            )
            keys.host.authorise(request)
        except (PurseError, ProofError):
            return False
        except CardBabbles:
            self._visit.run(lambda card: card.again())
            return False
        return True

    def _carry_out(self, intention: Intention, act: Callable[[Entry], Entry]) -> PurseResult:
        self._progress(_WORKING)
        try:
            return self.result(act(self._journal.draft(intention)))
        except AlreadyBegun as again:
            return self._replayed(again.entry)

    def result(self, entry: Entry, *, repeated: bool = False) -> PurseResult:
        """Make the result of an entry on the visited card."""
        visit = self._visit
        return PurseResult(visit.reader, visit.facts, entry, repeated, visit.wire)

    def _repeated(self, intention: Intention) -> PurseResult | None:
        """Give what this very intention came to before, None where it is new."""
        entry = self._journal.before(intention)
        return None if entry is None else self._replayed(entry)

    def _repeated_by_key(self, key: str, kind: Kind) -> PurseResult | None:
        """Give what an intention came to before whose amount is the card's balance then."""
        entry = self._journal.known(key)
        if entry is None:
            return None
        if entry.intention.kind is not kind:
            raise IntentionOver(key=shown_key(key), outcome=STATES[entry.state])
        self._demand_this_card(entry)
        return self._replayed(entry)

    def _replayed(self, entry: Entry) -> PurseResult:
        """Answer for an intention that was begun before; it is settled, never done again."""
        if entry.unfinished:
            if entry.state is State.SENT and self._runs(entry):
                raise EntryRunning(key=shown_key(entry.key))
            entry = self._settled(entry)
        if entry.state is State.UNDONE:
            raise IntentionOver(key=shown_key(entry.key), outcome=STATES[State.UNDONE])
        return self.result(entry, repeated=True)
