"""``tpdus``: what reading card and holder sends; counted, for the wire is the limit.

In process on cards of standard layout, the same each time. TPDUs are what SCardTransmit sees,
GET RESPONSE and repeats after 6Cxx included; bytes include status words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apdu.atr import Atr
from apdu.commands import GetResponse
from benchmarks.driver_sequences import DRIVERS, Driver
from benchmarks.measure import Entry, Gate, Ratio
from benchmarks.stage import Stage
from benchmarks.wire_time import BAUDS, Exchange, seconds, seconds_in_the_air
from card_profiles.profiles import PROFILES
from emulator.card import Interface, SoftwareCard
from emulator.facts import made_up_facts
from terminal.cards.social_security import SocialSecurityCard
from terminal.keys.service import CardIdentity, CardKey
from terminal.keys.software import development
from terminal.readers.connection import CardConnection, Metered, Wire
from terminal.readers.t0 import T0Connection


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one way to read, and the most TPDUs it may take."""

    profile: str
    interface: Interface
    internal_check: bool
    budget: int

    @property
    def name(self) -> str:
        """Name the case in the result."""
        check = "" if self.internal_check else ".no_internal_check"
        return f"tpdus.{self.profile}.{self.interface}{check}"


CASES = (
    Case("gen1", "contact", True, 4),
    Case("gen2", "contact", True, 4),
    Case("gen3", "contact", True, 11),
    Case("gen3", "contact", False, 7),
    Case("gen3", "contactless", True, 11),
    Case("gen3", "contactless", False, 7),
    Case("beijing", "contact", True, 11),
    Case("beijing", "contact", False, 7),
    Case("beijing", "contactless", True, 11),
    Case("beijing", "contactless", False, 7),
)


@dataclass(slots=True)
class Recorded:
    """Keep every exchange with a card: the table is made of them."""

    card: SoftwareCard
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def atr(self) -> bytes:
        """Give the card's."""
        return self.card.atr

    @property
    def protocol(self) -> str:
        """Give the card's."""
        return self.card.protocol

    def transmit(self, command: bytes) -> bytes:
        """Pass on and keep."""
        answer = self.card.transmit(command)
        self.exchanges.append((command, answer))
        return answer


def card(profile: str, interface: Interface = "contact") -> Recorded:
    """Make a card of standard layout; the same each time, its random bytes apart."""
    kind = PROFILES[profile]
    return Recorded(SoftwareCard.new(kind, made_up_facts(kind, 1), interface=interface))


def read(case: Case) -> tuple[Wire, list[Exchange]]:
    """Read card and holder by our stack; raises GuitaiError where that fails."""
    recorded, wire = card(case.profile, case.interface), Wire()
    connection: CardConnection = Metered(recorded, wire)
    if connection.protocol == "T=0":
        connection = T0Connection(connection)
    reading = SocialSecurityCard(connection).read(development(), internal_check=case.internal_check)
    assert reading.holder is not None
    return wire, recorded.exchanges


def drive(driver: Driver) -> list[Exchange]:
    """Send a driver's sequence as a plain T=0 reader does; every step must succeed."""
    recorded = card(driver.profile)
    named: dict[str, bytes] = {}
    proof = _proof(recorded)
    for step in driver.steps:
        text, _, name = step.partition("->")
        tpdu = b""
        for word in text.split():
            if word == "C":
                tpdu += proof(named["R4"], named["R3"])
            else:
                tpdu += named[word] if word in named else bytes.fromhex(word)
        answer = plain_t0(recorded.transmit, tpdu)
        assert answer[-2:] == b"\x90\x00", f"{driver.name}: {step} gave {answer[-2:].hex()}"
        named[name.strip()] = answer[:-2]
    return recorded.exchanges


def plain_t0(send: Callable[[bytes], bytes], tpdu: bytes) -> bytes:
    """Exchange one command as any T=0 reader does: 6Cxx repeated, 61xx fetched."""
    answer = send(tpdu)
    if answer[0] == 0x6C and len(answer) == 2:  # a challenge may begin so
        answer = send(tpdu[:4] + answer[1:])
    if answer[0] == 0x61 and len(answer) == 2:
        answer = send(bytes((GetResponse.CLA, GetResponse.INS, 0, 0)) + answer[1:])
    return answer


def _proof(recorded: Recorded) -> Callable[[bytes, bytes], bytes]:
    profile = recorded.card.profile
    identity = CardIdentity(profile.region, Atr.decode(recorded.atr).historical, profile.algorithm)
    return lambda factor, original: development().authentication_data(
        identity, CardKey("SSSE", "RKSSSE"), factor, original
    )


def figures(exchanges: list[Exchange], *, contacts: bool = True) -> dict[str, Any]:
    """Give counts, and the least time on the contacts or, without them, in the air."""
    found: dict[str, Any] = {
        "tpdus": len(exchanges),
        "bytes_sent": sum(len(sent) for sent, _ in exchanges),
        "bytes_received": sum(len(answered) for _, answered in exchanges),
    }
    if contacts:
        for baud in BAUDS:
            found[f"wire_ms_at_{baud}"] = round(seconds(exchanges, baud) * 1000, 1)
    else:
        found["wire_ms_at_106_kbit_s"] = round(seconds_in_the_air(exchanges) * 1000, 1)
    return found


def run(_rounds: int | None, _stage: Stage) -> list[Entry]:
    """Count ours against its budgets, then ours against the drivers' sequences."""
    entries = []
    ours: dict[str, list[Exchange]] = {}
    for case in CASES:
        wire, exchanges = read(case)
        assert wire.commands == len(exchanges)
        entries.append(
            Entry(
                case.name,
                f"TPDUs to read card and holder ÷ budget of {case.budget}",
                Ratio.of([wire.commands / case.budget]),
                Gate("<=", 1.0),
                figures(exchanges, contacts=case.interface == "contact"),
            )
        )
        if case.interface == "contact" and case.internal_check:
            ours[case.profile] = exchanges
    for driver in DRIVERS:
        exchanges = drive(driver)
        entries.append(
            Entry(
                f"tpdus.{driver.profile}.driver.{driver.name}",
                f"our time on the wire ÷ this driver's: {driver.what}",
                Ratio.of([seconds(ours[driver.profile], 9_600) / seconds(exchanges, 9_600)]),
                None,
                figures(exchanges),
            )
        )
    return entries
