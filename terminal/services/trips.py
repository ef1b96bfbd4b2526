"""Trips: what a composite purchase writes with the money, and whether one is unfinished.

Reference transit-purse.md §2.5, §2.6. A gate's own business; a counter makes them to try gates and
to settle a trip that has no end before a refund.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apdu.purse import OfflineBegun, read_moment
from card_profiles import transit
from card_profiles.transit_codes import line_name, station_name
from terminal.cards.purse import COMPOSITE_SFI, TRIPS_SFI
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


def is_unfinished(metro: Mapping[str, Any] | None) -> bool:
    """Tell whether a metro record has an entry without an exit."""
    return metro is not None and metro["state"] == transit.ENTERED


def trip_records(
    trip: Trip,
    amount: int,
    serial: str,
    metro: Mapping[str, Any] | None,
    begun: OfflineBegun,
    terminal: bytes,
    at: bytes,
) -> tuple[Record, ...]:
    """Make the records of a trip: the metro's for entry and exit, and the trip log's line."""
    device = terminal.hex().upper().rjust(16, "0")
    moment = read_moment(at)
    line = {
        "kind": _KINDS[trip.kind],
        "terminal": device,
        "industry": (
            transit.BUS_INDUSTRY if trip.kind is TripKind.SINGLE else transit.METRO_INDUSTRY
        ),
        "line": trip.line,
        "station": trip.station,
        "operator": "0000",
        "place_reserved": "00",
        "amount": amount,
        "balance": begun.balance - amount,
        "at": moment,
        "city": transit.BEIJING,
        "organisation": transit.ISSUER,
        "reserved": bytes(6),
    }
    logged = Record(TRIPS_SFI, 0, transit.TRIP.encode(line), append=True)
    if trip.kind is TripKind.SINGLE:
        return (logged,)
    record = dict(metro) if metro is not None else _blank(serial)
    where = "entry" if trip.kind is TripKind.ENTRY else "exit"
    record |= {
        "state": transit.ENTERED if trip.kind is TripKind.ENTRY else transit.EXITED,
        f"{where}_city": transit.BEIJING,
        f"{where}_organisation": transit.ISSUER,
        f"{where}_station": (trip.line + trip.station).rjust(16, "0"),
        f"{where}_device": device,
        f"{where}_at": moment,
        f"{where}_line": trip.line[:2] if trip.line[:2] != "00" else trip.line[2:],
    }
    if trip.kind is TripKind.ENTRY:
        record |= {
            "entry_amount": amount,
            "entry_balance": begun.balance,
            "exit_city": "0000",
            "exit_organisation": "0" * 16,
            "exit_station": "0" * 16,
            "exit_device": "0" * 16,
            "exit_at": None,
            "exit_line": "00",
            "charged": 0,
        }
    else:
        record["charged"] = amount
    content = transit.METRO.encode(record)
    return Record(COMPOSITE_SFI, transit.METRO_RECORD, content), logged


def _blank(serial: str) -> dict[str, Any]:
    """Make a metro record that nobody has written yet."""
    empty: dict[str, Any] = transit.METRO.decode(bytes(transit.COMPOSITE_SIZE))
    return empty | {
        "composite": transit.METRO_ID,
        "length": transit.COMPOSITE_LENGTH,
        "flags": "0101",
        "serial": serial[-16:],
    }


def place_text(city: str, line: str, station: str) -> Text:
    """Name city, line and station where a table knows them, and give their code beside it.

    The names were read off cards and published by nobody (card_profiles/transit_codes.py). A ride
    that says neither line nor station has its city alone.
    """
    where = city_text(city)
    zh, en = [where.zh], [where.en]
    for known in (line_name(city, line), station_name(city, line, station)):
        if known is not None:
            zh.append(known.zh)
            en.append(known.en or known.zh)
    if (line + station).strip("0"):
        zh.append(f"{line}:{station}")
        en.append(f"{line}:{station}")
    return Text(" ".join(zh), " ".join(en))


def metro_place(metro: Mapping[str, Any]) -> Text:
    """Name where a metro trip began."""
    code = metro["entry_station"]
    return place_text(metro["entry_city"], code[-8:-4], code[-4:])
