"""Who may read and write what, and every way to prove it: keys, challenges, the PIN."""

import hmac
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from pytest_mock import MockerFixture

from apdu.cipher import SM4
from card_profiles.model import Application, Profile, Structure
from card_profiles.profiles import PROFILES
from emulator.card import Interface, SoftwareCard
from emulator.facts import CardFacts
from emulator.memory import PowerCut
from emulator.randomness import Randomness

Maker = Callable[..., SoftwareCard]
Prove = Callable[..., str]
Worked = dict[str, tuple[Profile, CardFacts]]

SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
CHALLENGE = "0084000008"
PIN = "0020000003123456"
WRONG_PIN = "0020000003111111"
QUERY = "0020000000"


def send(card: SoftwareCard, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()


# --- Access rules --------------------------------------------------------------------------

# Transcribed from reference social-security-card.md §2.2 to §2.4 with the key ids of §8.1, one
# row a file: EF, proof to read, proof to write. "|" is or, "&" is and. Ids that §8.1 does not
# have (DF05 to DF07, UK7DF01 and up, DF0A and up) are project-defined.
ENVIRONMENT = {
    "gen1": ("EF05 free 04", "EF06 free 04", "EF07 free 04"),
    "gen2": ("EF05 free 04", "EF06 free 04", "EF07 0A 04", "EF08 0A 04"),
    "gen3": ("EF05 free 04", "EF06 0A 04", "EF07 0A 04", "EF08 0A 04"),
}
DF01 = (
    "EF05 PIN|88 83",
    "EF06 PIN|88 86",
    "EF07 PIN|88 84",
    "EF08 PIN|88 85",
    "EF09 PIN|88 84",
    "EF0A PIN|88 87",
    "EF15 PIN|88 89",
)
DF01_RESERVED = (
    "EF16 free 8A",
    "EF17 free 8B",
    "EF18 free 8C",
    "EF19 free 8D",
    "EF1A free 8E",
)
DF02 = (
    "EF05 PIN|88 83",
    "EF06 PIN|88 84",
    "EF07 PIN|88 85",
    "EF09 PIN|88 86",
    "EF15 PIN|88 87",
    "EF16 PIN|88 89",
)
DF03 = (
    "EF05 PIN|85 86",
    "EF06 PIN|84 87",
    "EF07 PIN|84 88",
    "EF15 PIN|84 89",
    "EF16 PIN|84 8A",
    "EF17 PIN|84 8B",
    "EF18 PIN|84 8C",
    "EF19 PIN|84 8D",
)
DF04 = ("EF05 PIN|84 85", "EF06 PIN&84 86", "EF08 PIN never", "EF15 PIN|84 86")
DF05 = ("EF05 free 83",)
DF06 = ("EF05 83 84",)
DF07 = ("EF05 83 86", "EF06 84 87", "EF07 85 88")
TONG = ("0005 PIN|83 84", "0006 PIN|83 84", "0007 PIN|83 84")
INSURANCE = {"DF02": DF02, "DF03": DF03, "DF04": DF04}
STANDARD = INSURANCE | {"DF01": DF01 + DF01_RESERVED, "DF05": DF05, "DF06": DF06, "DF07": DF07}
BEIJING = INSURANCE | {
    "DF01": DF01,
    "DF0A": TONG,
    "DF0B": TONG,
    "DF0C": ("0005 PIN|83 84",),
    "DF0D": ("EF0C PIN 84", "EF0D PIN 84"),
    "DF0E": ("0005 free 83",),
    "DF10": (),
    "DF11": (),
}
RULES = {
    "gen1": {"DDF1": ENVIRONMENT["gen1"]},
    "gen2": {"DDF1": ENVIRONMENT["gen2"]} | STANDARD,
    "gen3": {"DDF1": ENVIRONMENT["gen3"]} | STANDARD,
    "beijing": {"DDF1": ENVIRONMENT["gen3"]} | BEIJING,
}
CASES = [
    (profile, df, *row.split())
    for profile, applications in RULES.items()
    for df, rows in applications.items()
    for row in rows
]


def granted(rule: str, proofs: set[str]) -> bool:
    """Work out a rule of the table above."""
    if rule in {"free", "never"}:
        return rule == "free"
    if "&" in rule:
        return set(rule.split("&")) <= proofs
    return bool(set(rule.split("|")) & proofs)


def applications(profile: Profile) -> dict[str, Application]:
    return {f"{each.fid:04X}": each for each in (profile.environment, *profile.applications)}


class TestAccessRules:
    def test_the_table_has_every_file(self) -> None:
        """A file that the table above does not name would go untested."""
        described = {
            (profile.name, df, f"{file.fid:04X}")
            for profile in PROFILES.values()
            for df, application in applications(profile).items()
            for file in application.files
        }
        assert {case[:3] for case in CASES} == described

    @pytest.mark.parametrize(("name", "df", "ef", "read", "write"), CASES)
    def test_each_proof_opens_what_it_should(
        self,
        name: str,
        df: str,
        ef: str,
        read: str,
        write: str,
        virtual_card: Maker,
        prove: Prove,
    ) -> None:
        """Every file with no proof, the PIN, every key, and PIN with every key: 9000 or 6982."""
        card = virtual_card(name)
        application = applications(card.profile)[df]
        keys = {key.id for key in (*card.profile.environment.keys, *application.keys)}
        attempts = [(pin, key) for pin in (False, True) for key in (None, *sorted(keys))]
        for pin, key in attempts:
            card.reset()
            assert send(card, f"00A4000002{df}")[:2] == "61"
            if pin:
                assert send(card, PIN) == "9000"
            if key is not None:
                assert prove(card, key, application.name) == "9000"
            assert send(card, f"00A4020002{ef}") == "9000"
            proofs = {"PIN"} if pin else set()
            proofs |= {f"{key:02X}"} if key is not None else set()
            assert self.reads(card, application, ef) == granted(read, proofs), proofs
            assert self.writes(card, application, ef) == granted(write, proofs), proofs

    @staticmethod
    def reads(card: SoftwareCard, application: Application, ef: str) -> bool:
        structure = application.file(int(ef, 16)).structure
        transparent = structure is Structure.TRANSPARENT
        answer = send(card, "00B0000001" if transparent else "00B2010400")
        assert answer[-4:] in {"9000", "6982"} or answer[:2] == "6C"
        return answer != "6982"

    @staticmethod
    def writes(card: SoftwareCard, application: Application, ef: str) -> bool:
        """Write back what is there, so that the next proof finds the same file."""
        structure = application.file(int(ef, 16)).structure
        if structure is Structure.TRANSPARENT:
            answer = send(card, "00D600000100")
        else:
            record = card.memory.cells()[f"{application.name}.{ef}.1"]
            place = "0003" if structure is Structure.CYCLIC else "0104"
            answer = send(card, f"00DC{place}{len(record):02X}{record.hex()}")
        assert answer in {"9000", "6982"}
        return answer == "9000"


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


@pytest.fixture
def card(virtual_card: Maker) -> SoftwareCard:
    return virtual_card("beijing", interface="contactless")


def cryptogram(card: SoftwareCard, key_id: int, challenge: bytes) -> str:
    """Make the whole command that proves a global key over a challenge."""
    key = card.memory.read(f"SSSE.key.{key_id:02X}")
    assert key is not None
    original = b"original"
    data = SM4.authentication_data(SM4.session_key(key, challenge), original)
    return f"008200{key_id:02X}10{data.hex()}{original.hex()}"


def challenge(card: SoftwareCard, size: int = 8) -> bytes:
    answer = card.transmit(bytes((0x00, 0x84, 0x00, 0x00, size)))
    assert (len(answer), answer[-2:]) == (size + 2, b"\x90\x00")
    return answer[:-2]


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


# --- The PIN -------------------------------------------------------------------------------


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


def cut(card: SoftwareCard, number: int) -> None:
    last = card.memory.writes + number

    def before_write(write: int) -> None:
        if write >= last:
            raise PowerCut

    card.memory.before_write = before_write


# --- Blocking and the firewall -------------------------------------------------------------


class TestBlocked:
    def test_an_application(self, card: SoftwareCard) -> None:
        """SELECT answers 9303 in every form; the others go on."""
        card.memory.write("DF01.blocked", b"\1")
        for form in ("00A4000002DF01", "00A4010002DF01", "00A4040006D15600000500"):
            assert send(card, form) == "9303"
        assert send(card, "00A4000002DF02").endswith("9000")

    def test_the_environment(self, card: SoftwareCard, prove: Prove) -> None:
        """It is current after a reset without being selected; that is no way around."""
        card.memory.write("SSSE.blocked", b"\1")
        card.reset()
        assert send(card, SSSE) == "9303"
        for command in ("00B2012C00", "00A4020002EF05", CHALLENGE, PIN, QUERY):
            assert send(card, command) in {"9303", "9000"}
        assert send(card, "00B2012C00") == "9303"
        assert send(card, "00A4000002DF02").endswith("9000")

    @pytest.mark.parametrize(
        "command", [SSSE, "00A4000002DF01", "00B2012C00", CHALLENGE, PIN, QUERY, "FFFF0000"]
    )
    def test_the_card(self, card: SoftwareCard, command: str) -> None:
        """A blocked card answers 6A81 to everything, for ever."""
        card.memory.write("blocked", b"\1")
        assert send(card, command) == "6A81"
        card.reset()
        assert send(card, command) == "6A81"


SOCIAL_SECURITY = [
    "00B2012C00",
    "00B2013400",
    "00B201F400",
    "00B2010400",
    "00B0880000",
    "00B0000000",
    "00A4020002EF05",
    "00A4000002EF05",
    "00A4000002EF06",
    "00A4000002DF01",
    "00A4010002DF01",
    "00A4000002DDF1",
    "00A4010002DF10",
    PIN,
    WRONG_PIN,
    QUERY,
    "805E010007123456FF654321",
    "0088000010" + "00" * 16,
    "0082000A10" + "00" * 16,
    "0082000410" + "00" * 16,
    "00DC0104030201" + "34",
    "00D68500" + "0100",
]


@pytest.mark.parametrize("aid", ["A000000333010101", "A000000632010105"])
class TestFirewall:
    @pytest.mark.parametrize("command", SOCIAL_SECURITY)
    def test_nothing_of_social_security_answers(
        self, card: SoftwareCard, prove: Prove, aid: str, command: str
    ) -> None:
        """Bank and transit share the chip and nothing else but the MF (§1.1)."""
        prove(card, 0x04)
        send(card, PIN)
        send(card, "00A4020002EF05")
        send(card, f"00A4040008{aid}")
        challenge(card)
        before = card.memory.cells()
        answer = send(card, command)
        assert len(answer) == 4
        assert answer[:2] in {"6A", "6D"}
        assert card.memory.cells() == before

    def test_the_way_back(self, card: SoftwareCard, prove: Prove, aid: str) -> None:
        """The MF and the names lead back; the PIN is still known, no key is."""
        prove(card, 0x0A)
        send(card, PIN)
        for way in ("00A40000023F00", SSSE, "00A4040006D15600000500"):
            send(card, f"00A4040008{aid}")
            assert send(card, way).endswith("9000")
            assert send(card, "00B2013400").endswith("9000") == (way == "00A4040006D15600000500")

    def test_a_challenge_does_not_cross(self, card: SoftwareCard, aid: str) -> None:
        """A challenge asked for in the bank's application is not answered in ours."""
        send(card, f"00A4040008{aid}")
        command = cryptogram(card, 0x0A, challenge(card))
        send(card, SSSE)
        assert send(card, command) == "6984"
