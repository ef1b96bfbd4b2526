"""Every vector of the reference on the functions that card, SAM and host compute with."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from purse_vectors import PurseVector, every, of_kind

from apdu import purse, tdes
from apdu import secure_messaging as sm
from apdu.cipher import MAC, TDES, Algorithm, family
from apdu.errors import EncodingError, LayoutError
from apdu.purse import (
    SM4_GUESS,
    TRIPLE_DES,
    Debited,
    OfflineBegun,
    OnlineBegun,
    Proved,
    Purse,
    TransactionType,
    UpdateBegun,
    moment,
    read_moment,
)
from apdu.purse_commands import (
    AuthenticateTerminal,
    Beginning,
    CreditForLoad,
    Debit,
    GetBalance,
    GetProof,
    Initialize,
    ReloadPin,
    UpdateCache,
    UpdateLimit,
)
from apdu.response import parse_response

KINDS = {
    "des_ecb",
    "mac_single_des",
    "mac_retail",
    "sm_encrypt_then_mac",
    "reload_pin",
    "diversify",
    "load",
    "negative_mac1",
    "purchase",
    "unload",
    "overdraft",
    "external_auth",
    "sm4_block",
    "sm4_inferred",
}
ELSEWHERE = {
    "psam_purchase": "tests/emulator/test_sam_purse.py",
    "psam_mac": "tests/emulator/test_sam_purse.py",
    "structure_only": "tests/apdu/test_purse_vectors.py",
    "transcript": "tests/emulator/test_purse.py",
    "parse": "tests/terminal/cards/test_transit.py",
}


def each_of(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", of_kind(*kinds), ids=str)


def session_of(vector: PurseVector, key: str, tail: bytes = b"") -> bytes:
    counter = "offline_seq" if "offline_seq" in vector.given else "online_seq"
    return TRIPLE_DES.session_key(
        vector.bytes(key), vector.bytes("random"), vector.number(counter), tail
    )


def kind_of(vector: PurseVector) -> TransactionType:
    return TransactionType(vector.number("type"))


def test_no_vector_is_left_out() -> None:
    """A vector that no test asks for proves nothing; a new kind must find its place."""
    assert {each.kind for each in every()} == KINDS | ELSEWHERE.keys()
    assert len({each.id for each in every()}) == len(every())


@each_of("des_ecb")
def test_des(vector: PurseVector) -> None:
    """All else stands on single DES in ECB."""
    assert tdes.encrypt(vector.bytes("key"), vector.bytes("data")) == vector.bytes("result")


@each_of("mac_single_des")
def test_single_des_mac(vector: PurseVector) -> None:
    """The MAC of every transaction, with a whole block of padding where the data is aligned."""
    assert not vector.bytes("iv").strip(b"\0")
    assert TRIPLE_DES.mac(vector.bytes("key"), vector.bytes("data")) == vector.bytes("mac")


@each_of("mac_retail")
def test_retail_mac(vector: PurseVector) -> None:
    """The MAC of management commands, keys of 16 bytes."""
    made = sm.mac(vector.bytes("key"), vector.bytes("iv"), vector.bytes("data"))
    assert made == vector.bytes("mac")


@each_of("sm_encrypt_then_mac")
def test_enciphered_then_mac(vector: PurseVector) -> None:
    """Data is enciphered first and the MAC is over what is sent."""
    key, plain = vector.bytes("key"), vector.bytes("plain_with_length")
    cipher = sm.encrypt(key, plain[1 : 1 + plain[0]])
    assert cipher == vector.bytes("cipher")
    made = sm.mac(key, vector.bytes("challenge"), vector.bytes("header") + cipher)
    assert made == vector.bytes("mac")


@each_of("reload_pin")
def test_reload_pin(vector: PurseVector) -> None:
    """RELOAD PIN has its own MAC: folded key, no challenge, the PIN bytes alone."""
    key, pin = vector.bytes("key"), vector.bytes("pin")
    assert sm.folded(key) == vector.bytes("mac_key")
    assert sm.reload_mac(key, pin) == vector.bytes("mac")
    command = ReloadPin(vector.number("key_id"), pin + vector.bytes("mac"))
    assert command.encode() == vector.bytes("apdu")
    assert ReloadPin.parse(command.command()) == command


@each_of("diversify")
def test_diversification(vector: PurseVector) -> None:
    """A card's key comes from its root level by level; the order is the vector's."""
    key = vector.bytes("master")
    for factor in vector.given["factors"]:
        key = TDES.diversify(key, bytes.fromhex(factor))
    assert key == vector.bytes("key")


@each_of("load")
def test_load(vector: PurseVector) -> None:
    """A load from INIT to TAC: what goes over the wire is the vector's to the byte."""
    kind, terminal, at = kind_of(vector), vector.bytes("terminal"), vector.bytes("datetime")
    balance, amount = vector.number("balance"), vector.number("amount")
    session = session_of(vector, "load_key")
    assert session == vector.bytes("session_key")
    mac1 = TRIPLE_DES.mac(session, purse.online_mac1(balance, amount, kind, terminal))
    assert mac1 == vector.bytes("mac1")
    account = Purse.PASSBOOK if kind is TransactionType.PASSBOOK_LOAD else Purse.PURSE
    begin = Initialize.of(Beginning.LOAD, 0, amount, terminal, account)
    assert begin.encode() == vector.bytes("init_apdu")
    assert Initialize.parse(begin.command()) == begin
    answer = parse_response(vector.bytes("init_response"))
    begun = OnlineBegun.decode(answer.data)
    assert begun.encode() == answer.data
    assert (begun.balance, begun.counter) == (balance, vector.number("online_seq"))
    assert (begun.random, begun.mac1) == (vector.bytes("random"), mac1)
    mac2 = TRIPLE_DES.mac(session, purse.mac_of_amount(amount, kind, terminal, at))
    assert mac2 == vector.bytes("mac2")
    credit = CreditForLoad(at, mac2)
    assert credit.encode() == vector.bytes("credit_apdu")
    if "dtk" in vector.given:
        covered = purse.online_proof(
            vector.number("new_balance"), begun.counter, amount, kind, terminal, at
        )
        assert TRIPLE_DES.tac(vector.bytes("dtk"), covered) == vector.bytes("tac")


@each_of("negative_mac1")
def test_a_card_of_another_algorithm_is_refused(vector: PurseVector) -> None:
    """The published mismatch must be a mismatch here too: no MAC2 for such a card."""
    session = session_of(vector, "load_key")
    covered = purse.online_mac1(
        vector.number("balance"),
        vector.number("amount"),
        kind_of(vector),
        vector.bytes("terminal"),
    )
    expected = TRIPLE_DES.mac(session, covered)
    assert expected == vector.bytes("expected_mac1") != vector.bytes("card_mac1")


@each_of("purchase")
def test_purchase(vector: PurseVector) -> None:
    """A purchase of any kind: SAM's MAC1, card's MAC2 and TAC, and the bytes of each command."""
    kind, terminal, at = kind_of(vector), vector.bytes("terminal"), vector.bytes("datetime")
    amount, sequence = vector.number("amount"), vector.bytes("terminal_seq")
    session = session_of(vector, "purchase_key", purse.session_tail(sequence))
    assert session == vector.bytes("session_key")
    mac1 = TRIPLE_DES.mac(session, purse.mac_of_amount(amount, kind, terminal, at))
    mac2 = TRIPLE_DES.mac(session, purse.purchase_mac2(amount))
    assert (mac1, mac2) == (vector.bytes("mac1"), vector.bytes("mac2"))
    tac = TRIPLE_DES.tac(
        vector.bytes("dtk"), purse.purchase_proof(amount, kind, terminal, sequence, at)
    )
    assert tac == vector.bytes("tac")
    what, account = {
        TransactionType.PURCHASE: (Beginning.PURCHASE, Purse.PURSE),
        TransactionType.PASSBOOK_PURCHASE: (Beginning.PURCHASE, Purse.PASSBOOK),
        TransactionType.WITHDRAWAL: (Beginning.WITHDRAWAL, Purse.PASSBOOK),
        TransactionType.COMPOSITE: (Beginning.COMPOSITE, Purse.PURSE),
    }[kind]
    begin = Initialize.of(what, 0, amount, terminal, account)
    assert begin.encode() == vector.bytes("init_apdu")
    answer = parse_response(vector.bytes("init_response"))
    begun = OfflineBegun.decode(answer.data)
    assert begun.encode() == answer.data
    assert (begun.counter, begun.limit) == (
        vector.number("offline_seq"),
        vector.number("overdraft"),
    )
    debit = Debit.purchase(sequence, at, mac1)
    assert debit.encode() == vector.bytes("debit_apdu")
    parsed = Debit.parse(debit.command())
    assert (parsed.sequence, parsed.at, parsed.mac) == (sequence, at, mac1)
    assert Debited(tac, mac2).encode() == parse_response(vector.bytes("debit_response")).data
    if "prove_apdu" in vector.wanted:
        assert GetProof(kind, begun.counter + 1).encode() == vector.bytes("prove_apdu")
        answer = parse_response(vector.bytes("prove_response"))
        proved = Proved.decode(answer.data)
        assert (proved.mac, proved.tac) == (mac2, tac)
        assert proved.encode() == answer.data


@each_of("unload")
def test_unload(vector: PurseVector) -> None:
    """An unload proves itself by MAC3 in place of a TAC."""
    kind, terminal, at = kind_of(vector), vector.bytes("terminal"), vector.bytes("datetime")
    balance, amount = vector.number("balance"), vector.number("amount")
    session = session_of(vector, "unload_key")
    assert session == vector.bytes("session_key")
    mac1 = TRIPLE_DES.mac(session, purse.online_mac1(balance, amount, kind, terminal))
    mac2 = TRIPLE_DES.mac(session, purse.mac_of_amount(amount, kind, terminal, at))
    covered = purse.online_proof(
        vector.number("new_balance"), vector.number("online_seq"), amount, kind, terminal, at
    )
    mac3 = TRIPLE_DES.mac(session, covered)
    assert (mac1, mac2, mac3) == tuple(vector.bytes(each) for each in ("mac1", "mac2", "mac3"))
    begin = Initialize.of(Beginning.UNLOAD, 0, amount, terminal, Purse(vector.number("p2")))
    assert begin.encode() == vector.bytes("init_apdu")
    assert Debit.unload(at, mac2).encode() == vector.bytes("debit_apdu")


@each_of("overdraft")
def test_overdraft(vector: PurseVector) -> None:
    """A change of the limit moves the available balance by the difference."""
    terminal, at = vector.bytes("terminal"), vector.bytes("datetime")
    balance, old, new = (vector.number(each) for each in ("balance", "old_limit", "new_limit"))
    session = session_of(vector, "overdraft_key")
    assert session == vector.bytes("session_key")
    mac1 = TRIPLE_DES.mac(session, purse.limit_mac1(balance, old, terminal))
    mac2 = TRIPLE_DES.mac(session, purse.limit_mac2(new, terminal, at))
    assert (mac1, mac2) == (vector.bytes("mac1"), vector.bytes("mac2"))
    assert vector.number("new_balance") == balance - old + new
    covered = purse.limit_proof(
        vector.number("new_balance"), vector.number("online_seq"), new, terminal, at
    )
    assert TRIPLE_DES.tac(vector.bytes("dtk"), covered) == vector.bytes("tac")
    assert UpdateLimit(new, at, mac2).encode() == vector.bytes("update_apdu")


@each_of("overdraft")
def test_what_begins_a_change_of_the_limit(vector: PurseVector) -> None:
    """19 bytes, every field in its place; a byte less or more is no answer."""
    fields = (vector.bytes(each) for each in ("balance", "online_seq", "old_limit"))
    raw = b"".join(fields) + b"\1\2" + vector.bytes("random") + vector.bytes("mac1")
    begun = UpdateBegun.decode(raw)
    assert begun == UpdateBegun(
        balance=vector.number("balance"),
        counter=vector.number("online_seq"),
        limit=vector.number("old_limit"),
        key_version=1,
        algorithm=2,
        random=vector.bytes("random"),
        mac1=vector.bytes("mac1"),
    )
    assert begun.encode() == raw
    for wrong in (raw[:-1], raw + b"\0", raw[:15], b""):
        with pytest.raises(LayoutError):
            UpdateBegun.decode(wrong)


@each_of("external_auth")
def test_external_authentication(vector: PurseVector) -> None:
    """The purse takes the enciphered challenge alone, a short one filled with 00."""
    cryptogram = sm.cryptogram(vector.bytes("key"), vector.bytes("challenge"))
    assert cryptogram == vector.bytes("cryptogram")
    command = AuthenticateTerminal(vector.number("key_id"), cryptogram)
    assert command.encode() == vector.bytes("apdu")


@each_of("structure_only")
def test_what_a_real_tac_covered(vector: PurseVector) -> None:
    """A real purchase's TAC cannot be recomputed, but what went into it has this structure."""
    covered = purse.purchase_proof(
        vector.number("amount"),
        kind_of(vector),
        vector.bytes("terminal"),
        vector.bytes("terminal_seq"),
        vector.bytes("datetime"),
    )
    padded = covered + bytes.fromhex("8000000000000000")[: -len(covered) % 8]
    assert bytes(8) + padded == vector.bytes("des_apdu_data")


# SM4: the block cipher is the standard's; all else is a guess, and no conformance.


@each_of("sm4_block")
def test_sm4_block(vector: PurseVector) -> None:
    """The block cipher itself is published (GB/T 32907)."""
    made = family(Algorithm.SM4).encrypt_blocks(vector.bytes("key"), vector.bytes("data"))
    assert made == vector.bytes("result")


@each_of("sm4_inferred")
def test_the_guess_at_sm4_stays_what_it_was(vector: PurseVector) -> None:
    """Not conformance: only that the place for SM4 stays open and the guess is the recorded one."""
    sequence, amount = vector.bytes("terminal_seq"), vector.number("amount")
    session = SM4_GUESS.session_key(
        vector.bytes("key"),
        vector.bytes("random"),
        vector.number("offline_seq"),
        purse.session_tail(sequence),
    )
    covered = purse.mac_of_amount(
        amount, kind_of(vector), vector.bytes("terminal"), vector.bytes("datetime")
    )
    assert session == vector.bytes("session_key")
    assert SM4_GUESS.mac(session, covered) == vector.bytes("mac1")
    assert SM4_GUESS.mac(session, purse.purchase_mac2(amount)) == vector.bytes("mac2")
    assert len(SM4_GUESS.tac(vector.bytes("key"), covered)) == MAC


# Properties (reference transit-purse.md §7) --------------------------------------------------


def test_the_type_enters_mac1_and_tac_only() -> None:
    """PUR-03 and PUR-04 differ in the type alone: the session and MAC2 are the same."""
    one, other = (each for each in every() if each.id in {"PUR-03", "PUR-04"})
    same = {name for name in one.wanted if one.wanted[name] == other.wanted.get(name)}
    assert {"session_key", "mac2"} <= same
    assert not same & {"mac1", "tac"}


def test_the_high_half_of_the_sequence_enters_the_tac_only() -> None:
    """PUR-07 and PUR-12: whoever keys records on half a number mixes them up."""
    one, other = (each for each in every() if each.id in {"PUR-07", "PUR-12"})
    same = {name for name in one.wanted if one.wanted[name] == other.wanted.get(name)}
    assert {"session_key", "mac1", "mac2"} <= same
    assert "tac" not in same


# The edges that no vector stands on ----------------------------------------------------------


def test_the_bytes_of_the_types() -> None:
    """They are in MACs and logs (§2.4): also those that no vector has are what cards write."""
    assert [each.name for each in TransactionType] == [
        "PASSBOOK_LOAD",
        "LOAD",
        "UNLOAD",
        "WITHDRAWAL",
        "PASSBOOK_PURCHASE",
        "PURCHASE",
        "OVERDRAFT",
        "CREDIT",
        "COMPOSITE",
    ]
    assert [each.value for each in TransactionType] == list(range(1, 10))
    assert {each.value for each in TransactionType if each.online} == {1, 2, 3, 7}


@pytest.mark.parametrize("amount", [-1, 1 << 32])
def test_an_amount_that_no_mac_can_cover(amount: int) -> None:
    """Four bytes hold it or nothing is made: a cut amount under a good MAC would be believed."""
    with pytest.raises(LayoutError):
        purse.purchase_mac2(amount)


def test_a_tac_key_of_eight_bytes() -> None:
    """Cards with single keys have nothing to fold: the TAC is the MAC under the key itself."""
    key, message = bytes(range(1, 9)), b"what it covers"
    assert TRIPLE_DES.tac(key, message) == TRIPLE_DES.mac(key, message)


def test_the_online_tail_of_the_guess_at_sm4() -> None:
    """Online there is no terminal sequence, and what stands in its place is the same as in 3DES."""
    key, random = bytes(16), bytes(4)
    online = SM4_GUESS.session_key(key, random, 7)
    assert online == SM4_GUESS.session_key(key, random, 7, bytes.fromhex("8000"))


@pytest.mark.parametrize(
    ("what", "amount", "terminal"),
    [
        (Beginning.LOAD, 1, bytes(5)),
        (Beginning.LOAD, 1, bytes(7)),
        (Beginning.LIMIT, None, bytes(5)),
        (Beginning.PURCHASE, None, bytes(6)),
        (Beginning.LIMIT, 1, bytes(6)),
    ],
)
def test_what_nothing_begins_with(what: Beginning, amount: int | None, terminal: bytes) -> None:
    """Bytes of a terminal taken for an amount would begin another transaction than was asked."""
    with pytest.raises(EncodingError):
        Initialize.of(what, 0, amount, terminal)


@pytest.mark.parametrize(
    ("what", "amount", "size"),
    [
        (Beginning.LOAD, 1, 16),
        (Beginning.PURCHASE, 1, 15),
        (Beginning.WITHDRAWAL, 1, 15),
        (Beginning.COMPOSITE, 1, 15),
        (Beginning.LIMIT, None, 19),
        (Beginning.UNLOAD, 1, 16),
    ],
)
def test_the_answer_that_a_beginning_asks_for(
    what: Beginning, amount: int | None, size: int
) -> None:
    """A strict card answers 6Cxx to any other Le, and each beginning has its own (§3)."""
    assert Initialize.of(what, 0, amount, bytes(6)).encode()[-1] == size


def test_the_balance_that_is_asked_for() -> None:
    """What can be spent, of the purse: sample cards know no other."""
    assert GetBalance().encode() == bytes.fromhex("805C000204")


def test_what_goes_without_saying() -> None:
    """The purse and not the passbook, a record by its identifier, and no file by accident."""
    begin = Initialize(Beginning.LOAD, 0, bytes(10))
    assert begin.encode() == bytes.fromhex("805000020B" + "00" * 11 + "10")
    assert UpdateCache(1, b"\xaa").encode() == bytes.fromhex("80DC010001AA")
    with pytest.raises(EncodingError):
        UpdateCache(1, b"\xaa", sfi=0x20).encode()


@given(st.datetimes())
@example(datetime.fromisoformat("0999-12-31T23:59:58"))
def test_moments_there_and_back(at: datetime) -> None:
    """Seven bytes hold any second, month before day; a log's time is read as it was written."""
    raw = moment(at)
    assert len(raw) == 7
    assert read_moment(raw) == at.replace(microsecond=0)
