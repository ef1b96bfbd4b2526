"""The transit application read from cards: the reference's dumps, and what real cards do.

The cards here are dictionaries, transcribed from reference transit-purse.md §1, §2, §3 and §8:
emulator and terminal could agree on a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
from purse_chip import chip
from purse_vectors import PurseVector, of_kind

from apdu import tlv
from card_profiles.transit import IN_USE, MANAGEMENT
from emulator.beijing_old import BeijingOldCard, BeijingOldFacts
from terminal.cards.transit import Balance, PurseFacts, Transaction, TransitCard, tolerant
from terminal.errors import CardBabbles, CardRefused, NoPurse
from terminal.readers.t0 import AnswerRules, T0Connection

SELECT = "00A4040008A000000632010105"
PUBLIC, MANAGED = "00B095001E", "00B097000B"
AVAILABLE, LIMIT = "805C000204", "805C010204"
ALL_LOG, METRO, BUS = "00B201C500", "00B201D480", "00B202D480"
MASTER, OLD_CARD, OLD_STATE, OLD_PURSE = (
    "00A40000023F00",
    "00B0840020",
    "00B0850009",
    "00A40000021001",
)
VECTORS = {each.id: each for each in of_kind("parse")}
FCI = VECTORS["PARSE-01"].given["data"]
FILE_15 = FCI[-60:]
LINE = VECTORS["PARSE-03"].given["data"]
TRIP = "04000030008900034001080019000000000000 01F400000AC320241229141740"
TRIP = TRIP.replace(" ", "") + "100001011000FFFFFFFF000000000000"
OLD_FILE_04 = VECTORS["PARSE-13"].given["data"]


@dataclass
class Card:
    """Answers by the beginning of a command, the longest that fits; anything else 6A82."""

    answers: Mapping[str, str] = field(default_factory=dict)
    protocol: str = "T=1"
    default: str = "6A82"
    atr: bytes = bytes.fromhex("3B00")
    sent: list[str] = field(default_factory=list)

    def transmit(self, command: bytes) -> bytes:
        text = command.hex().upper()
        self.sent.append(text)
        fitting = [each for each in self.answers if text.startswith(each)]
        return bytes.fromhex(self.answers[max(fitting, key=len)] if fitting else self.default)


def union(**more: str) -> dict[str, str]:
    """A T-Union card's answers; ``more`` are others by command, ``_`` before a digit."""
    return {
        SELECT: f"{FCI}9000",
        AVAILABLE: "00000B229000",
        LIMIT: "000000009000",
        ALL_LOG: "6A86",
        **{name.lstrip("_"): answer for name, answer in more.items()},
    }


def older(state: str = "00 0000002A FFFFFFFF", number: str = OLD_FILE_04) -> dict[str, str]:
    """An older Beijing card's answers."""
    return {
        MASTER: "9000",
        OLD_CARD: f"{number}9000",
        OLD_STATE: f"{state}9000",
        OLD_PURSE: "6F08840450424F43A5009000",
        AVAILABLE: "000003E89000",
    }


def card(answers: Mapping[str, str], **more: str) -> TransitCard:
    return TransitCard(AnswerRules(Card(answers, **more)))


def told(answers: Mapping[str, str]) -> PurseFacts:
    return card(answers).identify()


def day(text: str) -> date:
    return date.fromisoformat(text)


# --- The reference's vectors ---------------------------------------------------------------


@pytest.mark.parametrize("number", ["PARSE-01", "PARSE-02"])
def test_two_cities_fcis(number: str) -> None:
    """Beijing's bare FCI and Huainan's full one: serial, city, dates and key factors."""
    vector = VECTORS[number]
    wanted = vector.wanted
    assert vector.given["object"] == "select_response"
    facts = told({SELECT: vector.given["data"] + "9000"})
    assert (facts.issuer, facts.city, facts.serial) == (
        wanted["issuer"],
        wanted["city"],
        wanted["serial"],
    )
    assert (facts.start_date, facts.expiry_date) == (day(wanted["start"]), day(wanted["expiry"]))
    assert facts.identity.factors == (
        bytes.fromhex(wanted["issuer"]),
        bytes.fromhex(wanted["factor_card"]),
    )
    assert facts.number == wanted.get("pan", wanted["serial"][1:])
    assert facts.enabled == int(wanted.get("enable", "01"), 16) == IN_USE
    assert (facts.blocked, facts.older, facts.blacklisted) == (0, False, False)


def test_a_line_of_the_log() -> None:
    """The published trip of line 8: every column is where the reference has it."""
    vector = VECTORS["PARSE-03"]
    (line,) = card(union(_00B201C4=f"{LINE}9000", _00B202C4="6A83")).log().lines
    wanted = vector.wanted
    assert (line.counter, line.amount, line.terminal.hex()) == (
        wanted["seq"],
        wanted["amount_fen"],
        wanted["terminal"],
    )
    assert f"{line.kind:02X}" == wanted["type"]
    assert line.when is not None
    assert line.when.isoformat(" ") == f"{wanted['date']} {wanted['time']}"
    assert not line.incoming


@pytest.mark.parametrize("number", ["PARSE-09", "PARSE-14"])
def test_balances(number: str) -> None:
    """28.50 yuan, and one with the top bit set, which is no money."""
    vector = VECTORS[number]
    shown = card(union(**{f"_{AVAILABLE}": vector.given["data"] + "9000"})).balance()
    assert shown.shown == vector.wanted["fen"]


def test_the_beginning_of_file_17() -> None:
    """A card of Shenzhen: the reader looks at eleven bytes of sixty."""
    vector = VECTORS["PARSE-11"]
    found = card(union(**{f"_{MANAGED}": vector.given["data"] + "9000"})).management()
    assert found is not None
    wanted = vector.wanted
    assert (found["country"], found["province"], found["city"]) == (
        wanted["country"],
        wanted["province"],
        wanted["city"],
    )
    assert (found["interoperable"], found["kind"]) == (
        int(wanted["interop"], 16),
        int(wanted["card_type"], 16),
    )


def test_a_metro_record() -> None:
    """An entry without an exit: what a refund must see."""
    vector = VECTORS["PARSE-12"]
    found = metro(card(union(**{f"_{METRO}": vector.given["data"] + "9000"})))
    assert found is not None
    wanted = vector.wanted
    assert {name: found[name] for name in ("serial", "entry_city", "entry_line")} == {
        "serial": wanted["serial"],
        "entry_city": wanted["entry_city"],
        "entry_line": wanted["entry_line"],
    }
    assert (found["composite"], found["length"], found["lock"], found["state"]) == (
        wanted["composite_id"],
        int(wanted["length"], 16),
        int(wanted["lock"], 16),
        int(wanted["status"], 16),
    )
    assert (found["entry_organisation"], found["entry_station"], found["entry_device"]) == (
        wanted["entry_org"],
        wanted["entry_station"],
        wanted["entry_device"],
    )
    assert f"{found['entry_at']:%Y%m%d%H%M%S}" == wanted["entry_time"]
    assert (found["most_fare"], found["entry_balance"]) == (
        wanted["max_fare_fen"],
        wanted["entry_balance_fen"],
    )


def test_an_older_cards_file_04() -> None:
    """The number in the MF, no city of its own: Beijing's it is, and for reading only."""
    wanted = VECTORS["PARSE-13"].wanted
    facts = told(older())
    assert facts.serial == facts.number == wanted["card_number"]
    assert (facts.start_date, facts.expiry_date) == (day(wanted["start"]), day(wanted["expiry"]))
    assert (facts.older, facts.city) == (True, "1000")


def test_a_directory_record() -> None:
    """A city-union card's directory: its application is another than T-Union's."""
    vector = VECTORS["PARSE-08"]
    (record,) = tlv.parse(vector.bytes("data"))
    name, label = (record.find(0x61, tag) for tag in (0x4F, 0x50))
    assert name is not None
    assert label is not None
    assert name.value.hex().upper() == vector.wanted["aid"] != SELECT[10:]
    assert label.value.hex().upper() == vector.wanted["label_hex"]


def test_no_vector_is_left_out() -> None:
    """Each `parse` vector is read by a test above; a new object must find its place."""
    objects = {each.given["object"] for each in VECTORS.values()}
    assert objects == {
        "select_response",
        "file18",
        "ppse_dir_record",
        "balance",
        "file17_first11",
        "beijing_file04",
        "balance_masked",
        "file1A_record1",
    }
    assert all(isinstance(each, PurseVector) for each in VECTORS.values())


def lines(found: TransitCard) -> tuple[Transaction, ...] | None:
    """The lines of a card's log."""
    log = found.log()
    return None if log is None else log.lines


def metro(found: TransitCard) -> dict[str, Any] | None:
    """The metro's composite record."""
    return next((each.values for each in found.rides() if each.metro), None)


# --- Byte for byte -------------------------------------------------------------------------


def looked_at(found: TransitCard) -> None:
    assert found.identify().serial == "03105170010100000001"
    assert found.balance() == Balance(2850)
    assert found.management() is not None
    assert [each.counter for each in found.log().lines] == [0x042D]
    assert [each["station"] for each in found.trips()] == ["1900"]
    assert metro(found) is None


TOGETHER = [AVAILABLE, LIMIT, MANAGED, ALL_LOG, "00B201C417", "00B202C417"]
TRIPS = ["00B201F430", "00B202F430", METRO, BUS]
REST = {
    AVAILABLE: "00000B229000",
    LIMIT: "000000009000",
    MANAGED: VECTORS["PARSE-11"].given["data"] + "9000",
    ALL_LOG: "6A86",
    "00B201C417": f"{LINE}9000",
    "00B202C417": "6A83",
    "00B201F430": f"{TRIP}9000",
    "00B202F430": "6A83",
    METRO: "00" * 128 + "9000",
    BUS: "6A83",
}


def test_every_tpdu_on_t0() -> None:
    """What a contact reader sends, to the byte: SELECT without Le, its answer fetched."""
    length = f"{len(FCI) // 2:02X}"
    wire = Card(REST | {SELECT: f"61{length}", f"00C00000{length}": f"{FCI}9000"}, "T=0", "6D00")
    looked_at(TransitCard(T0Connection(wire)))
    assert wire.sent == [SELECT, f"00C00000{length}", *TOGETHER, *TRIPS]


def test_every_apdu_on_t1() -> None:
    """What a contactless reader sends, to the byte: SELECT with Le 00."""
    wire = Card(REST | {f"{SELECT}00": f"{FCI}9000"}, "T=1", "6D00")
    looked_at(TransitCard(AnswerRules(wire)))
    assert wire.sent == [f"{SELECT}00", *TOGETHER, *TRIPS]


@pytest.mark.parametrize(("protocol", "le"), [("T=0", ""), ("T=1", "00")])
def test_an_older_card_to_the_byte(protocol: str, le: str) -> None:
    """It has no name: found by its files, after T-Union was asked for."""
    wire = Card(older(), protocol)
    found = TransitCard(T0Connection(wire) if protocol == "T=0" else AnswerRules(wire))
    assert found.balance() == Balance(1000)
    assert wire.sent == [
        SELECT + le,
        MASTER + le,
        OLD_CARD,
        OLD_STATE,
        OLD_PURSE + le,
        AVAILABLE,
    ]


def test_told_once_a_session_and_again_when_asked() -> None:
    """Every command costs 40 ms at the counter; a block shows after a new SELECT only."""
    wire = Card(union())
    found = TransitCard(AnswerRules(wire))
    assert found.identify() is found.identify()
    assert wire.sent == [f"{SELECT}00"]
    wire.answers = {SELECT: "9303"}
    assert found.again().blocked == 0x9303


# --- Finding it ----------------------------------------------------------------------------

ODD_FCIS = {
    "no 9F0C": "6F0A8408A000000632010105",
    "9F0C too short": "6F0E8408A0000006320101059F0C0101",
    "a length beyond the end": "6F7F8408A000000632010105",
    "no TLV": "FFFFFFFF",
    "nothing": "",
}


@pytest.mark.parametrize("fci", ODD_FCIS.values(), ids=ODD_FCIS)
def test_an_fci_of_its_own_kind(fci: str) -> None:
    """What the FCI does not tell stands in file 15, which every such card has."""
    facts = told({SELECT: f"{fci}9000", PUBLIC: f"{FILE_15}9000"})
    assert facts == told(union())


@pytest.mark.parametrize("path", ["6F2B 8408A000000632010105", "A521"])
def test_where_9f0c_may_stand(path: str) -> None:
    """Plain PBOC cards have it beside the name, or give the inner template alone."""
    assert told({SELECT: f"{path} 9F0C1E {FILE_15} 9000"}) == told(union())


def test_neither_fci_nor_file_15() -> None:
    """An application that is there and says nothing is no blocked one: it is a broken card."""
    with pytest.raises(CardBabbles):
        told({SELECT: "9000"})


@pytest.mark.parametrize("sw", ["6283", "6284"])
def test_blocked_with_an_fci(sw: str) -> None:
    """A card blocked for a time still says whose it is, so that it can be asked for."""
    facts = told({SELECT: f"{FCI}{sw}"})
    assert (facts.serial[-4:], facts.blocked) == ("0001", int(sw, 16))


@pytest.mark.parametrize("sw", ["6283", "6284"])
def test_blocked_and_file_15_is_read(sw: str) -> None:
    """On T=0 the warning comes without the FCI; the application is selected all the same."""
    facts = told({SELECT: sw, PUBLIC: f"{FILE_15}9000"})
    assert (facts.serial[-4:], facts.blocked) == ("0001", int(sw, 16))


@pytest.mark.parametrize("sw", ["9303", "6283", "6284"])
def test_blocked_and_silent(sw: str) -> None:
    """A closed application has no number any more; that it is closed is what counts."""
    facts = told({SELECT: sw})
    assert (facts.serial, facts.number, facts.city, facts.blocked) == ("", "", "", int(sw, 16))


def test_6a81_is_no_answer() -> None:
    """FMCOS says it of a blocked application, other cards of one that they have not."""
    assert told({SELECT: "6A81"}).blocked == 0x6A81
    assert told({SELECT: f"{FCI}6A81"}).blocked == 0x6A81
    assert told(older() | {SELECT: "6A81"}).older


OTHERS = {
    "a card that has nothing": {},
    "a bank card": {SELECT: "6A82", MASTER: "6A82"},
    "a social card of generation 1": {
        SELECT: "6A82",
        MASTER: "6F1184 0F 7378312E73682EC9E7BBE1B1A3D5CF9000",
        OLD_CARD: "6A82",
    },
    "a number of somewhere else": older(number="2000" + OLD_FILE_04[4:]),
    "file 04 of another length": older() | {OLD_CARD: "1000751500000001 9000"},
    "no purse in it": older() | {OLD_PURSE: "6A82"},
}


@pytest.mark.parametrize("answers", OTHERS.values(), ids=OTHERS)
def test_cards_without_a_purse(answers: dict[str, str]) -> None:
    """Whatever else is laid on is told as such, not as damaged."""
    with pytest.raises(NoPurse):
        told(answers)


# --- Balance -------------------------------------------------------------------------------


def test_a_card_that_knows_one_balance() -> None:
    """FMCOS has P1 00 alone: no overdraft there."""
    assert card(union(**{f"_{LIMIT}": "6A86"})).balance() == Balance(2850)


def test_all_of_it_is_overdraft() -> None:
    """Shanghai's dump: both parts say 8.00 yuan, and people see 0.00."""
    found = card({SELECT: f"{FCI}9000", "805C": "000003209000"}).balance()
    assert (found.available, found.limit, found.shown) == (800, 800, 0)


def test_more_overdraft_than_money() -> None:
    """Who owes sees a balance below zero."""
    found = card(union(**{f"_{AVAILABLE}": "000001F49000", f"_{LIMIT}": "000003209000"})).balance()
    assert found.shown == -300


@pytest.mark.parametrize("command", [AVAILABLE, LIMIT])
@pytest.mark.parametrize("data", ["", "000B22", "0000000B22"])
def test_a_balance_of_another_length(command: str, data: str) -> None:
    """No amount is guessed from an answer that is none."""
    with pytest.raises(CardBabbles):
        card(union(**{f"_{command}": f"{data}9000"})).balance()


def test_a_balance_refused() -> None:
    """Said with the step and the status word; an older card that refuses is refused too."""
    for answers in (union(), older()):
        with pytest.raises(CardRefused) as error:
            card(answers | {AVAILABLE: "6985"}).balance()
        assert (error.value.facts["step"], error.value.facts["sw"]) == ("GET BALANCE", "6985")


# --- Log and trips -------------------------------------------------------------------------

BLANK, ERASED = "00" * 23, "FF" * 23
OTHER_LINE = "0001 000000 80001388 02 110000000001 20241228080000".replace(" ", "")


def counters(**more: str) -> list[int] | None:
    log = lines(card(union(**more)))
    return None if log is None else [each.counter for each in log]


def test_all_at_once() -> None:
    """One reader asks so first: one command in place of eleven; blank records are no lines."""
    wire = Card(union(**{f"_{ALL_LOG}": f"{LINE}{OTHER_LINE}{BLANK}{ERASED}9000"}))
    log = lines(TransitCard(AnswerRules(wire)))
    assert log is not None
    assert [(each.counter, each.amount, each.incoming) for each in log] == [
        (0x042D, 500, False),
        (1, 5000, True),
    ]
    assert len(wire.sent) == 1


@pytest.mark.parametrize("answer", [f"{LINE}9000", f"{LINE}009000", "9000", "6C17"])
def test_a_card_that_does_not_give_all(answer: str) -> None:
    """A card that gives one record whatever is asked has more of them."""
    log = counters(
        **{f"_{ALL_LOG}": answer},
        _00B201C417=f"{LINE}9000",
        _00B202C417=f"{OTHER_LINE}9000",
        _00B203C417="6A83",
    )
    assert log == [0x042D, 1]


@pytest.mark.parametrize("blank", [BLANK, ERASED])
def test_blank_records_end_it(blank: str) -> None:
    """Records that were never written are no transactions of 1900."""
    wire = Card(union(_00B201C417=f"{LINE}9000", _00B202C417=f"{blank}9000"))
    assert len(TransitCard(AnswerRules(wire)).log().lines) == 1
    assert wire.sent[-1] == "00B202C417"


def test_ten_lines_and_no_more() -> None:
    """The log has ten; a card that answers for ever is not asked for ever."""
    wire = Card(union(_00B2=f"{LINE}9000", **{f"_{ALL_LOG}": "6A86"}))
    assert len(TransitCard(AnswerRules(wire)).log().lines) == 10
    assert wire.sent[-1] == "00B20AC417"


def test_an_empty_log_and_one_that_is_not_shown() -> None:
    """Nothing happened yet is evidence in a recovery; being refused is none."""
    assert counters(_00B2="6A83") == []
    assert counters(_00B2="6982") is None
    assert counters(_00B2="6A82") is None


def test_a_record_of_another_length() -> None:
    """Columns would be guessed; what came before it is kept."""
    assert counters(_00B201C417=f"{LINE}009000") is None
    assert counters(_00B201C417=f"{LINE}9000", _00B202C417=f"{LINE[2:]}9000") == [0x042D]


def test_a_line_whose_date_is_none() -> None:
    """Its money is shown all the same."""
    answer = f"{LINE[:-14]}20249929146060"
    (line,) = card(union(_00B201C417=f"{answer}9000", _00B202C417="6A83")).log().lines
    assert (line.when, line.amount) == (None, 500)


def test_trips_with_garbage_in_them() -> None:
    """A date that is none and a city that no table has cost those fields alone."""
    garbage = TRIP[:50] + "99" * 7 + "EEEE" + TRIP[68:]
    found = card(
        union(_00B201F4=f"{garbage}9000", _00B202F4=f"{TRIP}9000", _00B203F4="6A83")
    ).trips()
    assert [(each["at"], each["city"], each["amount"], each["balance"]) for each in found] == [
        (None, "EEEE", 500, 2755),
        (datetime(2024, 12, 29, 14, 17, 40), "1000", 500, 2755),  # noqa: DTZ001  no zone
    ]


@pytest.mark.parametrize("answer", ["6A82", "6982", f"{TRIP}009000", f"{'00' * 48}9000"])
def test_no_trips(answer: str) -> None:
    """A card without them, or that does not show them, has an empty list."""
    assert card(union(_00B2=answer)).trips() == ()


def test_a_metro_record_that_is_not_shown() -> None:
    """Nobody knows then whether a trip is open, so a refund must not go on."""
    with pytest.raises(CardRefused):
        metro(card(union(**{f"_{METRO}": "6982"})))


def test_a_metro_record_of_another_length() -> None:
    """What tells of an open trip stands at its beginning."""
    record = VECTORS["PARSE-12"].given["data"][: 2 * 100] + "9000"
    assert (metro(card(union(**{f"_{METRO}": record}))) or {})["state"] == 1


@pytest.mark.parametrize("data", ["6A83", "6A82", "FF" * 128 + "9000", "2701" + "9000"])
def test_no_metro_record(data: str) -> None:
    """Where there is none, it is blank or another's, no trip is unfinished."""
    assert metro(card(union(**{f"_{METRO}": data}))) is None


@pytest.mark.parametrize("answer", ["6A82", "6982", "00000156589000"])
def test_no_file_17(answer: str) -> None:
    """Cards that are no T-Union have something else there, or nothing: the kind is not shown."""
    assert card(union(**{f"_{MANAGED}": answer})).management() is None


def test_a_record_of_no_size_of_ours() -> None:
    """The tolerant reader gives nothing rather than shifted columns."""
    assert tolerant(MANAGEMENT, bytes(59)) is None


def test_an_answer_that_is_none() -> None:
    """One byte is no status word."""
    with pytest.raises(CardBabbles):
        told({SELECT: "90"})


# --- The older card ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "debt", "blacklisted"),
    [
        ("00 0000002A FFFFFFFF", 0, False),
        ("00 0000002A 0000012C", 300, False),
        ("A5 0000002A FFFFFFFF", 0, True),
        ("A5 00000000 00000001", 1, True),
        ("00 0000002A", 0, False),
        ("A5", 0, True),
    ],
)
def test_its_debt_and_its_mark(state: str, debt: int, blacklisted: bool) -> None:
    """What the holder owes is not theirs to spend; FFFFFFFF stands for nothing owed."""
    found = card(older(state))
    assert (found.identify().blacklisted, found.balance()) == (blacklisted, Balance(1000, 0, debt))
    assert found.balance().shown == 1000 - debt


def test_its_file_05_is_not_read() -> None:
    """The rest of that file is not public: a shorter one, or none, leaves the card readable."""
    short = card(older() | {OLD_STATE: "A5 00000000 0000012C 6282"})
    assert (short.identify().blacklisted, short.balance().debt) == (True, 300)
    none = card(older() | {OLD_STATE: "6982"})
    assert (none.identify().blacklisted, none.balance().debt) == (False, 0)


def test_it_is_blocked() -> None:
    """Its purse blocked, its number in the MF still tells whose it is."""
    facts = told(older() | {OLD_PURSE: "9303"})
    assert (facts.blocked, facts.number) == (0x9303, "1000751500000001")


def test_the_emulators_cards() -> None:
    """The same reading of both software cards: terminal and emulator agree on the reference."""
    old = BeijingOldCard.new(BeijingOldFacts("1000751500000001", debt=300, balance=1000))
    old.power_on()
    assert TransitCard(AnswerRules(old)).balance().shown == 700
    union_card = chip(selected=False, read_all_records=True, full_fci=True)
    found = TransitCard(AnswerRules(union_card))
    assert (found.identify().number, found.balance(), lines(found)) == (
        "3105170010100000001",
        Balance(0),
        (),
    )
