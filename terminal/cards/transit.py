"""The transit application: find it, tell what card it is, read balance, log and trips.

Reference transit-purse.md §1 (names), §2 (files), §3 (balance), §9 (order of a terminal). What
moves money stands beside it, in purse.py. Older Beijing cards are read here too, by
beijing_old.py's layout. Finding and telling a T-Union card takes two TPDUs on T=0, its balance two
more.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from apdu import tlv
from apdu.command import SHORT_ANSWER_LIMIT
from apdu.commands import ReadBinary, ReadRecord, RecordMode, Select, SelectBy
from apdu.errors import LayoutError, TlvError
from apdu.purse import MOST_MONEY, TERMINAL, OfflineBegun, TransactionType, read_moment
from apdu.purse_commands import BalancePart, Beginning, GetBalance, Initialize
from apdu.response import Response
from apdu.status import SW, Family
from card_profiles import beijing_old, transit
from card_profiles.fields import Columns
from terminal.cards.exchange import exchange, refused
from terminal.cards.notes import Notes
from terminal.errors import BalanceUnclear, CardBabbles, NoPurse
from terminal.keys.purse import PurseIdentity
from terminal.readers.connection import CardConnection

_RIDES = {transit.METRO_ID: transit.METRO, transit.BUS_ID: transit.BUS}
_BLOCKED = frozenset(
    {SW.FILE_INVALIDATED, SW.APPLICATION_LOCKED, SW.APPLICATION_BLOCKED, SW.NOT_SUPPORTED}
)
"""What a blocked application answers to SELECT; some give their FCI all the same (§1.2)."""
_WARNINGS = frozenset({SW.FILE_INVALIDATED, SW.APPLICATION_LOCKED})
"""Those of them with which it is selected nevertheless."""
_NO_RECORD = frozenset({SW.FILE_NOT_FOUND, SW.RECORD_NOT_FOUND})
_TOLD = 15
"""Bytes of a composite record up to its state."""
_STATE_USED = 9
"""Bytes of an older card's file 05 that are looked at; how long it is is not public (§2.8)."""


@dataclass(frozen=True, slots=True)
class PurseFacts:
    """Hold what a transit card says of itself.

    ``serial`` has 20 digits (16 on the older card), ``city`` four (GB/T 13497), empty where the
    card has none. ``blocked`` is the status word that SELECT gave, 0 for a card in order.
    """

    serial: str
    issuer: str
    city: str
    enabled: int
    start_date: date | None
    expiry_date: date | None
    raw: bytes
    older: bool = False
    blocked: int = 0
    blacklisted: bool = False
    """Whether the card itself says so (older card)."""

    @property
    def number(self) -> str:
        """Give the number that people are shown: without the first digit (§2.1)."""
        return self.serial if self.older else self.serial[1:]

    @property
    def odd_dates(self) -> str:
        """Give the bytes of a date that is neither a day nor unused, else nothing."""
        if self.older:
            return ""
        for value, raw in ((self.start_date, self.raw[20:24]), (self.expiry_date, self.raw[24:28])):
            if value is None and raw.strip(b"\0") and raw.strip(b"\xff"):
                return raw.hex().upper()
        return ""

    @property
    def identity(self) -> PurseIdentity:
        """Give what the card's keys are derived from (§2.1, §4.4)."""
        return PurseIdentity(self.raw[transit.ISSUER_FACTOR], self.raw[transit.FACTOR])


@dataclass(frozen=True, slots=True)
class Balance:
    """Hold a balance in fen: what can be spent, the overdraft limit in it, and a debt beside it."""

    available: int
    limit: int = 0
    debt: int = 0

    @property
    def shown(self) -> int:
        """Give the balance that people are shown; below zero where they owe (§3)."""
        return self.available - self.limit - self.debt


@dataclass(frozen=True, slots=True)
class Transaction:
    """Hold a line of the log (§2.4); ``at`` are seven bytes BCD as they stand."""

    counter: int
    kind: int
    amount: int
    terminal: bytes
    at: bytes

    @property
    def when(self) -> datetime | None:
        """Give the moment, without a zone; None where the bytes are none."""
        return read_moment(self.at)

    @property
    def incoming(self) -> bool:
        """Tell whether money came onto the card."""
        return self.kind in {TransactionType.LOAD, TransactionType.PASSBOOK_LOAD}


@dataclass(frozen=True, slots=True)
class Log:
    """Hold the log, newest first; ``whole`` says that nothing was pushed out of it yet."""

    lines: tuple[Transaction, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Ride:
    """Hold a composite record (§2.5): the metro's or the bus's."""

    metro: bool
    values: dict[str, Any]

    @property
    def unfinished(self) -> bool:
        """Tell whether it was begun and has no end."""
        return bool(self.values["state"] == transit.ENTERED)


class TransitCard:
    """Use the transit application of the card behind a connection, one object a session."""

    def __init__(self, connection: CardConnection) -> None:
        self.connection = connection
        self.notes = Notes()
        self._facts: PurseFacts | None = None
        self._state = b""
        """File 05 of an older card, as far as it was read."""

    def identify(self) -> PurseFacts:
        """Find the application and tell what card it is, once a session; raises NoPurse."""
        if self._facts is None:
            union = self._union()
            if union is None:
                self._facts = self._older()
            elif union.blocked == SW.NOT_SUPPORTED:
                # FMCOS says so of a blocked application, another card of one it lacks (§10, 6).
                with contextlib.suppress(NoPurse):
                    union = self._older()
                self._facts = union
            else:
                self._facts = union
        return self._facts

    def again(self) -> PurseFacts:
        """Select anew: what was begun on the card is forgotten, and a block shows."""
        self._facts = None
        return self.identify()

    # --- Finding it ------------------------------------------------------------------------

    def _select(self, by: SelectBy, name: bytes) -> Response:
        # T=0 has no Le here; elsewhere a strict card gives no FCI without.
        le = None if self.connection.protocol == "T=0" else SHORT_ANSWER_LIMIT
        return exchange(self.connection, Select(by, name, le=le))

    def _union(self) -> PurseFacts | None:
        """Select T-Union's application, None where there is none."""
        answer = self._select(SelectBy.NAME, transit.AID)
        warned = answer.sw >> 8 == 0x62 and bool(answer.data)  # selected all the same
        if not answer.ok and not warned and answer.sw not in _BLOCKED:
            return None
        raw = _public_data(answer.data)
        if raw is None and (answer.ok or answer.data or answer.sw in _WARNINGS):
            raw = self._whole(transit.EF_PUBLIC, transit.PUBLIC.size)
        if raw is None:
            if answer.ok:
                raise CardBabbles(detail="no file 15")
            return _nameless(answer.sw)
        return _union_facts(raw, answer.sw if answer.sw in _BLOCKED else 0)

    def _older(self) -> PurseFacts:
        """Read Beijing's older card, whose number stands in the MF; raises NoPurse."""
        card = beijing_old.CARD
        self._select(SelectBy.FILE_ID, beijing_old.MASTER_FILE.to_bytes(2, "big"))
        raw = self._binary(beijing_old.EF_CARD, card.size)
        values = None if raw is None else tolerant(card, raw)
        number = "" if values is None else values["number"] or ""
        if raw is None or values is None or not number.startswith(transit.BEIJING):
            raise NoPurse
        state = self._state = self._beginning(beijing_old.EF_STATE, _STATE_USED)
        purse = self._select(SelectBy.FILE_ID, beijing_old.PURSE_FID.to_bytes(2, "big"))
        if not purse.ok and purse.sw not in _BLOCKED:
            raise NoPurse
        return PurseFacts(
            serial=number,
            issuer="",
            city=transit.BEIJING,
            enabled=transit.IN_USE,
            start_date=values["start_date"],
            expiry_date=values["expiry_date"],
            raw=raw,
            older=True,
            blocked=0 if purse.ok else purse.sw,
            blacklisted=state[:1] == bytes((beijing_old.BLACKLISTED,)),
        )

    # --- What it holds ---------------------------------------------------------------------

    def balance(self) -> Balance:
        """Ask for the balance; a card that knows one balance alone has no overdraft (§3).

        Quick, and right where the card means by GET BALANCE what T-Union does; what gives money
        back asks :meth:`proved_balance`.
        """
        facts = self.identify()
        available = self._part(BalancePart.AVAILABLE)
        if facts.older:
            return Balance(available, debt=self._debt())
        return Balance(available, self._optional(BalancePart.LIMIT) or 0)

    def proved_balance(self, key_index: int) -> Balance:
        """Ask for the balance in every way there is; raises BalanceUnclear where they disagree.

        Cards differ in what P1 of GET BALANCE means, and whether the overdraft is in it (§3, §10
        12); INITIALIZE FOR a composite PURCHASE states balance and limit, and changes nothing.
        """
        if self.identify().older:
            return self.balance()
        available = self._part(BalancePart.AVAILABLE)
        limit, overdrawn, own = (
            self._optional(part)
            for part in (BalancePart.LIMIT, BalancePart.OVERDRAWN, BalancePart.MONEY)
        )
        command = Initialize.of(Beginning.COMPOSITE, key_index, 0, bytes(TERMINAL))
        answer = exchange(self.connection, command)
        begun = None
        with contextlib.suppress(LayoutError):
            begun = OfflineBegun.decode(answer.data) if answer.ok else None
        return reconciled_balance(available, limit, overdrawn, own, begun)

    def _part(self, part: BalancePart) -> int:
        answer = exchange(self.connection, GetBalance(part))
        if not answer.ok:
            raise refused(GetBalance.NAME, answer.sw, Family.PURSE)
        return self._money(answer)

    def _optional(self, part: BalancePart) -> int | None:
        answer = exchange(self.connection, GetBalance(part))
        return self._money(answer) if answer.ok else None

    @staticmethod
    def _money(answer: Response) -> int:
        if len(answer.data) != 4:
            raise CardBabbles(detail=f"{len(answer.data)} bytes to {GetBalance.NAME}")
        return int.from_bytes(answer.data, "big") & MOST_MONEY

    def _debt(self) -> int:
        """Give what an older card owes: bytes 5 to 8 of its file 05 (§2.8)."""
        raw = self._state[5:9]
        number = int.from_bytes(raw, "big") if len(raw) == 4 else 0
        return 0 if number == beijing_old.NO_DEBT else number

    def management(self) -> dict[str, Any] | None:
        """Read file 17: city, interoperability, kind of card; None where there is none."""
        raw = self._binary(transit.EF_MANAGEMENT, transit.MANAGEMENT_USED)
        if raw is None:
            return None
        return tolerant(transit.MANAGEMENT, raw.ljust(transit.MANAGEMENT.size, b"\0"))

    def log(self) -> Log | None:
        """Read the log; None where the card does not show it (§2.4)."""
        found = self._records(transit.LOG_FILE.sfi, transit.LOG.size, transit.LOG_RECORDS)
        if found is None:
            return None
        records, whole = found
        written = [each for each in records if each.strip(b"\0\xff")]
        return Log(tuple(map(_transaction, written)), whole or len(written) < len(records))

    def trips(self) -> tuple[dict[str, Any], ...]:
        """Read the trips, newest first, by field (§2.6)."""
        records, _ = self._records(
            transit.TRIPS_FILE.sfi, transit.TRIP.size, transit.TRIP_RECORDS
        ) or ([], False)
        found = (tolerant(transit.TRIP, each) for each in records if each.strip(b"\0\xff"))
        return tuple(each for each in found if each is not None)

    def rides(self) -> tuple[Ride, ...]:
        """Read the composite records, whichever stands where (§2.5); blank ones are left out.

        Raises CardRefused where the card does not show them: a ride may be open then.
        """
        found = (self._ride(number) for number in (transit.METRO_RECORD, transit.BUS_RECORD))
        return tuple(each for each in found if each is not None)

    def _ride(self, number: int) -> Ride | None:
        command = ReadRecord(
            number, RecordMode.NUMBER, transit.COMPOSITE_FILE.sfi, transit.COMPOSITE_SIZE
        )
        answer = exchange(self.connection, command)
        if not answer.ok and answer.sw not in _NO_RECORD:
            raise refused(command.NAME, answer.sw, Family.PURSE)
        if not answer.ok or len(answer.data) < _TOLD or not answer.data.strip(b"\0\xff"):
            return None
        # Whatever its length, what tells whether a ride is open stands at its beginning.
        content = answer.data[: transit.COMPOSITE_SIZE].ljust(transit.COMPOSITE_SIZE, b"\0")
        layout = _RIDES.get(content[:2].hex())
        values = None if layout is None else tolerant(layout, content)
        return None if values is None else Ride(layout is transit.METRO, values)

    # --- Reading ---------------------------------------------------------------------------

    def _binary(self, fid: int, size: int) -> bytes | None:
        answer = exchange(self.connection, ReadBinary.of_file(fid & 0x1F, 0, size))
        return answer.data if answer.ok and len(answer.data) == size else None

    def _whole(self, fid: int, size: int) -> bytes | None:
        """Read so much of a file, None where it has less; it may have more."""
        raw = self._beginning(fid, size)
        return raw if len(raw) == size else None

    def _beginning(self, fid: int, size: int) -> bytes:
        """Read the beginning of a file, as much of it as the card gives."""
        answer = exchange(self.connection, ReadBinary.of_file(fid & 0x1F, 0, size))
        return answer.data[:size] if answer.ok or answer.sw == SW.END_OF_FILE else b""

    def _records(self, sfi: int, size: int, most: int) -> tuple[list[bytes], bool] | None:
        """Read a cyclic file, all at once where the card gives that, else one by one.

        Gives the records and whether the file's end was seen; None where it is not shown at all.
        """
        if most * size <= SHORT_ANSWER_LIMIT:
            whole = exchange(self.connection, ReadRecord(1, RecordMode.FROM_NUMBER_TO_LAST, sfi))
            # A single record may be all there is, or all that such a card gives at a time.
            if whole.ok and len(whole.data) > size and len(whole.data) % size == 0:
                cut = [whole.data[at : at + size] for at in range(0, len(whole.data), size)]
                return cut, len(cut) < most
        records: list[bytes] = []
        for number in range(1, most + 1):
            answer = exchange(self.connection, ReadRecord(number, RecordMode.NUMBER, sfi, size))
            if not answer.ok or len(answer.data) != size:
                # Only "no such record" is the end; any other word may hide records.
                ended = answer.sw == SW.RECORD_NOT_FOUND
                return (records, ended) if records or ended else None
            records.append(answer.data)
            if not answer.data.strip(b"\0\xff"):
                return records, True
        return records, False


def reconciled_balance(
    available: int,
    limit: int | None,
    overdrawn: int | None,
    own: int | None,
    begun: OfflineBegun | None,
) -> Balance:
    """Make one balance of a card's answers, None where it gave none; raises BalanceUnclear.

    ``available`` is that of P1 = 00; a card that ignores P1 gives it for every part.
    """
    parts = (limit, overdrawn, own)
    deaf = all(each in {None, available} for each in parts)
    stated = limit or 0 if begun is None else begun.limit
    unclear = BalanceUnclear(
        detail=f"00={available} 01={limit} 02={overdrawn} 03={own}"
        f" INIT={None if begun is None else (begun.balance & MOST_MONEY, begun.limit)}"
    )
    if begun is not None and begun.balance & MOST_MONEY not in {available, available - stated}:
        raise unclear
    if not stated:
        if begun is None and deaf and limit:
            raise unclear  # all is overdraft, or P1 is ignored: nobody can say
        known = own is not None and overdrawn is not None and not deaf
        if (limit and not deaf) or (known and own - overdrawn != available):  # type: ignore[operator]  # known
            raise unclear
        return Balance(available)
    if deaf or own is None or overdrawn is None or (limit is not None and limit != stated):
        raise unclear
    for reading in (Balance(available, stated), Balance(available + stated, stated)):
        if reading.shown == own - overdrawn:
            return reading
    raise unclear


def tolerant(layout: Columns, raw: bytes) -> dict[str, Any] | None:
    """Read a record field by field; a field whose bytes mean nothing is None.

    None where the record has another size.
    """
    if len(raw) != layout.size:
        return None
    values: dict[str, Any] = {}
    at = 0
    for name, field in layout.members.items():
        try:
            values[name] = field.decode(raw[at : at + field.size])
        except LayoutError:
            values[name] = None
        at += field.size
    return values


def _public_data(fci: bytes) -> bytes | None:
    """Take file 15 from tag 9F0C of an FCI, None where it is not there (§1.2)."""
    try:
        objects = tlv.parse(fci)
    except TlvError:
        return None
    for path in ((0x6F, 0xA5, 0x9F0C), (0x6F, 0x9F0C), (0xA5, 0x9F0C)):
        found = tlv.find(objects, *path)
        if found is not None and len(found.value) >= transit.PUBLIC.size:
            return found.value[: transit.PUBLIC.size]
    return None


def _union_facts(raw: bytes, blocked: int) -> PurseFacts:
    values = tolerant(transit.PUBLIC, raw) or {}
    issuer = values["issuer"]
    return PurseFacts(
        serial=values["serial"],
        issuer=issuer,
        city=issuer[4:8],
        enabled=values["enabled"],
        start_date=values["start_date"],
        expiry_date=values["expiry_date"],
        raw=raw,
        blocked=blocked,
    )


def _nameless(sw: int) -> PurseFacts:
    """Describe an application that is there, blocked, and says nothing of itself."""
    return PurseFacts(
        "", "", "", transit.IN_USE, None, None, bytes(transit.PUBLIC.size), blocked=sw
    )


def _transaction(raw: bytes) -> Transaction:
    """Read a line of the log; the top bit of its amount is no money (§2.4)."""
    return Transaction(
        counter=int.from_bytes(raw[0:2], "big"),
        kind=raw[9],
        amount=int.from_bytes(raw[5:9], "big") & MOST_MONEY,
        terminal=raw[10:16],
        at=raw[16:23],
    )
