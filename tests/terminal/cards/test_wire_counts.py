"""What reading card and holder costs on the wire: commands and bytes, counted.

A command more is milliseconds more at every counter; so a change that sends one
more has to change a number here. The cards are of standard layout, in process.
"""

import pytest

from card_profiles.profiles import PROFILES
from emulator.card import Interface, SoftwareCard
from emulator.card_os import Habits
from emulator.facts import made_up_facts
from terminal.cards.social_security import SocialSecurityCard
from terminal.keys.software import development
from terminal.readers.connection import CardConnection, Metered, Wire
from terminal.readers.t0 import T0Connection


def connected(card: SoftwareCard, wire: Wire) -> CardConnection:
    """Stack what counts and, on contacts, the rules of T=0 over a card."""
    metered = Metered(card, wire)
    return T0Connection(metered) if card.protocol == "T=0" else metered


def cost(
    profile: str,
    interface: Interface = "contact",
    *,
    internal_check: bool = True,
    with_holder: bool = True,
    habits: Habits | None = None,
) -> Wire:
    """Read and give the count."""
    kind = PROFILES[profile]
    card = SoftwareCard.new(kind, made_up_facts(kind, 1), interface=interface, habits=habits)
    wire = Wire()
    reading = SocialSecurityCard(connected(card, wire)).read(
        development(), with_holder=with_holder, internal_check=internal_check
    )
    assert (reading.holder is not None) is with_holder
    return wire


@pytest.mark.parametrize(
    ("profile", "expected"), [("gen1", Wire(4, 35, 165)), ("gen2", Wire(4, 35, 187))]
)
def test_free_cards_take_four_commands(profile: str, expected: Wire) -> None:
    """SELECT, GET RESPONSE and one command a file: there is no shorter way on T=0."""
    assert cost(profile) == expected


@pytest.mark.parametrize("profile", ["gen3", "beijing"])
def test_third_generation_takes_eleven(profile: str) -> None:
    """Proving both ways costs seven commands and no more."""
    assert cost(profile) == Wire(11, 102, 247)


@pytest.mark.parametrize("profile", ["gen3", "beijing"])
def test_without_the_internal_check_it_takes_seven(profile: str) -> None:
    """Who trusts the card saves two challenges, INTERNAL AUTHENTICATE and its GET RESPONSE."""
    assert cost(profile, internal_check=False) == Wire(7, 66, 215)


@pytest.mark.parametrize("profile", ["gen3", "beijing"])
@pytest.mark.parametrize(
    ("internal_check", "expected"), [(True, Wire(9, 94, 243)), (False, Wire(6, 62, 213))]
)
def test_contactless_needs_no_get_response(
    profile: str, internal_check: bool, expected: Wire
) -> None:
    """Commands go whole over the air; fetching answers as on T=0 would be waste."""
    assert cost(profile, "contactless", internal_check=internal_check) == expected


@pytest.mark.parametrize(
    ("profile", "interface", "expected"),
    [
        ("gen2", "contact", Wire(3, 30, 94)),
        ("gen3", "contact", Wire(3, 30, 100)),
        ("gen3", "contactless", Wire(2, 26, 98)),
    ],
)
def test_the_card_alone_is_never_proved_to(
    profile: str, interface: Interface, expected: Wire
) -> None:
    """EF05 is free on all generations; authenticating for it would only cost time."""
    assert cost(profile, interface, with_holder=False) == expected


def test_a_card_without_whole_files_is_asked_for_them_once() -> None:
    """A refused short cut tried again for each file would cost every such card a command more."""
    plain = cost("gen2", habits=Habits(whole_file=False))
    # SELECT and GET RESPONSE, the short cut refused by short id and on the selected file, two
    # files selected, 7 and 7 records read.
    assert plain.commands == 2 + 2 + 2 + 7 + 7


def test_what_the_card_has_is_never_asked_with_a_wrong_length() -> None:
    """Each 6Cxx is a command for nothing: on a standard card no length may be guessed."""
    kind = PROFILES["beijing"]
    card = SoftwareCard.new(kind, made_up_facts(kind, 1))
    answers: list[bytes] = []

    class Heard:
        atr, protocol = card.atr, card.protocol

        def transmit(self, command: bytes) -> bytes:
            answers.append(card.transmit(command))
            return answers[-1]

    SocialSecurityCard(T0Connection(Heard())).read(development())
    assert [answer.hex() for answer in answers if answer[-2] == 0x6C] == []
