"""Trips: what a composite purchase writes with the money, and whether one is unfinished.

Reference transit-purse.md §2.5, §2.6. A gate's own business; a counter makes them to try gates and
to settle a trip that has no end before a refund.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from apdu.purse import MOST_MONEY, OfflineBegun, read_moment
from card_profiles import transit
from card_profiles.transit_codes import line_name, station_name
from terminal.cards.purse import COMPOSITE_SFI, TRIPS_SFI
from terminal.cards.transit import Ride
from terminal.services.purse_work import Record
from terminal.services.transit_limits import city_text
from terminal.texts import Text


class TripKind(StrEnum):
    """Say what a trip's record tells."""

    ENTRY = "entry"
    EXIT = "exit"
    SINGLE = "single"
    """A ride paid at once."""


_KINDS = {TripKind.ENTRY: transit.ENTRY, TripKind.EXIT: transit.EXIT, TripKind.SINGLE: 0x06}


@dataclass(frozen=True, slots=True)
class Trip:
    """Say what trip is paid: line and station as four digits each, as a gate writes them."""

    kind: TripKind
    line: str = "0000"
    station: str = "0000"


def open_ride(rides: tuple[Ride, ...]) -> Ride | None:
    """Give the ride that was begun and has no end, None where there is none."""
    return next((each for each in rides if each.unfinished), None)


def trip_records(
    trip: Trip,
    amount: int,
    serial: str,
    rides: tuple[Ride, ...],
    begun: OfflineBegun,
    terminal: bytes,
    at: bytes,
) -> tuple[Record, ...]:
    """Make the records of a trip: the composite one for entry and exit, and the trip log's line.

    An exit ends the ride that is open, the bus's too; an entry begins one of the metro's.
    """
    gate = _Gate(trip, amount, begun.balance & MOST_MONEY, terminal, at)
    if trip.kind is TripKind.SINGLE:
        return (gate.line(metro=False),)
    ride = open_ride(rides)
    if trip.kind is TripKind.EXIT and ride is not None and not ride.metro:
        content = transit.BUS.encode(ride.values | gate.alighting())
        return Record(COMPOSITE_SFI, transit.BUS_RECORD, content), gate.line(metro=False)
    before = next((each.values for each in rides if each.metro), None) or _blank(serial)
    changes = gate.entry() if trip.kind is TripKind.ENTRY else gate.exit()
    content = transit.METRO.encode(before | changes)
    return Record(COMPOSITE_SFI, transit.METRO_RECORD, content), gate.line(metro=True)


@dataclass(frozen=True, slots=True)
class _Gate:
    """Write what a gate writes of one trip; ``balance`` is the one before it."""

    trip: Trip
    amount: int
    balance: int
    terminal: bytes
    at: bytes

    @property
    def _device(self) -> str:
        return self.terminal.hex().upper().rjust(16, "0")

    @property
    def _moment(self) -> datetime | None:
        return read_moment(self.at)

    def line(self, *, metro: bool) -> Record:
        """Write the line of the trip log (§2.6)."""
        values = {
            "kind": _KINDS[self.trip.kind],
            "terminal": self._device,
            "industry": transit.METRO_INDUSTRY if metro else transit.BUS_INDUSTRY,
            "line": self.trip.line,
            "station": self.trip.station,
            "operator": "0000",
            "place_reserved": "00",
            "amount": self.amount,
            "balance": self.balance - self.amount,
            "at": self._moment,
            "city": transit.BEIJING,
            "organisation": transit.ISSUER,
            "reserved": bytes(6),
        }
        return Record(TRIPS_SFI, 0, transit.TRIP.encode(values), append=True)

    def entry(self) -> dict[str, Any]:
        """Give what a metro entry changes: nothing of the trip before it stays."""
        return self._metro("entry", transit.ENTERED) | {
            "entry_amount": self.amount,
            "entry_balance": self.balance,
            "exit_city": "0000",
            "exit_organisation": "0" * 16,
            "exit_station": "0" * 16,
            "exit_device": "0" * 16,
            "exit_at": None,
            "exit_line": "00",
            "charged": 0,
        }

    def exit(self) -> dict[str, Any]:
        """Give what a metro exit changes."""
        return self._metro("exit", transit.EXITED) | {"charged": self.amount}

    def _metro(self, where: str, state: int) -> dict[str, Any]:
        line = self.trip.line
        return {
            "state": state,
            f"{where}_city": transit.BEIJING,
            f"{where}_organisation": transit.ISSUER,
            f"{where}_station": (line + self.trip.station).rjust(16, "0"),
            f"{where}_device": self._device,
            f"{where}_at": self._moment,
            f"{where}_line": line[:2] if line[:2] != "00" else line[2:],
        }

    def alighting(self) -> dict[str, Any]:
        """Give what getting off a bus changes."""
        return {
            "state": transit.EXITED,
            "alighting_city": transit.BEIJING,
            "alighting_issuer": transit.ISSUER,
            "alighting_line": self.trip.line,
            "alighting_station": self.trip.station[-2:],
            "alighting_device": self._device,
            "alighting_at": self._moment,
            "amount": self.amount,
        }


def _blank(serial: str) -> dict[str, Any]:
    """Make a metro record that nobody has written yet."""
    empty: dict[str, Any] = transit.METRO.decode(bytes(transit.COMPOSITE_SIZE))
    return empty | {
        "composite": transit.METRO_ID,
        "length": transit.COMPOSITE_LENGTH,
        "flags": "0101",
        "serial": serial[-16:],
    }


def place_text(city: str, line: str, station: str, *, metro: bool = True) -> Text:
    """Name city, line and station where a table knows them, and give their code beside it.

    The names were read off cards and published by nobody (card_profiles/transit_codes.py), and
    they are the metro's: a bus has its codes alone. A ride that says neither has its city.
    """
    where = city_text(city)
    zh, en = [where.zh], [where.en]
    for known in (line_name(city, line), station_name(city, line, station)) if metro else ():
        if known is not None:
            zh.append(known.zh)
            en.append(known.en or known.zh)
    if (line + station).strip("0"):
        zh.append(f"{line}:{station}")
        en.append(f"{line}:{station}")
    return Text(" ".join(zh), " ".join(en))


def ride_place(ride: Ride) -> Text:
    """Name where a ride began."""
    values = ride.values
    if ride.metro:
        code = values["entry_station"]
        return place_text(values["entry_city"], code[-8:-4], code[-4:])
    place = place_text(
        values["boarding_city"],
        values["boarding_line"],
        values["boarding_station"].rjust(4, "0"),
        metro=False,
    )
    return Text(f"公交 {place.zh}", f"bus {place.en}")
