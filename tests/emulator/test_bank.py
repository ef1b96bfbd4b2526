"""The bank's applet: found, read, and deaf to everything else; and it forgets nothing it heard."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_card import PIN, QUERY, SSSE, send

from card_profiles.profiles import BEIJING, PROFILES
from emulator.bank import BankHabits
from emulator.card import SoftwareCard
from emulator.facts import CardFacts, made_up_account, made_up_facts
from emulator.image import dump, load
from emulator.personalise import personalise

Maker = Callable[..., SoftwareCard]

PSE = "00A404000E315041592E5359532E4444463031"
PPSE = "00A404000E325041592E5359532E4444463031"
AID = "00A4040008A000000333010101"
GPO = "80A80000238321" + "00" * 33
FORMAT_2 = "770E82020000940808010100100102009000"
FORMAT_1 = "800A000008010100100102009000"
READ_1, READ_2, READ_3 = "00B2010C00", "00B2011400", "00B2021400"

# A name of 15 characters, 30 bytes: 26 fit tag 5F20.
LONG_NAME = "阿依古丽·买买提明·努尔艾合买提"


@pytest.fixture
def bank(card: SoftwareCard) -> SoftwareCard:
    """Give a Beijing card with the bank's application selected and nothing heard yet."""
    send(card, AID)
    card.os.bank.received.clear()
    return card


def test_a_whole_conversation(card: SoftwareCard) -> None:
    """Directory, application, options, records: the way of every bank terminal, by hand."""
    facts = made_up_facts(BEIJING, 1)
    assert facts.bank_account is not None
    assert facts.holder is not None
    number = facts.bank_account
    name = facts.holder.name.encode("gb18030")
    entry = "61194F08A000000333010101500A50424F43204445424954870101"
    expiry = f"{facts.expiry_date:%y%m%d}"
    assert send(card, PSE) == "6F1A840E315041592E5359532E4444463031A5088801015F2D027A689000"
    assert send(card, READ_1) == f"701B{entry}9000"
    assert send(card, "00B2020C00") == "6A83"
    assert send(card, PPSE) == f"6F30840E325041592E5359532E4444463031A51EBF0C1B{entry}9000"
    assert send(card, AID).startswith("6F368408A000000333010101A52A500A")
    assert send(card, GPO) == FORMAT_2
    track = f"{number}D{expiry[:4]}2200000F"
    holder = f"5F20{len(name):02X}{name.hex().upper()}"
    assert send(card, READ_1) == f"70{21 + len(name):02X}5710{track}{holder}9000"
    assert send(card, READ_2) == f"70125A0A{number}F5F2403{expiry}9000"
    assert send(card, READ_3) == "700A5F280201569F420201569000"


class TestDirectories:
    @pytest.mark.parametrize("select", [PSE, PPSE])
    def test_the_records_are_the_directory_s(self, card: SoftwareCard, select: str) -> None:
        """A directory has one file, and no account in it; nothing can be processed there."""
        send(card, select)
        assert "5A0A" not in send(card, READ_1)
        assert send(card, READ_2) == "6A82"
        assert send(card, GPO) == "6985"

    @pytest.mark.parametrize("select", [PSE, PPSE])
    def test_where_a_bank_has_none(self, card: SoftwareCard, select: str) -> None:
        """A terminal then tries the AIDs it knows; what was selected stays so."""
        card.os.bank.habits = BankHabits(directory=False)
        assert send(card, select) == "6A82"
        assert send(card, "00B2012C00").startswith("0110")

    @pytest.mark.parametrize("profile", ["gen1", "gen2", "gen3"])
    @pytest.mark.parametrize("select", [PSE, PPSE, AID])
    def test_cards_without_a_bank(self, virtual_card: Maker, profile: str, select: str) -> None:
        """Only the Beijing profile has the application, and nothing is heard where none is."""
        card = virtual_card(profile)
        assert send(card, select) == "6A82"
        assert card.os.bank.received == []

    def test_a_directory_is_behind_the_firewall(self, card: SoftwareCard) -> None:
        """Selecting it leaves social security just as selecting the application does."""
        send(card, PSE)
        assert send(card, "00B2012C00") == "6A82"
        assert send(card, PIN) == "6D00"
        assert send(card, SSSE).endswith("9000")
        assert send(card, "00B2012C00").startswith("0110")


class TestProcessing:
    def test_both_formats(self, bank: SoftwareCard) -> None:
        """Cards of the field answer in either; the list of records is the same."""
        assert send(bank, GPO) == FORMAT_2
        bank.os.bank.habits = BankHabits(format_1=True)
        send(bank, AID)
        assert send(bank, GPO) == FORMAT_1

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("80A80000028300", "6700"),
            ("80A80000228320" + "00" * 32, "6700"),
            ("80A80000248322" + "00" * 34, "6700"),
            ("80A80000238421" + "00" * 33, "6A80"),
            ("80A8000021" + "00" * 33, "6A80"),
            ("80A80100238321" + "00" * 33, "6A86"),
            ("00A80000238321" + "00" * 33, "6D00"),
        ],
    )
    def test_data_of_another_form(self, bank: SoftwareCard, command: str, sw: str) -> None:
        """Exactly the bytes of the PDOL in the template 83, or nothing happens."""
        assert send(bank, command) == sw
        assert send(bank, GPO) == FORMAT_2

    def test_once_a_selection(self, bank: SoftwareCard) -> None:
        """EMV 4.3 Book 3 §6.5.8: a second one is out of order until the next SELECT."""
        assert [send(bank, GPO), send(bank, GPO)] == [FORMAT_2, "6985"]
        send(bank, AID)
        assert send(bank, GPO) == FORMAT_2

    def test_records_wait_for_it_where_the_bank_wants_so(self, bank: SoftwareCard) -> None:
        """Some cards give no record before; and what was begun ends with reset and selection."""
        bank.os.bank.habits = BankHabits(processing_first=True)
        for end in (lambda: send(bank, AID), bank.reset, bank.power_off, bank.power_on):
            send(bank, AID)
            assert send(bank, READ_2) == "6985"
            send(bank, GPO)
            assert send(bank, READ_2).endswith("9000")
            end()
            send(bank, AID)
            assert send(bank, READ_2) == "6985"
        assert send(bank, PSE).endswith("9000")
        assert send(bank, READ_1).endswith("9000")

    def test_without_it_records_are_free(self, bank: SoftwareCard) -> None:
        """Many cards do not mind; one that cannot process at all still has its records."""
        bank.os.bank.habits = BankHabits(processing=False)
        assert send(bank, GPO) == "6985"
        assert send(bank, READ_2).endswith("9000")


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00B2021400", "9000"),
        ("00B2031400", "6A83"),
        ("00B2001400", "6A83"),
        ("00B2011C00", "6A82"),
        ("00B2012C00", "6A82"),
        ("00B2010400", "6A82"),
        ("00B2011500", "6A86"),
        ("00B2011000", "6A86"),
        ("00B20114", "6700"),
        ("80B2011400", "6D00"),
        ("0020000003123456", "6D00"),
        ("00200080082612345FFFFFFFFF", "6D00"),
        ("0020000000", "6D00"),
        ("805E010007123456FF654321", "6D00"),
        ("8424000004AABBCCDD", "6D00"),
        ("80AE800000", "6D00"),
        ("80CA9F1700", "6D00"),
        ("0082000008" + "00" * 8, "6D00"),
        ("00DC011402" + "7000", "6D00"),
        ("FFFFFFFF", "6D00"),
    ],
)
def test_all_it_answers(bank: SoftwareCard, command: str, sw: str) -> None:
    """Its own records by number; no command that takes, checks or counts a PIN is known."""
    before = bank.memory.cells()
    assert send(bank, command)[-4:] == sw
    assert bank.memory.cells() == before
    # P3 = 00 of the status query is "no data", on either side.
    heard = command[:8] if command == QUERY else command
    assert bank.os.bank.received == [bytes.fromhex(heard)]


class TestWitness:
    def test_hears_what_leads_there_and_what_comes_after(self, card: SoftwareCard) -> None:
        """SELECT in, all that is sent inside, SELECT out; nothing of the other side."""
        for command in (SSSE, PIN, QUERY, "00A4000002DF01"):
            send(card, command)
        inside = [AID, "0020000003999999", PPSE, "0084000008", GPO, SSSE]
        for command in inside:
            send(card, command)
        send(card, PIN)
        assert card.os.bank.received == [bytes.fromhex(each) for each in inside]

    @pytest.mark.parametrize("select", ["00A4000002DF10", "00A4010002DF10", "00A4040005A000000333"])
    def test_hears_every_way_in(self, card: SoftwareCard, select: str) -> None:
        """By file id or by half a name: there is no way in that it does not notice."""
        send(card, select)
        send(card, "0020000003999999")
        assert card.os.bank.received == [bytes.fromhex(select), bytes.fromhex("0020000003999999")]

    def test_on_contacts(self, virtual_card: Maker) -> None:
        """T=0 takes commands apart; what arrives is the same command."""
        card = virtual_card("beijing")
        assert send(card, AID) == "6138"
        send(card, "0020000003999999")
        assert card.os.bank.received == [bytes.fromhex(AID), bytes.fromhex("0020000003999999")]

    def test_survives_power_and_is_no_memory_of_the_card(self, card: SoftwareCard) -> None:
        """A test looks at it after the card has left; an image has nothing of it."""
        before = card.memory.cells()
        send(card, AID)
        card.power_off()
        card.power_on()
        card.reset()
        assert card.os.bank.received == [bytes.fromhex(AID)]
        assert card.memory.cells() == before
        assert load(dump(card)).os.bank.received == []

    def test_hears_nothing_after_a_reset(self, card: SoftwareCard) -> None:
        """After a reset the environment is current: its PIN is not the bank's to hear."""
        send(card, AID)
        card.reset()
        send(card, PIN)
        assert card.os.bank.received == [bytes.fromhex(AID)]

    def test_a_blocked_card_lets_nobody_in(self, card: SoftwareCard) -> None:
        """What was refused at the door did not arrive."""
        card.memory.write("bank.blocked", b"\1")
        assert [send(card, each) for each in (AID, PSE, PPSE)] == ["9303"] * 3
        assert card.os.bank.received == []

    @given(digits=st.text("0123456789", min_size=4, max_size=12))
    def test_service_pins_never_arrive(self, digits: str) -> None:
        """Whatever PIN is verified on the social security side, the applet hears none of it."""
        card = SoftwareCard.new(BEIJING, replace(made_up_facts(BEIJING, 1), pin=digits))
        coded = bytes.fromhex(digits + "F" * (len(digits) % 2))
        verify = bytes((0, 0x20, 0, 0, len(coded))) + coded
        for select in (AID, PSE):
            send(card, select)
            send(card, SSSE)
            assert card.transmit(verify) == b"\x90\x00"
        assert [each[1] for each in card.os.bank.received] == [0xA4] * 4


class TestPersonalising:
    def test_seeds_have_accounts_of_their_own(self) -> None:
        """Made-up numbers are different, 19 digits long and plainly a test's; sums are right."""
        numbers = [made_up_account(seed) for seed in range(500)]
        assert len(set(numbers)) == 500
        for number in numbers:
            assert number.startswith("620000")
            assert len(number) == 19
            doubled = [int(d) * (2 if at % 2 else 1) for at, d in enumerate(reversed(number))]
            assert sum(each // 10 + each % 10 for each in doubled) % 10 == 0
        assert numbers == [made_up_account(seed) for seed in range(500)]

    def test_only_where_the_profile_has_a_bank(self) -> None:
        """The other profiles' cards stay as they were, even where a fact is given."""
        for profile in PROFILES.values():
            facts = replace(made_up_facts(profile, 1), bank_account="6200000000000005")
            cells = {each for each in personalise(profile, facts) if each.startswith("bank.")}
            expected = {"bank.01.1", "bank.02.1", "bank.02.2"} if profile is BEIJING else set()
            assert cells == expected

    @pytest.mark.parametrize(
        ("name", "beginning"),
        [(LONG_NAME, LONG_NAME[:13]), ("A" + LONG_NAME, "A" + LONG_NAME[:12])],
    )
    def test_a_long_name(self, name: str, beginning: str) -> None:
        """5F20 has the beginning, cut between characters, 9F0B the whole name once more."""
        facts = made_up_facts(BEIJING, 1)
        assert facts.holder is not None
        record = personalise(BEIJING, replace(facts, holder=replace(facts.holder, name=name)))
        begun, whole = (each.encode("gb18030") for each in (beginning, name))
        assert record["bank.01.1"].endswith(
            b"\x5f\x20" + bytes((len(begun),)) + begun + b"\x9f\x0b" + bytes((len(whole),)) + whole
        )

    def test_nobody_s_account(self) -> None:
        """A card for nobody yet has an account and no name; one without account has no record."""
        facts: CardFacts = replace(made_up_facts(BEIJING, 1), holder=None)
        assert b"\x5f\x20" not in personalise(BEIJING, facts)["bank.01.1"]
        without = personalise(BEIJING, replace(facts, bank_account=None))
        assert not [each for each in without if each.startswith("bank.")]

    def test_an_image_from_before_there_were_records(self, card: SoftwareCard) -> None:
        """It loads and works; the application is there and has nothing to say."""
        data = dump(card)
        data["cells"] = {
            name: value for name, value in data["cells"].items() if not name.startswith("bank.")
        }
        old = load(data)
        assert send(old, AID).endswith("9000")
        assert send(old, GPO) == "6985"
        assert [send(old, each) for each in (READ_1, READ_2, READ_3)] == ["6A83"] * 3
        assert send(old, SSSE).endswith("9000")
