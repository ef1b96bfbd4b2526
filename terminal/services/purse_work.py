"""One operation on a purse: journal, card, journal (docs/decisions/0009).

Nothing that changes the card goes out before it is durably noted, and whatever is not clearly
refused afterwards is unknown, never failed (DESIGN decision 5). A load costs four TPDUs on T=0
after the card is told, and two durable commits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from apdu.purse import MOST_MONEY, OfflineBegun, OnlineBegun, TransactionType
from apdu.status import SW
from terminal.cards.purse import BLOCK_HEADER, CardPurse, TornOutcome
from terminal.cards.transit import Balance, TransitCard
from terminal.errors import (
    CardMacWrong,
    GuitaiError,
    JournalError,
    LoadNotAccepted,
    PurseBlocked,
    PurseChanged,
    PursePinWanted,
    PurseRefused,
    PurseUnsettled,
)
from terminal.journal.journal import AlreadyBegun, Journal
from terminal.journal.model import KINDS, Entry, Fact, Facts, State
from terminal.keys.purse import (
    Authorisation,
    OnlineRequest,
    PurchaseProof,
    PurchaseRequest,
    PurseIdentity,
)
from terminal.logs import event
from terminal.money import yuan
from terminal.services.purse_keys import PurseKeys
from terminal.services.purse_recovery import PurseRecovery
from terminal.services.transit_visit import TransitVisit, chip_of
from terminal.texts import Text

T = TypeVar("T")

REFUSALS = (PurseRefused, PurseBlocked, PursePinWanted)
"""What says: the card was not changed."""
_MAC_WRONG = f"{SW.WRONG_PURSE_MAC:04X}"
_INTERRUPTED = Text("操作被中断", "it was interrupted")


@dataclass(frozen=True, slots=True)
class Record:
    """Hold a record to be written together with a composite purchase."""

    sfi: int
    number: int
    content: bytes
    append: bool = False


class PurseWork:
    """Carry out operations on one visited card, each under an entry that was begun for it."""

    def __init__(
        self, visit: TransitVisit, journal: Journal, keys: PurseKeys, recovery: PurseRecovery
    ) -> None:
        self._visit = visit
        self._journal = journal
        self._keys = keys
        self._recovery = recovery

    # --- Online: load and unload -------------------------------------------------------------

    def load(self, entry: Entry, amount: int, balance: Balance) -> Entry:
        """Put money on the card; ``balance`` is the one that was read before, amounts in fen."""
        return self._online(entry, TransactionType.LOAD, amount, balance)

    def unload(self, entry: Entry, amount: int, balance: Balance) -> Entry:
        """Take money off the card by an unload; most cards refuse to begin one."""
        return self._online(entry, TransactionType.UNLOAD, amount, balance)

    def _online(self, entry: Entry, kind: TransactionType, amount: int, balance: Balance) -> Entry:
        with self._nothing_sent(entry):
            terminal, index = self._keys.terminal, self._keys.load_index
            begun = self._visit.run(
                lambda card: _begin(CardPurse(card, index), kind, amount, terminal)
            )
            _demand_unchanged(begun.balance, balance)
            request = OnlineRequest(self._identity, kind, amount, terminal, begun)
            authorisation = self._keys.host.authorise(request)
            entry = self._journal.sent(
                entry,
                self._sent_facts(kind, begun, amount, terminal, authorisation.at, balance, index),
            )
        end = _credit if kind is TransactionType.LOAD else _debit_unload
        try:
            proof = self._send(entry, lambda card: end(CardPurse(card, index), authorisation))
        except PurseRefused as refusal:
            if refusal.facts["sw"] != _MAC_WRONG:
                raise
            raise LoadNotAccepted(sw=_MAC_WRONG) from refusal
        change = amount if kind is TransactionType.LOAD else -amount
        right = self._checked(
            lambda: self._keys.host.is_proof(request, authorisation, begun.balance + change, proof)
        )
        return self._finish(entry, balance, change, proof, right)

    # --- Offline: purchases ------------------------------------------------------------------

    def purchase(
        self,
        entry: Entry,
        kind: TransactionType,
        amount: int,
        balance: Balance,
        records: Callable[[OfflineBegun, bytes, bytes], tuple[Record, ...]] | None = None,
    ) -> Entry:
        """Take money off the card by a purchase with the outlet's SAM.

        ``records`` makes what a composite purchase writes with it, from the card's answer, the
        terminal's number and the moment.
        """
        sam = self._keys.sam
        with self._nothing_sent(entry):
            terminal, index, at = sam.terminal, self._keys.purchase_index, self._keys.moment()
            begun = self._visit.run(
                lambda card: CardPurse(card, index).begin_purchase(kind, amount, terminal)
            )
            _demand_unchanged(begun.balance, balance)
            request = PurchaseRequest(self._identity, kind, amount, begun, at)
            sequence, mac1 = sam.begin(request)
            if records is not None:
                for each in records(begun, terminal, at):
                    self._visit.run(partial(self._cache, each))
            facts = self._sent_facts(kind, begun, amount, terminal, at, balance, index)
            entry = self._journal.sent(entry, {**facts, "sequence": sequence.hex()})
        debited = self._send(entry, lambda card: CardPurse(card, index).debit(sequence, at, mac1))
        covered = PurchaseProof(self._identity, kind, amount, terminal, sequence, at)
        accepted = self._checked(lambda: sam.credit(debited.mac2))
        right = self._checked(lambda: sam.is_tac(covered, debited.tac))
        return self._finish(
            entry,
            balance,
            -amount,
            debited.tac,
            False if accepted is False else right,
            mac2=debited.mac2.hex(),
            mac2_checked=accepted,
        )

    # --- Closing -----------------------------------------------------------------------------

    def close(self, entry: Entry) -> Entry:
        """Block the application for ever, in the session that has just read its balance."""
        with self._nothing_sent(entry):
            challenge = self._visit.run(lambda card: CardPurse(card, 0).challenge())
            mac = self._keys.host.maintenance_mac(self._identity, challenge, BLOCK_HEADER)
            entry = self._journal.sent(
                entry, {"operation": "close", "balance_before": 0, "chip": self._chip}
            )
        self._send(entry, lambda card: CardPurse(card, 0).block(mac))
        return self._done(entry, {"balance_before": 0, "balance_after": 0, "tac_checked": True})

    # --- The protocol ------------------------------------------------------------------------

    @property
    def _identity(self) -> PurseIdentity:
        return self._visit.facts.identity

    @property
    def _chip(self) -> str:
        return chip_of(self._visit.card.connection.atr)

    def _cache(self, record: Record, card: TransitCard) -> None:
        purse = CardPurse(card, self._keys.purchase_index)
        purse.cache(record.sfi, record.number, record.content, append=record.append)

    def _sent_facts(
        self,
        kind: TransactionType,
        begun: OnlineBegun | OfflineBegun,
        amount: int,
        terminal: bytes,
        at: bytes,
        balance: Balance,
        index: int,
    ) -> dict[str, Fact]:
        """Note all that is wanted to find out later how it ended, and to check its proof."""
        return {
            "operation": kind.name.lower(),
            "transaction": kind.value,
            "key_index": index,
            "init": begun.encode().hex(),
            "counter": begun.counter,
            "balance_before": balance.shown,
            "fen": amount,
            "terminal": terminal.hex(),
            "at": at.hex(),
            "issuer": self._identity.issuer.hex(),
            "chip": self._chip,
        }

    @contextlib.contextmanager
    def _nothing_sent(self, entry: Entry) -> Iterator[None]:
        """Note that an operation came to nothing before anything was sent."""
        try:
            yield
        except AlreadyBegun:
            raise  # another sent it: this one has nothing to note
        except BaseException as error:
            with contextlib.suppress(JournalError, AlreadyBegun):
                self._journal.undone(entry, {"reason": _code(error)})
            raise

    def _send(self, entry: Entry, act: Callable[[TransitCard], T]) -> T:
        """Let the card do it.

        A refusal is believed only once the card's counter says so too: a status word may be what
        is left of a cut answer. Raises the refusal then, and PurseUnsettled where the card's answer
        is not known; the entry stays as sent where even that cannot be noted.
        """
        try:
            return self._visit.run(act)
        except REFUSALS as refusal:
            self._confirm_undone(entry, refusal)
            raise
        except BaseException as error:
            with contextlib.suppress(JournalError):
                self._journal.unknown(entry, {"reason": _code(error)})
            if not isinstance(error, (GuitaiError, TornOutcome, KeyboardInterrupt)):
                raise
            raise unsettled(entry, error) from error

    def _confirm_undone(self, entry: Entry, refusal: GuitaiError) -> None:
        """Ask the card whether it did nothing; raises PurseUnsettled where it does not say so."""
        try:
            settled = self._recovery.settle(entry)
        except GuitaiError as error:
            raise unsettled(entry, error) from refusal
        if settled.entry.state is not State.UNDONE:
            raise unsettled(entry, refusal) from refusal

    def _checked(self, check: Callable[[], bool]) -> bool | None:
        """Check a proof; None where nobody could be asked: the money has moved all the same.

        Whatever keeps the other side from answering, nothing of it is the card's.
        """
        try:
            return check()
        except GuitaiError as error:
            event("purse.proof_unchecked", error=error.code)
            return None

    def _finish(
        self,
        entry: Entry,
        balance: Balance,
        change: int,
        tac: bytes,
        right: bool | None,
        **more: Fact,
    ) -> Entry:
        facts: dict[str, Fact] = {
            "balance_before": balance.shown,
            "balance_after": balance.shown + change,
            "tac": tac.hex(),
            **more,
        }
        if right is False:
            # The card said yes and cannot prove it: only evidence from it may settle that.
            with contextlib.suppress(JournalError):
                self._journal.unknown(entry, {**facts, "reason": "tac_wrong"})
            raise unsettled(entry, CardMacWrong())
        return self._done(entry, {**facts, "tac_checked": right})

    def _done(self, entry: Entry, facts: Facts) -> Entry:
        done = self._journal.done(entry, facts)
        event("purse.done", kind=entry.intention.kind.value, key=entry.key)
        return done


def unsettled(entry: Entry, error: BaseException) -> PurseUnsettled:
    """Make the error that says: it is not known whether this happened."""
    if isinstance(error, GuitaiError):
        cause = error.sentence
    elif isinstance(error, TornOutcome):
        cause = Text(f"卡答复 {error.sw:04X}", f"the card answered {error.sw:04X}")
    else:
        cause = _INTERRUPTED
    return PurseUnsettled(
        kind=KINDS[entry.intention.kind],
        amount=yuan(abs(entry.intention.amount)),
        key=entry.key,
        cause=cause,
    )


def _demand_unchanged(begun: int, balance: Balance) -> None:
    """Demand that a card begins with the balance that was read; raises PurseChanged.

    INITIALIZE may have the top bit set as GET BALANCE may, and may leave the overdraft out.
    """
    if begun & MOST_MONEY not in {balance.available, balance.available - balance.limit}:
        raise PurseChanged


def _code(error: BaseException) -> str:
    return error.code if isinstance(error, GuitaiError) else type(error).__name__


def _begin(purse: CardPurse, kind: TransactionType, amount: int, terminal: bytes) -> OnlineBegun:
    begin = purse.begin_load if kind is TransactionType.LOAD else purse.begin_unload
    return begin(amount, terminal)


def _credit(purse: CardPurse, authorisation: Authorisation) -> bytes:
    return purse.credit(authorisation.at, authorisation.mac2)


def _debit_unload(purse: CardPurse, authorisation: Authorisation) -> bytes:
    return purse.debit_unload(authorisation.at, authorisation.mac2)
