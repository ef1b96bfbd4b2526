"""A card whose purse is just as a test wants it, spoken to in hex."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

from apdu import secure_messaging
from apdu.command import Command
from apdu.purse import Purse
from card_profiles import transit
from card_profiles.profiles import BEIJING
from emulator.card import SoftwareCard
from emulator.card_os import Habits
from emulator.facts import TransitFacts, made_up_facts
from emulator.memory import Memory
from emulator.purse_habits import PurseHabits
from emulator.purse_state import Account, account_cells, key_cell
from emulator.randomness import Randomness

AID = "00A4040008A000000632010105"
BALANCE = "805C000204"
TERMINAL = "300089000340"
AT = "20241229141740"
# Laboratory keys of the reference's generated vectors.
KEYS = {
    transit.DLK: "3F0102030405060708090A0B0C0D0E0F",
    transit.DPK: "3E2122232425262728292A2B2C2D2E2F",
    transit.DULK: "3D1112131415161718191A1B1C1D1E1F",
    transit.DUK: "3C3132333435363738393A3B3C3D3E3F",
    transit.DTK: "344142434445464748494A4B4C4D4E4F",
    transit.DAMK: "365152535455565758595A5B5C5D5E5F",
    transit.DPUK: "377172737475767778797A7B7C7D7E7F",
    transit.DRPK: "386162636465666768696A6B6C6D6E6F",
    transit.DEAK: "390102030405060708090A0B0C0D0E0F",
}
TYPES = {each.name: each.type for each in transit.KEYS}


class Transmits(Protocol):
    """Any card."""

    memory: Memory

    def transmit(self, command: bytes) -> bytes: ...


def transit_facts(**more: Any) -> TransitFacts:
    """Facts of the card in the reference's samples (§8)."""
    facts = TransitFacts(
        serial="03105170010100000001",
        start_date=date(2019, 8, 6),
        expiry_date=date(2040, 12, 31),
        passbook=0,
    )
    return replace(facts, **more)


def chip(
    *,
    randoms: Iterable[str] = (),
    keys: Mapping[str, str] | None = None,
    purse: Account = Account(0, 0, 0, 0),  # noqa: B008  frozen
    passbook: Account = Account(0, 0, 0, 0),  # noqa: B008  frozen
    facts: Mapping[str, Any] | None = None,
    selected: bool = True,
    **habits: Any,
) -> SoftwareCard:
    """Make a Beijing card, its transit application selected, with exactly this in its purse."""
    card = SoftwareCard.new(
        BEIJING,
        replace(made_up_facts(BEIJING, 1), transit=transit_facts(**(facts or {}))),
        interface="contactless",
        randomness=Randomness(bytes.fromhex(each) for each in randoms),
        habits=Habits(purse=PurseHabits(**habits)),
    )
    for kind, account in ((Purse.PURSE, purse), (Purse.PASSBOOK, passbook)):
        for cell, value in account_cells("transit", kind, account).items():
            card.memory.write(cell, value)
    for name, value in (KEYS | dict(keys or {})).items():
        card.memory.write(key_cell("transit", TYPES[name]), bytes.fromhex(value))
    card.power_on()
    if selected:
        send(card, AID)
    return card


def send(card: Transmits, command: str) -> str:
    """Send hex, get hex."""
    return card.transmit(bytes.fromhex(command)).hex().upper()


def protected(
    card: Transmits, command: str, *, key: str = KEYS[transit.DAMK], size: int = 4, **more: bool
) -> str:
    """Ask for a challenge and protect a command, given as header and data without Lc."""
    challenge = card.transmit(bytes((0x00, 0x84, 0x00, 0x00, size)))[:-2]
    raw = bytes.fromhex(command)
    bare = Command(raw[0], raw[1], raw[2], raw[3], raw[4:])
    made = secure_messaging.protect(bare, bytes.fromhex(key), challenge, **more)
    return made.encode().hex().upper()


def spoiled(command: str) -> str:
    """The same command with a wrong last byte: its MAC is wrong."""
    raw = bytearray.fromhex(command)
    raw[-1] ^= 1
    return raw.hex().upper()
