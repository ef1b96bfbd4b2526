"""The bank's application on the same chip: whose account it is, and nothing else.

Reference social-security-card.md §1.1, §5; JR/T 0025 (PBOC 3.0), which follows EMV 4.3 Book 1
§12 (finding the application) and Book 3 §10 (its records). Selecting it makes the card forget
which keys of the social security side were proved: read the bank last, or say so to the Prover
(:meth:`Prover.entered`) and select the environment again. What the holder proved there stays.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from apdu import tlv
from apdu.atr import Atr
from apdu.bank_commands import GetProcessingOptions, parse_dol
from apdu.command import SHORT_ANSWER_LIMIT
from apdu.commands import ReadRecord, Select, SelectBy
from apdu.declare import Declared
from apdu.errors import EncodingError, LayoutError, TlvError
from apdu.response import Response
from apdu.status import SW
from card_profiles import bank as profile
from card_profiles.fields import AN_FILLER
from terminal.cards.exchange import exchange
from terminal.cards.notes import Notes
from terminal.errors import NoBankApplication
from terminal.masking import Masked, mask_name, mask_number
from terminal.readers.connection import CardConnection

Objects = tuple[tlv.Tlv, ...]
Places = list[tuple[int, int]]
"""Records to read, as short file id and number."""

# The card decides how much there is; together these are at most 31 commands, GET RESPONSE and
# repetitions of T=0 apart.
_MOST_DIRECTORY_RECORDS = 4
_MOST_APPLICATIONS = 8
_MOST_RECORDS = 16

_SCAN: Places = [(sfi, number) for sfi in range(1, 5) for number in range(1, 5)]
"""Where accounts usually stand, for a card that does not say."""
_SFIS = range(1, 31)
_TERMINAL = {0x9F1A: profile.CHINA, 0x5F2A: profile.CHINA}
"""What the terminal says of itself: its country and the yuan. All else is zeros, for no
transaction is meant."""
_ABSENT = frozenset({SW.FILE_NOT_FOUND, SW.RECORD_NOT_FOUND})
_GIVEN = frozenset({SW.OK, SW.END_OF_FILE})
_NO_TEXT = frozenset({"Cc", "Cs", "Cn"})
"""Unicode categories that no name has."""
_FULL_NAME = 25
"""A name of so many bytes of its 26 may have been cut, between characters of two."""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Hold whose account it is; ``scheme`` is the application's label, as PBOC DEBIT.

    ``name`` and ``expiry_date`` are None where the application does not give them.
    """

    scheme: str
    account_number: Masked[str]
    name: Masked[str] | None
    expiry_date: date | None
    notes: Notes


class BankApplication:
    """Read the bank's application of the card behind a connection."""

    def __init__(self, connection: CardConnection) -> None:
        self._connection = connection
        self._notes = Notes()
        # T=0 has no Le behind data; elsewhere a strict card answers nothing without.
        self._le = None if connection.protocol == "T=0" else SHORT_ANSWER_LIMIT

    def read(self) -> BankAccount:
        """Find the application and read the account.

        Five to twelve TPDUs on a usual card. Raises NoBankApplication where there is none, or
        none with an account number; CardError leaves pass through.
        """
        aid, fci = self._select()
        found = self._collect(fci)
        number = self._number(found)
        if number is None:
            raise NoBankApplication(detail="no account number in its records")
        name = self._name(found)
        return BankAccount(
            scheme=_scheme(aid, fci),
            account_number=Masked(number, mask_number),
            name=Masked(name, mask_name) if name else None,
            expiry_date=self._expiry(found),
            notes=self._notes,
        )

    def _send(self, command: Declared) -> Response:
        return exchange(self._connection, command)

    # --- Finding the application -----------------------------------------------------------

    def _select(self) -> tuple[bytes, Objects]:
        """Select the first application that can be; give its AID and its FCI."""
        named = dict.fromkeys([*self._directory(), *profile.LABELS])
        refusals: dict[str, None] = {}
        for aid in islice(named, _MOST_APPLICATIONS):
            answer = self._send(Select(SelectBy.NAME, aid, le=self._le))
            if answer.ok:
                return aid, self._parsed(answer.data)
            refusals[f"{answer.sw:04X}"] = None
        raise NoBankApplication(detail=f"SELECT: {', '.join(refusals)}")

    def _directory(self) -> list[bytes]:
        """Give the AIDs in the directory of this side of the card, else of the other."""
        contactless = False
        with contextlib.suppress(EncodingError):
            contactless = Atr.decode(self._connection.atr).contactless
        names = (profile.PPSE, profile.PSE) if contactless else (profile.PSE, profile.PPSE)
        for name in names:
            answer = self._send(Select(SelectBy.NAME, name, le=self._le))
            if not answer.ok:
                continue
            fci = self._parsed(answer.data)
            listed = tlv.find(fci, 0x6F, 0xA5, 0xBF0C)
            aids = _aids(listed.children if listed else ())
            file = tlv.find(fci, 0x6F, 0xA5, 0x88)
            if not aids and file is not None and name == profile.PSE:
                aids = self._listed_aids(file.value)
            if aids:
                return aids
        return []

    def _listed_aids(self, file: bytes) -> list[bytes]:
        """Read the contact directory up to the first record that names a UnionPay application."""
        sfi = int.from_bytes(file, "big")
        if sfi not in _SFIS:
            return []
        for number in range(1, _MOST_DIRECTORY_RECORDS + 1):
            answer = self._send(ReadRecord(number, sfi=sfi))
            if answer.sw not in _GIVEN:
                break
            record = tlv.find(self._parsed(answer.data), 0x70)
            if record is not None and (aids := _aids(record.children)):
                return aids
        return []

    # --- Its records -----------------------------------------------------------------------

    def _collect(self, fci: Objects) -> dict[int, bytes]:
        """Read records until number and name are there; give all data objects by their tags."""
        found: dict[int, bytes] = {}
        absent: set[int] = set()
        for sfi, number in islice(self._process(fci, found), _MOST_RECORDS):
            if _complete(found):
                break
            if sfi in absent:
                continue
            answer = self._send(ReadRecord(number, sfi=sfi))
            if answer.sw in _GIVEN:
                _take(self._parsed(answer.data), found)
            elif answer.sw in _ABSENT:
                # Records are numbered through: behind one that is not there is none.
                absent.add(sfi)
        return found

    def _process(self, fci: Objects, found: dict[int, bytes]) -> Places:
        """Ask which records there are; keep what the answer holds beside them."""
        try:
            command = GetProcessingOptions.of(_wanted_values(fci), self._le)
        except (TlvError, EncodingError) as error:
            self._notes.add("odd_fci", f"PDOL: {error}")
            return _SCAN
        answer = self._send(command)
        if not answer.ok:
            return _SCAN
        objects = self._parsed(answer.data)
        _take(objects, found)
        packed = tlv.find(objects, 0x80)
        named = tlv.find(objects, 0x77, 0x94)
        locator = packed.value[2:] if packed else named.value if named else b""
        places = list(islice(_places(locator), _MOST_RECORDS))
        if not places or len(locator) % 4:
            self._notes.add("odd_value", "应用文件定位器", "application file locator")
        return places or _SCAN

    def _parsed(self, data: bytes) -> Objects:
        """Parse an answer; of one that breaks off take what stands before, and note it."""
        try:
            return tlv.parse(data)
        except TlvError as error:
            # Neither the error nor the note quotes what the record holds.
            self._notes.add("odd_value", f"银行应用的应答（{error}）", f"bank's answer ({error})")
            return _salvaged(data)

    # --- What they say ---------------------------------------------------------------------

    def _number(self, found: dict[int, bytes]) -> str | None:
        number: str | None = self._decoded(profile.ACCOUNT_NUMBER, found)
        if number is None:
            track = self._decoded(profile.TRACK_2, found)
            number = track and track.account_number
        if number is not None and not profile.is_account_number(number):
            self._notes.add("odd_value", "银行账号的校验位", "account number's check digit")
        return number

    def _expiry(self, found: dict[int, bytes]) -> date | None:
        day: date | None = self._decoded(profile.EXPIRY_DATE, found, needed=True)
        return day

    def _name(self, found: dict[int, bytes]) -> str | None:
        """Give the name, with what its extension has of it (EMV 4.3 Book 3 Annex A)."""
        item = profile.HOLDER_NAME
        first = found.get(item.tag, b"")
        more = found.get(profile.EXTENDED_NAME.tag, b"")
        if _fills(first) and not more:
            self._notes.add("missing_item", profile.EXTENDED_NAME.zh, "extended name")
        name: str | None = self._decoded(
            item, found | {item.tag: _whole_name(first, more)}, needed=True
        )
        if name and any(unicodedata.category(each) in _NO_TEXT for each in name):
            # Control characters would steer the screen they are shown on.
            self._notes.add("odd_value", item.zh, item.name)
            return None
        return name

    def _decoded(
        self, item: profile.DataObject, found: dict[int, bytes], *, needed: bool = False
    ) -> Any:
        """Read a data object; None where it is not there or says nothing, noted if needed."""
        raw = found.get(item.tag, b"")
        en = item.name.replace("_", " ")
        try:
            value = item.field.decode(raw) if raw else None
        except LayoutError:
            self._notes.add("odd_value", item.zh, en)
            return None
        if value is None and needed:
            self._notes.add("missing_item", item.zh, en)
        return value


def _aids(objects: Iterable[tlv.Tlv]) -> list[bytes]:
    """Give the UnionPay AIDs of directory entries, the highest priority (1) first, 0 last."""
    entries: list[tuple[int, bytes]] = []
    for entry in objects:
        aid, priority = entry.find(0x4F), entry.find(0x87)
        # The transit application may stand in the same directory.
        if entry.tag == 0x61 and aid is not None and aid.value.startswith(profile.RID):
            rank = priority.value[0] & 0x0F if priority and priority.value else 0
            entries.append((rank or 16, aid.value[:16]))
    return [aid for _, aid in sorted(entries, key=lambda each: each[0])]


def _wanted_values(fci: Objects) -> bytes:
    """Give what the card's PDOL wants, of exactly that length; raises TlvError."""
    pdol = tlv.find(fci, 0x6F, 0xA5, 0x9F38)
    values = b""
    for tag, size in parse_dol(pdol.value if pdol else b""):
        own = _TERMINAL.get(tag, b"")
        values += own if len(own) == size else bytes(size)
    return values


def _places(locator: bytes) -> Iterator[tuple[int, int]]:
    """List the records of an application file locator, odd entries left out."""
    for at in range(0, len(locator) - 3, 4):
        sfi, first, last = locator[at] >> 3, locator[at + 1], locator[at + 2]
        if sfi in _SFIS and first:
            yield from ((sfi, number) for number in range(first, last + 1))


def _salvaged(data: bytes) -> Objects:
    """Give the template at the beginning of data with those objects that are whole."""
    inside = data[3:] if data[1:2] == b"\x81" else data[2:]
    while True:
        try:
            return (tlv.build(data[0], tlv.parse(inside)),)
        except TlvError as error:
            # The offset is inside the data, so this comes to an end.
            inside = inside[: error.offset]


def _take(objects: Objects, found: dict[int, bytes]) -> None:
    """Keep the data objects of a record, of two with the same tag the first."""
    for each in objects:
        for inner in each.children if each.tag in {0x70, 0x77} else (each,):
            if inner.value:
                found.setdefault(inner.tag, inner.value)


def _complete(found: dict[int, bytes]) -> bool:
    """Tell whether nothing is missing that another record could hold."""
    name = found.get(profile.HOLDER_NAME.tag)
    if name is None or profile.ACCOUNT_NUMBER.tag not in found:
        return False
    return profile.EXTENDED_NAME.tag in found or not (_fills(name) or _goes_on(name))


def _fills(name: bytes) -> bool:
    """Tell whether a name takes all of its place, so that it may be cut."""
    return len(name.rstrip(AN_FILLER)) >= _FULL_NAME


def _goes_on(name: bytes) -> bool:
    """Tell whether a name is empty or ends in a slash: the rest may stand in the extension."""
    return name.rstrip(AN_FILLER)[-1:] in {b"", b"/"}


def _whole_name(first: bytes, more: bytes) -> bytes:
    """Join as bytes, a character may lie across the border; some cards repeat the beginning."""
    begun = first.rstrip(AN_FILLER)
    if more.startswith(begun.rstrip(b" /")):
        return more or first
    return begun + more if _fills(first) or _goes_on(first) else first


def _scheme(aid: bytes, fci: Objects) -> str:
    """Give the application's label, ours where the card has none that can be shown."""
    label = tlv.find(fci, 0x6F, 0xA5, 0x50)
    text = label.value.decode("ascii", "replace").strip() if label else ""
    if text and text.isascii() and text.isprintable():
        return text
    return next((own for known, own in profile.LABELS.items() if aid.startswith(known)), "UnionPay")
