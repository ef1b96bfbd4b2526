"""A bank card of another maker, all bytes by hand, for the tests of who reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from emulator import hostile
from terminal.cards.bank import BankAccount, BankApplication
from terminal.errors import NoBankApplication

MOST_COMMANDS = 32

PSE = "00A404000E315041592E5359532E4444463031"
PPSE = "00A404000E325041592E5359532E4444463031"
DEBIT, CREDIT, QUASI, CASH = (
    f"00A4040008A0000003330101{each}" for each in ("01", "02", "03", "06")
)
TRANSIT_ENTRY = "61144F08A0000006320101055008 4D4F545F545F4550"
FCI = "6F168408A000000333010101A50A500850424F4344454249"
"""No PDOL; label PBOCDEBI, which no profile of ours has."""
NUMBER, TRACK = "5A086200000000000005", "570E 6200000000000005D36012200000"
NAME, EXPIRY = "5F2009 43455348492F4A4941", "5F2403 360131"
OPTIONS = "770A 82020000 9404 08010100"


def template(tag: str, *content: str) -> str:
    """Wrap content of under 128 bytes."""
    inside = bytes.fromhex("".join(content))
    return f"{tag}{len(inside):02X}{inside.hex().upper()}"


@dataclass
class Chip:
    """A card of another maker: answers by the beginning of a command, all bytes by hand."""

    answers: Mapping[str, str] = field(default_factory=dict)
    atr: bytes = hostile.ATR
    protocol: str = "T=1"
    log: list[str] = field(default_factory=list)

    def transmit(self, command: bytes) -> bytes:
        sent = command.hex().upper()
        self.log.append(sent)
        found = [to for begin, to in self.answers.items() if sent.startswith(begin)]
        return bytes.fromhex(
            (found[0] + ("9000" if len(found[0]) > 4 else "")) if found else "6A82"
        )


def chip(*objects: str, **more: Any) -> Chip:
    """A debit card without directory whose one record has these objects."""
    answers = {DEBIT: FCI, "80A80000": OPTIONS, "00B2010C": template("70", *objects)}
    return Chip(answers | more.pop("answers", {}), **more)


def read(card: Any) -> BankAccount:
    return BankApplication(card).read()


def reason(card: Any) -> str:
    """Give why there is no account to be read."""
    with pytest.raises(NoBankApplication) as caught:
        read(card)
    return str(caught.value.facts["detail"])


def codes(account: BankAccount) -> list[str]:
    return [note.code for note in account.notes.collected]
