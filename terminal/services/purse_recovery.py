"""Settle what is unfinished on a card, by what the card shows (terminal/journal/settling.py).

The first thing done is to begin a transaction and leave it there: it tells the counter, and ends
whatever another session on this chip may still have open, so that the answer stays true.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from apdu.purse import OnlineBegun, Proved, TransactionType
from terminal.cards.purse import CardPurse
from terminal.cards.transit import Balance, Log, Transaction, TransitCard
from terminal.errors import CardRefused, GuitaiError, ProofError, ReaderError, ServiceError
from terminal.journal.journal import Journal
from terminal.journal.model import Entry, Fact, State
from terminal.journal.settling import Evidence, Line, Proof, Sent, Verdict, decide
from terminal.keys.purse import Authorisation, OnlineRequest, PurchaseProof, PurseIdentity
from terminal.services.purse_keys import PurseKeys
from terminal.services.transit_visit import TransitVisit
from terminal.texts import Text

_FACTOR_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Settled:
    """Hold an entry after its card was asked; ``entry`` is unfinished still where none can tell."""

    entry: Entry
    reason: Text

    @property
    def decided(self) -> bool:
        """Tell whether it is known now."""
        return not self.entry.unfinished


class PurseRecovery:
    """Settle entries of the visited card."""

    def __init__(self, visit: TransitVisit, journal: Journal, keys: PurseKeys) -> None:
        self._visit = visit
        self._journal = journal
        self._keys = keys

    def settle(self, entry: Entry) -> Settled:
        """Settle one entry; where journal or card raise, it is as before."""
        if entry.facts.get("operation") == "close":
            return self._settle_closing(entry)
        return self._settle_transaction(entry)

    # --- Transactions ------------------------------------------------------------------------

    def _settle_transaction(self, entry: Entry) -> Settled:
        sent = _sent(entry)
        kind = TransactionType(sent.kind)
        index = _number(entry.facts, "key_index")
        counter, proved = self._visit.run(lambda card: _ask(card, index, kind, sent.counter + 1))
        balance, log = self._visit.run(_look)
        silence: GuitaiError | None = None
        proof, tac = Proof.NONE, None
        if proved is not None:
            try:
                proof, tac = self._judge(entry, kind, proved)
            except (ProofError, ServiceError, ReaderError) as error:
                proof, silence = Proof.UNCHECKED, error
        seen = Evidence(
            counter,
            proof,
            None if balance is None else balance.shown,
            None if log is None else tuple(map(_line, log.lines)),
            whole=log is not None and log.whole,
        )
        verdict = decide(sent, seen)
        if verdict.state is None and silence is not None:
            raise silence  # the card gave a proof: who can check it decides, and not people
        return self._noted(entry, sent, seen, verdict, tac)

    def _judge(
        self, entry: Entry, kind: TransactionType, proved: Proved
    ) -> tuple[Proof, bytes | None]:
        """Say whether a proof is that of our transaction; cards differ in its order (§10, 2)."""
        for each in (proved.tac, proved.mac):
            if self._is_ours(entry, kind, each):
                return Proof.RIGHT, each
        return Proof.OTHER, None

    def _is_ours(self, entry: Entry, kind: TransactionType, tac: bytes) -> bool:
        facts = entry.facts
        terminal, at, fen = _hex(facts, "terminal"), _hex(facts, "at"), _number(facts, "fen")
        card = PurseIdentity(
            _hex(facts, "issuer"), bytes.fromhex(entry.intention.card[-_FACTOR_DIGITS:])
        )
        if kind.online:
            begun = OnlineBegun.decode(_hex(facts, "init"))
            request = OnlineRequest(card, kind, fen, terminal, begun)
            after = begun.balance + (fen if kind is TransactionType.LOAD else -fen)
            return self._keys.host.is_proof(request, Authorisation(at, b""), after, tac)
        covered = PurchaseProof(card, kind, fen, terminal, _hex(facts, "sequence"), at)
        return self._keys.sam.is_tac(covered, tac)

    def _noted(
        self, entry: Entry, sent: Sent, seen: Evidence, verdict: Verdict, tac: bytes | None
    ) -> Settled:
        facts: dict[str, Fact] = {
            "evidence_counter": seen.counter,
            "evidence_proof": seen.proof.value,
            "evidence_balance": seen.balance,
            "evidence_log": None if seen.log is None else len(seen.log),
            "evidence_reason": verdict.reason.en,
        }
        if verdict.state is State.DONE:
            facts |= {
                "balance_before": sent.balance,
                "balance_after": sent.balance + sent.change,
                "tac": None if tac is None else tac.hex(),
                "tac_checked": seen.proof is Proof.RIGHT,
            }
            entry = self._journal.done(entry, facts)
        elif verdict.state is State.UNDONE:
            entry = self._journal.undone(entry, facts)
        else:
            entry = self._journal.unknown(entry, facts)
        return Settled(entry, verdict.reason)

    # --- Closing -----------------------------------------------------------------------------

    def _settle_closing(self, entry: Entry) -> Settled:
        """Ask the card: a blocked application says so itself."""
        facts = self._visit.run(lambda card: card.again())
        if facts.blocked:
            done = self._journal.done(
                entry, {"balance_before": 0, "balance_after": 0, "tac_checked": True}
            )
            return Settled(done, Text("卡已锁定该功能", "the application is blocked"))
        undone = self._journal.undone(entry, {"reason": "not_blocked"})
        return Settled(undone, Text("卡没有锁定该功能", "the application is not blocked"))


def _ask(
    card: TransitCard, index: int, kind: TransactionType, counter: int
) -> tuple[int | None, Proved | None]:
    card.again()
    own = CardPurse(card, index)
    return own.counter(kind), own.proof(kind, counter)


def _look(card: TransitCard) -> tuple[Balance | None, Log | None]:
    """Read balance and log, as far as the card shows them."""
    balance = None
    with contextlib.suppress(CardRefused):
        balance = card.balance()
    return balance, card.log()


def _line(line: Transaction) -> Line:
    return Line(line.counter, line.kind, line.amount, line.terminal, line.at)


_ONLINE = frozenset(each.value for each in TransactionType if each.online)
_OFFLINE = frozenset(each.value for each in TransactionType if not each.online)


def _sent(entry: Entry) -> Sent:
    """Read what was sent from an entry's facts."""
    facts = entry.facts
    kind = _number(facts, "transaction")
    return Sent(
        counter=_number(facts, "counter"),
        balance=_number(facts, "balance_before"),
        kind=kind,
        amount=_number(facts, "fen"),
        change=entry.intention.amount,
        terminal=_hex(facts, "terminal"),
        at=_hex(facts, "at"),
        family=_ONLINE if kind in _ONLINE else _OFFLINE,
    )


def _hex(facts: Mapping[str, Fact], name: str) -> bytes:
    value = facts[name]
    assert isinstance(value, str), name
    return bytes.fromhex(value)


def _number(facts: Mapping[str, Fact], name: str) -> int:
    value = facts[name]
    assert isinstance(value, int), name
    return value
