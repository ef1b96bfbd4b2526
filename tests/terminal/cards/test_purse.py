"""What moves money on a card: every command to the byte, and what every answer means.

The commands and answers are the reference's vectors; what a status word may be believed to say
decides whether an operation is over or open (reference transit-purse.md §3.3, §5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from purse_vectors import PurseVector, of_kind

from apdu.purse import Debited, OfflineBegun, OnlineBegun, Proved, TransactionType
from apdu.response import parse_response
from card_profiles import transit
from terminal.cards.purse import (
    BLOCK_HEADER,
    COMPOSITE_SFI,
    TRIPS_SFI,
    CardPurse,
    TornOutcome,
)
from terminal.cards.transit import TransitCard
from terminal.errors import CardBabbles, PurseBlocked, PursePinWanted, PurseRefused
from terminal.readers.t0 import AnswerRules, T0Connection

TERMINAL, AT = bytes.fromhex("010203040506"), bytes.fromhex("20230615070809")
MAC = bytes.fromhex("A1B2C3D4")
LOADED, PAID = TransactionType.LOAD, TransactionType.PURCHASE
ONLINE = "000003E8 0012 00 01 A1B2C3D4 361AF4C4 9000"
OFFLINE = "000003E8 0034 000000 00 01 55667788 9000"


@dataclass
class Card:
    """Answers by the whole command; anything else 6D00."""

    answers: Mapping[str, str] = field(default_factory=dict)
    default: str = "6D00"
    protocol: str = "T=1"
    atr: bytes = bytes.fromhex("3B00")
    sent: list[str] = field(default_factory=list)

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command.hex().upper())
        return bytes.fromhex(self.answers.get(self.sent[-1], self.default))


def purse(wire: Card, index: int = 0) -> CardPurse:
    rules = T0Connection if wire.protocol == "T=0" else AnswerRules
    return CardPurse(TransitCard(rules(wire)), index)


def answering(answer: str) -> CardPurse:
    """A purse whose card answers this to everything."""
    return purse(Card(default=answer))


def each_of(*kinds: str) -> pytest.MarkDecorator:
    """The vectors of these kinds that are the purse's: a passbook's P2 is another."""
    return pytest.mark.parametrize(
        "vector",
        [each for each in of_kind(*kinds) if each.wanted["init_apdu"][6:8] == "02"],
        ids=str,
    )


# --- The vectors ---------------------------------------------------------------------------


@each_of("load")
def test_a_load(vector: PurseVector) -> None:
    """Both commands of a load are the vector's, and the card's numbers come out unchanged."""
    tac = vector.wanted["tac"]
    wire = Card(
        {
            vector.wanted["init_apdu"]: vector.wanted["init_response"],
            vector.wanted["credit_apdu"]: f"{tac}9000",
        }
    )
    begun = purse(wire).begin_load(vector.number("amount"), vector.bytes("terminal"))
    assert begun.encode() + b"\x90\0" == vector.bytes("init_response")
    assert (begun.balance, begun.counter) == (vector.number("balance"), vector.number("online_seq"))
    credited = purse(wire).credit(vector.bytes("datetime"), vector.bytes("mac2"))
    assert credited.hex().upper() == tac


@each_of("purchase")
def test_a_purchase(vector: PurseVector) -> None:
    """Plain and composite: begin, end, and the proof by the counter after it."""
    wanted, kind = vector.wanted, TransactionType(vector.number("type"))
    wire = Card(
        {
            wanted["init_apdu"]: wanted["init_response"],
            wanted["debit_apdu"]: wanted["debit_response"],
            wanted["prove_apdu"]: wanted["prove_response"],
        }
    )
    begun = purse(wire).begin_purchase(kind, vector.number("amount"), vector.bytes("terminal"))
    assert begun.encode() + b"\x90\0" == vector.bytes("init_response")
    assert begun.limit == vector.number("overdraft")
    debited = purse(wire).debit(
        vector.bytes("terminal_seq"), vector.bytes("datetime"), vector.bytes("mac1")
    )
    assert debited == Debited(vector.bytes("tac"), vector.bytes("mac2"))
    proved = purse(wire).proof(kind, begun.counter + 1)
    assert proved == Proved(vector.bytes("mac2"), vector.bytes("tac"))


@each_of("unload")
def test_an_unload(vector: PurseVector) -> None:
    """Where a card's purse has one: P1 05, and MAC3 comes back."""
    wanted = vector.wanted
    wire = Card(
        {
            wanted["init_apdu"]: wanted["init_response"],
            wanted["debit_apdu"]: wanted["debit_response"],
        }
    )
    begun = purse(wire).begin_unload(vector.number("amount"), vector.bytes("terminal"))
    assert (begun.counter, begun.mac1) == (vector.number("online_seq"), vector.bytes("mac1"))
    mac3 = purse(wire).debit_unload(vector.bytes("datetime"), vector.bytes("mac2"))
    assert mac3 == vector.bytes("mac3")


def test_each_kind_has_vectors() -> None:
    """A filter that leaves nothing over would pass every test above."""
    purses = {
        kind: sum(each.wanted["init_apdu"][6:8] == "02" for each in of_kind(kind))
        for kind in ("load", "purchase", "unload")
    }
    assert min(purses.values()) >= 1
    assert purses["load"] + purses["purchase"] >= 10


# --- Commands without keys -----------------------------------------------------------------


def test_the_key_index_is_the_configured_one() -> None:
    """Cities number their keys differently (§3.4)."""
    wire = Card(default=ONLINE)
    purse(wire, 7).begin_load(5000, TERMINAL)
    assert wire.sent == ["805000020B070000138801020304050610"]


def test_t0_sends_no_le() -> None:
    """On T=0 the answer is fetched: with Le behind the data a card counts one byte too many."""
    wire = Card(
        {
            "805000020B0000001388010203040506": "6110",
            "00C0000010": ONLINE,
            "805200000B20230615070809A1B2C3D4": "6104",
            "00C0000004": "DFDC06189000",
        },
        protocol="T=0",
    )
    assert purse(wire).begin_load(5000, TERMINAL).counter == 0x12
    assert purse(wire).credit(AT, MAC).hex() == "dfdc0618"


def test_records_are_put_aside() -> None:
    """A composite record by its identifier's low byte, a trip appended (§2.5, §2.6)."""
    wire = Card(default="9000")
    purse(wire).cache(COMPOSITE_SFI, transit.METRO_RECORD, bytes(128))
    purse(wire).cache(TRIPS_SFI, 5, bytes(48), append=True)
    assert wire.sent == ["80DC01D080" + "00" * 128, "80DC00F030" + "00" * 48]


def test_blocking() -> None:
    """A challenge of four bytes, and P2 01: for ever."""
    wire = Card({"0084000004": "A1B2C3D49000", "841E000104A1B2C3D4": "9000"})
    challenge = purse(wire).challenge()
    purse(wire).block(challenge)
    assert challenge == MAC
    assert bytes.fromhex("841E0001") == BLOCK_HEADER


# --- What is believed ----------------------------------------------------------------------

Act = Callable[[CardPurse], object]
BEGIN: dict[str, Act] = {
    "begin_load": lambda card: card.begin_load(1, TERMINAL),
    "begin_unload": lambda card: card.begin_unload(1, TERMINAL),
    "begin_purchase": lambda card: card.begin_purchase(PAID, 1, TERMINAL),
    "cache": lambda card: card.cache(TRIPS_SFI, 0, bytes(48), append=True),
    "challenge": lambda card: card.challenge(),
}
END: dict[str, Act] = {
    "credit": lambda card: card.credit(AT, MAC),
    "debit_unload": lambda card: card.debit_unload(AT, MAC),
    "debit": lambda card: card.debit(bytes(4), AT, MAC),
    "block": lambda card: card.block(MAC),
}
REFUSED = [
    "6400",
    "6700",
    "6900",
    "6901",
    "6981",
    "6983",
    "6984",
    "6985",
    "6986",
    "6987",
    "6988",
    "6A80",
    "6A81",
    "6A82",
    "6A83",
    "6A84",
    "6A86",
    "6A88",
    "6B00",
    "6D00",
    "6E00",
    "9301",
    "9302",
    "9401",
    "9402",
    "9403",
    "9406",
    "9407",
    "9408",
]
OPEN = ["6581", "6500", "6F00", "6200", "6281", "6282", "6283", "6284", "6300", "63C2"]
WRONG_LENGTH = ["9000", "A1B2C39000", "A1B2C3D4E59000", "A1B2C3D4A1B2C3D4009000"]


def acts(among: Mapping[str, Act]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("act", among.values(), ids=among)


@acts(BEGIN | END)
@pytest.mark.parametrize("sw", REFUSED)
def test_refusals(act: Act, sw: str) -> None:
    """Refused and nothing changed: the clerk reads the step, the word and its meaning."""
    with pytest.raises(PurseRefused) as error:
        act(answering(sw))
    assert error.value.facts["sw"] == sw
    assert error.value.facts["step"]
    assert "未知" not in error.value.cause("zh")


@acts(BEGIN)
@pytest.mark.parametrize("sw", ["9303", "6283", "6284"])
def test_blocked(act: Act, sw: str) -> None:
    """Told as a blocked application, whichever way the card says it."""
    with pytest.raises(PurseBlocked) as error:
        act(answering(sw))
    assert error.value.facts["sw"] == sw


@acts(BEGIN | END)
def test_a_pin_is_wanted(act: Act) -> None:
    """Some cities' purses have a PIN of their own; it is not the service PIN."""
    with pytest.raises(PursePinWanted):
        act(answering("6982"))


@acts(END)
def test_blocked_for_ever_meanwhile(act: Act) -> None:
    """9303 is a clear no: three wrong MACs end an application, and no money moves."""
    with pytest.raises(PurseBlocked):
        act(answering("9303"))


@acts(END)
@pytest.mark.parametrize("sw", OPEN)
def test_open(act: Act, sw: str) -> None:
    """A warning or a failed write leaves open whether the card was changed: never a refusal."""
    with pytest.raises(TornOutcome) as torn:
        act(answering(sw))
    assert torn.value.sw == int(sw, 16)
    assert str(torn.value) == sw


@acts({name: act for name, act in END.items() if name != "block"})
@pytest.mark.parametrize("answer", WRONG_LENGTH)
def test_done_without_its_proof(act: Act, answer: str) -> None:
    """The card says yes and gives no proof of the right length: what it did is open."""
    with pytest.raises(TornOutcome) as torn:
        act(answering(answer))
    assert torn.value.sw == 0x9000


@pytest.mark.parametrize("sw", ["6281", "6700", "FFFF"])
def test_a_proof_without_a_yes(sw: str) -> None:
    """Data of the right length beside a word that is no 9000 is not booked as done."""
    for act, proof in ((END["credit"], MAC), (END["debit"], MAC + MAC)):
        with pytest.raises((TornOutcome, PurseRefused)):
            act(answering(proof.hex() + sw))


def test_answers_left_over() -> None:
    """61xx or 6Cxx that reaches us was handled by nobody below; it is no refusal."""
    for act in END.values():
        for sw in ("6104", "6C04"):
            with pytest.raises(TornOutcome) as torn:
                act(CardPurse(TransitCard(Card(default=sw)), 0))
            assert torn.value.sw == int(sw, 16)


@acts(END)
@pytest.mark.parametrize("sw", ["0000", "1234", "8000", "9100", "9500", "FFFF"])
def test_words_nobody_knows(act: Act, sw: str) -> None:
    """What is no status word of this table is not believed to be a no."""
    with pytest.raises(TornOutcome):
        act(answering(sw))


def test_a_word_that_nobody_knows_at_the_beginning() -> None:
    """Nothing is changed there: it is a refusal, and said as unknown."""
    with pytest.raises(PurseRefused) as error:
        answering("9EEE").begin_load(1, TERMINAL)
    assert "未知状态字" in error.value.cause("zh")


@acts({name: act for name, act in BEGIN.items() if name != "cache"})
@pytest.mark.parametrize("answer", ["9000", "00019000", f"{'00' * 17}9000"])
def test_beginnings_of_another_length(act: Act, answer: str) -> None:
    """Columns of a wrong answer would be made into a MAC: it is stopped there."""
    with pytest.raises(CardBabbles):
        act(answering(answer))


def test_no_status_word() -> None:
    """Half an answer after the card was told is an error of the card, and never a refusal."""
    with pytest.raises(CardBabbles):
        answering("90").credit(AT, MAC)


# --- Evidence ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", ["9406", "6A81", "6982", "9000", "A1B2C3D49000", "6300", "A1B2C3D4" * 2 + "6281"]
)
def test_no_proof(answer: str) -> None:
    """Nothing but eight bytes under 9000 proves anything."""
    assert answering(answer).proof(LOADED, 1) is None


def test_proofs_by_kind_and_counter() -> None:
    """The counter after the transaction, two bytes to FFFF (§5, 2)."""
    wire = Card(default="A1B2C3D4361AF4C49000")
    for kind, counter in ((LOADED, 1), (PAID, 0x0100), (TransactionType.UNLOAD, 0xFFFF)):
        assert purse(wire).proof(kind, counter) == Proved(MAC, bytes.fromhex("361AF4C4"))
    assert wire.sent == ["805A000202000108", "805A000602010008", "805A000302FFFF08"]


@pytest.mark.parametrize(
    ("kind", "command", "answer", "counter"),
    [
        (LOADED, "805000020B000000000100000000000010", ONLINE, 0x12),
        (TransactionType.UNLOAD, "805000020B000000000100000000000010", ONLINE, 0x12),
        (PAID, "805003020B00000000000000000000000F", OFFLINE, 0x34),
        (TransactionType.COMPOSITE, "805003020B00000000000000000000000F", OFFLINE, 0x34),
    ],
)
def test_the_counter(kind: TransactionType, command: str, answer: str, counter: int) -> None:
    """A transaction begun and left there tells the counter of its direction (§3.2)."""
    wire = Card({command: answer})
    assert purse(wire).counter(kind) == counter
    assert wire.sent == [command]


@pytest.mark.parametrize(
    ("kind", "second", "answer"),
    [
        (LOADED, "805005020B000000000100000000000010", ONLINE),
        (PAID, "805001020B00000000010000000000000F", OFFLINE),
    ],
)
def test_the_counter_by_another_way(kind: TransactionType, second: str, answer: str) -> None:
    """A card may refuse one beginning and tell by the other; both count in the same counter."""
    wire = Card({second: answer}, default="6985")
    assert purse(wire).counter(kind) is not None
    assert wire.sent[1:] == [second]


@pytest.mark.parametrize("sw", ["9401", "9402", "9403", "9303", "6982", "6985", "6283"])
def test_no_counter(sw: str) -> None:
    """A card that begins nothing tells no counter; nobody guesses one."""
    for kind in (LOADED, PAID):
        assert answering(sw).counter(kind) is None


def test_a_counter_of_another_length() -> None:
    """An answer to the other direction's INITIALIZE is no counter of this one."""
    assert OnlineBegun.decode(parse_response(bytes.fromhex(ONLINE)).data).counter == 0x12
    assert OfflineBegun.decode(parse_response(bytes.fromhex(OFFLINE)).data).counter == 0x34
    for kind, answer in ((LOADED, OFFLINE), (PAID, ONLINE)):
        with pytest.raises(CardBabbles):
            answering(answer).counter(kind)
