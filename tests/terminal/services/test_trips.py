"""What a trip writes on the card, laid out as the reference has it, and how it is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from purse_vectors import of_kind

from apdu.purse import OfflineBegun, moment
from card_profiles import transit
from terminal.cards.transit import Ride
from terminal.services.purse_work import Record
from terminal.services.trips import (
    Trip,
    TripKind,
    open_ride,
    place_text,
    ride_place,
    trip_records,
)

SERIAL = "00005170010100000001"
TERMINAL = bytes.fromhex("300089000341")
ENTERED = datetime(2024, 12, 29, 13, 59, 55)  # noqa: DTZ001  cards know no zone
LEFT = datetime(2024, 12, 29, 14, 17, 40)  # noqa: DTZ001  cards know no zone
(VECTOR,) = (each for each in of_kind("parse") if each.id == "PARSE-12")


def records(
    kind: TripKind,
    amount: int,
    metro: dict[str, Any] | None,
    *,
    balance: int = 3255,
    at: datetime = ENTERED,
    place: tuple[str, str] = ("0008", "0019"),
) -> tuple[Record, ...]:
    begun = OfflineBegun(balance, 0x042C, 0, 0, 0, bytes(4))
    rides = () if metro is None else (Ride(metro=True, values=metro),)
    return trip_records(Trip(kind, *place), amount, SERIAL, rides, begun, TERMINAL, moment(at))


def entered(**more: Any) -> dict[str, Any]:
    found: dict[str, Any] = transit.METRO.decode(records(TripKind.ENTRY, 0, None)[0].content)
    return found | more


def test_an_entry_is_the_references_record() -> None:
    """PARSE-12 to the byte; its largest fare is the gate's own and the counter has none."""
    record, logged = records(TripKind.ENTRY, 0, None)
    wanted = bytearray(VECTOR.bytes("data"))
    wanted[81:85] = bytes(4)
    assert record.content == bytes(wanted)
    assert (record.sfi, record.number, record.append) == (0x1A, 1, False)
    assert (logged.sfi, logged.append) == (0x1E, True)


def test_a_largest_fare_that_stands_there_is_kept() -> None:
    """What this counter knows nothing of stays as a gate has written it."""
    metro = transit.METRO.decode(VECTOR.bytes("data")) | {"state": transit.EXITED}
    record, _ = records(TripKind.ENTRY, 0, metro)
    assert record.content == VECTOR.bytes("data")


def test_the_line_of_the_trip_log() -> None:
    """§2.6 column by column: kind, terminal behind two zeros, place, fare, balance, city."""
    _, logged = records(TripKind.EXIT, 500, entered(), at=LEFT, place=("0800", "1900"))
    assert logged.content == bytes.fromhex(
        "04 0000300089000341 01 0800 1900 0000 00 000001F4 00000AC3 20241229141740"
        "1000 01011000FFFFFFFF 000000000000"
    )


def test_an_exit_keeps_the_entry() -> None:
    """Where and when the trip began is what a later dispute is about."""
    record, _ = records(TripKind.EXIT, 500, entered(), at=LEFT, place=("0800", "1900"))
    found = transit.METRO.decode(record.content)
    before = entered()
    assert {name: found[name] for name in found if name.startswith("entry_")} == {
        name: before[name] for name in before if name.startswith("entry_")
    }
    assert (found["state"], found["charged"], found["exit_at"]) == (transit.EXITED, 500, LEFT)
    assert (found["exit_city"], found["exit_organisation"]) == ("1000", transit.ISSUER)
    assert (found["exit_station"], found["exit_device"], found["exit_line"]) == (
        "0000000008001900",
        "0000300089000341",
        "08",
    )


def test_an_entry_clears_the_last_exit() -> None:
    """A new trip with the old one's exit in it is none that anybody can read."""
    record, _ = records(TripKind.EXIT, 500, entered(), at=LEFT)
    after: dict[str, Any] = transit.METRO.decode(record.content)
    assert (
        records(TripKind.ENTRY, 0, after)[0].content == records(TripKind.ENTRY, 0, None)[0].content
    )


def test_an_exit_without_an_entry() -> None:
    """A gate that was out of order: it is written, with an entry of nothing."""
    record, logged = records(TripKind.EXIT, 400, None, at=LEFT)
    found = transit.METRO.decode(record.content)
    assert (found["state"], found["entry_at"], found["charged"]) == (transit.EXITED, None, 400)
    assert found["serial"] == SERIAL[-16:]
    assert logged.content[0] == transit.EXIT


def test_a_single_ride_leaves_the_metro_alone() -> None:
    """A bus that is paid at once writes its line in the log and nothing else."""
    (logged,) = records(TripKind.SINGLE, 200, entered(), place=("0000", "0000"))
    found = transit.TRIP.decode(logged.content)
    assert found["kind"] in transit.SINGLE
    assert (found["industry"], found["amount"], found["balance"]) == (
        transit.BUS_INDUSTRY,
        200,
        3055,
    )


def test_fields_of_the_operators_own_are_kept() -> None:
    """The last 29 bytes are theirs; so is what could not be read."""
    metro = entered(own=bytes(range(29)), entry_at=None, most_fare=900)
    found = transit.METRO.decode(records(TripKind.EXIT, 1, metro, at=LEFT)[0].content)
    assert (found["own"], found["entry_at"], found["most_fare"]) == (bytes(range(29)), None, 900)


@pytest.mark.parametrize(
    ("line", "byte"),
    [("0800", "08"), ("0008", "08"), ("1000", "10"), ("0010", "10"), ("62AA", "62")],
)
def test_a_line_in_one_byte(line: str, byte: str) -> None:
    """Sources write the line in the first or the second of two bytes; the record has one."""
    record, _ = records(TripKind.ENTRY, 0, None, place=(line, "0001"))
    assert transit.METRO.decode(record.content)["entry_line"] == byte


@pytest.mark.parametrize("state", range(5))
def test_unfinished_is_entered_alone(state: int) -> None:
    """A record that was never used, or updated, or left keeps nobody from a refund."""
    for metro in (True, False):
        ride = Ride(metro=metro, values={"state": state})
        assert (open_ride((ride,)) is ride) is (state == transit.ENTERED)
    assert open_ride(()) is None


@pytest.mark.parametrize(
    ("place", "zh", "en"),
    [
        (("1000", "0800", "1900"), "北京市 8号线 奥林匹克公园 0800:1900", "Line 8"),
        (("1000", "0800", "EE00"), "北京市 8号线 0800:EE00", "Line 8 0800:EE00"),
        (("1000", "EE00", "EE00"), "北京市 EE00:EE00", "EE00:EE00"),
        (("1000", "0000", "0000"), "北京市", "Beijing"),
        (("EEEE", "0800", "1900"), "代码为 EEEE 的城市 0800:1900", "code EEEE 0800:1900"),
    ],
)
def test_places_have_their_code_beside_them(place: tuple[str, str, str], zh: str, en: str) -> None:
    """The names were read off cards by their authors: whoever knows better sees the code."""
    found = place_text(*place)
    assert found.zh == zh
    assert en in found.en


def test_where_a_trip_began() -> None:
    """The message that refuses a refund names the station."""
    record, _ = records(TripKind.ENTRY, 0, None, place=("0800", "1900"))
    metro = Ride(metro=True, values=transit.METRO.decode(record.content))
    assert "奥林匹克公园" in ride_place(metro).zh


BUS = transit.BUS.decode(
    bytes.fromhex("27027D0101005170010100000001011000")
    + bytes.fromhex(transit.ISSUER)
    + bytes.fromhex("00010300050000000000001234000011000000000720260301080910000000C8AB")
    + bytes(70)
)
"""A bus that was boarded: 2 yuan are marked, and nobody has got off."""


def test_an_exit_ends_the_bus_ride_that_is_open() -> None:
    """What is open is what is owed; writing the metro's record would leave it open."""
    rides = (Ride(metro=False, values=BUS),)
    begun = OfflineBegun(3255, 0x042C, 0, 0, 0, bytes(4))
    record, logged = trip_records(
        Trip(TripKind.EXIT, "0300", "0007"), 200, SERIAL, rides, begun, TERMINAL, moment(LEFT)
    )
    found = transit.BUS.decode(record.content)
    assert (record.number, found["composite"]) == (transit.BUS_RECORD, transit.BUS_ID)
    assert (found["state"], found["amount"], found["alighting_at"]) == (transit.EXITED, 200, LEFT)
    assert (found["boarding_bus"], found["marked_amount"]) == ("0000000000001234", 200)
    assert transit.TRIP.decode(logged.content)["industry"] == transit.BUS_INDUSTRY


def test_a_bus_is_named_as_a_bus() -> None:
    """Line 0300 of a bus is no line of the metro."""
    assert ride_place(Ride(metro=False, values=BUS)).zh == "公交 北京市 0300:0005"
    assert place_text("1000", "0300", "0000", metro=False).zh == "北京市 0300:0000"
