"""The transit application of a social security card: how it is made, kept and taken away."""

import json
from dataclasses import replace

from purse_chip import AID, BALANCE, chip, send

from apdu.purse import Purse
from card_profiles import transit
from card_profiles.profiles import BEIJING, PROFILES
from card_profiles.transit import TRANSIT
from emulator.card import SoftwareCard
from emulator.facts import made_up_facts
from emulator.image import dump, load
from emulator.personalise import personalise
from emulator.purse_state import (
    Account,
    account_cells,
    aid_cell,
    block_cell,
    file_cell,
    key_cell,
    money_cell,
    pin_cell,
)

READ = {0x15: "00B095001E", 0x16: "00B0960037", 0x17: "00B097003C"}


def test_names_of_cells() -> None:
    """Images on disks are made of them: what is named anew is lost to a card that was kept."""
    names = [
        file_cell("transit", 0x18),
        key_cell("transit", 0x3F),
        money_cell("transit", Purse.PASSBOOK, "online"),
        pin_cell("transit"),
        block_cell("transit"),
        aid_cell("transit"),
    ]
    assert names == [
        "transit.0018",
        "transit.key.3F",
        "transit.passbook.online",
        "transit.PIN",
        "transit.blocked",
        "transit.AID",
    ]
    assert account_cells("transit", Purse.PURSE, Account(0x01020304, 0x0A0B0C, 5, 6)) == {
        "transit.purse.available": b"\1\2\3\4",
        "transit.purse.limit": b"\x0a\x0b\x0c",
        "transit.purse.online": b"\0\5",
        "transit.purse.offline": b"\0\6",
    }


def test_a_made_up_card_is_in_order() -> None:
    """Every file decodes by its description, and no trip is unfinished."""
    facts = made_up_facts(BEIJING, 1)
    card = SoftwareCard.new(BEIJING, facts, interface="contactless")
    send(card, AID)
    assert facts.transit is not None
    for file in TRANSIT.files:
        for number, item in enumerate(file.items, 1):
            command = READ.get(file.fid, f"00B2{number:02X}{file.sfi << 3 | 4:02X}00")
            answer = send(card, command)
            if file.fid in {transit.EF_LOG, transit.EF_TRIPS}:
                assert answer == "6A83"
                continue
            value = item.field.decode(bytes.fromhex(answer[:-4]))
            assert value.get("state", transit.INITIAL) == transit.INITIAL
            if file.fid == transit.EF_PUBLIC:
                assert value["serial"] == facts.transit.serial
                assert (value["kinds"], value["enabled"]) == (2, transit.IN_USE)
            if file.fid == transit.EF_MANAGEMENT:
                assert (value["city"], value["kind"]) == (transit.BEIJING, 1)
    assert send(card, BALANCE) == "000000009000"
    assert send(card, "805C000104") == "6A82"


def test_access_is_as_described() -> None:
    """Free to read, written under the maintenance key or by the card alone (§2)."""
    for file in TRANSIT.files:
        assert str(file.read) == "free"
        written = file.fid in {transit.EF_PUBLIC, transit.EF_HOLDER, transit.EF_MANAGEMENT}
        assert str(file.write) == ("key 36" if written else "never")


def test_only_where_the_profile_has_it() -> None:
    """The other profiles' cards stay as they were, even where a fact is given."""
    given = made_up_facts(BEIJING, 1).transit
    for profile in PROFILES.values():
        facts = made_up_facts(profile, 1)
        assert (facts.transit is not None) == (profile is BEIJING)
        cells = personalise(profile, replace(facts, transit=given))
        assert any(name.startswith("transit.") for name in cells) == (profile is BEIJING)


def test_a_card_without() -> None:
    """Not put into use: it is selected, says no more than its name, and has nothing."""
    facts = replace(made_up_facts(BEIJING, 1), transit=None)
    card = SoftwareCard.new(BEIJING, facts, interface="contactless")
    assert send(card, AID) == "6F108408A000000632010105A5049F0801029000"
    for command in (BALANCE, "00B095001E"):
        assert send(card, command) == "6A82"
    assert send(card, "00B201D480") == "6A83"


def test_an_image_is_the_same_card() -> None:
    """Money, counters, log and proofs are in cells, and so in an image."""
    card = chip(purse=Account(1000, 0, 1, 2))
    data = json.loads(json.dumps(dump(card)))
    again = load(data)
    send(again, AID)
    assert send(again, BALANCE) == "000003E89000"
    assert again.memory.cells() == card.memory.cells()


def test_a_phone_s_instance() -> None:
    """The application under a longer name, in the search for the next as well."""
    aid = transit.PHONE_AIDS[0]
    card = chip(facts={"aid": aid}, selected=False)
    assert f"8410{aid.hex().upper()}" in send(card, AID)
    assert send(card, f"00A4040010{aid.hex()}").endswith("9000")
    assert send(card, "00A4040205A000000632").endswith("9000")
    assert send(card, "00A4040205A000000632") == "6A82"


def test_on_contacts() -> None:
    """T=0 tells what is waiting, and takes the MAC of a protected READ for data."""
    card = SoftwareCard.new(BEIJING, made_up_facts(BEIJING, 1))
    assert send(card, AID) == "6133"
    assert send(card, "805C000200") == "6C04"
    assert send(card, BALANCE) == "000000009000"
    assert send(card, "805000020B01000000010000000000 01") == "6110"
    assert len(send(card, "00C0000010")) == 36
    assert send(card, "04B0950004AABBCCDD") == "6984"
    challenge = bytes.fromhex(send(card, "0084000004")[:-4])
    from apdu import secure_messaging
    from apdu.command import Command

    key = card.memory.read("transit.key.36")
    assert key is not None
    made = secure_messaging.protect(Command(0, 0xB0, 0x95, 0), key, challenge)
    assert card.transmit(made.encode()) == b"\x61\x22"
    assert len(card.transmit(bytes.fromhex("00C0000022"))) == 30 + 4 + 2
