"""Two steps with a card held between them: E2 to E4 and E16 on a card, and every way it ends."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from key_services import P1
from sessions import LATE, OTHER, READER, Clock

from apdu.commands import (
    ExternalAuthenticate,
    GetChallenge,
    InternalAuthenticate,
    Select,
    SelectBy,
    UnblockMode,
    UnblockPin,
    Verify,
)
from apdu.secret import Secret
from card_profiles import social_security as ssse
from card_profiles.key_addresses import ADDRESSES
from card_profiles.profiles import BEIJING
from emulator.card import SoftwareCard
from emulator.facts import made_up_facts
from emulator.key_host import KeyHost
from emulator.pcsc import ScriptedPcsc
from emulator.randomness import Randomness
from terminal.errors import CardTorn, HostAnswerWrong, KeysDoNotFit, StepOver
from terminal.keys.host_texts import Challenge, basic_read, key_proof, named, pin_reload
from terminal.readers.connection import CardConnection
from terminal.readers.port import PcscFailure
from terminal.readers.session import CardSession
from terminal.service_pin import ServicePin
from terminal.services.two_step import LIFE_SECONDS, TwoStep, Waiting

HOLDER = bytes.fromhex("00B2013414")  # READ RECORD 1 of EF06: opened by RKSSSE
E2_CHALLENGES = "A1A2A3A4A5A6A7A8 1122334455667788 B1B2B3B4B5B6B7B8 99AABBCCDDEEFF00"
E2_ANSWER = "F3610F94C1077F0EA1A2A3A4A5A6A7A8|4850166F191CF5D2B1B2B3B4B5B6B7B8|"
E16_CHALLENGES = "C1C2C3C4C5C6C7C8 0102030405060708 1122334455667788"
WRONG_FIRST_HALF = "00" * 8 + E2_ANSWER[16:]


class Counting(SoftwareCard):
    """A card that counts how often it was reset."""

    resets = 0

    def reset(self) -> None:
        self.resets += 1
        super().reset()


def new_card(challenges: str) -> Counting:
    """P1 of the reference, as far as its keys go, with its challenges in their order."""
    facts = replace(made_up_facts(BEIJING, 1), region="110000", serial=bytes.fromhex("00000001"))
    return Counting.new(
        BEIJING, facts, randomness=Randomness(map(bytes.fromhex, challenges.split()))
    )


@pytest.fixture
def pcsc() -> ScriptedPcsc:
    return ScriptedPcsc(READER, OTHER, failure=PcscFailure)


@pytest.fixture
def card(pcsc: ScriptedPcsc) -> Counting:
    card = new_card(E2_CHALLENGES)
    pcsc.insert(READER, card)
    return card


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def steps(clock: Clock) -> Iterator[TwoStep[str]]:
    steps: TwoStep[str] = TwoStep(clock=clock)
    yield steps
    steps.close()


def send(connection: CardConnection, command: bytes) -> bytes:
    answer = connection.transmit(command)
    assert answer[-2:] == b"\x90\x00", answer.hex()
    return answer[:-2]


def challenge(connection: CardConnection) -> Challenge:
    """Ask for two: the original first, the factor last."""
    original, factor = (send(connection, GetChallenge().encode()) for _ in range(2))
    return Challenge(factor, original)


def read_in_two_steps(connection: CardConnection) -> Waiting[str]:
    """Make the basic read's first step, in the order of E2."""
    send(connection, Select(SelectBy.NAME, ssse.NAME).encode())
    internal = challenge(connection)
    answered = send(connection, InternalAuthenticate(internal.factor, internal.original).encode())
    external = challenge(connection)
    request = basic_read(P1, internal, external)

    def second(connection: CardConnection, answer: str) -> str:
        proofs = request.answer(answer)
        proofs.check_card(answered)
        assert proofs.external is not None
        command = ExternalAuthenticate(ssse.RK, proofs.external, external.original)
        send(connection, command.encode())
        return send(connection, HOLDER).hex()

    return Waiting(request.text, second)


def begin(steps: TwoStep[str], pcsc: ScriptedPcsc, reader: str = READER) -> str | Secret:
    return steps.begin(CardSession(pcsc, reader), read_in_two_steps)


def why(steps: TwoStep[str], answer: str = E2_ANSWER, reader: str = READER) -> str:
    """Say why there is nothing to go on with."""
    with pytest.raises(StepOver) as caught:
        steps.go_on(reader, answer)
    assert caught.value.cause("zh")
    return caught.value.cause("en")


# --- On a card -----------------------------------------------------------------------------


def test_the_basic_read(steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting) -> None:
    """E2: the card waits with its challenges, takes the proof, opens the holder, and is reset."""
    assert begin(steps, pcsc) == (
        "110000|0081544C978684110000000001|03|110000D15600000500000001FFFFFFFF"
        "|1122334455667788|A1A2A3A4A5A6A7A8|99AABBCCDDEEFF00|B1B2B3B4B5B6B7B8|"
    )
    before = card.resets
    assert pcsc.calls["SCardEndTransaction"] == 0, "nobody else has the card in between"
    holder = steps.go_on(READER, E2_ANSWER)
    assert isinstance(holder, str)
    assert holder.startswith("0812")
    assert card.resets == before + 1
    with CardSession(pcsc, READER) as session:
        session.run(lambda it: send(it, Select(SelectBy.NAME, ssse.NAME).encode()))
        assert session.run(lambda it: it.transmit(HOLDER)) == b"\x69\x82"


def test_a_reload_takes_three_steps(steps: TwoStep[str], pcsc: ScriptedPcsc) -> None:
    """E16: proof of PUK, new PIN to the host as a Secret, its command to the card; then VERIFY."""
    card = new_card(E16_CHALLENGES)
    pcsc.insert(READER, card)
    address, host = ADDRESSES["SSSE", "PUK"], KeyHost()

    def first(connection: CardConnection) -> Waiting[str]:
        send(connection, Select(SelectBy.NAME, ssse.NAME).encode())
        asked = challenge(connection)
        request = named(P1, key_proof(P1.algorithm, address, asked))

        def second(connection: CardConnection, answer: str) -> Waiting[str]:
            proof = ExternalAuthenticate(ssse.PUK, request.answer(answer), asked.original)
            send(connection, proof.encode())
            factor = send(connection, GetChallenge().encode())
            with ServicePin(bytearray(b"654321")) as pin:
                header = bytes.fromhex("84240001")
                reload = named(P1, pin_reload(P1.algorithm, address, factor, header, pin))

            def third(connection: CardConnection, answer: str) -> str:
                command = UnblockPin(UnblockMode.RELOAD, reload.answer(answer))
                send(connection, command.encode())
                return connection.transmit(Verify(bytes.fromhex("654321")).encode()).hex()

            return Waiting(reload.text, third)

        return Waiting(request.text, second)

    text = steps.begin(CardSession(pcsc, READER), first)
    assert isinstance(text, str)
    assert text.endswith("\n03|0090|0102030405060708|C1C2C3C4C5C6C7C8|")
    waiting = steps.go_on(READER, host.answer(text))
    assert isinstance(waiting, Waiting)
    assert isinstance(waiting.text, Secret)
    answer = host.answer(waiting.text.reveal().decode())
    assert answer == "8424000114854B0CCB023C5EAEEAC7592293AF12138C942CC7"
    assert steps.go_on(READER, answer) == "9000"


def test_a_wrong_first_half(steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting) -> None:
    """E4: the card does not fit, it was sent nothing more, and a second step 2 is too late."""
    begin(steps, pcsc)
    before = card.resets
    with pytest.raises(KeysDoNotFit):
        steps.go_on(READER, WRONG_FIRST_HALF)
    assert card.resets == before + 1
    assert card.memory.read("SSSE.key.0A.tries") == b"\x03"
    assert "failed" in why(steps)


def test_an_answer_that_is_none(steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting) -> None:
    """Rubbish from the host ends it, too: a challenge is not to be tried on."""
    begin(steps, pcsc)
    with pytest.raises(HostAnswerWrong):
        steps.go_on(READER, "rubbish")
    assert "failed" in why(steps)


# --- How it ends ---------------------------------------------------------------------------


class Standing:
    """A step that stands still until it is let go, on a thread of its own."""

    def __init__(self, steps: TwoStep[str], pcsc: ScriptedPcsc) -> None:
        self.inside, self.go = threading.Event(), threading.Event()
        self.ended: list[object] = []

        def then(*_: object) -> Waiting[str]:
            self.inside.set()
            assert self.go.wait(LATE)
            return Waiting("again", lambda *_: "done")

        steps.begin(CardSession(pcsc, READER), lambda _: Waiting("1", then))

        def run() -> None:
            try:
                self.ended.append(steps.go_on(READER, "x"))
            except StepOver as over:
                self.ended.append(over)

        self._thread = threading.Thread(target=run)
        self._thread.start()
        assert self.inside.wait(LATE)

    def finish(self) -> object:
        self.go.set()
        self._thread.join(LATE)
        return self.ended[0]


@pytest.mark.parametrize(
    ("end", "word"),
    [
        (lambda steps: steps.end(READER), "was ended"),
        (lambda steps: steps.card_left(READER), "card left"),
        (lambda steps: steps.close(), "was ended"),
    ],
    ids=["ended", "card left", "closed"],
)
def test_ended_while_a_step_runs(
    steps: TwoStep[str],
    pcsc: ScriptedPcsc,
    card: Counting,
    end: Callable[[TwoStep[str]], None],
    word: str,
) -> None:
    """The step does what it began, and then the card is let go: nothing waits any more."""
    standing = Standing(steps, pcsc)
    end(steps)
    before = card.resets
    over = standing.finish()
    assert isinstance(over, StepOver)
    assert word in over.cause("en")
    assert card.resets == before + 1
    assert word in why(steps)


def test_another_begins_while_a_step_runs(
    steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting
) -> None:
    """One at a time on a reader: the new one waits for the card, the old one is over."""
    standing = Standing(steps, pcsc)
    begun: list[object] = []
    waits = threading.Event()

    class Announced(CardSession):
        def run(self, operation: Callable[[CardConnection], Any]) -> Any:
            waits.set()
            return super().run(operation)

    other = threading.Thread(
        target=lambda: begun.append(
            steps.begin(Announced(pcsc, READER), lambda _: Waiting("new", lambda *_: "new done"))
        )
    )
    other.start()
    assert waits.wait(LATE)
    over = standing.finish()
    other.join(LATE)
    assert isinstance(over, StepOver)
    assert "Another first step" in over.cause("en")
    assert begun == ["new"]
    assert steps.go_on(READER, "x") == "new done"


def test_nothing_is_held_after_closing(
    steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting
) -> None:
    """A program that ends has no card waiting, whoever is late."""
    steps.close()
    with pytest.raises(StepOver):
        begin(steps, pcsc)
    assert pcsc.calls["SCardDisconnect"] == 1


def test_without_a_first_step(steps: TwoStep[str]) -> None:
    """There is nothing to go on with."""
    assert "No first step" in why(steps)


def test_twice(steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting) -> None:
    """One answer, one proof."""
    begin(steps, pcsc)
    steps.go_on(READER, E2_ANSWER)
    assert "already" in why(steps)


@pytest.mark.parametrize("tended", [True, False], ids=["by itself", "at the next step"])
def test_late(
    steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting, clock: Clock, tended: bool
) -> None:
    """After 120 s the card is reset and everybody's again, whether somebody asks or just looks."""
    begin(steps, pcsc)
    before = card.resets
    clock.now = LIFE_SECONDS
    steps.tend()
    assert card.resets == before, "not yet"
    clock.now = LIFE_SECONDS + 1
    if tended:
        steps.tend()
        assert card.resets == before + 1
    assert "120 s" in why(steps)
    assert card.resets == before + 1
    assert pcsc.calls["SCardDisconnect"] == 1


def test_each_step_waits_its_own_time(
    steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting, clock: Clock
) -> None:
    """The host may be slow twice: the life is a step's, not the sum's."""

    def first(_: CardConnection) -> Waiting[str]:
        return Waiting("1", lambda *_: Waiting("2", lambda *_: "done"))

    steps.begin(CardSession(pcsc, READER), first)
    clock.now = LIFE_SECONDS - 1
    steps.go_on(READER, "")
    clock.now = 2 * LIFE_SECONDS - 2
    assert steps.go_on(READER, "") == "done"


def test_another_begins(steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting) -> None:
    """The later one wins, on a card that was reset in between; the former answer is no good."""
    begin(steps, pcsc)
    before = card.resets
    assert begin(steps, pcsc) != ""
    assert card.resets == before + 1
    with pytest.raises(HostAnswerWrong):
        steps.go_on(READER, E2_ANSWER)


def test_another_that_fails_to_begin(
    steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting
) -> None:
    """What was begun before is over all the same."""
    begin(steps, pcsc)

    def broken(_: CardConnection) -> Waiting[str]:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        steps.begin(CardSession(pcsc, READER), broken)
    assert "failed" in why(steps)
    assert pcsc.readers[READER].lock is None


def test_the_card_leaves(steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting) -> None:
    """Told by whoever watches the readers: it is over before step 2 comes."""
    begin(steps, pcsc)
    pcsc.remove(READER)
    steps.card_left(READER)
    assert "left" in why(steps)
    steps.card_left(READER)
    assert "left" in why(steps)


def test_another_card_is_not_taken_for_it(
    steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting
) -> None:
    """Pulled and replaced unseen: the proof made for one card never reaches the next."""
    begin(steps, pcsc)
    pcsc.remove(READER)
    next_card = new_card(E2_CHALLENGES)
    pcsc.insert(READER, next_card)
    with pytest.raises(CardTorn):
        steps.go_on(READER, E2_ANSWER)
    assert "failed" in why(steps)
    assert next_card.memory.writes == 0


def test_each_reader_for_itself(steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting) -> None:
    """Two counters' steps do not end each other."""
    pcsc.insert(OTHER, new_card(E2_CHALLENGES))
    begin(steps, pcsc)
    begin(steps, pcsc, OTHER)
    steps.end(OTHER)
    assert "ended" in why(steps, reader=OTHER)
    assert isinstance(steps.go_on(READER, E2_ANSWER), str)


def test_closing_ends_all(steps: TwoStep[str], pcsc: ScriptedPcsc, card: Counting) -> None:
    """A program that ends leaves no card behind with its proofs."""
    pcsc.insert(OTHER, new_card(E2_CHALLENGES))
    begin(steps, pcsc)
    begin(steps, pcsc, OTHER)
    steps.close()
    steps.close()
    for reader in (READER, OTHER):
        assert pcsc.readers[reader].lock is None
        assert "ended" in why(steps, reader=reader)
