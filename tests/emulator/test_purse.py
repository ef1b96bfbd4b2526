"""The purse's transactions against the reference's vectors, through the whole card."""

import pytest
from purse_chip import AID, AT, BALANCE, KEYS, TERMINAL, chip, send
from purse_vectors import PurseVector, of_kind

from apdu.purse import Purse
from card_profiles import transit
from card_profiles.development_keys import SETS
from emulator.beijing_old import BeijingOldCard, made_up_old_facts
from emulator.card import SoftwareCard
from emulator.purse_habits import LogCounter
from emulator.purse_state import Account, key_cell, money_cell
from emulator.randomness import Randomness
from emulator.sam import SamCard

LOG = "00B201C400"


def exact(vector: PurseVector, **more: object) -> SoftwareCard:
    """A card as the vector's: keys, random, balances, counters, bytes of its answers."""
    given = vector.given
    names = {
        "load_key": transit.DLK,
        "purchase_key": transit.DPK,
        "unload_key": transit.DULK,
        "overdraft_key": transit.DUK,
        "dtk": transit.DTK,
    }
    limit = int(given.get("overdraft", "0"), 16)
    account = Account(
        int(given["balance"], 16) + limit,
        limit,
        int(given.get("online_seq", "0"), 16),
        int(given.get("offline_seq", "0"), 16),
    )
    return chip(
        randoms=[given["random"]],
        keys={name: given[field] for field, name in names.items() if field in given},
        purse=account,
        passbook=account,
        key_version=int(given.get("key_version", "0"), 16),
        algorithm=int(given.get("algorithm", "0"), 16),
        log_counter=LogCounter.BEFORE,
        unload_purse=True,
        **more,
    )


@pytest.mark.parametrize("vector", of_kind("load"), ids=str)
def test_load(vector: PurseVector) -> None:
    """Byte for byte what FMCOS cards and a second program answer to a load."""
    card, wanted = exact(vector), vector.wanted
    assert send(card, wanted["init_apdu"]) == wanted["init_response"]
    answer = send(card, wanted["credit_apdu"])
    assert answer.endswith("9000")
    if "tac" not in wanted:
        return
    assert answer == wanted["tac"] + "9000"
    assert send(card, BALANCE) == wanted["new_balance"] + "9000"
    assert send(card, LOG) == wanted["log_record_preincrement"] + "9000"
    counter = vector.number("online_seq") + 1
    assert send(card, f"805A0002 02 {counter:04X} 08")[8:] == wanted["tac"] + "9000"


@pytest.mark.parametrize("vector", of_kind("purchase"), ids=str)
def test_purchase(vector: PurseVector) -> None:
    """Single and composite purchases, of nothing, into the overdraft, with a high sequence."""
    card, given, wanted = exact(vector), vector.given, vector.wanted
    # PUR-11 is arithmetic alone: its balance is own money, a card's has the overdraft in it.
    available = int(given["balance"], 16) + int(given["overdraft"], 16)
    assert send(card, wanted["init_apdu"]) == f"{available:08X}{wanted['init_response'][8:]}"
    assert send(card, wanted["debit_apdu"]) == wanted["debit_response"]
    left = available - int(given["amount"], 16)
    assert send(card, BALANCE) == wanted.get("new_balance", f"{left:08X}") + "9000"
    assert send(card, LOG) == wanted["log_record_preincrement"] + "9000"
    assert send(card, wanted["prove_apdu"]) == wanted["prove_response"]


@pytest.mark.parametrize("vector", of_kind("unload"), ids=str)
def test_unload(vector: PurseVector) -> None:
    """The passbook after its PIN, and the purse where a card allows it."""
    card, wanted = exact(vector), vector.wanted
    if vector.given["p2"] == "01":
        assert send(card, wanted["init_apdu"]) == "6982"
    assert send(card, "0020000003123456") == "9000"
    assert send(card, wanted["init_apdu"]) == wanted["init_response"]
    assert send(card, wanted["debit_apdu"]) == wanted["debit_response"]
    assert send(card, f"805C00{vector.given['p2']}04") == wanted["new_balance"] + "9000"
    counter = vector.number("online_seq") + 1
    assert send(card, f"805A000302{counter:04X}08") == wanted["mac3"] + "00000000" + "9000"


@pytest.mark.parametrize("vector", of_kind("overdraft"), ids=str)
@pytest.mark.parametrize("purse", ["01", "02"])
def test_overdraft(vector: PurseVector, purse: str) -> None:
    """A new limit is available at once; the same arithmetic for passbook and purse."""
    card, given, wanted = exact(vector), vector.given, vector.wanted
    answer = send(card, f"805004{purse}0700{given['terminal']}13")
    begun = given["balance"] + given["online_seq"] + given["old_limit"] + "0000"
    assert answer == begun + given["random"] + wanted["mac1"] + "9000"
    assert send(card, wanted["update_apdu"]) == wanted["tac"] + "9000"
    assert send(card, f"805C00{purse}04") == wanted["new_balance"] + "9000"
    assert send(card, f"805C01{purse}04") == "00" + given["new_limit"] + "9000"
    assert send(card, f"805C03{purse}04") == given["balance"] + "9000"
    assert (
        send(card, LOG)[:-4]
        == (given["online_seq"] + "000000" + "00" + given["new_limit"] + "07")
        + given["terminal"]
        + given["datetime"]
    )
    counter = vector.number("online_seq") + 1
    assert send(card, f"805A000702{counter:04X}08")[8:] == wanted["tac"] + "9000"


@pytest.mark.parametrize("vector", of_kind("transcript"), ids=str)
def test_transcript(vector: PurseVector) -> None:
    """A whole conversation: a refused load, a load, a trip with its record, proofs, the log."""
    given, wanted = vector.given, vector.wanted
    card = chip(
        randoms=given["card_randoms_in_order"],
        keys={
            transit.DLK: given["keys"]["load"],
            transit.DPK: given["keys"]["purchase"],
            transit.DTK: given["keys"]["dtk"],
        },
        purse=Account(
            vector.number("start_balance"),
            0,
            vector.number("online_seq"),
            vector.number("offline_seq"),
        ),
        algorithm=1,
        log_counter=LogCounter.BEFORE,
    )
    before = send(card, "00B201D480")
    for each in wanted["apdus"]:
        assert send(card, each["c"]) == each["r"], each["c"]
    for number, record in enumerate(wanted["log_newest_first_preincrement"], 1):
        assert send(card, f"00B2{number:02X}C400") == record + "9000"
    content = "2701" + wanted["apdus"][8]["c"][14:]
    assert send(card, "00B201D480") == content + before[len(content) :]


@pytest.mark.parametrize("vector", of_kind("psam_purchase"), ids=str)
def test_with_the_sam_s_numbers(vector: PurseVector) -> None:
    """What a SAM computed for a card is what the card accepts, and its answer what SAMs check."""
    given, wanted = vector.given, vector.wanted
    card = chip(
        randoms=[given["random"]],
        keys={transit.DPK: wanted["card_purchase_key"], transit.DTK: wanted["card_dtk"]},
        purse=Account(0x1000, 0, 0, vector.number("offline_seq")),
    )
    what = {"06": "01", "09": "03"}[given["type"]]
    send(card, f"8050{what}020B01{given['amount']}{given['terminal']}0F")
    assert send(card, wanted["card_debit_apdu"]) == wanted["card_debit_response"]


@pytest.mark.parametrize("vector", of_kind("negative_mac1"), ids=str)
def test_another_algorithm_shows_in_mac1(vector: PurseVector) -> None:
    """A host tells a card of another cipher by its MAC1 alone; this one's is 3DES."""
    card, given = exact(vector), vector.given
    answer = send(card, f"805000020B00{given['amount']}{given['terminal']}10")
    assert answer[-12:-4] == vector.wanted["expected_mac1"] != given["card_mac1"]


class TestProperties:
    def purchase(self, identifier: str) -> tuple[str, ...]:
        (vector,) = (each for each in of_kind("purchase") if each.id == identifier)
        card = exact(vector)
        send(card, vector.wanted["init_apdu"])
        answer = send(card, vector.wanted["debit_apdu"])
        return answer[:8], answer[8:16], vector.wanted["mac1"]

    def test_type_byte(self) -> None:
        """Only MAC1 and TAC know what kind of purchase it was (§7 a)."""
        single, composite = self.purchase("PUR-03"), self.purchase("PUR-04")
        assert [a == b for a, b in zip(single, composite, strict=True)] == [False, True, False]

    def test_high_half_of_the_sequence(self) -> None:
        """It enters the TAC alone, so a TAC names the terminal's transaction (§7 b)."""
        low, high = self.purchase("PUR-07"), self.purchase("PUR-12")
        assert [a == b for a, b in zip(low, high, strict=True)] == [False, True, True]

    @pytest.mark.parametrize(("version", "algorithm"), [(0, 0), (0x42, 1)])
    def test_bytes_that_no_mac_has(self, version: int, algorithm: int) -> None:
        """Key version and algorithm are said, and nothing proves them (§7 c)."""
        (vector,) = (each for each in of_kind("load") if each.id == "LOAD-06")
        card = exact(vector)
        card.os.transit.habits = card.os.transit.habits.__class__(
            key_version=version, algorithm=algorithm
        )
        answer = send(card, vector.wanted["init_apdu"])
        assert answer[12:16] == f"{version:02X}{algorithm:02X}"
        assert answer[-12:-4] == vector.wanted["mac1"]
        assert send(card, vector.wanted["credit_apdu"]) == vector.wanted["tac"] + "9000"

    def test_proof_by_the_counter_after(self) -> None:
        """The counter that a new INITIALIZE answers finds the proof, the old one none (§7 d)."""
        (vector,) = (each for each in of_kind("purchase") if each.id == "PUR-03")
        card = exact(vector)
        send(card, vector.wanted["init_apdu"])
        send(card, vector.wanted["debit_apdu"])
        counter = send(card, vector.wanted["init_apdu"])[8:12]
        for other in (vector.given["offline_seq"], f"{int(counter, 16) + 1:04X}"):
            assert send(card, f"805A000602{other}08") == "9406"
        assert send(card, f"805A000602{counter}08") == vector.wanted["prove_response"]
        assert send(card, f"805A000902{counter}08") == "9406"

    @pytest.mark.parametrize("purchase", [False, True])
    def test_closed_after_a_wrong_mac(self, purchase: bool) -> None:
        """One guess at a MAC a session: the right one afterwards is too late (§7 e)."""
        (vector,) = (
            each for each in of_kind("purchase", "load") if each.id in {"LOAD-06", "PUR-03"}
            if (each.kind == "purchase") == purchase
        )  # fmt: skip
        card, wanted = exact(vector), vector.wanted
        send(card, wanted["init_apdu"])
        before = card.memory.cells()
        right = wanted["debit_apdu" if purchase else "credit_apdu"]
        wrong = f"{right[:-4]}{int(right[-4:-2], 16) ^ 1:02X}{right[-2:]}"
        assert [send(card, wrong), send(card, right)] == ["9302", "6901"]
        assert card.memory.cells() == before


class TestSession:
    """What ends a transaction that was begun; a load it is here, LOAD-06."""

    @pytest.fixture
    def vector(self) -> PurseVector:
        return next(each for each in of_kind("load") if each.id == "LOAD-06")

    @pytest.mark.parametrize(
        "between",
        [
            BALANCE,
            "805A000202001308",
            "805401000F" + "00" * 15,
            "80DC00F001AA",
            "0084000004",
            AID,
            "00A4000002FFFF",
            "00A40000023F00",
            "80FF0000",
            "805200000A" + "00" * 10,
        ],
    )
    def test_dies_with_another_command(self, vector: PurseVector, between: str) -> None:
        """A purse that keeps a session through other commands would let two terminals mix."""
        card = exact(vector)
        send(card, vector.wanted["init_apdu"])
        before = card.memory.cells()
        send(card, between)
        send(card, AID) if "3F00" in between else None
        assert send(card, vector.wanted["credit_apdu"]) == "6901"
        assert card.memory.cells() == before

    @pytest.mark.parametrize("between", ["00B095001E", "00B201C400", "00B201D480"])
    def test_outlives_reading(self, vector: PurseVector, between: str) -> None:
        """Terminals read while the SAM computes: that is no purse command."""
        card = exact(vector)
        send(card, vector.wanted["init_apdu"])
        send(card, between)
        assert send(card, vector.wanted["credit_apdu"]) == vector.wanted["tac"] + "9000"

    def test_dies_with_the_power(self, vector: PurseVector) -> None:
        """The session key is volatile: MACs from before a power cycle are useless (§5)."""
        for end in ("power_off", "reset", "power_on"):
            card = exact(vector)
            send(card, vector.wanted["init_apdu"])
            getattr(card, end)()
            send(card, AID)
            assert send(card, vector.wanted["credit_apdu"]) == "6901"

    def test_begun_and_left_changes_nothing(self) -> None:
        """Readers probe counters with an INITIALIZE; ten of them leave no trace on the card."""
        card = chip(purse=Account(100, 0, 5, 6))
        before = card.memory.cells()
        randoms = set()
        for what in ("00", "01", "03") * 3:
            answer = send(card, f"8050{what}020B0100000001{TERMINAL}10")
            assert answer.endswith("9000")
            randoms.add(answer[16:24] if what == "00" else answer[22:30])
        assert card.memory.cells() == before
        assert len(randoms) == 9

    def test_every_way_out_is_for_its_own_way_in(self, vector: PurseVector) -> None:
        """A load is not ended by a debit, nor a purchase by a credit."""
        card = exact(vector)
        for begin, end in (("01", vector.wanted["credit_apdu"]), ("00", "805401000F" + "00" * 15)):
            send(card, f"8050{begin}020B0000000001{TERMINAL}10")
            assert send(card, end) == "6901"


class TestAccounts:
    def test_the_four_balances(self) -> None:
        """One number is stored; own money and what is overdrawn follow from it (§3)."""
        for available, limit, overdrawn, money in (
            (800, 0, 0, 800),
            (800, 800, 0, 0),
            (300, 800, 500, 0),
            (1000, 800, 0, 200),
        ):
            card = chip(purse=Account(available, limit, 0, 0))
            found = [int(send(card, f"805C0{part}0204")[:-4], 16) for part in range(4)]
            assert found == [available, limit, overdrawn, money]

    def test_purse_and_passbook_are_two(self) -> None:
        """Loading one leaves the other's money and counters alone."""
        passbook = next(each for each in of_kind("load") if each.id == "LOAD-01")
        card = exact(passbook)
        send(card, passbook.wanted["init_apdu"])
        assert send(card, passbook.wanted["credit_apdu"]).endswith("9000")
        assert send(card, "805C000104") == passbook.given["amount"] + "9000"
        assert send(card, BALANCE) == "000000009000"
        cell = money_cell("transit", Purse.PURSE, "online")
        assert card.memory.read(cell) == b"\0\0"

    def test_a_card_without_passbook(self) -> None:
        """T-Union cards have a purse only; the other is a file that is not there."""
        card = chip()
        for what in ("available", "limit", "online", "offline"):
            card.memory.write(money_cell("transit", Purse.PASSBOOK, what), None)
        assert send(card, "805C000104") == "6A82"
        assert send(card, f"805000010B0000000001{TERMINAL}10") == "6A82"

    def test_proofs_of_both_directions(self) -> None:
        """A load does not take the last purchase's proof away, nor it the load's."""
        load = next(each for each in of_kind("load") if each.id == "LOAD-06")
        purchase = next(each for each in of_kind("purchase") if each.id == "PUR-03")
        card = chip(
            randoms=[load.given["random"], purchase.given["random"]],
            purse=Account(load.number("balance"), 0, 0x12, 0x34),
        )
        send(card, load.wanted["init_apdu"])
        send(card, load.wanted["credit_apdu"])
        send(card, purchase.wanted["init_apdu"])
        assert send(card, purchase.wanted["debit_apdu"]) == purchase.wanted["debit_response"]
        for _ in range(2):
            assert send(card, "805A000202001308")[8:] == load.wanted["tac"] + "9000"
            assert send(card, "805A000602003508") == purchase.wanted["prove_response"]
            card.power_off()
            card.power_on()
            send(card, AID)


class TestTheSamBeside:
    """SAM and card of one root: a purchase as at a gate."""

    @pytest.mark.parametrize("keys", SETS)
    @pytest.mark.parametrize("issuer_level", [True, False])
    def test_a_purchase(self, issuer_level: bool, keys: str) -> None:
        """Bytes go from one to the other as they are, and both agree in the end."""
        root_of = SETS[keys]
        sam = SamCard.new(root_of=root_of)
        if issuer_level:
            from emulator.facts import made_up_transit
            from emulator.transit_card import TransitCard

            card = TransitCard.new(
                made_up_transit(7), root_of=root_of, randomness=Randomness([b"\1\2\3\4"])
            )
            card.memory.write(money_cell("transit", Purse.PURSE, "available"), b"\0\0\3\xe8")
            send(card, AID)
            factors = send(card, "00B0950C08")[:-4] + transit.ISSUER
        else:
            from dataclasses import replace

            from card_profiles.sam import PURSE_KEYS
            from emulator.sam import SamFacts

            levels = tuple(replace(each, levels=1) for each in PURSE_KEYS)
            sam = SamCard.new(SamFacts(purse_keys=levels), root_of=root_of)
            card = BeijingOldCard.new(made_up_old_facts(7, 1000), root_of=root_of)
            factors = send(card, "00B0840008")[:-4]
            assert send(card, "00A40000021001") == "6F08840450424F43A5009000"
        terminal = send(sam, "00B0960006")[:12]
        send(sam, "00A40000028011")
        begun = send(card, f"805003020B01000001F4{terminal}0F")
        counter, version, random = begun[8:12], begun[18:22], begun[22:30]
        body = f"{random}{counter}000001F409{AT}{version}{factors}"
        assert send(sam, f"80700000{len(body) // 2:02X}{body}") == "6108"
        answer = send(sam, "00C0000008")
        sequence, mac1 = answer[:8], answer[8:16]
        debited = send(card, f"805401000F{sequence}{AT}{mac1}08")
        assert debited.endswith("9000")
        assert send(sam, f"8072000004{debited[8:16]}") == "9000"
        assert send(card, BALANCE) == "000001F49000"


def test_keys_are_issuer_first_then_serial() -> None:
    """The levels' order decides whether any SAM and this card ever agree (DIV-04)."""
    vector = next(each for each in of_kind("diversify") if each.id == "DIV-04")
    from emulator.transit_personalise import purse_keys

    cells = purse_keys(
        "transit",
        [bytes.fromhex(each) for each in vector.given["factors"]],
        lambda _application, _key: vector.bytes("master"),
    )
    assert set(cells) == {key_cell("transit", each.type) for each in transit.KEYS}
    assert {each.hex().upper() for each in cells.values()} == {vector.wanted["key"]}
    assert set(KEYS) == {each.name for each in transit.KEYS}
