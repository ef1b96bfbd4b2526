"""Proving a key: worked examples, challenges, tries, and how long a proof lasts."""

import hmac
from itertools import count

import pytest
from pytest_mock import MockerFixture
from raw_card import CHALLENGE, PIN, SSSE, Maker, Prove, Worked, challenge, cryptogram, cut, send

from emulator.card import SoftwareCard
from emulator.memory import PowerCut
from emulator.randomness import Randomness

# --- Worked authentications ----------------------------------------------------------------


class TestWorkedExamples:
    """The values of card-interface-functions.md §12, computed outside of this project."""

    def test_mutual_authentication_of_p1(self, worked: Worked) -> None:
        """E2: challenges leave the card as A1…, 11…, B1…, 99…, and the answers fit them."""
        challenges = ["A1A2A3A4A5A6A7A8", "1122334455667788", "B1B2B3B4B5B6B7B8"]
        challenges.append("99AABBCCDDEEFF00")
        card = SoftwareCard.new(
            *worked["P1"], randomness=Randomness(map(bytes.fromhex, challenges))
        )
        card.power_on()
        assert send(card, SSSE) == "611E"
        assert [send(card, CHALLENGE) for _ in range(2)] == [f"{c}9000" for c in challenges[:2]]
        internal = f"0088000010{challenges[1]}{challenges[0]}"
        assert send(card, internal) == "6108"
        assert send(card, "00C0000008") == "F3610F94C1077F0E9000"
        assert [send(card, CHALLENGE) for _ in range(2)] == [f"{c}9000" for c in challenges[2:]]
        assert send(card, "00B2013414") == "6982"
        assert send(card, f"0082000A104850166F191CF5D2{challenges[2]}") == "9000"
        assert send(card, "00B2013414") == "0812303030303030313939303031303130303138" + "9000"

    def test_the_last_challenge_is_the_factor(self, worked: Worked) -> None:
        """The same proof over the challenge before the last is wrong."""
        script = map(bytes.fromhex, ("99AABBCCDDEEFF00", "B1B2B3B4B5B6B7B8"))
        card = SoftwareCard.new(*worked["P1"], randomness=Randomness(script))
        send(card, CHALLENGE)
        send(card, CHALLENGE)
        assert send(card, "0082000A104850166F191CF5D2B1B2B3B4B5B6B7B8") == "63C2"

    def test_unblock_key_of_p1(self, worked: Worked) -> None:
        """The PUK's vector, by which the PIN is reset at the counter (§4.2)."""
        script = [bytes.fromhex("0102030405060708")]
        card = SoftwareCard.new(*worked["P1"], randomness=Randomness(script))
        send(card, CHALLENGE)
        assert send(card, "0082000610E6013E7BDD8A803DC1C2C3C4C5C6C7C8") == "9000"

    def test_internal_authentication_of_p2(self, worked: Worked) -> None:
        """The 3DES card proves itself with the value of the reference."""
        card = SoftwareCard.new(*worked["P2"])
        assert send(card, "008800001020212223242526273031323334353637") == "6108"
        assert send(card, "00C0000008") == "40B3425422D85C549000"

    @pytest.mark.parametrize("version", ["00", "01"])
    def test_key_version(self, worked: Worked, version: str) -> None:
        """The optional 17th byte names the key's version (§8.1)."""
        card = SoftwareCard.new(*worked["P2"])
        data = "20212223242526273031323334353637"
        assert send(card, f"0088000011{data}{version}") == "6108"
        assert send(card, f"0088000011{data}02") == "6A88"


# --- Challenges ----------------------------------------------------------------------------


class TestChallenge:
    @pytest.mark.parametrize("size", [4, 8, 16])
    def test_sizes(self, card: SoftwareCard, size: int) -> None:
        """4, 8 or 16 bytes, never the same twice; a longer one counts by its first 8."""
        first, second = challenge(card, size), challenge(card, size)
        assert first != second
        assert send(card, cryptogram(card, 0x0A, second[:8])) == "9000"

    @pytest.mark.parametrize("size", [1, 7, 9, 15, 17, 0])
    def test_other_sizes(self, card: SoftwareCard, size: int) -> None:
        """Anything else is 6700, and does not disturb the challenge before it."""
        before = challenge(card)
        assert send(card, f"00840000{size:02X}") == "6700"
        assert send(card, cryptogram(card, 0x0A, before)) == "9000"

    def test_none_asked_for(self, card: SoftwareCard) -> None:
        """Without a challenge even the right key proves nothing, and no try is lost: 6984."""
        command = cryptogram(card, 0x0A, bytes(8))
        assert [send(card, command) for _ in range(5)] == ["6984"] * 5

    @pytest.mark.parametrize("right", [True, False])
    def test_single_use(self, card: SoftwareCard, right: bool) -> None:
        """A challenge is used up by its answer, right or wrong; a replay finds none."""
        command = cryptogram(card, 0x0A, challenge(card))
        answer = send(card, command if right else command[:10] + "00" * 16)
        assert answer == ("9000" if right else "63C2")
        assert send(card, command) == "6984"

    @pytest.mark.parametrize("end", [SSSE, "00A4000002DF01", "reset", "power"])
    def test_gone_with_the_application_and_the_session(self, card: SoftwareCard, end: str) -> None:
        """A challenge belongs to one session of one application."""
        command = cryptogram(card, 0x0A, challenge(card))
        if end == "reset":
            card.reset()
        elif end == "power":
            card.power_off()
            card.power_on()
        else:
            send(card, end)
        assert send(card, command) == "6984"

    def test_kept_over_other_commands(self, card: SoftwareCard) -> None:
        """Reading, selecting an EF and a wrong length between the two do no harm."""
        command = cryptogram(card, 0x0A, challenge(card))
        for between in ("00A4020002EF05", "00B2010400", "0082000A0100", "00A4040005F000000000"):
            send(card, between)
        assert send(card, command) == "9000"


# --- Keys ----------------------------------------------------------------------------------


class TestExternalAuthentication:
    def test_three_wrong_lock_the_key(self, card: SoftwareCard, prove: Prove) -> None:
        """63C2, 63C1, 63C0, then 6983 for good, also with the right answer (§4.2)."""
        wrong = [prove(card, 0x0A, wrong=True) for _ in range(4)]
        assert wrong == ["63C2", "63C1", "63C0", "6983"]
        assert prove(card, 0x0A) == "6983"
        card.power_off()
        card.power_on()
        assert prove(card, 0x0A) == "6983"

    def test_keys_lock_one_by_one(self, card: SoftwareCard, prove: Prove) -> None:
        """A locked read key does not lock the update key, nor the PIN."""
        for _ in range(3):
            prove(card, 0x0A, wrong=True)
        assert prove(card, 0x04) == "9000"
        assert send(card, PIN) == "9000"

    def test_success_restores_the_tries(self, card: SoftwareCard, prove: Prove) -> None:
        """A clerk's bad contact must not lock a key over the years."""
        answers = [prove(card, 0x0A, wrong=wrong) for wrong in (True, True, False, True)]
        assert answers == ["63C2", "63C1", "9000", "63C2"]

    def test_a_wrong_answer_takes_the_proof_back(self, card: SoftwareCard, prove: Prove) -> None:
        """Who fails after having succeeded is out again."""
        prove(card, 0x0A)
        assert send(card, "00B2013400").endswith("9000")
        prove(card, 0x0A, wrong=True)
        assert send(card, "00B2013400") == "6982"

    def test_maintenance_keys_do_not_lock(self, card: SoftwareCard, prove: Prove) -> None:
        """Failures for application or card block do not lock those keys (§8.3)."""
        assert {prove(card, 0x02, wrong=True) for _ in range(20)} == {"6300"}
        assert prove(card, 0x02) == "9000"

    @pytest.mark.parametrize("right", [True, False])
    def test_a_try_is_spent_before_it_is_judged(
        self, virtual_card: Maker, prove: Prove, right: bool
    ) -> None:
        """Cutting the power at any write never gives a free guess, nor a proof."""
        for number in count(1):
            card = virtual_card("beijing", interface="contactless")
            command = cryptogram(card, 0x0A, challenge(card))
            if not right:
                command = command[:10] + "00" * 16
            cut(card, number)
            try:
                answer = send(card, command)
            except PowerCut:
                card.power_off()
                card.memory.before_write = None
                card.power_on()
                spent = 0 if number == 1 else 1
                assert send(card, "00B2013400") == "6982"
                assert prove(card, 0x0A, wrong=True) == f"63C{2 - spent}"
            else:
                assert answer == ("9000" if right else "63C2")
                assert number == (3 if right else 2)
                break

    def test_what_is_spent_when_it_is_judged(
        self, card: SoftwareCard, prove: Prove, mocker: MockerFixture
    ) -> None:
        """Whoever watches the comparison from outside finds the try already gone."""
        left = []
        compare = hmac.compare_digest

        def watched(one: bytes, two: bytes) -> bool:
            cells = card.memory.cells()
            left.append((cells["SSSE.key.0A.tries"][0], cells["PIN.tries"][0]))
            return compare(one, two)

        mocker.patch("hmac.compare_digest", watched)
        prove(card, 0x0A)
        send(card, PIN)
        send(card, "805E010007123456FF123456")
        assert left == [(2, 6), (3, 5), (3, 5)]

    @pytest.mark.parametrize("command", ["008200FF10", "008200071", "0082008310"])
    def test_unknown_keys(self, card: SoftwareCard, command: str) -> None:
        """No such key, here or in the current DF: 6A88, and the challenge is kept."""
        header = command.ljust(10, "0")
        proof = cryptogram(card, 0x0A, challenge(card))
        assert send(card, header + "00" * 16) == "6A88"
        assert send(card, proof) == "9000"

    def test_what_proves_the_card_proves_nobody_else(self, card: SoftwareCard) -> None:
        """The card's own answer, given back as a cryptogram, is no proof: 6A88."""
        factor = challenge(card)
        internal = send(card, f"0088000010{factor.hex()}{b'original'.hex()}")
        result = internal[:16] if internal.endswith("9000") else send(card, "00C0000008")[:16]
        assert send(card, f"0082000010{result}{b'original'.hex()}") == "6A88"

    def test_only_the_internal_key_proves_the_card(self, card: SoftwareCard) -> None:
        """INTERNAL AUTHENTICATE with a read key would hand out answers to its challenges."""
        assert send(card, "0088000A10" + "00" * 16) == "6A88"
        assert send(card, "0088000010" + "00" * 16).endswith("9000")


class TestKeyState:
    """What was proved lasts as long as the application (§1.2, §8.3)."""

    READ_HOLDER = "00B2013400"

    @pytest.fixture
    def proved(self, card: SoftwareCard, prove: Prove) -> SoftwareCard:
        assert prove(card, 0x0A) == "9000"
        return card

    @pytest.mark.parametrize(
        "between",
        ["00A4020002EF05", "00A4000002EF06", CHALLENGE, "00A4000002DF7F", "00B2012C00", "FFFF0000"],
    )
    def test_kept_inside_the_application(self, proved: SoftwareCard, between: str) -> None:
        """Selecting files, also in vain, and other commands leave the security state alone."""
        send(proved, between)
        assert send(proved, self.READ_HOLDER).endswith("9000")

    @pytest.mark.parametrize("other", ["00A4000002DF01", "00A4040008A000000632010105", SSSE])
    def test_lost_with_the_application(self, proved: SoftwareCard, other: str) -> None:
        """Another application, or the same selected again (inferred, §1.2), ends it."""
        send(proved, other)
        send(proved, SSSE)
        assert send(proved, self.READ_HOLDER) == "6982"

    def test_a_blocked_application_is_not_entered(self, proved: SoftwareCard) -> None:
        """A refused SELECT changes nothing, neither the DF nor what was proved."""
        proved.memory.write("DF01.blocked", b"\1")
        assert send(proved, "00A4000002DF01") == "9303"
        assert send(proved, self.READ_HOLDER).endswith("9000")

    @pytest.mark.parametrize("end", ["reset", "power"])
    def test_lost_with_the_session(self, proved: SoftwareCard, end: str) -> None:
        """The next person at the counter must not find the card open."""
        if end == "reset":
            proved.reset()
        else:
            proved.power_off()
        assert send(proved, self.READ_HOLDER) == "6982"

    def test_local_keys_of_two_applications_are_different(
        self, card: SoftwareCard, prove: Prove
    ) -> None:
        """Id 88 in DF02 and id 88 in DF01 are two keys; one does not open the other's files."""
        send(card, "00A4000002DF02")
        assert prove(card, 0x88, "DF02") == "9000"
        assert send(card, "00B2013400").endswith("9000")
        send(card, "00A4000002DF01")
        assert send(card, "00B2013400") == "6982"
