"""The purse's transactions: begun, ended, proved; money, counter, log and proof in one commit.

Reference transit-purse.md §3 (commands), §3.1 (MACs), §3.2 (effects), §3.3 (status words), §5
(proofs). INITIALIZE changes nothing; what it begins lasts until the next purse command.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Set
from dataclasses import dataclass, field, replace

from apdu import purse as covered
from apdu import secure_messaging
from apdu.cipher import MAC
from apdu.command import Command
from apdu.declare import Declared, Refused
from apdu.purse import (
    LAST_COUNT,
    MOST_MONEY,
    RANDOM,
    TRIPLE_DES,
    Debited,
    OfflineBegun,
    OnlineBegun,
    Proved,
    Purse,
    TransactionType,
    UpdateBegun,
)
from apdu.purse_commands import (
    BalancePart,
    Beginning,
    CacheMode,
    CreditForLoad,
    Debit,
    DebitOf,
    GetBalance,
    GetProof,
    Initialize,
    UpdateCache,
    UpdateLimit,
)
from apdu.response import Response
from apdu.status import SW
from card_profiles import transit
from card_profiles.model import ElementaryFile, Structure
from emulator.purse_habits import LogCounter, ProofOrder, Retention, proof_slot
from emulator.purse_state import KEY_TYPES, Account, Block, PurseState

_KEYS = {
    Beginning.LOAD: transit.DLK,
    Beginning.PURCHASE: transit.DPK,
    Beginning.WITHDRAWAL: transit.DPK,
    Beginning.COMPOSITE: transit.DPK,
    Beginning.LIMIT: transit.DUK,
    Beginning.UNLOAD: transit.DULK,
}
_OFFLINE = frozenset({Beginning.PURCHASE, Beginning.WITHDRAWAL, Beginning.COMPOSITE})
_KINDS = {
    (Beginning.LOAD, Purse.PASSBOOK): TransactionType.PASSBOOK_LOAD,
    (Beginning.LOAD, Purse.PURSE): TransactionType.LOAD,
    (Beginning.PURCHASE, Purse.PASSBOOK): TransactionType.PASSBOOK_PURCHASE,
    (Beginning.PURCHASE, Purse.PURSE): TransactionType.PURCHASE,
    (Beginning.WITHDRAWAL, Purse.PASSBOOK): TransactionType.WITHDRAWAL,
    (Beginning.COMPOSITE, Purse.PURSE): TransactionType.COMPOSITE,
    (Beginning.LIMIT, Purse.PASSBOOK): TransactionType.OVERDRAFT,
    (Beginning.LIMIT, Purse.PURSE): TransactionType.OVERDRAFT,
    (Beginning.UNLOAD, Purse.PASSBOOK): TransactionType.UNLOAD,
    (Beginning.UNLOAD, Purse.PURSE): TransactionType.UNLOAD,
}
_LOCK = slice(5, 6)
"""Where a composite record's lock flag stands (§2.5)."""
_TOP_BIT = 0x8000_0000


@dataclass(frozen=True, slots=True)
class _Begun:
    """Hold a transaction between its two commands."""

    what: Beginning
    purse: Purse
    kind: TransactionType
    amount: int
    terminal: bytes
    key: bytes
    random: bytes
    counter: int
    records: tuple[tuple[ElementaryFile, int, bytes], ...] = field(default=())
    """What UPDATE CAPP DATA CACHE put aside: file, record number (0 appends), content."""

    def session(self, tail: bytes = b"") -> bytes:
        """Make the session key; ``tail`` is of the terminal's sequence number."""
        return TRIPLE_DES.session_key(self.key, self.random, self.counter, tail)


class Transactions:
    """Carry out transactions, one at a time; the applet forgets one that another command ends."""

    def __init__(self, state: PurseState) -> None:
        self._state = state
        self._begun: _Begun | None = None

    def forget(self) -> None:
        """Forget a transaction that was begun."""
        self._begun = None

    def instructions(self) -> dict[type[Declared], Callable[[Command], Response]]:
        """Give what is done for each command."""
        return {
            GetBalance: self._balance,
            Initialize: self._initialize,
            CreditForLoad: self._credit,
            Debit: self._debit,
            UpdateCache: self._cache,
            UpdateLimit: self._update_limit,
            GetProof: self._prove,
        }

    # --- Beginning -------------------------------------------------------------------------

    def _balance(self, command: Command) -> Response:
        asked = GetBalance.parse(command)
        habits = self._state.habits
        if asked.part is not BalancePart.AVAILABLE and not habits.balance_parts:
            raise Refused(SW.WRONG_P1P2, "this card has one balance")
        account = self._state.account(asked.purse)
        value = {
            BalancePart.AVAILABLE: self._stated(account),
            BalancePart.LIMIT: account.limit,
            BalancePart.OVERDRAWN: account.overdrawn,
            BalancePart.MONEY: account.money,
        }[BalancePart.AVAILABLE if habits.ignores_part else asked.part]
        return Response((value | _TOP_BIT * habits.top_bit).to_bytes(4, "big"), SW.OK)

    def _stated(self, account: Account, available: int | None = None) -> int:
        """Give the balance as this card states it, in answers and in MACs alike."""
        value = account.available if available is None else available
        return max(0, value - account.limit) if self._state.habits.limit_apart else value

    def _initialize(self, command: Command) -> Response:
        asked = Initialize.parse(command)
        kind = self._kind(asked)
        asked.demand_length()
        offline = asked.what in _OFFLINE
        if self._state.block is Block.TEMPORARY and offline:
            raise Refused(SW.FILE_INVALIDATED, "the application is blocked")
        if self._state.block is not None:
            raise Refused(SW.NOT_SUPPORTED, "the application is blocked")
        habits = self._state.habits
        if habits.grey_lock:
            raise Refused(SW.GREY_LOCKED, "the purse is grey-locked")
        account = self._state.account(asked.purse)
        self._state.demand_index(asked.key_index, SW.KEY_INDEX_NOT_FOUND)
        key = self._state.key(KEY_TYPES[_KEYS[asked.what]], SW.KEY_INDEX_NOT_FOUND)
        self._state.demand_pin(self._needs_pin(asked))
        counter = account.offline if offline and not habits.shared_counter else account.online
        if counter == LAST_COUNT:
            raise Refused(SW.COUNTER_AT_MAXIMUM, "the counter is at its end")
        self._demand_money(asked, account)
        random = self._state.randomness.take(RANDOM)
        begun = _Begun(
            asked.what, asked.purse, kind, asked.amount, asked.terminal, key, random, counter
        )
        self._begun = begun
        return Response(self._announce(begun, account), SW.OK)

    def _kind(self, asked: Initialize) -> TransactionType:
        kind = _KINDS.get((asked.what, asked.purse))
        habits = self._state.habits
        only = {Beginning.UNLOAD: habits.unload_purse, Beginning.LIMIT: habits.limit_purse}
        if kind is None or (asked.purse is Purse.PURSE and not only.get(asked.what, True)):
            raise Refused(SW.WRONG_P1P2, f"no {asked.what.name} of a {asked.purse.name}")
        return kind

    def _needs_pin(self, asked: Initialize) -> bool:
        """Tell whether the PIN comes first: money leaves a passbook, or this card wants it."""
        match asked.what:
            case Beginning.LOAD:
                return self._state.habits.load_needs_pin
            case Beginning.LIMIT:
                return False
            case _:
                return asked.purse is Purse.PASSBOOK

    def _demand_money(self, asked: Initialize, account: Account) -> None:
        match asked.what:
            case Beginning.LIMIT:
                return
            case Beginning.LOAD:
                if account.available + asked.amount > MOST_MONEY:
                    raise Refused(SW.CONDITIONS, "the balance would not fit")
                return
            case Beginning.UNLOAD:
                there = account.money  # what is lent is not given back in cash
            case _:
                there = account.available
        if asked.amount > there:
            raise Refused(self._state.habits.short_of_money, "not enough money")

    def _announce(self, begun: _Begun, account: Account) -> bytes:
        habits = self._state.habits
        named = habits.key_version, habits.algorithm
        if begun.what in _OFFLINE:
            return OfflineBegun(
                self._stated(account), begun.counter, account.limit, *named, begun.random
            ).encode()
        if begun.what is Beginning.LIMIT:
            message = covered.limit_mac1(self._stated(account), account.limit, begun.terminal)
            mac1 = TRIPLE_DES.mac(begun.session(), message)
            return UpdateBegun(
                self._stated(account), begun.counter, account.limit, *named, begun.random, mac1
            ).encode()
        message = covered.online_mac1(
            self._stated(account), begun.amount, begun.kind, begun.terminal
        )
        mac1 = TRIPLE_DES.mac(begun.session(), message)
        return OnlineBegun(
            self._stated(account), begun.counter, *named, begun.random, mac1
        ).encode()

    # --- Ending ----------------------------------------------------------------------------

    def _credit(self, command: Command) -> Response:
        begun, self._begun = self._begun, None
        asked = CreditForLoad.parse(command)
        begun = self._demand_begun(begun, {Beginning.LOAD})
        _demand_answer_length(command, MAC)
        paid = begun.amount, begun.kind, begun.terminal
        session = begun.session()
        self._demand_mac(session, covered.mac_of_amount(*paid, asked.at), asked.mac2)
        before = self._state.account(begun.purse)
        available = before.available + begun.amount
        stated = self._stated(before, available)
        message = covered.online_proof(stated, begun.counter, *paid, asked.at)
        tac = self._tac(message)
        # What MAC a load's proof has is not documented (§5); the one that let it happen is ours.
        self._commit(begun, before, available, asked.at, Proved(asked.mac2, tac))
        return Response(tac, SW.OK)

    def _debit(self, command: Command) -> Response:
        begun, self._begun = self._begun, None
        asked = Debit.parse(command)
        asked.demand_length()
        purchase = asked.what is DebitOf.PURCHASE
        begun = self._demand_begun(begun, _OFFLINE if purchase else {Beginning.UNLOAD})
        _demand_answer_length(command, 2 * MAC if purchase else MAC)
        paid = begun.amount, begun.kind, begun.terminal
        session = begun.session(covered.session_tail(asked.sequence))
        self._demand_mac(session, covered.mac_of_amount(*paid, asked.at), asked.mac)
        before = self._state.account(begun.purse)
        available = before.available - begun.amount
        if purchase:
            message = covered.purchase_proof(*paid, asked.sequence, asked.at)
            mac = TRIPLE_DES.mac(session, covered.purchase_mac2(begun.amount))
            proved = Proved(mac, self._tac(message))
            answer = Debited(proved.tac, proved.mac).encode()
        else:
            stated = self._stated(before, available)
            message = covered.online_proof(stated, begun.counter, *paid, asked.at)
            # An unload has a MAC and no TAC (§3.1).
            proved = Proved(TRIPLE_DES.mac(session, message), bytes(MAC))
            answer = proved.mac
        self._commit(begun, before, available, asked.at, proved)
        return Response(answer, SW.OK)

    def _update_limit(self, command: Command) -> Response:
        begun, self._begun = self._begun, None
        asked = UpdateLimit.parse(command)
        begun = self._demand_begun(begun, {Beginning.LIMIT})
        _demand_answer_length(command, MAC)
        message = covered.limit_mac2(asked.limit, begun.terminal, asked.at)
        self._demand_mac(begun.session(), message, asked.mac2)
        before = self._state.account(begun.purse)
        available = before.available - before.limit + asked.limit
        if available < 0:
            raise Refused(self._state.habits.short_of_money, "more than that is overdrawn")
        if available > MOST_MONEY:
            raise Refused(SW.CONDITIONS, "the balance would not fit")
        message = covered.limit_proof(
            available, begun.counter, asked.limit, begun.terminal, asked.at
        )
        if self._state.habits.limit_tac_folded:
            tac = self._tac(message)
        else:
            tac = secure_messaging.mac(self._state.key(KEY_TYPES[transit.DTK]), bytes(8), message)
        self._commit(
            replace(begun, amount=asked.limit),
            before,
            available,
            asked.at,
            Proved(asked.mac2, tac),
            limit=asked.limit,
        )
        return Response(tac, SW.OK)

    def _demand_begun(self, begun: _Begun | None, any_of: Set[Beginning]) -> _Begun:
        if begun is None or begun.what not in any_of:
            raise Refused(self._state.habits.not_begun, "nothing of this kind was begun")
        return begun

    def _demand_mac(self, session: bytes, message: bytes, given: bytes) -> None:
        if not hmac.compare_digest(TRIPLE_DES.mac(session, message), given):
            raise Refused(SW.WRONG_PURSE_MAC, "the other side's MAC is wrong")

    def _tac(self, message: bytes) -> bytes:
        return TRIPLE_DES.tac(self._state.key(KEY_TYPES[transit.DTK]), message)

    def _commit(
        self,
        begun: _Begun,
        before: Account,
        available: int,
        at: bytes,
        proved: Proved,
        *,
        limit: int | None = None,
    ) -> None:
        """Write money, counter, cached records, log and proof: all, or nothing (§5)."""
        state, habits = self._state, self._state.habits
        counter = begun.counter + 1
        counts = "online" if begun.kind.online or habits.shared_counter else "offline"
        after = replace(
            before,
            available=available,
            limit=before.limit if limit is None else limit,
            **{counts: counter},
        )
        logged = counter if habits.log_counter is LogCounter.AFTER else begun.counter
        record = (
            logged.to_bytes(2, "big")
            + before.limit.to_bytes(3, "big")
            + begun.amount.to_bytes(4, "big")
            + bytes((begun.kind,))
            + begun.terminal
            + at
        )
        slot = proof_slot(habits.retention, begun.kind)
        with state.memory.transaction():
            state.keep(begun.purse, before, after)
            for file, number, content in begun.records:
                if number:
                    state.memory.write(f"{state.cell(file)}.{number}", content)
                else:
                    state.push(file, content)
            state.push(state.by_sfi(transit.EF_LOG), record)
            state.memory.write(
                self._proof_cell(begun.purse, slot),
                bytes((begun.kind,)) + counter.to_bytes(2, "big") + proved.encode(),
            )
            if habits.retention is Retention.LAST:
                other = Purse.PASSBOOK if begun.purse is Purse.PURSE else Purse.PURSE
                state.memory.write(self._proof_cell(other, slot), None)

    def _proof_cell(self, purse: Purse, slot: str) -> str:
        return f"{self._state.name}.{purse.name.lower()}.proof.{slot}"

    # --- Composite records -----------------------------------------------------------------

    def _cache(self, command: Command) -> Response:
        asked = UpdateCache.parse(command)
        begun, self._begun = self._begun, None  # any other session ends with it (§3)
        begun = self._begun = self._demand_begun(begun, {Beginning.COMPOSITE})
        file = self._state.by_sfi(asked.sfi)
        if file.structure is Structure.TRANSPARENT:
            raise Refused(SW.WRONG_FILE_TYPE, "this file has no records")
        if file.fid == transit.EF_LOG:
            raise Refused(SW.SECURITY_STATUS, "the card alone writes its log")
        size = file.items[0].size
        if not asked.content:
            raise Refused(SW.WRONG_LENGTH, "nothing to write")
        if len(asked.content) > size:
            raise Refused(SW.NO_SPACE, f"a record has {size} bytes")
        if file.structure is Structure.CYCLIC:
            if asked.number or asked.mode is not CacheMode.IDENTIFIER:
                raise Refused(SW.WRONG_P1P2, "a cyclic file is appended to")
            record = file, 0, asked.content.ljust(size, b"\0")
        else:
            number, stored = self._composite(file, asked)
            if stored[_LOCK] != bytes((transit.UNLOCKED,)):
                raise Refused(SW.COMPOSITE_LOCKED, "the record's lock flag is set")
            for _, cached, content in (each for each in begun.records if each[0] is file):
                stored = content if cached == number else stored
            record = file, number, asked.content + stored[len(asked.content) :]
        self._begun = replace(begun, records=(*begun.records, record))
        return Response(b"", SW.OK)

    def _composite(self, file: ElementaryFile, asked: UpdateCache) -> tuple[int, bytes]:
        """Find a record by its number, or by the low byte of its composite id (§2.5)."""
        cell = self._state.cell(file)
        for number in range(1, len(file.items) + 1):
            stored = self._state.memory.read(f"{cell}.{number}") or b""
            named = number if asked.mode is CacheMode.NUMBER else (stored[1:2] or b"\0")[0]
            if named == asked.number:
                return number, stored
        raise Refused(SW.RECORD_NOT_FOUND, f"no record {asked.number:02X}")

    # --- Proofs ----------------------------------------------------------------------------

    def _prove(self, command: Command) -> Response:
        asked = GetProof.parse(command)
        wanted = bytes((asked.kind,)) + asked.counter.to_bytes(2, "big")
        slot = proof_slot(self._state.habits.retention, asked.kind)
        for purse in Purse:
            kept = self._state.memory.read(self._proof_cell(purse, slot)) or b""
            if kept.startswith(wanted):
                proved = Proved.decode(kept[len(wanted) :])
                first = self._state.habits.proof_order is ProofOrder.MAC_FIRST
                return Response((proved if first else proved.swapped).encode(), SW.OK)
        raise Refused(SW.PROOF_NOT_AVAILABLE, "no such transaction is kept")


def _demand_answer_length(command: Command, size: int) -> None:
    """Demand room for the answer before anything is done; raises Refused (6700).

    Later it would be too late: the money would be gone and the answer too.
    """
    if command.le is not None and command.le < size:
        raise Refused(SW.WRONG_LENGTH, f"the answer has {size} bytes")
