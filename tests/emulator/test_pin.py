"""The service PIN in the card: asked for, proved, changed, blocked, torn."""

from dataclasses import replace
from itertools import count

import pytest
from raw_card import PIN, QUERY, WRONG_PIN, Maker, Worked, cut, send

from emulator.card import Interface, SoftwareCard
from emulator.card_os import Habits
from emulator.memory import PowerCut


@pytest.fixture(params=["contact", "contactless"])
def either(request: pytest.FixtureRequest, virtual_card: Maker) -> SoftwareCard:
    """Give a card on T=0, then one on T=1."""
    interface: Interface = request.param
    return virtual_card("beijing", interface=interface)


class TestPin:
    def test_query(self, either: SoftwareCard) -> None:
        """0020000000 asks for the tries left and spends none, in both protocols."""
        assert [send(either, QUERY) for _ in range(3)] == ["63C6"] * 3
        send(either, WRONG_PIN)
        assert send(either, QUERY) == "63C5"
        assert send(either, "00200000") == "63C5"

    def test_six_wrong_block_it(self, either: SoftwareCard) -> None:
        """63C5 down to 63C0, then 6983, also for the right PIN, the query and a change (§5)."""
        answers = [send(either, WRONG_PIN) for _ in range(7)]
        assert answers == [f"63C{left}" for left in (5, 4, 3, 2, 1, 0)] + ["6983"]
        assert send(either, PIN) == send(either, QUERY) == "6983"
        assert send(either, "805E010007123456FF654321") == "6983"
        either.reset()
        assert send(either, PIN) == "6983"

    def test_success_restores(self, either: SoftwareCard) -> None:
        """One right PIN gives all tries back."""
        send(either, WRONG_PIN)
        assert send(either, PIN) == "9000"
        assert send(either, QUERY) == "63C6"

    def test_lasts_until_power_off(self, either: SoftwareCard) -> None:
        """One global PIN for all applications, over every SELECT, until reset (§5)."""
        assert send(either, PIN) == "9000"
        for visited in ("DF01", "DF02", "DF04", "3F00", "DF01"):
            send(either, f"00A4000002{visited}")
        assert opened(either)
        either.reset()
        send(either, "00A4000002DF01")
        assert not opened(either)

    def test_a_wrong_pin_takes_the_proof_back(self, either: SoftwareCard) -> None:
        """Who does not know the PIN the second time is not its holder."""
        send(either, PIN)
        send(either, WRONG_PIN)
        send(either, "00A4000002DF01")
        assert not opened(either)

    def test_change(self, either: SoftwareCard) -> None:
        """805E0100 needs the old PIN and no VERIFY before; the old one is then wrong."""
        assert send(either, "805E010007123456FF654321") == "9000"
        assert send(either, PIN) == "63C5"
        assert send(either, "0020000003654321") == "9000"

    def test_change_with_a_wrong_old_pin(self, either: SoftwareCard) -> None:
        """Guessing by CHANGE PIN costs tries as VERIFY does, and changes nothing."""
        assert send(either, "805E010007111111FF654321") == "63C5"
        assert send(either, WRONG_PIN) == "63C4"
        assert send(either, PIN) == "9000"

    def test_odd_digits(self, either: SoftwareCard) -> None:
        """Five digits end in the nibble F, beside the FF that parts old and new."""
        assert send(either, "805E010007123456FF12345F") == "9000"
        assert send(either, "002000000312345F") == "9000"
        assert send(either, "805E01000712345FFF123456") == "9000"
        assert send(either, PIN) == "9000"

    @pytest.mark.parametrize(
        "data",
        [
            "123456654321",
            "123456FF",
            "FF654321",
            "12FF654321",
            "123456FF12",
            "123456FF123F",
            "123456FF12345A",
            "123456FF1F3456",
            "123456FF1234FF",
            "123456FF123456789012345678",
        ],
    )
    def test_malformed_changes(self, either: SoftwareCard, data: str) -> None:
        """What is not old‖FF‖new with at least four digits is 6A80 and costs no try."""
        assert send(either, f"805E0100{len(data) // 2:02X}{data}") == "6A80"
        assert send(either, QUERY) == "63C6"
        assert send(either, PIN) == "9000"

    @pytest.mark.parametrize("data", ["12", "123456789012345678"])
    def test_wrong_lengths(self, either: SoftwareCard, data: str) -> None:
        """VERIFY takes 2 to 8 bytes (§5): 6700, and no try is lost."""
        assert send(either, f"00200000{len(data) // 2:02X}{data}") == "6700"
        assert send(either, QUERY) == "63C6"

    @pytest.mark.parametrize("command", ["0020000103123456", "805E010107123456FF654321"])
    def test_there_is_one_pin(self, either: SoftwareCard, command: str) -> None:
        """Another reference in P2 means another PIN, and there is none."""
        assert send(either, command) == "6A86"

    def test_a_card_without_pin(self, virtual_card: Maker, worked: Worked) -> None:
        """The query answers 9000, VERIFY and CHANGE PIN have nothing to compare with: 6984."""
        card = virtual_card("beijing", facts=replace(worked["P1"][1], pin=None))
        assert send(card, QUERY) == "9000"
        assert send(card, PIN) == "6984"
        assert send(card, "805E010007123456FF654321") == "6984"
        send(card, "00A4000002DF01")
        assert not opened(card)

    @pytest.mark.parametrize("command", [PIN, WRONG_PIN, "805E010007123456FF654321"])
    def test_torn_at_every_write(self, virtual_card: Maker, command: str) -> None:
        """A try is gone before the comparison; the PIN is the old one or, at the end, the new."""
        for number in count(1):
            card = virtual_card("beijing", interface="contactless")
            cut(card, number)
            try:
                send(card, command)
            except PowerCut:
                card.memory.before_write = None
                card.power_on()
            else:
                break
            send(card, "00A4000002DF01")
            assert not opened(card)
            assert send(card, QUERY) == {1: "63C6", 2: "63C5", 3: "63C6"}[number]
            assert send(card, PIN) == "9000"
        assert number == {PIN: 3, WRONG_PIN: 2}.get(command, 4)


def opened(card: SoftwareCard) -> bool:
    """Tell whether DF01's contact file can be read, DF01 being current."""
    answer = send(card, "00B2013400")
    assert answer == "6982" or answer[:2] == "6C" or answer.endswith("9000")
    return answer != "6982"


def test_a_verified_pin_answers_ok(virtual_card: Maker) -> None:
    """ISO/IEC 7816-4 §11.5.6 against §5 of the reference: a habit, until the power goes."""
    card = virtual_card("gen3", habits=Habits(verified_answers_ok=True))
    assert send(card, QUERY) == "63C6"
    assert send(card, PIN) == "9000"
    assert send(card, QUERY) == "9000"
    assert send(card, WRONG_PIN) == "63C5"
    assert send(card, QUERY) == "63C5"
    card.reset()
    assert send(card, QUERY) == "63C5"
