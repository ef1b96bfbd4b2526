"""What every load host and every purchase SAM owes its callers: one suite for all of them.

What is right is worked out here with single cipher blocks, and from the reference's vectors
DIV-04, SAM-01, SAM-03 and SAMMAC-01; nothing of apdu.purse makes a MAC here.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from purse_services import (
    AT,
    HOST_KEYS,
    LOAD_HOSTS,
    NOW,
    PURCHASE_SAMS,
    ROOTS,
    SAM_KEYS,
    TERMINAL,
    LoadFactory,
    Names,
    SamFactory,
    published,
    remote_host,
    token_host,
    vector,
)

from apdu import tdes
from apdu.cipher import TDES
from apdu.purse import OfflineBegun, OnlineBegun, TransactionType
from card_profiles import transit
from card_profiles.development_keys import SETS
from terminal.errors import CardMacWrong, KeyMissing
from terminal.keys.derivation import RootCipher
from terminal.keys.purse import (
    Authorisation,
    LoadHost,
    OnlineRequest,
    PurchaseProof,
    PurchaseRequest,
    PurchaseSam,
    PurseIdentity,
)
from terminal.keys.purse_software import DerivedLoadHost, DevelopmentSam, development_roots

CARD = PurseIdentity(bytes.fromhex("01011000FFFFFFFF"), bytes.fromhex("5170010100000001"))
LOADS = (TransactionType.PASSBOOK_LOAD, TransactionType.LOAD, TransactionType.UNLOAD)
BLOCK, UNBLOCK = bytes.fromhex("841E0000"), bytes.fromhex("84180000")
EVERY_BIT = range(32)


class OneLevel(PurseIdentity):
    """A card of a city whose roots stand one level higher: the card's factor alone (SAM-03)."""

    @property
    def factors(self) -> Any:
        return (self.serial,)


# --- Worked out apart ----------------------------------------------------------------------


def child(key: bytes, factor: bytes) -> bytes:
    return tdes.encrypt(key, factor) + tdes.encrypt(key, bytes(255 - each for each in factor))


def card_key(root: bytes, card: PurseIdentity = CARD) -> bytes:
    for factor in card.factors:
        root = child(root, factor)
    return root


def mac(key: bytes, message: bytes) -> bytes:
    message += b"\x80"
    message += bytes(-len(message) % 8)
    return tdes.encrypt_cbc(key, message)[-8:-4]


def tac(key: bytes, message: bytes) -> bytes:
    return mac(bytes(a ^ b for a, b in zip(key[:8], key[8:], strict=True)), message)


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


class Online:
    """A card that begins a load or an unload, and what is right to say to it."""

    def __init__(
        self,
        root_of: Any = published,
        kind: TransactionType = TransactionType.LOAD,
        *,
        card: PurseIdentity = CARD,
        amount: int = 300,
        balance: int = 0x3E8,
        counter: int = 0x12,
        random: bytes = bytes.fromhex("A1B2C3D4"),
        terminal: bytes = bytes.fromhex(TERMINAL),
        algorithm: int = 0,
        version: int = 0,
    ) -> None:
        unloads = kind is TransactionType.UNLOAD
        key = card_key(root_of("transit", "DULK" if unloads else "DLK"), card)
        session = tdes.encrypt(key, random + counter.to_bytes(2, "big") + b"\x80\x00")
        head = amount.to_bytes(4, "big") + bytes((kind,)) + terminal
        mac1 = mac(session, balance.to_bytes(4, "big") + head)
        begun = OnlineBegun(balance, counter, version, algorithm, random, mac1)
        self.request = OnlineRequest(card, kind, amount, terminal, begun)
        self.mac2 = mac(session, head + bytes.fromhex(AT))
        self.after = balance - amount if unloads else balance + amount
        last = self.after.to_bytes(4, "big") + counter.to_bytes(2, "big") + head + bytes.fromhex(AT)
        self.proof = (
            mac(session, last) if unloads else tac(card_key(root_of("transit", "DTK"), card), last)
        )


class Offline:
    """A card that begins a purchase, and what is right between it and a SAM."""

    def __init__(
        self,
        root_of: Any = published,
        *,
        card: PurseIdentity = CARD,
        kind: TransactionType = TransactionType.PURCHASE,
        amount: int = 500,
        counter: int = 0x42C,
        random: bytes = bytes.fromhex("0BADF00D"),
        sequence: bytes = bytes.fromhex("00001234"),
        algorithm: int = 0,
        version: int = 0,
    ) -> None:
        at = bytes.fromhex(AT)
        begun = OfflineBegun(0xCB7, counter, 0, version, algorithm, random)
        self.request = PurchaseRequest(card, kind, amount, begun, at)
        key = card_key(root_of("transit", "DPK"), card)
        session = tdes.encrypt(key, random + counter.to_bytes(2, "big") + sequence[2:])
        money, terminal = amount.to_bytes(4, "big"), bytes.fromhex(TERMINAL)
        self.mac1 = mac(session, money + bytes((kind,)) + terminal + at)
        self.mac2 = mac(session, money)
        self.proof = PurchaseProof(card, kind, amount, terminal, sequence, at)
        covered = money + bytes((kind,)) + terminal + sequence + at
        self.tac = tac(card_key(root_of("transit", "DTK"), card), covered)


def test_what_is_worked_out_here() -> None:
    """The yardstick is held against the reference itself before others are held against it."""
    assert card_key(published("transit", "DLK")) == vector("DIV-04").bytes("key")
    sam_01 = vector("SAM-01")
    right = Offline(kind=TransactionType.COMPOSITE)
    assert (b"\0\0\x12\x34" + right.mac1).hex().upper() + "9000" == sam_01.wanted["sam_response"]
    assert (right.tac + right.mac2).hex().upper() + "9000" == sam_01.wanted["card_debit_response"]


# --- The implementations -------------------------------------------------------------------

EVERY_HOST = pytest.mark.parametrize(
    "factory", [pytest.param(factory, id=name) for name, factory in LOAD_HOSTS]
)
EVERY_SAM = pytest.mark.parametrize(
    "factory", [pytest.param(factory, id=name) for name, factory in PURCHASE_SAMS]
)


class Hosts:
    """Hosts that stay open for this module: opening one may be slow."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._open: dict[tuple[LoadFactory, str, Names], LoadHost] = {}

    def __call__(
        self, factory: LoadFactory, roots: str = "published", names: Names = HOST_KEYS
    ) -> LoadHost:
        if (factory, roots, names) not in self._open:
            opened = self._stack.enter_context(factory(ROOTS[roots], names))
            self._open[factory, roots, names] = opened
        return self._open[factory, roots, names]


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with ExitStack() as stack:
        yield Hosts(stack)


@pytest.fixture
def sam(factory: SamFactory) -> Iterator[PurchaseSam]:
    with factory(published, SAM_KEYS, 2) as sam:
        yield sam


# --- Load hosts ----------------------------------------------------------------------------


@EVERY_HOST
@pytest.mark.parametrize("roots", ROOTS)
@pytest.mark.parametrize("kind", LOADS, ids=lambda kind: kind.name)
def test_from_mac1_to_the_last_word(
    hosts: Hosts, factory: LoadFactory, roots: str, kind: TransactionType
) -> None:
    """A card compares bytes; whoever gives them, they are those of the rules, its time included."""
    host = hosts(factory, roots)
    right = Online(ROOTS[roots], kind)
    given = host.authorise(right.request)
    assert (given.at.hex(), given.mac2) == (AT, right.mac2)
    assert host.is_proof(right.request, given, right.after, right.proof)
    assert not host.is_proof(right.request, given, right.after + 1, right.proof)
    later = Authorisation(bytes.fromhex("20241229141741"), given.mac2)
    assert not host.is_proof(right.request, later, right.after, right.proof)


@EVERY_HOST
@pytest.mark.parametrize("kind", LOADS, ids=lambda kind: kind.name)
def test_one_wrong_bit_of_mac1(hosts: Hosts, factory: LoadFactory, kind: TransactionType) -> None:
    """Whoever is given MAC2 for a MAC1 that is nearly right makes money of nothing."""
    host, right = hosts(factory), Online(kind=kind).request
    for bit in EVERY_BIT:
        begun = replace(right.begun, mac1=flipped(right.begun.mac1, bit))
        with pytest.raises(CardMacWrong):
            host.authorise(replace(right, begun=begun))


@EVERY_HOST
@pytest.mark.parametrize("kind", LOADS, ids=lambda kind: kind.name)
def test_one_wrong_bit_of_the_last_word(
    hosts: Hosts, factory: LoadFactory, kind: TransactionType
) -> None:
    """A card's proof is right or it is not; nothing else says that the money is on it."""
    host, right = hosts(factory), Online(kind=kind)
    given = Authorisation(bytes.fromhex(AT), right.mac2)
    for bit in EVERY_BIT:
        assert not host.is_proof(right.request, given, right.after, flipped(right.proof, bit))


@EVERY_HOST
@pytest.mark.parametrize(
    "other",
    [
        {"amount": 301},
        {"terminal": bytes.fromhex("300089000341")},
        {"kind": TransactionType.UNLOAD},
        {"kind": TransactionType.PASSBOOK_LOAD},
        {"card": PurseIdentity(CARD.issuer, bytes.fromhex("5170010100000002"))},
        {"card": PurseIdentity(bytes.fromhex("02002900FFFFFFFF"), CARD.serial)},
        {"balance": 0x3E9},
        {"counter": 0x13},
        {"random": bytes.fromhex("A1B2C3D5")},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_request(hosts: Hosts, factory: LoadFactory, other: dict[str, Any]) -> None:
    """MAC1 binds every one of these: a counter that changes one on the way is not believed."""
    right = Online().request
    of_begun = other.keys() & {"balance", "counter", "random"}
    changed = {"begun": replace(right.begun, **other)} if of_begun else other
    with pytest.raises(CardMacWrong):
        hosts(factory).authorise(replace(right, **changed))


@EVERY_HOST
def test_maintenance_macs(hosts: Hosts, factory: LoadFactory) -> None:
    """SAMMAC-01 blocks the application; a wrong MAC three times would block it for ever."""
    host, published_one = hosts(factory), vector("SAMMAC-01")
    challenge = published_one.bytes("challenge")
    assert host.maintenance_mac(CARD, challenge, BLOCK) == published_one.bytes("mac")
    key = card_key(published("transit", "DAMK"))
    for drawn, header in ((bytes(range(8)), BLOCK), (b"\1\2\3\4", UNBLOCK)):
        padded = header + b"\x04\x80\0\0"
        last = tdes.encrypt_cbc(key[:8], padded, drawn.ljust(8, b"\0"))
        retail = tdes.encrypt(key[:8], tdes.decrypt(key[8:], last))[:4]
        assert host.maintenance_mac(CARD, drawn, header) == retail


@EVERY_HOST
@pytest.mark.parametrize("lacking", sorted(HOST_KEYS))
def test_a_missing_root(hosts: Hosts, factory: LoadFactory, lacking: str) -> None:
    """It is named, and no other key stands in for it."""
    host = hosts(factory, "published", HOST_KEYS - {lacking})
    load, unload = Online(), Online(kind=TransactionType.UNLOAD)
    given = Authorisation(bytes.fromhex(AT), bytes(4))
    asks = {
        transit.DLK: lambda: host.authorise(load.request),
        transit.DULK: lambda: host.authorise(unload.request),
        transit.DTK: lambda: host.is_proof(load.request, given, load.after, load.proof),
        transit.DAMK: lambda: host.maintenance_mac(CARD, bytes(4), BLOCK),
    }
    for name, ask in asks.items():
        if name == lacking:
            with pytest.raises(KeyMissing, match=f"transit/{name}"):
                ask()
        else:
            ask()
    if lacking == transit.DULK:
        with pytest.raises(KeyMissing, match="transit/DULK"):
            host.is_proof(unload.request, given, unload.after, unload.proof)


@EVERY_HOST
@pytest.mark.parametrize("algorithm", [0x00, 0x01, 0x02, 0x03, 0xFF])
def test_algorithms(hosts: Hosts, factory: LoadFactory, algorithm: int) -> None:
    """00 and 01 are 3DES on every card known; for others there is no key, and never our guess."""
    host, right = hosts(factory), Online(algorithm=algorithm, version=algorithm)
    given = Authorisation(bytes.fromhex(AT), right.mac2)
    if algorithm in {0x00, 0x01}:
        assert host.authorise(right.request).mac2 == right.mac2
        assert host.is_proof(right.request, given, right.after, right.proof)
        return
    with pytest.raises(KeyMissing, match="transit/DLK"):
        host.authorise(right.request)
    with pytest.raises(KeyMissing, match="transit/DTK"):
        host.is_proof(right.request, given, right.after, right.proof)


@EVERY_HOST
@pytest.mark.parametrize("roots", SETS)
def test_development_hosts_have_test_keys(hosts: Hosts, factory: LoadFactory, roots: str) -> None:
    """A counter in production must be able to refuse them, wherever they are."""
    assert hosts(factory, roots).test_keys


def test_live_keys_are_no_test_keys() -> None:
    """Or a counter in production could load nothing; but a mark alone makes no key a live one."""
    with remote_host(published, HOST_KEYS) as host:
        assert not host.test_keys
    with token_host(published, HOST_KEYS, mark="live") as host:
        assert not host.test_keys
    with token_host(SETS["uniform"], HOST_KEYS, mark="live") as host:
        assert host.test_keys
    with token_host(published, HOST_KEYS) as host:
        assert host.test_keys


@EVERY_HOST
def test_closing_a_host_twice(factory: LoadFactory) -> None:
    """Whoever tidies up need not know what was tidied already."""
    with factory(published, HOST_KEYS) as host:
        host.close()
        host.close()


@EVERY_HOST
@settings(max_examples=15)
@given(
    kind=st.sampled_from(LOADS),
    issuer=st.binary(min_size=8, max_size=8),
    serial=st.binary(min_size=8, max_size=8),
    amount=st.integers(0, 0x3FFF_FFFF),
    more=st.integers(0, 0x3FFF_FFFF),
    counter=st.integers(0, 0xFFFE),
    random=st.binary(min_size=4, max_size=4),
    terminal=st.binary(min_size=6, max_size=6),
)
def test_any_load(
    hosts: Hosts,
    factory: LoadFactory,
    kind: TransactionType,
    issuer: bytes,
    serial: bytes,
    amount: int,
    more: int,
    counter: int,
    random: bytes,
    terminal: bytes,
) -> None:
    """Cards of any city with any money, and numbers that begin with zeros."""
    right = Online(
        kind=kind,
        card=PurseIdentity(issuer, serial),
        amount=amount,
        balance=amount + more,
        counter=counter,
        random=random,
        terminal=terminal,
    )
    host = hosts(factory)
    given_back = host.authorise(right.request)
    assert given_back.mac2 == right.mac2
    assert host.is_proof(right.request, given_back, right.after, right.proof)


# --- Purchase SAMs -------------------------------------------------------------------------


@EVERY_SAM
@pytest.mark.parametrize(("name", "levels"), [("SAM-01", 2), ("SAM-03", 1)])
def test_the_references_purchases(factory: SamFactory, name: str, levels: int) -> None:
    """MAC1 for the card, its MAC2 and its TAC; then the next number, as the reference has them."""
    published_one = vector(name)
    card: PurseIdentity = CARD if levels == 2 else OneLevel(CARD.issuer, CARD.serial)
    begun = OfflineBegun(
        0xCB7,
        published_one.number("offline_seq"),
        0,
        published_one.number("key_version"),
        published_one.number("algorithm"),
        published_one.bytes("random"),
    )
    kind = TransactionType(published_one.number("type"))
    at, amount = published_one.bytes("datetime"), published_one.number("amount")
    answer = published_one.bytes("sam_response")
    debited = published_one.bytes("card_debit_response")
    with factory(published, SAM_KEYS, levels) as sam:
        request = PurchaseRequest(card, kind, amount, begun, at)
        assert sam.terminal == published_one.bytes("terminal")
        assert sam.begin(request) == (answer[:4], answer[4:8])
        assert sam.credit(debited[4:8])
        proof = PurchaseProof(card, kind, amount, sam.terminal, answer[:4], at)
        assert sam.is_tac(proof, debited[:4])
        assert sam.begin(request)[0] == bytes.fromhex("00001235")


@EVERY_SAM
def test_one_wrong_bit_of_mac2(sam: PurchaseSam) -> None:
    """A purchase without the card's word is none: the number stands, and the same one is next."""
    right = Offline()
    for bit in EVERY_BIT:
        assert sam.begin(right.request) == (bytes.fromhex("00001234"), right.mac1)
        assert not sam.credit(flipped(right.mac2, bit))
    assert sam.begin(right.request)[0] == bytes.fromhex("00001234")
    assert sam.credit(right.mac2)


@EVERY_SAM
def test_the_last_begun_is_the_one(sam: PurchaseSam) -> None:
    """An aborted purchase repeats its number, and its MAC2 is worth nothing any more."""
    first, second = Offline(), Offline(amount=501)
    assert sam.begin(first.request)[0] == sam.begin(second.request)[0]
    assert not sam.credit(first.mac2)


@EVERY_SAM
@pytest.mark.parametrize(
    "other",
    [
        {"amount": 501},
        {"kind": TransactionType.COMPOSITE},
        {"terminal": bytes.fromhex("300089000341")},
        {"sequence": bytes.fromhex("00011234")},
        {"at": bytes.fromhex("20241229141741")},
        {"card": PurseIdentity(CARD.issuer, bytes.fromhex("5170010100000002"))},
    ],
    ids=lambda other: next(iter(other)),
)
def test_tac_of_another_purchase(sam: PurchaseSam, other: dict[str, Any]) -> None:
    """A TAC proves one purchase; the high half of its number too, which is in no session key."""
    right = Offline()
    assert sam.is_tac(right.proof, right.tac)
    assert not sam.is_tac(replace(right.proof, **other), right.tac)


@EVERY_SAM
def test_one_wrong_bit_of_the_tac(sam: PurchaseSam) -> None:
    """It is right or it is not."""
    right = Offline()
    assert not any(sam.is_tac(right.proof, flipped(right.tac, bit)) for bit in EVERY_BIT)


@EVERY_SAM
def test_a_tac_between_mac1_and_mac2(sam: PurchaseSam) -> None:
    """A card that was torn may be judged while another's purchase is begun."""
    right = Offline()
    sam.begin(right.request)
    assert sam.is_tac(right.proof, right.tac)
    assert sam.credit(right.mac2)


@EVERY_SAM
@pytest.mark.parametrize("lacking", sorted(SAM_KEYS))
def test_a_sam_without_a_key(factory: SamFactory, lacking: str) -> None:
    """It is named: many SAMs in the field have no TAC key, and that is no wrong TAC."""
    right = Offline()
    with factory(published, SAM_KEYS - {lacking}, 2) as sam:
        if lacking == transit.DPK:
            with pytest.raises(KeyMissing, match="transit/DPK"):
                sam.begin(right.request)
            return
        sam.begin(right.request)
        assert sam.credit(right.mac2)
        with pytest.raises(KeyMissing, match="transit/DTK"):
            sam.is_tac(right.proof, right.tac)


@EVERY_SAM
@pytest.mark.parametrize("algorithm", [0x00, 0x01, 0x02, 0x03, 0xFF])
def test_algorithms_of_a_purchase(sam: PurchaseSam, algorithm: int) -> None:
    """As for loads: 3DES or no key at all."""
    right = Offline(algorithm=algorithm)
    if algorithm in {0x00, 0x01}:
        assert sam.begin(right.request)[1] == right.mac1
        return
    with pytest.raises(KeyMissing, match=f"transit/DPK .{algorithm:02X}"):
        sam.begin(right.request)


@EVERY_SAM
@pytest.mark.parametrize("roots", SETS)
def test_development_sams_have_test_keys(factory: SamFactory, roots: str) -> None:
    """A counter in production must be able to refuse them, wherever they are."""
    with factory(ROOTS[roots], SAM_KEYS, 2) as sam:
        assert sam.test_keys
        assert sam.key_index == 1


@EVERY_SAM
def test_closing_a_sam_twice(factory: SamFactory) -> None:
    """Whoever tidies up need not know what was tidied already."""
    with factory(published, SAM_KEYS, 2) as sam:
        assert sam.begin(Offline().request)
        sam.close()
        sam.close()


@EVERY_SAM
@settings(max_examples=15)
@given(
    kind=st.sampled_from([TransactionType.PURCHASE, TransactionType.COMPOSITE]),
    issuer=st.binary(min_size=8, max_size=8),
    serial=st.binary(min_size=8, max_size=8),
    amount=st.integers(0, 0x7FFF_FFFF),
    counter=st.integers(0, 0xFFFE),
    random=st.binary(min_size=4, max_size=4),
)
def test_any_purchase(
    factory: SamFactory,
    kind: TransactionType,
    issuer: bytes,
    serial: bytes,
    amount: int,
    counter: int,
    random: bytes,
) -> None:
    """Cards of any city, and amounts of zero: entering the metro costs nothing yet."""
    right = Offline(
        kind=kind,
        card=PurseIdentity(issuer, serial),
        amount=amount,
        counter=counter,
        random=random,
    )
    with factory(published, SAM_KEYS, 2) as sam:
        assert sam.begin(right.request)[1] == right.mac1
        assert sam.credit(right.mac2)
        assert sam.is_tac(right.proof, right.tac)


# --- In software alone ---------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 1])
def test_where_a_sequence_begins(seconds: int) -> None:
    """At the second of the clock, odd or even: two that start apart never give one number."""
    now = NOW + timedelta(seconds=seconds)
    sam = DevelopmentSam(published_roots, lambda: now, bytes.fromhex(TERMINAL))
    sequence, _ = sam.begin(Offline().request)
    assert sequence == int(now.timestamp()).to_bytes(4, "big")


def test_a_development_counter_that_is_configured_nowhere() -> None:
    """Index 1, and the set whose keys are all one: what the software card is made with."""
    sam = DevelopmentSam(development_roots(), lambda: NOW, bytes.fromhex(TERMINAL))
    assert sam.key_index == 1
    right = Offline(SETS["uniform"], sequence=int(NOW.timestamp()).to_bytes(4, "big"))
    assert sam.begin(right.request)[1] == right.mac1


def test_mac2_counts_once() -> None:
    """What nobody awaits is refused, before the first purchase and after the good one."""
    sam = DevelopmentSam(published_roots, lambda: NOW, bytes.fromhex(TERMINAL))
    assert not sam.credit(bytes(4))
    sequence, _ = sam.begin(Offline().request)
    mac2 = Offline(sequence=sequence).mac2
    assert [sam.credit(mac2), sam.credit(mac2)] == [True, False]
    following = (int.from_bytes(sequence, "big") + 1).to_bytes(4, "big")
    assert sam.begin(Offline().request)[0] == following


def published_roots(name: str) -> RootCipher:
    return lambda blocks: TDES.encrypt_blocks(published("transit", name), blocks)


def test_a_closed_host_lets_go() -> None:
    """Where the roots are in a token its session has to end with the host."""
    closed: list[bool] = []
    host = DerivedLoadHost(
        published_roots, lambda: NOW, test_keys=True, close=lambda: closed.append(True)
    )
    host.close()
    assert closed == [True]
