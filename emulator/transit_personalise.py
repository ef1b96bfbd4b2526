"""Make the cells of a purse: files, money, counters, keys, PIN.

Reference transit-purse.md §2 (files), §4.4 (keys: issuer first, then the serial's last 8 bytes).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apdu.cipher import TDES
from apdu.purse import Purse
from card_profiles import transit
from card_profiles.development_keys import RootOf
from card_profiles.model import ElementaryFile
from emulator.facts import TransitFacts
from emulator.purse_habits import HolderLayout, PurseHabits
from emulator.purse_state import (
    PIN_TRIES,
    Account,
    account_cells,
    aid_cell,
    file_cell,
    key_cell,
    pin_cell,
)

_NAME = transit.TRANSIT.name


def personalise_transit(
    facts: TransitFacts, root_of: RootOf, habits: PurseHabits
) -> dict[str, bytes]:
    """Make the transit application's cells; raises LayoutError where a fact does not fit."""
    kind = f"{facts.kind:02X}"
    issuer = kind + facts.issuer[2:] if habits.kind_in_public else facts.issuer
    public = transit.PUBLIC.encode(
        {
            "issuer": issuer,
            "kinds": 0b10 | (facts.passbook is not None),
            "enabled": facts.enabled,
            "serial": facts.serial,
            "start_date": facts.start_date,
            "expiry_date": facts.expiry_date,
            "own": facts.own,
        }
    )
    management = transit.MANAGEMENT.encode(
        {
            "country": "00000156",
            "province": facts.province,
            "city": facts.city,
            "interoperable": facts.interoperable,
            "kind": facts.kind,
            "settlement": facts.settlement,
            "reserved": bytes(45),
        }
    )
    factors = public[transit.ISSUER_FACTOR], public[transit.FACTOR]
    cells = {
        file_cell(_NAME, transit.EF_PUBLIC): public,
        file_cell(_NAME, transit.EF_HOLDER): _holder(habits.holder_layout),
        file_cell(_NAME, transit.EF_MANAGEMENT): management,
    }
    cells |= _composite(transit.COMPOSITE_FILE, facts.serial[4:])
    cells |= account_cells(_NAME, Purse.PURSE, _account(facts.balance, facts.limit))
    if facts.passbook is not None:
        cells |= account_cells(_NAME, Purse.PASSBOOK, _account(facts.passbook, 0))
    cells |= purse_keys(_NAME, factors, root_of)
    cells |= pin_cells(_NAME, facts.pin)
    if facts.aid != transit.AID:
        cells[aid_cell(_NAME)] = facts.aid
    return cells


def purse_keys(name: str, factors: Iterable[bytes], root_of: RootOf) -> dict[str, bytes]:
    """Derive all keys of a purse from the transit roots, from the root downwards."""
    levels = tuple(factors)
    cells: dict[str, bytes] = {}
    for key in transit.KEYS:
        value = root_of(_NAME, key.name)
        for factor in levels:
            value = TDES.diversify(value, factor)
        cells[key_cell(name, key.type)] = value
    return cells


def pin_cells(name: str, pin: str | None) -> dict[str, bytes]:
    """Lay out the PIN; none for a card without one."""
    if pin is None:
        return {}
    coded = bytes.fromhex(pin + "F" * (len(pin) % 2))
    return {pin_cell(name): coded, f"{pin_cell(name)}.tries": bytes((PIN_TRIES,))}


def _account(balance: int, limit: int) -> Account:
    """Open an account; what may be overdrawn is available too."""
    return Account(balance + limit, limit, 0, 0)


def _holder(layout: HolderLayout) -> bytes:
    """Leave the holder blank: a transit card is nobody's (§2.2)."""
    return bytes(layout.value)


def _composite(file: ElementaryFile, serial: str) -> dict[str, bytes]:
    """Write blank composite records with their headers: no trip has begun."""
    cells: dict[str, bytes] = {}
    identifiers = transit.METRO_ID, transit.BUS_ID
    for number, (item, identifier) in enumerate(zip(file.items, identifiers, strict=True), 1):
        fields: dict[str, Any] = {
            "composite": identifier,
            "length": transit.COMPOSITE_LENGTH,
            "flags": "0101",
            "lock": transit.UNLOCKED,
            "serial": serial,
            "state": transit.INITIAL,
        }
        blank = item.field.decode(bytes(transit.COMPOSITE_SIZE))
        cells[f"{file_cell(_NAME, file.fid)}.{number}"] = item.field.encode(blank | fields)
    return cells
