"""Every switch of the purse changes what it says, and nothing else."""

import dataclasses
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from purse_chip import AID, AT, BALANCE, KEYS, TERMINAL, chip, protected, send
from purse_moves import begin, debit, key, limit_command, load_command, pay, unload_command
from purse_vectors import of_kind

from apdu import secure_messaging
from apdu.command import Command
from apdu.declare import Refused
from apdu.purse import TransactionType, limit_proof
from apdu.status import SW
from card_profiles import transit
from emulator.card import SoftwareCard
from emulator.purse_habits import (
    HolderLayout,
    LockStyle,
    LogCounter,
    Padding,
    ProofOrder,
    PurseHabits,
    Retention,
    UnblockForm,
    switched,
)
from emulator.purse_state import Account, PurseState
from emulator.randomness import Randomness
from emulator.transit_management import Management

DOCS = Path(__file__).parents[2] / "docs" / "purse.md"
RANDOMS = [f"{number:08X}" for number in range(1, 40)]
FIELDS = {each.name for each in dataclasses.fields(PurseHabits)}


def conversation(**habits: Any) -> dict[str, str]:
    """What a card answers to one of everything, the same random bytes in it."""
    card = chip(
        randoms=RANDOMS,
        purse=Account(10000, 0, 0x12, 0x34),
        passbook=Account(10000, 0, 0x12, 0x34),
        **habits,
    )
    said: dict[str, str] = {}

    def say(name: str, command: str) -> None:
        said[name] = send(card, command)

    say("select", AID)
    for part in range(4):
        say(f"balance {part}", f"805C0{part}0204")
    say("early credit", "805200000B" + "00" * 11)
    say("too much", begin(1, amount=20000))
    say("index 1", begin(1, index=1))
    say("index 3", begin(1, index=3))
    say("load", begin(0))
    say("unload purse", begin(5))
    say("limit purse", begin(4))
    say("log", "00B201C417")
    say("log all", "00B201C500")
    say("public", "00B095001E")
    say("holder", "00B0960027")
    say("holder long", "00B0960037")
    say("management", "00B097003C")
    say("challenge 4", "0084000004")
    say("challenge 8", "0084000008")
    say("pin", "0020000003123456")
    return said


USUAL = conversation()


def changed(**habits: Any) -> dict[str, str]:
    other = conversation(**habits)
    return {name: other[name] for name in USUAL if other[name] != USUAL[name]}


class TestAnswers:
    def test_full_fci(self) -> None:
        """Label and priority come first in A5, as on other cities' cards (§8)."""
        usual = USUAL["select"]
        name, rest = usual[4:24], usual[28:]
        assert usual == f"6F31{name}A525{rest}"
        longer = f"6F3E{name}A53250084D4F545F545F4550870101{rest}"
        assert changed(full_fci=True) == {"select": longer}

    def test_balance_parts(self) -> None:
        """A card of one balance knows P1 = 00 alone."""
        assert changed(balance_parts=False) == {f"balance {each}": "6A86" for each in (1, 2, 3)}

    def test_ignores_part(self) -> None:
        """The same answer to every question: what a reader that subtracts takes for zero."""
        assert changed(ignores_part=True) == {f"balance {each}": "000027109000" for each in (1, 2)}

    def test_limit_apart(self) -> None:
        """The limit is in no balance, and the load's MACs cover what is stated."""
        card = chip(purse=Account(10800, 800, 0, 0), limit_apart=True)
        answers = [send(card, f"805C0{part}0204")[:8] for part in range(4)]
        assert answers == ["00002710", "00000320", "00000000", "00002710"]
        assert send(card, begin(1)).startswith("00002710")
        assert changed(limit_apart=True) == {}

    def test_top_bit(self) -> None:
        """Every balance has it; what MACs cover has not."""
        assert changed(top_bit=True) == {
            "balance 0": "800027109000",
            "balance 1": "800000009000",
            "balance 2": "800000009000",
            "balance 3": "800027109000",
        }

    @pytest.mark.parametrize(("name", "at"), [("key_version", 0), ("algorithm", 2)])
    def test_bytes_of_initialize(self, name: str, at: int) -> None:
        """One byte of every answer to INITIALIZE, and no MAC."""
        value = 0x42 if name == "key_version" else 0x01
        found = changed(**{name: value})
        assert set(found) == {"index 1", "load", "limit purse"}
        for command, start in (("index 1", 18), ("load", 12), ("limit purse", 18)):
            usual, where = USUAL[command], start + at
            assert found[command] == f"{usual[:where]}{value:02X}{usual[where + 2 :]}"

    def test_short_of_money(self) -> None:
        """The other status word of two tables."""
        assert changed(short_of_money=SW.NOT_ENOUGH_MONEY_9301) == {"too much": "9301"}

    def test_not_begun(self) -> None:
        """Out of order, and after a wrong MAC too."""
        assert changed(not_begun=SW.CONDITIONS) == {"early credit": "6985"}
        card = chip(not_begun=SW.CONDITIONS)
        send(card, begin(0))
        assert [send(card, "805200000B" + "00" * 11) for _ in "12"] == ["9302", "6985"]


def paid(**habits: Any) -> SoftwareCard:
    """A card that has loaded and paid, the same random bytes in it."""
    card = chip(randoms=RANDOMS, purse=Account(1000, 0, 0x12, 0x34), **habits)
    assert send(card, load_command(card, 100)).endswith("9000")
    pay(card, 10)
    return card


class TestTransactions:
    @pytest.mark.parametrize(
        ("value", "counters"),
        [(LogCounter.AFTER, ["0035", "0013"]), (LogCounter.BEFORE, ["0034", "0012"])],
    )
    def test_log_counter(self, value: LogCounter, counters: list[str]) -> None:
        """The first two bytes of a record, and none else."""
        records = [send(paid(log_counter=value), f"00B20{n}C417") for n in (1, 2)]
        assert [each[:4] for each in records] == counters
        usual = [send(paid(), f"00B20{n}C417") for n in (1, 2)]
        assert [each[4:] for each in records] == [each[4:] for each in usual]

    def test_after_is_what_the_real_card_s_trace_has(self) -> None:
        """LOAD-05's note: counter 0000 in INITIALIZE, 0001 in the log."""
        (vector,) = (each for each in of_kind("load") if each.id == "LOAD-05")
        card = chip(randoms=[vector.given["random"]], keys={transit.DLK: vector.given["load_key"]})
        send(card, vector.wanted["init_apdu"])
        assert send(card, vector.wanted["credit_apdu"]).endswith("9000")
        assert send(card, "00B201C417") == "0001000000000000100266666666666620240411212121" + "9000"

    def test_shared_counter(self) -> None:
        """Load and purchase count on together; each proof is found by its own number."""
        card = paid(shared_counter=True)
        assert [send(card, f"00B20{n}C417")[:4] for n in (1, 2)] == ["0014", "0013"]
        assert send(card, begin(0))[8:12] == send(card, begin(1))[8:12] == "0014"
        assert send(card, "805A000202001308").endswith("9000")
        assert send(card, "805A000602001408").endswith("9000")

    def test_key_indexes(self) -> None:
        """What is in the set is there."""
        assert changed(key_indexes=frozenset({1, 3}))["index 3"].endswith("9000")
        found = conversation(key_indexes=frozenset({3}))
        assert (found["index 1"], found["index 3"]) == ("9403", USUAL["index 1"])

    def test_load_needs_pin(self) -> None:
        """6982 before the PIN, the same as ever after it."""
        assert changed(load_needs_pin=True)["load"] == "6982"
        card = chip(load_needs_pin=True)
        send(card, "0020000003123456")
        assert send(card, begin(0)).endswith("9000")

    def test_unload_purse(self) -> None:
        """P2 = 02 of unload: 6A86, or a whole transaction."""
        assert USUAL["unload purse"] == "6A86"
        card = chip(unload_purse=True, purse=Account(1000, 0, 0, 0))
        assert send(card, unload_command(card, 100, purse=2)).endswith("9000")
        assert send(card, BALANCE) == "000003849000"

    def test_limit_purse(self) -> None:
        """P2 = 02 of a new limit: a whole transaction, or 6A86."""
        assert USUAL["limit purse"].endswith("9000")
        assert changed(limit_purse=False)["limit purse"] == "6A86"
        card = chip(limit_purse=False)
        assert send(card, begin(4, 1)).endswith("9000")

    def test_limit_tac_folded(self) -> None:
        """Only the TAC of a limit is another: by the whole key."""
        answers: dict[object, str] = {}
        for folded in (True, False):
            card = chip(randoms=RANDOMS, limit_tac_folded=folded)
            answers[folded] = send(card, limit_command(card, 500))
            # A load's is the same after it, whichever.
            answers[f"load {folded}"] = send(card, load_command(card))
        assert answers["load True"] == answers["load False"]
        message = limit_proof(500, 0, 500, bytes.fromhex(TERMINAL), bytes.fromhex(AT))
        whole = secure_messaging.mac(key(transit.DTK), bytes(8), message)
        assert answers[False] == whole.hex().upper() + "9000" != answers[True]

    def test_grey_lock(self) -> None:
        """9408 to every INITIALIZE; reading goes on."""
        found = changed(grey_lock=True)
        assert set(found.values()) - {USUAL["challenge 4"]} >= {"9408"}
        assert {name for name, said in found.items() if said == "9408"} == {
            "too much",
            "index 1",
            "index 3",
            "load",
            "limit purse",
        }

    def test_proof_order(self) -> None:
        """The two halves change places."""
        usual = send(paid(), "805A000602003508")
        other = send(paid(proof_order=ProofOrder.TAC_FIRST), "805A000602003508")
        assert other == usual[8:16] + usual[:8] + "9000"

    @pytest.mark.parametrize(
        ("retention", "kept"),
        [
            (Retention.DIRECTION, {"02", "09"}),
            (Retention.TYPE, {"02", "06", "09"}),
            (Retention.LAST, {"09"}),
        ],
    )
    def test_retention(self, retention: Retention, kept: set[str]) -> None:
        """After a load, a purchase and a trip: what can still be proved."""
        card = paid(retention=retention)
        begun = send(card, begin(3))
        assert send(card, debit(begun, TransactionType.COMPOSITE)).endswith("9000")
        counters = {"02": 0x13, "06": 0x35, "09": 0x36}
        found = {
            kind
            for kind, counter in counters.items()
            if send(card, f"805A00{kind}02{counter:04X}08").endswith("9000")
        }
        assert found == kept

    def test_last_of_all_is_of_both_purses(self) -> None:
        """A passbook's transaction takes the purse's proof away where one is kept."""
        card = paid(retention=Retention.LAST)
        assert send(card, load_command(card, 1, purse=1)).endswith("9000")
        assert send(card, "805A000602003508") == "9406"
        assert send(card, "805A000102000108").endswith("9000")


class TestFiles:
    def test_holder_layout(self) -> None:
        """39 bytes instead of 55."""
        assert USUAL["holder long"] == "00" * 55 + "9000"
        found = changed(holder_layout=HolderLayout.SHORT)
        assert found == {"holder long": "00" * 39 + "9000"}

    def test_kind_in_public(self) -> None:
        """A student's card says so in byte 0; a SAM finds its keys by what is read."""
        cards = [chip(facts={"kind": 2}, kind_in_public=value) for value in (False, True)]
        first, second = (send(card, "00B095001E") for card in cards)
        assert (first[:2], second[:2]) == ("01", "02")
        assert first[2:] == second[2:]
        assert "9F0C1E02" in send(cards[1], AID)
        assert changed(kind_in_public=True) == {}

    def test_log_needs_pin(self) -> None:
        """6982 before the PIN; the trips stay free."""
        card = paid(log_needs_pin=True)
        assert send(card, "00B201C417") == "6982"
        assert send(card, "00B201F430") == "6A83"
        send(card, "0020000003123456")
        assert send(card, "00B201C417").endswith("9000")

    def test_read_all_records(self) -> None:
        """All records in one answer, newest first; 6A83 of none, 6700 where they do not fit."""
        usual, other = paid(), paid(read_all_records=True)
        assert send(usual, "00B201C500") == "6A86"
        records = [send(other, f"00B20{n}C417")[:-4] for n in (1, 2)]
        assert send(other, "00B201C500") == "".join(records) + "9000"
        assert send(other, "00B202C500") == records[1] + "9000"
        assert send(other, "00B203C500") == "6A83"
        card = chip(read_all_records=True, blank_records=True)
        assert len(send(card, "00B201C500")) == 2 * (230 + 2)
        assert send(card, "00B201F500") == "6700"

    def test_blank_records(self) -> None:
        """Ten records from the first day, the unwritten ones zeros."""
        card = paid(blank_records=True)
        assert send(card, "00B203C417") == "00" * 23 + "9000"
        assert send(card, "00B20AC417") == "00" * 23 + "9000"
        assert send(card, "00B20BC417") == "6A83"
        assert [send(card, f"00B20{n}C417") for n in (1, 2)] == [
            send(paid(), f"00B20{n}C417") for n in (1, 2)
        ]


class TestManagement:
    def test_challenge_sizes(self) -> None:
        """A card that gives four bytes only."""
        assert changed(challenge_sizes=frozenset({4})) == {"challenge 8": "6700"}

    @pytest.mark.parametrize(
        ("padding", "taken"),
        [(Padding.EITHER, {True, False}), (Padding.MANUAL, {False}), (Padding.ALWAYS, {True})],
    )
    def test_padding(self, padding: Padding, taken: set[bool]) -> None:
        """Only data that is aligned already tells them apart: seven bytes, which no PIN has, so
        the part that unwraps is asked and not the whole card."""
        key_, found = KEYS[transit.DPUK], set()
        for always in (True, False):
            card = chip(padding=padding)
            command = protected(
                card, "84240000123456", key=key_, encrypted=True, pad_aligned=always
            )
            assert send(card, command) == "9000"
            state = PurseState(
                transit.TRANSIT, card.memory, Randomness([bytes(4)]), card.os.transit.habits
            )
            state.challenge = bytes(4)
            made = secure_messaging.protect(
                Command(0x84, 0x24, 0, 0, b"\x11" * 7),
                bytes.fromhex(key_),
                bytes(4),
                encrypted=True,
                pad_aligned=always,
            )
            with suppress(Refused):
                assert Management(state).unprotected(made, 0x37, encrypted=True).data == b"\x11" * 7
                found.add(always)
        assert found == taken

    def test_lock_style(self) -> None:
        """6283 with the FCI, or 6A81 without."""
        fci = USUAL["select"][:-4]
        for style, expected in ((LockStyle.WARNING, fci + "6283"), (LockStyle.UNSUPPORTED, "6A81")):
            card = chip(lock_style=style)
            send(card, protected(card, "841E0000"))
            assert send(card, AID) == expected

    def test_blocked_reads(self) -> None:
        """Files and balance of a blocked purse, and nothing that moves money."""
        for value, expected in ((False, "6A81"), (True, "9000")):
            card = chip(blocked_reads=value)
            send(card, protected(card, "841E0000"))
            for command in (BALANCE, "00B095001E", "00B201D480"):
                assert send(card, command)[-4:] == expected
            assert send(card, begin(0)) == "6A81"

    @pytest.mark.parametrize(
        ("form", "taken"),
        [(UnblockForm.TABLE, {"0000", "0100"}), (UnblockForm.EXAMPLE, {"0001"})],
    )
    def test_pin_unblock(self, form: UnblockForm, taken: set[str]) -> None:
        """P1 P2 as in the table or as in the example; 6A86 for the other's."""
        found = set()
        for where in ("0000", "0100", "0001", "0101"):
            card = chip(pin_unblock=form)
            command = protected(card, f"8424{where}123456", key=KEYS[transit.DPUK], encrypted=True)
            answer = send(card, command)
            assert answer in {"9000", "6A86"}
            found |= {where} if answer == "9000" else set()
        assert found == taken


class TestNames:
    def test_documented(self) -> None:
        """A switch that docs/purse.md does not explain is a switch nobody sets."""
        rows = DOCS.read_text("utf-8").split("\n| `")[1:]
        assert {row.split("`")[0] for row in rows} == FIELDS

    def test_documented_defaults(self) -> None:
        """The table's default is the field's."""
        defaults = PurseHabits()
        for row in DOCS.read_text("utf-8").split("\n| `")[1:]:
            name, text = row.split("`")[0], row.split("|")[1].strip()
            assert switched(defaults, name, text) == defaults, name

    def test_tried(self) -> None:
        """Each switch has a test of its name in this file."""
        source = Path(__file__).read_text("utf-8")
        assert {each for each in FIELDS if f"{each}=" not in source} == {"key_version", "algorithm"}

    def test_by_text(self) -> None:
        """Every kind of value can be given on a command line."""
        usual = PurseHabits()
        texts = {
            "top_bit": ("yes", True),
            "balance_parts": ("no", False),
            "algorithm": ("01", 1),
            "not_begun": ("6985", SW.CONDITIONS),
            "key_indexes": ("0,5", frozenset({0, 5})),
            "holder_layout": ("39", HolderLayout.SHORT),
            "retention": ("type", Retention.TYPE),
        }
        for name, (text, value) in texts.items():
            found = switched(usual, name, text)
            assert getattr(found, name) == value
            assert dataclasses.replace(found, **{name: getattr(usual, name)}) == usual

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("nothing", "yes"),
            ("top_bit", "perhaps"),
            ("algorithm", "0102"),
            ("algorithm", "x"),
            ("not_begun", "1234"),
            ("key_indexes", "a,b"),
            ("challenge_sizes", "4,16"),
            ("holder_layout", "40"),
            ("retention", "for ever"),
        ],
    )
    def test_refused(self, name: str, text: str) -> None:
        """A wrong name or value is said, not guessed at."""
        with pytest.raises(ValueError, match=name):
            switched(PurseHabits(), name, text)

    def test_every_alternative_is_a_word(self) -> None:
        """Alternatives are told apart by their values, which people type."""
        for each in dataclasses.fields(PurseHabits):
            value = getattr(PurseHabits(), each.name)
            if isinstance(value, Enum) and not isinstance(value, SW):
                for other in type(value):
                    assert switched(PurseHabits(), each.name, str(other.value))
