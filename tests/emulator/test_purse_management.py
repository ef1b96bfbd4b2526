"""The purse's management: PIN, authentication, challenges, blocks (transit-purse.md §3.4)."""

import pytest
from purse_chip import AID, BALANCE, KEYS, TERMINAL, chip, protected, send, spoiled
from purse_vectors import PurseVector, of_kind
from raw_card import SSSE

from apdu import secure_messaging, tdes
from card_profiles import transit
from emulator.card import SoftwareCard
from emulator.purse_habits import LockStyle, PurseHabits
from emulator.purse_state import Account, key_cell

PIN = "0020000003123456"
WITHDRAW = f"805002010B0100000001{TERMINAL}0F"
BLOCK, BLOCK_FOR_EVER, UNBLOCK, BLOCK_CARD = "841E0000", "841E0001", "84180000", "84160000"


@pytest.fixture
def card() -> SoftwareCard:
    return chip(purse=Account(1000, 0, 0, 0), passbook=Account(1000, 0, 0, 0))


class TestPin:
    def test_verify(self, card: SoftwareCard) -> None:
        """Three tries, given back by the right PIN."""
        wrong = "0020000003654321"
        assert [send(card, each) for each in (wrong, wrong, PIN)] == ["63C2", "63C1", "9000"]
        assert send(card, WITHDRAW).endswith("9000")
        assert [send(card, wrong) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
        assert send(card, PIN) == "6983"
        assert send(card, WITHDRAW) == "6982"

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("0020000001AA", "6700"),
            ("0020000007" + "11" * 7, "6700"),
            ("00200000", "6700"),
            ("0020000703123456", "6A88"),
            ("0020010003123456", "6A86"),
            ("805E010007123456654321FF", "6A80"),
            ("805E010708123456FF12345678", "6A88"),
            ("805E010703" + "AAFFBB", "6A80"),
            ("805E000004AABBCCDD", "6700"),
            ("805E0000071234560000", "6700"),
            ("805E020003" + "AABBCC", "6A86"),
        ],
    )
    def test_wrong_forms(self, card: SoftwareCard, command: str, sw: str) -> None:
        """What is no PIN command leaves PIN and tries alone."""
        before = card.memory.cells()
        assert send(card, command) == sw
        assert card.memory.cells() == before

    def test_change(self, card: SoftwareCard) -> None:
        """The old PIN counts as a try; the new one is of another length."""
        assert send(card, "805E010009654321FF1234567890") == "63C2"
        assert send(card, "805E010009123456FF1234567890") == "9000"
        assert send(card, PIN) == "63C2"
        assert send(card, "00200000051234567890") == "9000"
        assert card.memory.read("transit.PIN") == bytes.fromhex("1234567890")

    def test_no_pin(self, card: SoftwareCard) -> None:
        """A card made without a PIN has nothing to compare with."""
        card.memory.write("transit.PIN", None)
        assert send(card, PIN) == "6A88"

    @pytest.mark.parametrize("vector", of_kind("reload_pin"), ids=str)
    def test_reload(self, vector: PurseVector) -> None:
        """The issuer's PIN, proved by the folded reload key; tries come back with it."""
        card = chip(keys={transit.DRPK: vector.given["key"]}, facts={"pin": "999999"})
        for _ in range(4):
            send(card, PIN)
        assert send(card, PIN) == "6983"
        assert send(card, vector.wanted["apdu"]) == "9000"
        assert send(card, PIN) == "9000"

    @pytest.mark.parametrize("vector", of_kind("reload_pin"), ids=str)
    def test_reload_locks(self, vector: PurseVector) -> None:
        """No challenge is in it, so guesses are counted: the right MAC comes too late."""
        card = chip(keys={transit.DRPK: vector.given["key"]})
        wrong = spoiled(vector.wanted["apdu"])
        assert [send(card, wrong) for _ in range(4)] == ["6988", "6988", "6988", "6983"]
        assert send(card, vector.wanted["apdu"]) == "6983"

    @pytest.mark.parametrize("pin", ["5555", "123456", "12345678", "123456789012"])
    def test_unblock(self, card: SoftwareCard, pin: str) -> None:
        """The new PIN comes enciphered; afterwards it has all its tries, and is not verified."""
        for _ in range(3):
            send(card, "0020000003654321")
        command = protected(card, "84240000" + pin, key=KEYS[transit.DPUK], encrypted=True)
        assert send(card, command) == "9000"
        assert send(card, WITHDRAW) == "6982"
        assert send(card, f"00200000{len(pin) // 2:02X}{pin}") == "9000"

    def test_unblock_refused(self, card: SoftwareCard) -> None:
        """A wrong MAC costs a try, a missing challenge none, nonsense inside is no PIN."""
        key = KEYS[transit.DPUK]
        right = protected(card, "84240000123456", key=key, encrypted=True)
        send(card, "0084000004")
        send(card, BALANCE)
        assert send(card, right) == "6984"
        assert send(card, "842400000CAA") == "6700"
        send(card, "0084000004")
        assert send(card, "842400000D" + "00" * 13) == "6700"
        assert send(card, protected(card, "84240000" + "11" * 7, key=key, encrypted=True)) == "6A80"
        assert send(card, protected(card, "84240000" + "11" * 8, key=key)) == "6A80"
        right = protected(card, "84240000123456", key=key, encrypted=True)
        assert send(card, right) == "9000"
        found = [
            send(card, spoiled(protected(card, "84240000123456", key=key, encrypted=True)))
            for _ in range(4)
        ]
        assert found == ["6988", "6988", "6988", "6983"]


class TestAuthentication:
    @pytest.mark.parametrize("vector", of_kind("external_auth"), ids=str)
    def test_external(self, vector: PurseVector) -> None:
        """Four bytes of challenge are filled up, eight taken whole."""
        challenge = vector.given["challenge"]
        card = chip(randoms=[challenge], keys={transit.DEAK: vector.given["key"]})
        assert send(card, f"00840000{len(challenge) // 2:02X}") == challenge + "9000"
        assert send(card, vector.wanted["apdu"]) == "9000"
        assert send(card, vector.wanted["apdu"]) == "6984"

    def test_external_locks(self, card: SoftwareCard) -> None:
        """Three wrong cryptograms, and the key is locked."""
        found = []
        for _ in range(4):
            send(card, "0084000008")
            found.append(send(card, "0082000008" + "00" * 8))
        assert found == ["63C2", "63C1", "63C0", "6983"]
        send(card, "0084000008")
        assert send(card, "0082000708" + "00" * 8) == "6A88"

    def test_internal(self, card: SoftwareCard) -> None:
        """A laboratory card enciphers, deciphers and MACs; one of the field has no such keys."""
        block = "0102030405060708"
        for what in ("00", "01", "02"):
            assert send(card, f"0088{what}0008{block}08") == "6A88"
        (vector,) = (each for each in of_kind("mac_single_des") if each.id == "MACD-01")
        key = vector.bytes("key")
        for kind in (0x30, 0x31, 0x32):
            card.memory.write(key_cell("transit", kind), key)
        made = send(card, f"0088000008{block}08")[:-4]
        assert bytes.fromhex(made) == tdes.encrypt(key, bytes.fromhex(block))
        assert send(card, f"0088010008{made}08") == block + "9000"
        assert send(card, f"0088020008{vector.given['data']}04") == vector.wanted["mac"] + "9000"
        assert send(card, "008800000701020304050607") == "6700"
        assert send(card, "0088030008" + block) == "6A86"

    @pytest.mark.parametrize("between", [BALANCE, "00B095001E", "00A40000020015", "80FF0000"])
    def test_a_challenge_is_for_the_next_command(self, card: SoftwareCard, between: str) -> None:
        """Whatever comes between uses it up (§3.4)."""
        command = protected(card, BLOCK)
        send(card, between)
        assert send(card, command) == "6984"
        assert send(card, BALANCE) == "000003E89000"

    @pytest.mark.parametrize("size", [0, 1, 3, 5, 7, 9, 16])
    def test_challenge_lengths(self, card: SoftwareCard, size: int) -> None:
        """Four or eight bytes, and none of another length."""
        assert send(card, f"00840000{size:02X}") == "6700"


@pytest.mark.parametrize(
    ("identifier", "size"), [("SM-06", 4), ("SM-07", 4), ("SM-08", 4), ("SM-09", 8)]
)
def test_vectors_of_management(identifier: str, size: int) -> None:
    """Block, unblock, card block with the reference's challenges and MACs, bit by bit."""
    (vector,) = (each for each in of_kind("mac_retail") if each.id == identifier)
    card = chip(randoms=[vector.given["iv"][: 2 * size]], keys={transit.DAMK: vector.given["key"]})
    if identifier == "SM-07":
        card.memory.write("transit.blocked", b"\1")
    send(card, f"00840000{size:02X}")
    assert send(card, vector.given["data"] + vector.wanted["mac"]) == "9000"
    expected = {"SM-06": "6283", "SM-07": "9000", "SM-08": "6A81", "SM-09": "9303"}
    assert send(card, AID)[-4:] == expected[identifier]


@pytest.mark.parametrize("vector", of_kind("psam_mac"), ids=str)
def test_block_by_a_sam(vector: PurseVector) -> None:
    """What a SAM's MAC blocks: key derived, MAC made, card obeys."""
    wanted = vector.wanted
    card = chip(randoms=[vector.given["challenge"]], keys={transit.DAMK: wanted["card_key"]})
    send(card, "0084000004")
    assert send(card, wanted["card_apdu"]) == "9000"


@pytest.mark.parametrize("vector", of_kind("mac_retail"), ids=str)
def test_file_vectors(vector: PurseVector) -> None:
    """Published MACs of READ and UPDATE BINARY are what this card checks."""
    data = bytes.fromhex(vector.given["data"])
    mac = secure_messaging.mac(vector.bytes("key"), vector.bytes("iv"), data)
    assert mac == vector.bytes("mac")
    if data[1] not in {0xB0, 0xD6} or data[2] & 0x80 == 0:
        return
    card = chip(randoms=[vector.given["iv"][:8]], keys={transit.DAMK: vector.given["key"]})
    send(card, "0084000004")
    assert send(card, vector.given["data"] + vector.wanted["mac"]) == "9000"
    assert send(card, "00B095001E") == vector.given["data"][10:] + "9000"


class TestBlocks:
    def test_for_a_time(self, card: SoftwareCard) -> None:
        """The FCI comes with 6283; nothing but the way back and further works."""
        fci = send(card, AID)[:-4]
        assert send(card, protected(card, BLOCK)) == "9000"
        for _ in range(2):
            for command in (BALANCE, "00B095001E", "00B201C417", PIN, "805A000602000108"):
                assert send(card, command) == "6A81"
            assert send(card, f"805003020B0100000000{TERMINAL}0F") == "6283"
            assert send(card, AID) == fci + "6283"
        card.reset()
        assert send(card, AID) == fci + "6283"
        assert send(card, protected(card, UNBLOCK)) == "9000"
        assert send(card, BALANCE) == "000003E89000"
        assert send(card, AID) == fci + "9000"

    def test_for_ever(self, card: SoftwareCard) -> None:
        """No FCI, no way back; the social security side lives."""
        assert send(card, protected(card, BLOCK)) == "9000"
        assert send(card, protected(card, BLOCK_FOR_EVER)) == "9000"
        for command in (BALANCE, "0084000004", AID, protected_nothing(UNBLOCK)):
            assert send(card, command) == "9303"
        assert send(card, SSSE).endswith("9000")
        assert send(card, "00B2012C00").startswith("0110")
        assert send(card, AID) == "9303"
        assert send(card, "00B2012C00").startswith("0110")

    def test_three_wrong_unblocks(self, card: SoftwareCard) -> None:
        """The third ends the application for ever."""
        assert send(card, protected(card, BLOCK)) == "9000"
        found = [send(card, spoiled(protected(card, UNBLOCK))) for _ in range(3)]
        assert found == ["6988", "6988", "9303"]
        assert send(card, AID) == "9303"

    def test_nothing_to_unblock(self, card: SoftwareCard) -> None:
        """An open application says so, and no try is spent."""
        before = card.memory.cells()
        assert send(card, spoiled(protected(card, UNBLOCK))) == "6985"
        assert card.memory.cells() == before

    @pytest.mark.parametrize("command", [BLOCK, BLOCK_FOR_EVER, BLOCK_CARD])
    def test_a_wrong_mac_blocks_nothing(self, card: SoftwareCard, command: str) -> None:
        """However often: whoever guesses must not end a card by it."""
        before = card.memory.cells()
        for _ in range(5):
            assert send(card, spoiled(protected(card, command))) == "6988"
        assert send(card, command + "04" + "00" * 4) == "6984"
        assert card.memory.cells() == before

    def test_the_card(self, card: SoftwareCard) -> None:
        """6A81 to everything, on either side of the firewall, for ever."""
        assert send(card, protected(card, BLOCK_CARD)) == "9000"
        for _ in range(2):
            for command in (AID, SSSE, BALANCE, "0084000008", "00B2012C00"):
                assert send(card, command) == "6A81"
            card.reset()

    def test_as_fmcos_does(self, card: SoftwareCard) -> None:
        """6A81 without an FCI for both kinds; the way back is open all the same."""
        card.os.transit.habits = PurseHabits(lock_style=LockStyle.UNSUPPORTED)
        assert send(card, protected(card, BLOCK)) == "9000"
        assert send(card, f"805003020B0100000000{TERMINAL}0F") == "6A81"
        assert send(card, AID) == "6A81"
        assert send(card, protected(card, UNBLOCK)) == "9000"
        assert send(card, protected(card, BLOCK_FOR_EVER)) == "9000"
        assert [send(card, each) for each in (AID, BALANCE, "0084000004")] == ["6A81"] * 3


def protected_nothing(command: str) -> str:
    return command + "04" + "00" * 4
