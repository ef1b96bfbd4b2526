"""What T=0 and T=1 make of commands and answers, and that they mean the same."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apdu.cipher import SM4
from apdu.command import Command
from apdu.response import Response
from card_profiles.profiles import BEIJING
from emulator.card import Interface, SoftwareCard
from emulator.card_os import CardOs, Habits
from emulator.facts import made_up_facts
from emulator.memory import Memory
from emulator.randomness import Randomness
from emulator.transmission import T0, T1

Maker = Callable[..., SoftwareCard]
Prove = Callable[..., str]

NAME = "7378312E73682EC9E7BBE1B1A3D5CF"
SELECT = f"00A404000F{NAME}"
FCI = f"6F1C840F{NAME}A50988011E9F0C03860103"


def send(card: SoftwareCard | T0 | T1, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()


@pytest.fixture
def contact(virtual_card: Maker) -> SoftwareCard:
    return virtual_card("beijing")


@pytest.fixture
def contactless(virtual_card: Maker) -> SoftwareCard:
    return virtual_card("beijing", interface="contactless")


class Answering(CardOs):
    """Answer every command with the same bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(BEIJING, Memory())
        self.data = data

    def execute(self, command: Command) -> Response:
        return Response(self.data, 0x9000)


class TestGetResponse:
    def test_whole(self, contact: SoftwareCard) -> None:
        """Case 4: 61xx names the length, GET RESPONSE fetches it (reference §1.2)."""
        assert send(contact, SELECT) == "611E"
        assert send(contact, "00C000001E") == FCI + "9000"

    def test_in_parts(self, contact: SoftwareCard) -> None:
        """A driver with a small buffer fetches piece by piece; each answer names the rest."""
        send(contact, SELECT)
        answers = [send(contact, f"00C00000{size}") for size in ("10", "0D", "01")]
        assert [each[-4:] for each in answers] == ["610E", "6101", "9000"]
        assert "".join(each[:-4] for each in answers) == FCI

    @pytest.mark.parametrize(("le", "sw"), [("1F", "6C1E"), ("FF", "6C1E"), ("00", "6C1E")])
    def test_too_much(self, contact: SoftwareCard, le: str, sw: str) -> None:
        """More than there is gets 6Cxx; the answer is still there for the right length."""
        send(contact, SELECT)
        assert send(contact, f"00C00000{le}") == sw
        assert send(contact, "00C000001E") == FCI + "9000"

    def test_too_much_of_the_rest(self, contact: SoftwareCard) -> None:
        """After a part, 6Cxx counts what is left."""
        send(contact, SELECT)
        send(contact, "00C0000010")
        assert send(contact, "00C000001E") == "6C0E"

    @pytest.mark.parametrize(
        "before", [[], [SELECT, "00C000001E"], ["00B2012C12"], ["00A4020002EF05"], ["00B0FF0000"]]
    )
    def test_none_pending(self, contact: SoftwareCard, before: list[str]) -> None:
        """Nothing asked for, all fetched, or nothing to fetch: 6F00 (reference §3)."""
        for command in before:
            send(contact, command)
        assert send(contact, "00C0000000") == "6F00"

    @pytest.mark.parametrize("between", ["0084000008", "00B2012C12", "00A4020002EF05", "FFFF0000"])
    def test_dropped_by_another_command(self, contact: SoftwareCard, between: str) -> None:
        """An answer nobody fetched is not given to a later command's GET RESPONSE."""
        send(contact, SELECT)
        send(contact, between)
        assert send(contact, "00C000001E") == "6F00"

    def test_dropped_by_a_reset(self, contact: SoftwareCard) -> None:
        """Nor to the next session."""
        for end in (contact.reset, contact.power_off):
            send(contact, SELECT)
            end()
            assert send(contact, "00C000001E") == "6F00"

    def test_carries_no_data(self, contact: SoftwareCard) -> None:
        """GET RESPONSE with data is 6700, and the answer is kept."""
        send(contact, SELECT)
        assert send(contact, "00C0000001AA") == "6700"
        assert send(contact, "00C000001E") == FCI + "9000"

    def test_256_bytes(self) -> None:
        """6100 stands for 256, and so does Le 00."""
        data = bytes(range(256))
        wire = T0(Answering(data))
        assert send(wire, "0088000001AA") == "6100"
        assert wire.transmit(bytes.fromhex("00C0000000")) == data + b"\x90\x00"

    def test_256_bytes_in_parts(self) -> None:
        """The rest of a long answer fits SW2 again."""
        wire = T0(Answering(bytes(256)))
        send(wire, "0088000001AA")
        assert send(wire, "00C0000001") == "0061FF"
        assert send(wire, "00C00000FF") == "00" * 255 + "9000"


class TestT0:
    @pytest.mark.parametrize("le", ["00", "01", "11", "13", "FF"])
    def test_wrong_length_is_named(self, contact: SoftwareCard, le: str) -> None:
        """Le 00 too: many drivers send it and rely on 6Cxx (reference §3)."""
        assert send(contact, f"00B2012C{le}") == "6C12"
        answer = send(contact, "00B2012C12")
        assert (answer[:4], answer[-4:], len(answer)) == ("0110", "9000", 40)

    def test_a_repeated_command_finds_the_same(self, virtual_card: Maker, prove: Prove) -> None:
        """ "Next" that met 6C36 has not moved on: its repetition gets that record."""
        card = virtual_card("gen3")
        send(card, "00A4000002DF01")
        prove(card, 0x89, "DF01")
        send(card, "0020000003123456")
        send(card, "00A4020002EF15")
        for number in (1, 2, 3):
            send(card, f"00DC{number + 1:02X}04364034{number:02X}" + "00" * 51)
        found = []
        for _ in range(3):
            assert send(card, "00B2400200") == "6C36"
            found.append(send(card, "00B2400236")[4:6])
        assert found == ["01", "02", "03"]

    def test_256_bytes(self, contact: SoftwareCard, prove: Prove) -> None:
        """P3 00 asks for 256 bytes, and a photo has them."""
        prove(contact, 0x0A)
        assert send(contact, "00B0880000") == "00" * 256 + "9000"
        send(contact, "00A4020002EF08")
        assert send(contact, "00B00FF000") == "6C10"
        assert send(contact, "00B00FF010") == "00" * 16 + "9000"

    def test_trailing_le(self, contact: SoftwareCard) -> None:
        """Some drivers append Le to case 4 (reference §1.2); T=0 has no place for it."""
        assert send(contact, SELECT + "00") == "611E"
        assert send(contact, "00C000001E") == FCI + "9000"

    @pytest.mark.parametrize(
        "command", [SELECT + "0000", SELECT[:-2], "00A404000F", "0020000000FF", "00B2012C12AA"]
    )
    def test_lengths_that_lie(self, contact: SoftwareCard, command: str) -> None:
        """P3 that counts other bytes than there are is 6700."""
        assert send(contact, command) == "6700"

    @pytest.mark.parametrize("command", ["", "00", "00A4", "00A404"])
    def test_less_than_a_header(self, contact: SoftwareCard, command: str) -> None:
        """Fewer than four bytes are no command, and an answer is given all the same."""
        assert send(contact, command) == "6700"

    @pytest.mark.parametrize(
        ("command", "answer"),
        [("00A40000", "611E"), ("00B2012C", "6C12"), ("00200000", "63C6"), ("00FF0000", "6D00")],
    )
    def test_four_bytes(self, contact: SoftwareCard, command: str, answer: str) -> None:
        """A reader puts P3 = 00 behind four bytes."""
        assert send(contact, command) == answer == send(contact, command + "00")

    def test_no_61_without_data(self, contact: SoftwareCard) -> None:
        """A case-3 command answers 9000 itself."""
        assert send(contact, "00A4020002EF05") == "9000"
        assert send(contact, "0020000003123456") == "9000"

    def test_unknown_instruction_with_data(self, contact: SoftwareCard) -> None:
        """Whatever P3 counts there, the instruction is unknown."""
        assert send(contact, "00FF000002AABB") == "6D00"

    def test_any_length_habit(self, virtual_card: Maker) -> None:
        """One card answered 00B20105FF with all records (§4.1), and never more than asked."""
        card = virtual_card("gen2", habits=Habits(any_length=True))
        send(card, "00A4020002EF06")
        whole = send(card, "00B20105FF")
        assert (whole[:4], whole[-4:], len(whole)) == ("0812", "9000", 2 * (91 + 2))
        assert send(card, "00B201055A") == "6C5B"
        assert send(card, "0084000009") == "6700"


class TestT1:
    def test_answers_at_once(self, contactless: SoftwareCard) -> None:
        """With Le, without, or with another one: SELECT gives its FCI (reference §1.2, T=CL)."""
        assert {send(contactless, SELECT + le) for le in ("", "00", "1E", "FF")} == {FCI + "9000"}

    @pytest.mark.parametrize("le", ["00", "12", "FF", "000000", "000012", "000100", "00FFFF"])
    def test_enough_le(self, contactless: SoftwareCard, le: str) -> None:
        """The record comes if it fits, whether Le is short or extended."""
        answer = send(contactless, "00B2012C" + le)
        assert (answer[:4], answer[-4:], len(answer)) == ("0110", "9000", 40)

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("00B2012C11", "6C12"),
            ("00B2012C000011", "6C12"),
            (SELECT + "05", "6C1E"),
            ("00A4000005", "6C1E"),
        ],
    )
    def test_too_little_le(self, contactless: SoftwareCard, command: str, sw: str) -> None:
        """An answer is not cut: 6Cxx names its length, as on contacts."""
        assert send(contactless, command) == sw

    def test_extended_answer(self, contactless: SoftwareCard, prove: Prove) -> None:
        """Extended Le fetches the whole photo in one answer."""
        prove(contactless, 0x0A)
        assert send(contactless, "00B08800000000") == "00" * 4096 + "9000"
        assert send(contactless, "00B08800001000") == "00" * 4096 + "9000"
        assert send(contactless, "00B08800000FFF") == "00" * 4095 + "9000"

    def test_extended_data(self, contactless: SoftwareCard) -> None:
        """Lc of three bytes means the same command."""
        assert send(contactless, f"00A4040000000F{NAME}0000") == FCI + "9000"

    @pytest.mark.parametrize(("size", "sw"), [(256, "6C00"), (257, "6700")])
    def test_long_answer_and_short_le(self, size: int, sw: str) -> None:
        """256 is named 00; what no SW2 can name is a wrong length."""
        assert send(T1(Answering(bytes(size))), "00B20105FF") == sw

    @pytest.mark.parametrize("command", ["00B2012C", "00B08800"])
    def test_reading_needs_le(self, contactless: SoftwareCard, command: str) -> None:
        """A case-1 READ asks for nothing, and 9000 without data would pass for an empty file."""
        assert send(contactless, command) == "6700"

    @pytest.mark.parametrize(
        "command", ["", "00A404", SELECT[:-2], SELECT + "000000", "00A400000001"]
    )
    def test_what_is_no_command(self, contactless: SoftwareCard, command: str) -> None:
        """Bytes whose lengths disagree are 6700."""
        assert send(contactless, command) == "6700"

    def test_has_no_get_response(self, contactless: SoftwareCard) -> None:
        """GET RESPONSE is T=0's."""
        send(contactless, SELECT)
        assert send(contactless, "00C000001E") == "6D00"


# --- The two mean the same -----------------------------------------------------------------


def through_t0(card: SoftwareCard, apdu: bytes) -> bytes:
    """Carry an APDU as a reader's T=0 layer does; written for this test alone."""
    with_data = len(apdu) > 5
    tpdu = apdu[: 5 + apdu[4]] if with_data else apdu
    answer = card.transmit(tpdu)
    if answer[0] == 0x6C and len(answer) == 2 and not with_data:
        answer = card.transmit(tpdu[:4] + answer[1:])
    data = answer[:-2]
    while answer[-2] == 0x61:
        answer = card.transmit(b"\x00\xc0\x00\x00" + answer[-1:])
        data += answer[:-2]
    return data + answer[-2:]


def through_t1(card: SoftwareCard, apdu: bytes) -> bytes:
    answer = card.transmit(apdu)
    if answer[0] == 0x6C and len(answer) == 2:
        answer = card.transmit(apdu[:4] + answer[1:])
    return answer


FIDS = ["3F00", "DDF1", "DF01", "DF02", "DF0E", "EF05", "EF06", "EF15", "0005", "DF7F"]
LE = st.sampled_from([0, 0, 1, 4, 18, 255]).map(lambda le: f"{le:02X}")
PLAIN = st.one_of(
    st.tuples(
        st.just("00A4"), st.sampled_from(["00", "01", "02"]), st.just("0002"), st.sampled_from(FIDS)
    ),
    st.tuples(
        st.sampled_from([SELECT, SELECT + "00", "00A4040005D156000005", "00A4040205D156000005"])
    ),
    st.tuples(
        st.just("00B2"),
        st.sampled_from(["00", "01", "02", "03", "40", "99", "08", "FF"]),
        st.builds(
            lambda sfi, mode: f"{sfi << 3 | mode:02X}",
            st.sampled_from([0, 0, 5, 6, 21, 30]),
            st.integers(0, 7),
        ),
        LE,
    ),
    st.tuples(st.sampled_from(["00B00000", "00B08800", "00B00FF8", "00B07FFF"]), LE),
    st.tuples(
        st.just("00DC"),
        st.sampled_from(["00", "01", "02", "99"]),
        st.integers(0, 7).map(lambda mode: f"{mode:02X}"),
        st.sampled_from(["069904AABBCCDD", "03200131", "0412FF", "12" + "5A" * 18]),
    ),
    st.tuples(st.sampled_from(["0020000003123456", "0020000003111111", "0020000000"])),
    st.tuples(st.sampled_from(["805E010007123456FF123456", "805E010004123456FF"])),
    st.tuples(
        st.sampled_from(
            ["0084000008", "0084000005", "0088000010" + "11" * 16, "00FF0000", "00FF000001AA"]
        )
    ),
).map("".join)
STEPS = st.one_of(PLAIN, PLAIN, PLAIN, st.sampled_from([0x04, 0x0A, 0x83, 0x87, 0x88]))


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, min_size=1, max_size=25))
def test_the_same_on_both_sides(steps: list[str | int]) -> None:
    """Whatever is done to a card, contact and contactless give the same data and status words."""
    script = bytes(range(256)) * 4

    def make(interface: Interface) -> SoftwareCard:
        facts = made_up_facts(BEIJING, 1)
        return SoftwareCard.new(
            BEIJING, facts, interface=interface, randomness=Randomness([script])
        )

    contact, contactless = make("contact"), make("contactless")
    application = "SSSE"
    for step in steps:
        if isinstance(step, str):
            commands = [bytes.fromhex(step)]
        else:
            challenge = through_t0(contact, bytes.fromhex("0084000008"))
            assert challenge == through_t1(contactless, bytes.fromhex("0084000008"))
            owner = application if step & 0x80 else "SSSE"
            key = contact.memory.read(f"{owner}.key.{step:02X}") or bytes(16)
            proof = SM4.authentication_data(SM4.session_key(key, challenge[:8]), bytes(8))
            commands = [bytes((0, 0x82, 0, step, 16)) + proof + bytes(8)]
        for command in commands:
            answer = through_t0(contact, command)
            assert answer == through_t1(contactless, command), command.hex()
            if command[1] == 0xA4 and answer[:1] == b"\x6f":
                application = application_of(answer)
    assert contact.memory.cells() == contactless.memory.cells()


def application_of(fci: bytes) -> str:
    name = fci[4 : 4 + fci[3]]
    every = (BEIJING.environment, *BEIJING.applications)
    return next(each.name for each in every if name in {each.aid, each.fid.to_bytes(2, "big")})
