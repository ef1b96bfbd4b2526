"""Each command with each status word of reference social-security-card.md §3, and noise.

The table is by command. A set-up step is a command in hex whose answer must be 9000 or 61xx,
``prove 0A`` for an external authentication, ``spoil 0A`` for a failed one, ``cell NAME`` for
a cell that the card has in that state.
"""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_profiles.profiles import BEIJING, PROFILES
from emulator.card import Interface, SoftwareCard
from emulator.facts import made_up_facts

Maker = Callable[..., SoftwareCard]
Prove = Callable[..., str]

NAME = "7378312E73682EC9E7BBE1B1A3D5CF"
SELECT = f"00A404000F{NAME}"
EF05 = "00A4020002EF05"
EF08 = "00A4020002EF08"
DF01 = "00A4000002DF01"
PARK = "00A4000002DF0E"
BANK = "00A4040008A000000333010101"
PIN = "0020000003123456"
ZEROS = "00" * 16
CARD_CLASS = "00DC0204030201"
CASES: dict[str, list[tuple[list[str], str, str]]] = {
    "SELECT": [
        ([], SELECT, "611E"),
        ([], EF05, "9000"),
        ([], "00A4000002DF01", "610A"),
        ([], f"00A404000F{NAME[:-2]}CE", "6A82"),
        ([], "00A4020002EF7F", "6A82"),
        ([BANK], "00A4000002DF01", "6A82"),
        ([], f"00A408000F{NAME}", "6A86"),
        ([], f"00A404000F{NAME[:-2]}", "6700"),
        ([], "00A4000001DF", "6700"),
        (["cell DF01.blocked"], DF01, "9303"),
        (["cell blocked"], SELECT, "6A81"),
        ([], f"80A404000F{NAME}", "6E00"),
    ],
    "READ RECORD": [
        ([EF05], "00B2010412", "0110"),
        ([EF05], "00B2010012", "0110"),
        ([], "00B2012C12", "0110"),
        ([], "00B2013414", "6982"),
        ([], "00B2010412", "6986"),
        ([], "00B2014C12", "6A82"),
        ([EF05], "00B2080412", "6A83"),
        ([EF05], "00B2080012", "6A83"),
        ([EF05], "00B2000412", "6A83"),
        ([EF05], "00B2010400", "6C12"),
        ([EF05], "00B2010413", "6C12"),
        ([EF05], "00B2010500", "6C40"),
        (["prove 0A"], "00B2014412", "6981"),
        ([EF05], "00B2010712", "6A86"),
        ([EF05], "00B2010412AA", "6700"),
        (["cell SSSE.blocked"], "00B2012C12", "9303"),
    ],
    "UPDATE RECORD": [
        ([EF05, "prove 04"], f"{CARD_CLASS}34", "9000"),
        ([EF05], f"{CARD_CLASS}34", "6982"),
        ([EF05, "prove 0A", PIN], f"{CARD_CLASS}34", "6982"),
        (["prove 04"], f"{CARD_CLASS}34", "6986"),
        (["prove 04"], "00DC024C03020134", "6A82"),
        (["prove 04"], "00DC024403020134", "6981"),
        ([EF05, "prove 04"], "00DC000403020134", "6A83"),
        ([EF05, "prove 04"], "00DC02040402023434", "6A84"),
        ([PARK, "prove 83"], "00DC092C1C" + "FF" * 28, "6A84"),
        ([EF05, "prove 04"], "00DC020403020234", "6A85"),
        ([EF05, "prove 04"], "00DC020503020134", "6A86"),
        ([PARK, "prove 83"], "00DC012C1B" + "FF" * 27, "6700"),
        ([PARK, "prove 83"], "00DC012C1C" + "FF" * 28, "9000"),
        ([EF05, "prove 04"], "00DC020404020134", "6700"),
    ],
    "READ BINARY": [
        (["prove 0A", EF08], "00B0000004", "00000000"),
        (["prove 0A"], "00B0880004", "00000000"),
        (["prove 0A", EF08], "00B00FFC04", "00000000"),
        (["prove 0A", EF08], "00B00FFC05", "6C04"),
        (["prove 0A", EF08], "00B0100001", "6B00"),
        (["prove 0A"], "00B0850004", "6981"),
        ([EF08], "00B0000004", "6982"),
        ([], "00B0000004", "6986"),
        ([], "00B0890004", "6A82"),
    ],
    "UPDATE BINARY": [
        (["prove 04", EF08], "00D6000002FFD8", "9000"),
        (["prove 04"], "00D6880002FFD8", "9000"),
        (["prove 04", EF08], "00D60FFE02FFD9", "9000"),
        (["prove 04", EF08], "00D60FFF02FFD9", "6B00"),
        (["prove 04", EF08], "00D6100001FF", "6B00"),
        (["prove 04"], "00D6850001FF", "6981"),
        ([EF08], "00D6000002FFD8", "6982"),
        (["prove 0A", EF08], "00D6000002FFD8", "6982"),
        (["prove 04"], "00D6000002FFD8", "6986"),
        (["prove 04", EF08], "00D6000000", "6700"),
    ],
    "VERIFY": [
        ([], PIN, "9000"),
        ([], "0020000000", "63C6"),
        ([], "0020000003111111", "63C5"),
        (["cell PIN.tries 1"], "0020000003111111", "63C0"),
        (["cell PIN.tries 0"], PIN, "6983"),
        (["cell PIN.tries 0"], "0020000000", "6983"),
        (["cell PIN -"], PIN, "6984"),
        (["cell PIN -"], "0020000000", "9000"),
        ([], "002000000112", "6700"),
        ([], "0020000103123456", "6A86"),
        ([BANK], PIN, "6D00"),
    ],
    "CHANGE PIN": [
        ([], "805E010007123456FF654321", "9000"),
        ([], "805E010007111111FF654321", "63C5"),
        (["cell PIN.tries 0"], "805E010007123456FF654321", "6983"),
        (["cell PIN -"], "805E010007123456FF654321", "6984"),
        ([], "805E010006123456654321", "6A80"),
        ([], "805E010007123456FFABCDEF", "6A80"),
        ([], "805E000007123456FF654321", "6A86"),
        ([], "005E010007123456FF654321", "6E00"),
    ],
    "GET CHALLENGE": [
        ([], "0084000007", "6700"),
        ([], "0084000000", "6700"),
        ([], "0084010008", "6A86"),
    ],
    "GET RESPONSE": [
        ([SELECT], "00C000001E", "6F1C"),
        ([SELECT], "00C000001F", "6C1E"),
        ([], "00C000001E", "6F00"),
    ],
    "INTERNAL AUTHENTICATE": [
        ([], f"0088000010{ZEROS}", "6108"),
        ([], f"0088000011{ZEROS}01", "6108"),
        ([], f"0088000F10{ZEROS}", "6A88"),
        ([], f"0088000A10{ZEROS}", "6A88"),
        ([], f"0088000011{ZEROS}09", "6A88"),
        ([], f"008800000F{ZEROS[2:]}", "6700"),
        ([], f"0088000012{ZEROS}0101", "6700"),
        ([], f"0088010010{ZEROS}", "6A86"),
    ],
    "EXTERNAL AUTHENTICATE": [
        (["spoil 0A", "spoil 0A", "0084000008"], f"0082000A10{ZEROS}", "63C0"),
        (["0084000008"], f"0082000A10{ZEROS}", "63C2"),
        (["spoil 0A", "spoil 0A", "spoil 0A", "0084000008"], f"0082000A10{ZEROS}", "6983"),
        ([], f"0082000A10{ZEROS}", "6984"),
        (["0084000008"], f"0082000F10{ZEROS}", "6A88"),
        (["0084000008"], f"0082008310{ZEROS}", "6A88"),
        (["0084000008"], f"0082000A0F{ZEROS[2:]}", "6700"),
        (["0084000008"], f"0082000A12{ZEROS}0101", "6700"),
    ],
    "any": [
        ([], "00FF000000", "6D00"),
        ([], "FFB2012C12", "6E00"),
        ([], "00B2", "6700"),
        (["cell blocked"], "0084000008", "6A81"),
        ([BANK], "00B2012C12", "6A82"),
    ],
}
DEMANDED = {
    # Reference §3, column "main status words"; 6988 belongs to secure messaging, which the
    # standard's files do not use, and 6C to what has an answer.
    "SELECT": "6A82 6A86 9303 6700",
    "READ RECORD": "6982 6986 6A82 6A83 6C 6981",
    "UPDATE RECORD": "6982 6A83 6A84 6A85 6700",
    "READ BINARY": "6B00 6981 6982 6C",
    "UPDATE BINARY": "6B00 6981 6982",
    "VERIFY": "63C 6983 6984",
    "CHANGE PIN": "63C 6983 6A80",
    "GET CHALLENGE": "6700",
    "GET RESPONSE": "6C 6F00",
    "INTERNAL AUTHENTICATE": "6A88 6700",
    "EXTERNAL AUTHENTICATE": "63C 6983 6984 6A88",
}


def send(card: SoftwareCard, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()


def set_up(card: SoftwareCard, step: str, prove: Prove) -> None:
    match step.split():
        case ["prove", key]:
            assert prove(card, int(key, 16), "park_pass") == "9000"
        case ["spoil", key]:
            assert prove(card, int(key, 16), wrong=True).startswith("63C")
        case ["cell", name]:
            card.memory.write(name, b"\1")
        case ["cell", name, "-"]:
            card.memory.write(name, None)
        case ["cell", name, value]:
            card.memory.write(name, bytes((int(value),)))
        case _:
            answer = send(card, step)
            assert answer[:2] == "61" or answer[-4:] == "9000"


class TestStatusWords:
    @pytest.mark.parametrize(
        ("steps", "command", "expected"), [case for cases in CASES.values() for case in cases]
    )
    def test_each(
        self,
        virtual_card: Maker,
        prove: Prove,
        steps: list[str],
        command: str,
        expected: str,
    ) -> None:
        """A terminal decides by status words: each has its cause, and each cause its word."""
        card = virtual_card("beijing")
        for step in steps:
            set_up(card, step, prove)
        answer = send(card, command)
        assert answer == expected or (answer.startswith(expected) and answer.endswith("9000"))

    @pytest.mark.parametrize(("command", "words"), DEMANDED.items())
    def test_the_table_is_complete(self, command: str, words: str) -> None:
        """A status word of the reference that no case shows would go untested."""
        shown = {expected for _, _, expected in CASES[command]}
        for word in words.split():
            assert any(each.startswith(word) for each in shown), word


# --- Noise ---------------------------------------------------------------------------------

VALID = sorted({command for cases in CASES.values() for _, command, _ in cases})
MUTATIONS = st.tuples(
    st.sampled_from(VALID).map(bytes.fromhex),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 255)), max_size=2),
    st.integers(-3, 3),
)


def mutate(parts: tuple[bytes, list[tuple[int, int]], int]) -> bytes:
    """Change some bytes of a command, and cut it or make it longer."""
    command, changes, length = parts
    changed = bytearray(command)
    for at, value in changes:
        if at < len(changed):
            changed[at] = value
    return bytes(changed[:length]) if length < 0 else bytes(changed) + bytes(length)


NOISE = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda body: b"\x00" + body, st.binary(min_size=4, max_size=8)),
    MUTATIONS.map(mutate),
    MUTATIONS.map(mutate),
)
STATUS = {*range(0x61, 0x70), 0x90, 0x93}


class TestNoise:
    @settings(max_examples=250, deadline=None)
    @given(
        profile=st.sampled_from(sorted(PROFILES)),
        interface=st.sampled_from(["contact", "contactless"]),
        commands=st.lists(NOISE, min_size=1, max_size=12),
    )
    def test_every_byte_string_is_answered(
        self, profile: str, interface: Interface, commands: list[bytes]
    ) -> None:
        """A card never falls silent nor raises: at least two bytes, a status word at the end."""
        kind = PROFILES[profile]
        side: Interface = interface if kind.contactless else "contact"
        card = SoftwareCard.new(kind, made_up_facts(kind, 1), interface=side)
        for command in commands:
            answer = card.transmit(command)
            assert len(answer) >= 2
            assert answer[-2] in STATUS, (command.hex(), answer.hex())

    @settings(max_examples=150, deadline=None)
    @given(commands=st.lists(NOISE, min_size=1, max_size=20), contactless=st.booleans())
    def test_nothing_leaks(self, commands: list[bytes], contactless: bool) -> None:
        """Without RKSSSE no noise gets at the holder, and none of it opens another application."""
        facts = made_up_facts(BEIJING, 1)
        card = SoftwareCard.new(
            BEIJING, facts, interface="contactless" if contactless else "contact"
        )
        assert facts.holder is not None
        secrets = [
            facts.holder.name.encode("gb18030"),
            facts.holder.social_security_number.encode(),
        ]
        keys = [value for name, value in card.memory.cells().items() if ".key." in name]
        secrets += [each for each in keys if len(each) == 16]
        for command in commands:
            answer = card.transmit(command)
            assert not any(each in answer for each in secrets), command.hex()
        before = card.memory.cells()
        send(card, BANK)
        for command in commands:
            if command[1:2] != b"\xa4":
                card.transmit(command)
        assert card.memory.cells() == before
        send(card, SELECT)
        assert send(card, "00B2013414") == "6982"
