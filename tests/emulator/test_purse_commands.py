"""Each purse command and each status word that it can answer (transit-purse.md §3.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from purse_chip import AT, chip, protected, send, spoiled
from purse_moves import (
    COMPOSITE,
    LIMIT,
    LOAD,
    PURCHASE,
    UNLOAD,
    WITHDRAW,
    begin,
    debit,
    key,
    limit_command,
    load_command,
    pay,
)

from apdu.purse import Purse, TransactionType
from card_profiles import transit
from emulator.card import SoftwareCard
from emulator.purse_state import Account, Block, key_cell, money_cell

PIN = "0020000003123456"
FULL = Account(1000, 0, 0, 0)


EVERY = [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (3, 2), (4, 1), (4, 2), (5, 1)]


class TestInitialize:
    @pytest.fixture
    def card(self) -> SoftwareCard:
        """A card with money in both, its PIN verified."""
        card = chip(purse=FULL, passbook=FULL)
        assert send(card, PIN) == "9000"
        return card

    @pytest.mark.parametrize(("what", "purse"), EVERY)
    def test_answers(self, card: SoftwareCard, what: int, purse: int) -> None:
        """16, 15 or 19 bytes, by what is begun (§3)."""
        size = {LOAD: 16, UNLOAD: 16, LIMIT: 19}.get(what, 15)
        answer = send(card, begin(what, purse))
        assert answer.endswith("9000")
        assert len(answer) // 2 == size + 2

    @pytest.mark.parametrize(
        ("what", "purse"), [(2, 2), (3, 1), (5, 2), (6, 2), (0, 0), (0, 3), (4, 3)]
    )
    def test_6a86(self, card: SoftwareCard, what: int, purse: int) -> None:
        """Cash from a purse, trips by a passbook, an unload of a purse: there is no such thing."""
        assert send(card, begin(what, purse)) == "6A86"

    @pytest.mark.parametrize(("what", "purse"), EVERY)
    @pytest.mark.parametrize("change", [-1, 1])
    def test_6700(self, card: SoftwareCard, what: int, purse: int, change: int) -> None:
        """A byte too few or too many: nothing begins."""
        body = bytes.fromhex(begin(what, purse))[5:]
        body = body[:-1] if change < 0 else body + b"\0"
        assert send(card, f"8050{what:02X}{purse:02X}{len(body):02X}{body.hex()}") == "6700"
        assert send(card, "805200000B" + "00" * 11) == "6901"

    @pytest.mark.parametrize(("what", "purse"), EVERY)
    def test_9403(self, card: SoftwareCard, what: int, purse: int) -> None:
        """A key index that is not there, and a key that is not there at all."""
        assert send(card, begin(what, purse, index=7)) == "9403"
        for each in transit.KEYS:
            card.memory.write(key_cell("transit", each.type), None)
        assert send(card, begin(what, purse)) == "9403"

    @pytest.mark.parametrize(("what", "purse"), EVERY)
    def test_6982(self, what: int, purse: int) -> None:
        """What leaves a passbook wants the PIN; the purse is for whoever holds the card."""
        card = chip(purse=FULL, passbook=FULL)
        wants = purse == 1 and what in {PURCHASE, WITHDRAW, UNLOAD}
        assert (send(card, begin(what, purse)) == "6982") == wants

    @pytest.mark.parametrize(("what", "purse"), EVERY)
    def test_9402(self, card: SoftwareCard, what: int, purse: int) -> None:
        """A counter at its end ends its direction; the other goes on."""
        counter = "offline" if what in {PURCHASE, WITHDRAW, COMPOSITE} else "online"
        cell = money_cell("transit", Purse(purse), counter)
        card.memory.write(cell, b"\xff\xff")
        assert send(card, begin(what, purse)) == "9402"
        card.memory.write(cell, b"\xff\xfe")
        assert send(card, begin(what, purse))[8:12] == "FFFE"

    @pytest.mark.parametrize(("what", "purse"), [(1, 1), (1, 2), (2, 1), (3, 2), (5, 1)])
    def test_9401(self, card: SoftwareCard, what: int, purse: int) -> None:
        """One fen too much is too much."""
        assert send(card, begin(what, purse, amount=1001)) == "9401"
        assert send(card, begin(what, purse, amount=1000)).endswith("9000")

    def test_9401_what_is_lent_is_not_paid_out(self) -> None:
        """The overdraft buys trips; an unload gives back the holder's own money only."""
        card = chip(passbook=Account(1500, 500, 0, 0))
        send(card, PIN)
        assert send(card, begin(PURCHASE, 1, amount=1500)).endswith("9000")
        assert send(card, begin(UNLOAD, 1, amount=1001)) == "9401"
        assert send(card, begin(UNLOAD, 1, amount=1000)).endswith("9000")

    def test_6985_too_much_money(self) -> None:
        """A balance never reaches the bit that is no money (7FFFFFFF)."""
        card = chip(purse=Account(0x7FFFFFFE, 0, 0, 0))
        assert send(card, begin(LOAD, amount=2)) == "6985"
        assert send(card, load_command(card, 1)).endswith("9000")
        assert send(card, "805C000204") == "7FFFFFFF9000"

    @pytest.mark.parametrize(("what", "purse"), EVERY)
    def test_6a82(self, what: int, purse: int) -> None:
        """A purse that this card was made without."""
        card = chip()
        for each in Purse:
            card.memory.write(money_cell("transit", each, "available"), None)
        assert send(card, begin(what, purse)) == "6A82"

    @pytest.mark.parametrize(("what", "purse"), EVERY)
    def test_6283_and_6a81(self, what: int, purse: int) -> None:
        """While the application is blocked no money moves (the manual's lists)."""
        card = chip(purse=FULL, passbook=FULL)
        card.memory.write("transit.blocked", bytes((Block.TEMPORARY,)))
        offline = what in {PURCHASE, WITHDRAW, COMPOSITE}
        assert send(card, begin(what, purse)) == ("6283" if offline else "6A81")


class TestEnding:
    @pytest.mark.parametrize(
        "command",
        [
            "805200000B" + "00" * 11,
            "805401000F" + "00" * 15,
            "805403000B" + "00" * 11,
            "805800000E" + "00" * 14,
            "80DC01D0012701",
            "80DC00F0012701",
        ],
    )
    def test_6901(self, command: str) -> None:
        """Nothing was begun."""
        assert send(chip(), command) == "6901"

    @pytest.mark.parametrize(
        ("what", "purse", "command"),
        [
            (LOAD, 2, "805200000B"),
            (PURCHASE, 2, "805401000F"),
            (COMPOSITE, 2, "805401000F"),
            (WITHDRAW, 1, "805401000F"),
            (UNLOAD, 1, "805403000B"),
            (LIMIT, 1, "805800000E"),
        ],
    )
    def test_9302_and_6700(self, what: int, purse: int, command: str) -> None:
        """A wrong MAC and a wrong length both end what was begun, and change nothing."""
        card = chip(purse=FULL, passbook=FULL)
        send(card, PIN)
        before = card.memory.cells()
        size = int(command[-2:], 16)
        for answer, data in (("9302", "00" * size), ("6700", "00" * (size + 1))):
            assert send(card, begin(what, purse)).endswith("9000")
            assert send(card, f"{command[:8]}{len(data) // 2:02X}{data}") == answer
            assert send(card, command + "00" * size) == "6901"
        assert card.memory.cells() == before

    @pytest.mark.parametrize("command", ["8052010000", "8054020000", "8054000000", "8058000100"])
    def test_6a86(self, command: str) -> None:
        """P1 and P2 say what is ended; other values say nothing."""
        assert send(chip(), command) in {"6A86", "6700"}

    @pytest.mark.parametrize("what", [(PURCHASE, "07"), (LOAD, "03")])
    def test_no_room_for_the_answer(self, what: tuple[int, str]) -> None:
        """Money that moves while the answer has no room would be a torn card without a tear."""
        card = chip(purse=FULL)
        begun = send(card, begin(what[0]))
        before = card.memory.cells()
        if what[0] == PURCHASE:
            command = debit(begun, TransactionType.PURCHASE)
        else:
            command = f"805200000B{AT}0000000004"
        assert send(card, command[:-2] + what[1]) == "6700"
        assert card.memory.cells() == before

    def test_no_room_for_the_tac_of_a_limit(self) -> None:
        """The same for a new overdraft limit: with room for its TAC it is set, else nothing is."""
        card = chip(purse=FULL)
        before = card.memory.cells()
        assert send(card, limit_command(card, 500)[:-2] + "03") == "6700"
        assert card.memory.cells() == before

    def test_a_limit_that_fills_the_purse(self) -> None:
        """A limit is available money too: it may fill the balance and not overflow it."""
        card = chip(purse=Account(0x7FFF_FFFF - 10, 0, 0, 0))
        before = card.memory.cells()
        assert send(card, limit_command(card, 11)) == "6985"
        assert card.memory.cells() == before
        assert send(card, limit_command(card, 10)).endswith("9000")
        assert send(card, "805C000204") == "7FFFFFFF9000"

    def test_what_each_changes(self) -> None:
        """Every kind: money, the right counter, one log record."""
        card = chip(purse=FULL, passbook=FULL)
        send(card, PIN)
        assert send(card, load_command(card, 50)).endswith("9000")
        assert send(card, load_command(card, 60, purse=1)).endswith("9000")
        pay(card, 10)
        pay(card, 20, what=3)
        pay(card, 30, purse=1)
        pay(card, 40, what=2, purse=1)
        assert send(card, limit_command(card, 500)).endswith("9000")
        found = {
            each.name.split(".", 1)[1]: int.from_bytes(card.memory.read(each.name) or b"", "big")
            for each in map(Cell, Purse)
        }
        assert found == {"purse.available": 1520, "passbook.available": 990}
        counters = [
            card.memory.read(money_cell("transit", purse, name))
            for purse in (Purse.PURSE, Purse.PASSBOOK)
            for name in ("online", "offline")
        ]
        assert counters == [b"\0\2", b"\0\2", b"\0\1", b"\0\2"]
        kinds = [send(card, f"00B2{n:02X}C417")[18:20] for n in range(1, 8)]
        assert kinds == ["07", "04", "05", "09", "06", "01", "02"]
        assert send(card, "00B208C417") == "6A83"

    def test_a_limit_below_what_is_overdrawn(self) -> None:
        """The money is gone: it is paid back before the limit is taken away."""
        card = chip(purse=Account(100, 500, 0, 0))
        before = card.memory.cells()
        assert send(card, limit_command(card, 399)) == "9401"
        assert card.memory.cells() == before
        assert send(card, limit_command(card, 400)).endswith("9000")
        assert send(card, "805C000204") == "000000009000"
        assert send(card, "805C020204") == "000001909000"


class Cell:
    """Name where a purse's money is."""

    def __init__(self, purse: Purse) -> None:
        self.name = money_cell("transit", purse, "available")


class TestCache:
    """UPDATE CAPP DATA CACHE: records written together with the money, or not at all."""

    METRO, BUS, TRIPS = "80DC01D0", "80DC02D0", "80DC00F0"

    @pytest.fixture
    def card(self) -> SoftwareCard:
        return chip(purse=FULL)

    def finish(self, card: SoftwareCard, begun: str) -> None:
        assert send(card, debit(begun, TransactionType.COMPOSITE, 0)).endswith("9000")

    def test_all_of_a_trip(self, card: SoftwareCard) -> None:
        """Two composite records and a trip in one session; before DEBIT none of them is there."""
        before = {n: send(card, f"00B2{n:02X}D480") for n in (1, 2)}
        begun = send(card, begin(COMPOSITE, amount=0))
        metro, bus, trip = "27017D010100" + "AA" * 122, "27027D010100" + "BB" * 122, "CC" * 48
        assert send(card, f"{self.METRO}80{metro}") == "9000"
        assert send(card, f"80DC02D480{bus}") == "9000"  # by its number
        assert send(card, f"{self.TRIPS}30{trip}") == "9000"
        assert {n: send(card, f"00B2{n:02X}D480") for n in (1, 2)} == before
        assert send(card, "00B201F430") == "6A83"
        self.finish(card, begun)
        assert send(card, "00B201D480") == metro + "9000"
        assert send(card, "00B202D480") == bus + "9000"
        assert send(card, "00B201D080") == metro + "9000"  # by its identifier
        assert send(card, "00B201F430") == trip + "9000"

    def test_left_behind(self, card: SoftwareCard) -> None:
        """A trip that was not paid was not made."""
        before = card.memory.cells()
        send(card, begin(COMPOSITE))
        send(card, self.METRO + "0427017D02")
        card.reset()
        assert card.memory.cells() == before

    def test_one_record_twice(self, card: SoftwareCard) -> None:
        """The later goes over the earlier, where it reaches."""
        begun = send(card, begin(COMPOSITE, amount=0))
        send(card, f"{self.METRO}0827017D0101000102")
        send(card, f"{self.METRO}0727017D010100FF")
        self.finish(card, begun)
        assert send(card, "00B201D480").startswith("27017D010100FF02")

    def test_trips_are_thirty(self, card: SoftwareCard) -> None:
        """The newest first, the oldest falls out (§2.6); the log has ten."""
        for number in range(32):
            begun = send(card, begin(COMPOSITE, amount=0))
            send(card, f"{self.TRIPS}30{number:02X}{'00' * 47}")
            self.finish(card, begun)
        found = [send(card, f"00B2{n:02X}F430")[:2] for n in range(1, 31)]
        assert found == [f"{number:02X}" for number in range(31, 1, -1)]
        assert send(card, "00B21FF430") == "6A83"
        assert [send(card, f"00B2{n:02X}C417")[-4:] for n in (10, 11)] == ["9000", "6A83"]
        assert send(card, "00B20AC417")[:4] == f"{32 - 9:04X}"

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("80DC03D0012701", "6A83"),
            ("80DC03D4012701", "6A83"),
            ("80DC00D0012701", "6A83"),
            ("80DC00D4012701", "6A83"),
            ("80DC01D081" + "27" * 129, "6A84"),
            ("80DC00F031" + "27" * 49, "6A84"),
            ("80DC01D000", "6700"),
            ("80DC0088012701", "6A82"),
            ("80DC00A8012701", "6981"),
            ("80DC00C0012701", "6982"),
            ("80DC01D1012701", "6A86"),
            ("80DC01F0012701", "6A86"),
            ("80DC00F4012701", "6A86"),
        ],
    )
    def test_refused(self, card: SoftwareCard, command: str, sw: str) -> None:
        """Nothing is put aside; the purchase can still be ended without."""
        begun = send(card, begin(COMPOSITE, amount=0))
        before = send(card, "00B201D480")
        assert send(card, command) == sw
        self.finish(card, begun)
        assert send(card, "00B201D480") == before

    def test_a_short_trip(self, card: SoftwareCard) -> None:
        """A trip is a whole record: what is not said of it is zero, not the last one's."""
        for trip in ("CC" * 48, "DD"):
            begun = send(card, begin(COMPOSITE, amount=0))
            assert send(card, f"{self.TRIPS}{len(trip) // 2:02X}{trip}") == "9000"
            self.finish(card, begun)
        assert send(card, "00B201F430") == "DD" + "00" * 47 + "9000"

    def test_an_identifier_is_no_number(self, card: SoftwareCard) -> None:
        """A record is named by its place or by its composite id; where they differ it shows."""
        stored = card.memory.read("transit.001A.1") or b""
        card.memory.write("transit.001A.1", stored[:1] + b"\3" + stored[2:])
        begun = send(card, begin(COMPOSITE, amount=0))
        for command in ("80DC03D4022703", "80DC01D0022703"):
            assert send(card, command) == "6A83"
        assert send(card, "80DC01D4072703BB01010011") == "9000"
        assert send(card, "80DC03D0022703") == "9000"
        self.finish(card, begun)
        assert send(card, "00B201D480").startswith("2703BB01010011")

    @pytest.mark.parametrize("number", [1, 2])
    def test_a_record_that_was_never_written(self, card: SoftwareCard, number: int) -> None:
        """It has no composite id, so none names it."""
        card.memory.write(f"transit.001A.{number}", None)
        begun = send(card, begin(COMPOSITE, amount=0))
        assert send(card, f"80DC0{number}D0012701") == "6A83"
        self.finish(card, begun)

    def test_9407(self, card: SoftwareCard) -> None:
        """A record whose lock flag stands is nobody's to write until it falls (§3)."""
        stored = card.memory.read("transit.001A.1") or b""
        card.memory.write("transit.001A.1", stored[:5] + b"\1" + stored[6:])
        send(card, begin(COMPOSITE, amount=0))
        assert send(card, self.METRO + "022701") == "9407"
        assert send(card, self.BUS + "022702") == "9000"


class TestAsking:
    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("805C040204", "6A86"),
            ("805C000304", "6A86"),
            ("805A000A02000008", "6A86"),
            ("805A010602000008", "6A86"),
            ("805A0006010008", "6700"),
            ("805A000602000008", "9406"),
            ("005C000204", "6E00"),
            ("80B095001E", "6E00"),
            ("80FF0000", "6D00"),
        ],
    )
    def test_status_words(self, command: str, sw: str) -> None:
        """What is asked in a wrong form, and what is not there."""
        assert send(chip(), command) == sw

    @pytest.mark.parametrize("answer", ["6C04"])
    def test_a_short_le(self, answer: str) -> None:
        """Where nothing moves, the right length is named."""
        assert send(chip(), "805C000203") == answer


class TestFiles:
    """READ and UPDATE BINARY, READ RECORD, in clear and under secure messaging."""

    @pytest.mark.parametrize(
        ("command", "answer"),
        [
            ("00B095001E", "01011000FFFFFFFF030103105170010100000001201908062040123100009000"),
            ("00B0950C08", "51700101000000019000"),
            ("00B097000B", "000001561000100000010100000000"[:22] + "9000"),
            ("00B096FF01", "6B00"),
            ("00B0951E01", "6B00"),
            ("00B0980010", "6981"),
            ("00B09A0010", "6981"),
            ("00B0990010", "6A82"),
            ("00B0000001", "6986"),
            ("00B201AC17", "6981"),
            ("00B201C417", "6A83"),
            ("00B200C417", "6A83"),
            ("00B203D480", "6A83"),
            ("00B203D080", "6A83"),
            ("00B201C517", "6A86"),
            ("00B201D180", "6A86"),
            ("00B2010417", "6986"),
            ("00B20195", "6700"),
            ("00D695000101", "6900"),
            ("00DC01D4012701", "6E00"),
            ("00E200C001AA", "6D00"),
        ],
    )
    def test_reading(self, command: str, answer: str) -> None:
        """Every file by its short id, and what a wrong question gets."""
        card = chip()
        assert send(card, command) == answer

    def test_by_file_id(self) -> None:
        """A file can be selected and then read as the current one."""
        card = chip()
        assert send(card, "00A40000020015") == "9000"
        assert send(card, "00B0000008") == "01011000FFFFFFFF9000"
        assert send(card, "00A4000002001A") == "9000"
        assert send(card, "00B2010480").startswith("27017D")

    def test_writing(self) -> None:
        """Under the maintenance key's MAC, 4 or 8 bytes of challenge; the FCI follows."""
        for size in (4, 8):
            card = chip()
            assert send(card, protected(card, "04D69509FF", size=size)) == "9000"
            assert send(card, "00B0950901") == "FF9000"
            assert "03FF0310" in send(card, "00A4040008A000000632010105")

    @pytest.mark.parametrize("file", ["95", "96", "97"])
    def test_three_wrong_macs(self, file: str) -> None:
        """The third blocks the application for ever (§2.1, the manual's template)."""
        card = chip()
        commands = (spoiled(protected(card, f"04D6{file}00AA")) for _ in range(3))
        assert [send(card, each) for each in commands] == ["6988", "6988", "9303"]
        assert send(card, "00A4040008A000000632010105") == "9303"

    def test_a_good_mac_between(self) -> None:
        """Tries come back with a success: only three in a row block."""
        card = chip()
        for _ in range(3):
            for _ in range(2):
                assert send(card, spoiled(protected(card, "04D69600AA"))) == "6988"
            assert send(card, protected(card, "04D69600AA")) == "9000"

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("04D6950005AABBCCDDEE", "6984"),
            ("04B0950004AABBCCDD", "6984"),
            ("04B09500", "6987"),
            ("04D69500", "6987"),
            ("04B2", "6700"),
        ],
    )
    def test_without_challenge_or_mac(self, command: str, sw: str) -> None:
        """6984 where no challenge was asked for, 6987 where there is no MAC."""
        assert send(chip(), command) == sw

    def test_beyond_the_end(self) -> None:
        """A file does not grow; the MAC was right, so the tries are whole."""
        card = chip()
        assert send(card, protected(card, "04D6951DAABB")) == "6B00"
        assert card.memory.read("transit.key.36.tries") == b"\3"

    def test_protected_reading(self) -> None:
        """The answer has a MAC by the command's challenge (§4.3)."""
        from apdu import secure_messaging
        from apdu.command import Command
        from apdu.response import Response

        card = chip()
        for header, clear in (("04B09500", "00B0950000"), ("04B201D4", "00B201D400")):
            challenge = card.transmit(bytes.fromhex("0084000004"))[:-2]
            damk = key(transit.DAMK)
            bare = Command(*bytes.fromhex(header))
            made = secure_messaging.protect(bare, damk, challenge)
            answer = card.transmit(made.encode() + b"\0")
            opened = secure_messaging.unprotect_answer(
                Response(answer[:-2], int.from_bytes(answer[-2:], "big")), damk, challenge
            )
            assert opened.encode().hex().upper() == send(card, clear)
        challenge = card.transmit(bytes.fromhex("0084000004"))[:-2]
        made = secure_messaging.protect(Command(*bytes.fromhex("04B09500")), damk, challenge)
        assert len(card.transmit(made.encode() + b"\x0c")) == 8 + 4 + 2


COMMANDS = st.builds(
    lambda header, p1, p2, body, le: bytes((*header, p1, p2)) + body + le,
    st.sampled_from(
        [
            (cla, ins)
            for cla in (0x00, 0x04, 0x80, 0x84)
            for ins in bytes.fromhex("16181E2024505254585A5C5E828488A4B0B2D6DCE2")
        ]
    ),
    st.sampled_from([0, 1, 2, 3, 4, 5, 0x95, 0x96, 0x97, 0x98, 0xFF]),
    st.sampled_from([0, 1, 2, 3, 4, 5, 6, 9, 0xC4, 0xC5, 0xD0, 0xD4, 0xF0, 0xF4, 0xFF]),
    st.binary(max_size=40).map(lambda data: bytes((len(data),)) + data if data else b""),
    st.sampled_from([b"", b"\0", b"\4", b"\10", b"\20"]),
)


@given(st.lists(COMMANDS, max_size=12))
def test_whatever_is_sent(commands: list[bytes]) -> None:
    """No bytes make the card fail, and nobody without a key moves money or writes a file."""
    card = chip(purse=FULL, passbook=FULL)
    before = card.memory.cells()
    for command in (bytes.fromhex(PIN), *commands):
        assert len(card.transmit(command)) >= 2
    after = card.memory.cells()
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert {each for each in changed if not each.endswith(".tries")} <= {"transit.PIN"}
