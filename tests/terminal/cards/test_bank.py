"""The bank's account: found on every kind of card, masked, and with nothing else ever asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bank_chip import (
    CASH,
    CREDIT,
    DEBIT,
    EXPIRY,
    FCI,
    MOST_COMMANDS,
    NAME,
    NUMBER,
    OPTIONS,
    PPSE,
    PSE,
    QUASI,
    TRANSIT_ENTRY,
    Chip,
    chip,
    codes,
    read,
    reason,
    template,
)
from hypothesis import given
from hypothesis import strategies as st

from apdu.atr import contactless_atr
from card_profiles.profiles import BEIJING
from emulator import hostile
from emulator.bank import BankHabits
from emulator.card import SoftwareCard
from emulator.facts import made_up_facts
from emulator.hostile import Scripted
from terminal.cards import bank as module
from terminal.cards.bank import BankAccount, BankApplication
from terminal.cards.social_security import SocialSecurityCard
from terminal.errors import CardRefused
from terminal.readers.connection import Wire
from terminal.readers.t0 import AnswerRules

Make = Callable[..., SoftwareCard]
Hold = Callable[[Any], Any]


def instructions(card: SoftwareCard) -> list[str]:
    return [each[:2].hex().upper() for each in card.os.bank.received]


class TestOurCard:
    @pytest.mark.parametrize(
        ("interface", "wire"), [("contact", Wire(12, 117, 202)), ("contactless", Wire(5, 85, 181))]
    )
    def test_account_and_cost(
        self, virtual_card: Make, held: Hold, interface: str, wire: Wire
    ) -> None:
        """On both sides the facts come back, for a counted number of TPDUs and bytes."""
        facts = made_up_facts(BEIJING, 1)
        assert facts.holder is not None
        hand = held(virtual_card("beijing", interface=interface))
        account = read(hand.connection)
        assert account.account_number.reveal() == facts.bank_account
        assert account.name is not None
        assert account.name.reveal() == facts.holder.name
        assert account.expiry_date == facts.expiry_date
        assert account.scheme == "PBOC DEBIT"
        assert codes(account) == []
        assert hand.wire == wire

    @pytest.mark.parametrize(
        ("habits", "commands"),
        [
            (BankHabits(), 5),
            (BankHabits(format_1=True), 5),
            (BankHabits(processing_first=True), 5),
            # Both directories are tried before the AIDs.
            (BankHabits(directory=False), 6),
            # The scan reads SFI 1 to its end before it comes to SFI 2.
            (BankHabits(processing=False), 6),
        ],
        ids=str,
    )
    def test_habits(
        self, virtual_card: Make, held: Hold, habits: BankHabits, commands: int
    ) -> None:
        """Both formats, with and without directory, options refused: the same account."""
        card = virtual_card("beijing", interface="contactless")
        card.os.bank.habits = habits
        hand = held(card)
        assert read(hand.connection) == read(held(virtual_card("beijing")).connection)
        assert hand.wire.commands == commands

    @pytest.mark.parametrize("seed", range(30))
    def test_other_people(self, virtual_card: Make, held: Hold, seed: int) -> None:
        """Long names of several parts among them, whose 5F20 is only the beginning."""
        facts = made_up_facts(BEIJING, seed)
        assert facts.holder is not None
        account = read(held(virtual_card("beijing", seed=seed)).connection)
        assert account.name is not None
        assert account.name.reveal() == facts.holder.name
        assert account.account_number.reveal() == facts.bank_account

    def test_two_records_and_not_the_third(self, virtual_card: Make, held: Hold) -> None:
        """What is listed behind number and name is not read: it is the bank's business."""
        card = virtual_card("beijing", interface="contactless")
        read(held(card).connection)
        records = [each.hex() for each in card.os.bank.received if each[1] == 0xB2]
        assert records == ["00b2010c00", "00b2011400"]

    def test_no_digit_shows(self, virtual_card: Make, held: Hold) -> None:
        """repr, str and format of account and values show four digits and one character."""
        account = read(held(virtual_card("beijing")).connection)
        assert account.name is not None
        number, name = account.account_number.reveal(), account.name.reveal()
        shown = [f"{account}", repr(account), f"{account!s:>9}", str(account.account_number)]
        shown += [f"{account.account_number:>30}", repr([account.name]), f"{account.name}"]
        for text in shown:
            assert number[:-4] not in text
            assert name not in text
        assert str(account.account_number) == "*" * 15 + number[-4:]

    def test_keys_are_forgotten_and_the_holder_is_not(self, virtual_card: Make, held: Hold) -> None:
        """Why the bank comes last: EF06 is shut again, what the holder proved still counts."""
        card = virtual_card("beijing")
        hand = held(card)
        hand.read()
        hand.connection.transmit(bytes.fromhex("0020000003123456"))
        read(hand.connection)
        social = SocialSecurityCard(hand.connection)
        social.select()
        with pytest.raises(CardRefused) as caught:
            social.read_holder(3)
        assert caught.value.facts["sw"] == "6982"
        assert hand.read().holder.name is not None
        hand.connection.transmit(bytes.fromhex("00A4000002DF01"))
        assert hand.connection.transmit(bytes.fromhex("00B2013400"))[-2:] == b"\x90\x00"


class TestFinding:
    @pytest.mark.parametrize(("select", "scheme"), [(CREDIT, "02"), (QUASI, "03"), (CASH, "06")])
    def test_without_directory(self, select: str, scheme: str) -> None:
        """Debit, credit, quasi-credit and e-cash are tried in this order, and no more."""
        fci = f"6F0A8408A0000003330101{scheme}"
        card = Chip({select: fci, "80A80000": OPTIONS, "00B2010C": template("70", NUMBER, NAME)})
        account = read(card)
        tried = [each[:26] for each in card.log if each[:4] == "00A4"]
        order = [PSE[:26], PPSE[:26], DEBIT, CREDIT, QUASI, CASH]
        assert tried == order[: order.index(select) + 1]
        assert account.scheme == {"02": "PBOC CREDIT", "03": "PBOC QUASI CREDIT"}.get(
            scheme, "PBOC E-CASH"
        )

    @pytest.mark.parametrize(
        ("atr", "first"), [(hostile.ATR, PSE), (contactless_atr(bytes(13)), PPSE), (b"", PSE)]
    )
    def test_the_directory_of_this_side_comes_first(self, atr: bytes, first: str) -> None:
        """A terminal on the other side's directory would cost a command on every card."""
        card = chip(NUMBER, NAME, atr=atr)
        read(card)
        assert card.log[0] == first + "00"

    def test_priority(self) -> None:
        """The entry of the highest priority is taken, 1 before 2 before none."""
        entries = [
            template("61", template("4F", aid), more)
            for aid, more in (
                ("A000000333010106", ""),
                ("A000000333010102", "870102"),
                ("A000000333010103", "8701F1"),
            )
        ]
        directory = template("6F", template("A5", template("BF0C", *entries)))
        card = Chip(
            {
                PSE: directory,
                QUASI: "6283",
                CREDIT: FCI,
                "80A80000": OPTIONS,
                "00B2010C": template("70", NUMBER, NAME),
            }
        )
        assert read(card).account_number.reveal() == "6200000000000005"
        assert [each[:26] for each in card.log if each[:4] == "00A4"][1:] == [QUASI, CREDIT]

    def test_the_transit_application_in_the_directory(self) -> None:
        """A contactless directory may list T-Union, even first: that is no bank."""
        bank_entry = template("61", "4F08A000000333010102")
        directory = template("6F", template("A5", template("BF0C", TRANSIT_ENTRY, bank_entry)))
        card = chip(NUMBER, NAME, answers={PSE: directory, CREDIT: FCI})
        read(card)
        assert [each[:26] for each in card.log if each[:4] == "00A4"] == [PSE[:26], CREDIT]

    def test_a_directory_in_records(self) -> None:
        """SFI 88 of the FCI is read up to the first UnionPay entry, here in record 2."""
        answers = {
            PSE: template("6F", "840E315041592E5359532E4444463031", template("A5", "880102")),
            "00B20114": template("70", TRANSIT_ENTRY),
            "00B20214": template("70", template("61", "4F09A00000033301010201")),
            "00A4040009A00000033301010201": FCI,
            "00B20314": "6F00",
        }
        card = chip(NUMBER, NAME, answers=answers)
        read(card)
        assert [each[:8] for each in card.log] == [
            *("00A40400", "00B20114", "00B20214", "00A40400", "80A80000", "00B2010C")
        ]

    @pytest.mark.parametrize("sfi", ["00", "1F", "FF", "0101"])
    def test_a_directory_nowhere(self, sfi: str) -> None:
        """A short file id that is none is not read; the known AIDs go on."""
        directory = template("6F", template("A5", template("88", sfi)))
        card = chip(NUMBER, NAME, answers={PSE: directory})
        read(card)
        assert [each[:8] for each in card.log[:3]] == ["00A40400"] * 3

    @pytest.mark.parametrize("profile", ["gen1", "gen2", "gen3"])
    def test_no_bank_on_the_card(self, virtual_card: Make, held: Hold, profile: str) -> None:
        """The first generations have none; six SELECTs tell, and the error says so."""
        hand = held(virtual_card(profile))
        assert reason(hand.connection) == "SELECT: 6A82"
        assert hand.wire.commands == 6

    def test_nothing_in_it(self, virtual_card: Make, held: Hold) -> None:
        """An application without an account says so, within the bounds."""
        facts = replace(made_up_facts(BEIJING, 1), bank_account=None)
        hand = held(virtual_card("beijing", facts=facts))
        assert "no account number" in reason(hand.connection)
        assert hand.wire.commands <= MOST_COMMANDS

    @pytest.mark.parametrize(("cell", "word"), [("bank.blocked", "9303"), ("blocked", "6A81")])
    def test_blocked(self, virtual_card: Make, held: Hold, cell: str, word: str) -> None:
        """What the card says of it stands in the error: the bank has to help."""
        card = virtual_card("beijing")
        card.memory.write(cell, b"\1")
        assert word in reason(held(card).connection)


class TestProcessing:
    @pytest.mark.parametrize(
        ("pdol", "data"),
        [
            ("", "028300"),
            ("9F1A02", "0483020156"),
            ("9F1A03", "058303000000"),
            ("5F2A02 9C01 9F3704", "0983070156 00 00000000"),
            (
                "9F6604 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704",
                "238321 00000000 000000000000 000000000000 0156 0000000000 0156 000000 00 00000000",
            ),
            ("9F1A02 957F", "84838181 0156" + "00" * 127),
        ],
    )
    def test_what_the_card_wants(self, pdol: str, data: str) -> None:
        """Country 156 and the yuan, all else zeros, of exactly the length asked for."""
        wanted = bytes.fromhex(pdol)
        fci = template("6F", template("A5", template("9F38", pdol))) if wanted else FCI
        card = chip(NUMBER, NAME, answers={DEBIT: fci})
        read(card)
        (sent,) = [each for each in card.log if each.startswith("80A8")]
        assert sent == "80A80000" + data.replace(" ", "") + "00"

    @pytest.mark.parametrize("pdol", ["9F1A", "9580", "957F 957F", "9F818283848501", "9F1A029F"])
    def test_lists_that_no_command_can_serve(self, pdol: str) -> None:
        """Broken or too long: options are not asked for, and the usual places are read."""
        fci = template("6F", template("A5", template("9F38", pdol)))
        card = chip(NUMBER, NAME, answers={DEBIT: fci})
        account = read(card)
        assert account.account_number.reveal() == "6200000000000005"
        assert codes(account) == ["odd_fci", "missing_item"]
        assert not [each for each in card.log if each.startswith("80A8")]

    def test_track_2_in_the_options(self) -> None:
        """A contactless card may give all there is with its options; then nothing is read."""
        options = template("77", "82020000", "940408010100", NUMBER, NAME, EXPIRY)
        card = chip(answers={"80A80000": options})
        assert read(card).account_number.reveal() == "6200000000000005"
        assert not [each for each in card.log if each.startswith("00B2")]

    def test_format_1_beyond_the_first_files(self) -> None:
        """The list decides, also for a file that no scan would try."""
        card = chip(
            answers={
                "80A80000": "800A 0000 28020200 F0010100",
                "00B2022C": template("70", NAME),
                "00B201F4": template("70", NUMBER),
            }
        )
        assert read(card).account_number.reveal() == "6200000000000005"
        assert [each[:8] for each in card.log[-2:]] == ["00B2022C", "00B201F4"]

    @pytest.mark.parametrize(
        "locator", ["", "0801", "080101", "00010100", "F8010100", "08000100", "08020100"]
    )
    def test_lists_of_nothing(self, locator: str) -> None:
        """A list without a record of sense is noted, and the usual places are read."""
        card = chip(NUMBER, NAME, answers={"80A80000": template("77", template("94", locator))})
        account = read(card)
        assert account.account_number.reveal() == "6200000000000005"
        assert "odd_value" in codes(account)

    def test_a_scan_stops_where_a_file_ends(self) -> None:
        """Options refused: each file is read up to its first record that is not there."""
        card = chip(
            answers={
                "80A80000": "6985",
                "00B20124": template("70", NUMBER, NAME),
                "00B2010C": template("70", EXPIRY),
            }
        )
        assert read(card).expiry_date == date(2036, 1, 31)
        assert [each[:8] for each in card.log if each.startswith("00B2")] == [
            *("00B2010C", "00B2020C", "00B20114", "00B2011C", "00B20124")
        ]

    @pytest.mark.parametrize("word", ["6982", "6985", "6F00"])
    def test_a_record_refused(self, word: str) -> None:
        """Of the listed records one may be shut; the others are read all the same."""
        card = chip(
            answers={
                "80A80000": template("77", "940408010200"),
                "00B2010C": word,
                "00B2020C": template("70", NUMBER, NAME),
            }
        )
        assert read(card).account_number.reveal() == "6200000000000005"

    @pytest.mark.parametrize(("word", "taken"), [("6282", True), ("6281", False), ("6985", False)])
    def test_only_what_the_card_vouches_for(self, word: str, taken: bool) -> None:
        """Data beside "shorter than asked" is taken; beside "may be corrupted" it is not."""
        inner = chip(NUMBER, NAME)

        def answer(command: bytes) -> bytes:
            said = inner.transmit(command)
            return said[:-2] + bytes.fromhex(word) if command[1] == 0xB2 else said

        card = Scripted(answer, protocol="T=1")
        if taken:
            assert read(card).account_number.reveal() == "6200000000000005"
        else:
            assert "no account number" in reason(card)

    def test_the_first_of_two_numbers(self) -> None:
        """A second number in a later record, perhaps of another account, changes nothing."""
        card = chip(
            NUMBER,
            answers={
                "80A80000": template("77", "940408010200"),
                "00B2020C": template("70", "5A084111111111111111", NAME),
            },
        )
        assert read(card).account_number.reveal() == "6200000000000005"


class TestNothingElse:
    """The bank's own secret is not this counter's: there is no way to ask for it or send it."""

    def test_three_commands_and_no_other(self, virtual_card: Make, held: Hold) -> None:
        """Over all habits and both sides: SELECT, GET PROCESSING OPTIONS, READ RECORD."""
        seen: set[str] = set()
        for side in ("contact", "contactless"):
            for habits in (BankHabits(), BankHabits(processing=False), BankHabits(directory=False)):
                card = virtual_card("beijing", interface=side)
                card.os.bank.habits = habits
                read(held(card).connection)
                seen |= set(instructions(card))
        assert seen == {"00A4", "80A8", "00B2"}

    @given(digits=st.text("0123456789", min_size=4, max_size=12), when=st.booleans())
    def test_a_service_pin_never_arrives(self, digits: str, when: bool) -> None:
        """Verified before or after, in BCD, as text or as a number: the applet has not seen it."""
        facts = replace(made_up_facts(BEIJING, 1), pin=digits)
        card = SoftwareCard.new(BEIJING, facts, interface="contactless")
        connection = AnswerRules(card)
        social = SocialSecurityCard(connection)
        coded = bytes.fromhex(digits + "F" * (len(digits) % 2))
        verify = bytes((0, 0x20, 0, 0, len(coded))) + coded
        for first in (when, not when):
            if first:
                social.select()
                assert connection.transmit(verify) == b"\x90\x00"
            else:
                read(connection)
        # Nothing that is sent there depends on the digits: these bytes, and SELECT to leave.
        heard = [each.hex().upper() for each in card.os.bank.received]
        zeros = "00" * 16 + "0156" + "00" * 5 + "0156" + "00" * 8
        assert heard[:5] == [
            *(PPSE + "00", DEBIT + "00", f"80A80000238321{zeros}00", "00B2010C00", "00B2011400")
        ]
        assert [each[:8] for each in heard[5:]] == ([] if when else ["00A40400"])

    def test_no_word_of_it(self) -> None:
        """Neither a name nor a text of the module speaks of a PIN."""
        text = Path(str(module.__file__)).read_text("utf-8")
        assert re.findall(r"(?i)\bpin\b|pin_|_pin|密码|verify", text) == []
        assert {each.name for each in fields(BankAccount)} == {
            *("scheme", "account_number", "name", "expiry_date", "notes")
        }
        assert [each for each in vars(BankApplication) if not each.startswith("_")] == ["read"]
