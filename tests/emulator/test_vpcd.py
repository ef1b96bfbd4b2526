"""The card's end of the virtual reader: against a daemon played by the test, then the real one."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from pytest_mock import MockerFixture

from emulator.card import Removed, SoftwareCard
from emulator.daemon import DaemonUnavailable, PrivateDaemon
from emulator.memory import PowerCut
from emulator.vpcd import VirtualSlot, connect_to

DEADLINE = 10.0  # seconds; nothing here takes one, but a machine under load may
AT_ONCE = 0.1  # seconds in which a slot that does not wait has ended
ATR = bytes.fromhex("3B6D00000081544C978684110000000001")
OFF, ON, RESET, GET_ATR = b"\0", b"\1", b"\2", b"\4"


class NotedCard:
    """Note what is asked of it, and echo commands; what ``pulled`` is, the next one raises."""

    def __init__(self) -> None:
        self.atr = ATR
        self.seen: list[bytes | str] = []
        self.pulled: type[Exception] | None = None

    def power_on(self) -> None:
        self._note("on")

    def power_off(self) -> None:
        self.seen.append("off")

    def reset(self) -> None:
        self._note("reset")

    def transmit(self, command: bytes) -> bytes:
        self._note(command)
        return command[: 65_535 - 2] + b"\x90\x00"

    def _note(self, what: bytes | str) -> None:
        self.seen.append(what)
        if self.pulled is not None:
            raise self.pulled


class Vpcd:
    """Play the daemon's end: a listening port and one connection."""

    def __init__(self) -> None:
        self.listener = self.listen(0)
        self.port: int = self.listener.getsockname()[1]
        self.link: socket.socket | None = None

    @staticmethod
    def listen(port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
        listener.settimeout(DEADLINE)
        return listener

    def accept(self) -> None:
        if self.link is not None:
            self.link.close()
        self.link, _ = self.listener.accept()
        self.link.settimeout(DEADLINE)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def put(self, raw: bytes) -> None:
        assert self.link is not None
        self.link.sendall(raw)

    def say(self, message: bytes) -> None:
        self.put(len(message).to_bytes(2, "big") + message)

    def hear(self) -> bytes | None:
        """Read one message; None where the card's end closed."""
        header = self.take(2)
        return None if header is None else self.take(int.from_bytes(header, "big"))

    def take(self, count: int) -> bytes | None:
        assert self.link is not None
        data = b""
        while len(data) < count:
            part = self.link.recv(count - len(data))
            if not part:
                assert not data, "closed in the middle of a message"
                self.link.close()  # as the real one does
                return None
            data += part
        return data

    def ask(self, message: bytes) -> bytes | None:
        self.say(message)
        return self.hear()

    def go(self) -> None:
        """Go as a daemon that is stopped: connection and port."""
        if self.link is not None:
            self.link.close()
        self.listener.close()

    def come_back(self) -> None:
        self.listener = self.listen(self.port)


class Scene:
    """Hold a card in a slot of a played daemon, and the events of the slot."""

    def __init__(self) -> None:
        self.card = NotedCard()
        self.vpcd = Vpcd()
        self.events = {name: threading.Event() for name in ("inserted", "removed", "waiting")}
        self.slot = VirtualSlot(
            self.card,
            connect_to("127.0.0.1", self.vpcd.port),
            inserted=self.events["inserted"].set,
            removed=self.events["removed"].set,
            waiting=self.events["waiting"].set,
        )

    def happened(self, name: str) -> bool:
        return self.events[name].wait(DEADLINE)

    def notice_the_end(self, waiting: threading.Thread) -> None:
        """Look once more, as the daemon does, and close; whoever does not wait for that is told."""
        assert self.vpcd.link is not None
        assert self.vpcd.link.recv(1) == b""
        waiting.join(AT_ONCE)
        self.vpcd.say(GET_ATR)
        self.card.seen.append("noticed")
        assert self.vpcd.hear() is None

    def ended(self) -> bool:
        assert self.slot.thread is not None
        self.slot.thread.join(DEADLINE)
        return not self.slot.thread.is_alive()


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    scene.slot.start()
    scene.vpcd.accept()
    yield scene
    scene.vpcd.go()
    scene.slot.stop()
    assert scene.ended()


class TestMessages:
    def test_a_command_is_answered(self, scene: Scene) -> None:
        """Two bytes of length, the bytes, and the same way back."""
        assert scene.vpcd.ask(b"hello") == b"hello\x90\x00"

    def test_byte_by_byte(self, scene: Scene) -> None:
        """TCP may cut anywhere: a message in pieces of one byte is one message."""
        for each in b"\0\5hello" + b"\0\1\4":
            scene.vpcd.put(bytes((each,)))
        assert scene.vpcd.hear() == b"hello\x90\x00"
        assert scene.vpcd.hear() == ATR

    def test_length_and_payload_apart(self, scene: Scene) -> None:
        """Debian's vpcd writes them separately."""
        scene.vpcd.put(b"\0\5")
        scene.vpcd.put(b"hello")
        assert scene.vpcd.hear() == b"hello\x90\x00"

    def test_several_at_once(self, scene: Scene) -> None:
        """Several messages in one piece are answered one by one, in their order."""
        scene.vpcd.put(b"\0\1\1\0\2aa\0\1\4\0\3bbb\0\1")
        answers = [scene.vpcd.hear() for _ in range(3)]
        assert answers == [b"aa\x90\x00", ATR, b"bbb\x90\x00"]
        scene.vpcd.put(b"\4")
        assert scene.vpcd.hear() == ATR

    def test_the_longest_message(self, scene: Scene) -> None:
        """65,535 bytes arrive whole, and what the card answers leaves whole."""
        message = bytes(range(256)) * 255 + bytes(range(255))
        assert scene.vpcd.ask(message) == message[:65_533] + b"\x90\x00"
        assert scene.card.seen == [message]

    def test_an_empty_message(self, scene: Scene) -> None:
        """No byte at all is a command of no bytes, and has its answer."""
        assert scene.vpcd.ask(b"") == b"\x90\x00"

    @pytest.mark.parametrize(
        ("control", "done"), [(OFF, ["off"]), (ON, ["on"]), (RESET, ["reset"]), (b"\3", [])]
    )
    def test_controls_are_not_answered(self, scene: Scene, control: bytes, done: list[str]) -> None:
        """The daemon awaits nothing for them: the next answer is the next question's."""
        scene.vpcd.say(control)
        assert scene.vpcd.ask(GET_ATR) == ATR
        assert scene.card.seen == done

    def test_the_atr_at_any_moment(self, scene: Scene) -> None:
        """The daemon polls it to see whether the card is there: before power, after off, always."""
        for control in (None, ON, RESET, OFF, ON):
            if control is not None:
                scene.vpcd.say(control)
            assert scene.vpcd.ask(GET_ATR) == ATR
            assert scene.vpcd.ask(b"xx") == b"xx\x90\x00"


class TestPresence:
    def test_inserted_when_powered_and_seen(self, scene: Scene) -> None:
        """ "In" is told when the daemon has powered the card and had an answer, not before."""
        scene.vpcd.ask(GET_ATR)
        assert not scene.events["inserted"].is_set()
        scene.vpcd.say(ON)
        scene.vpcd.ask(GET_ATR)
        assert scene.happened("inserted")
        assert not scene.events["removed"].is_set()

    def test_taken_for_the_card_before(self, scene: Scene) -> None:
        """Looked at and never powered, it goes out and in again, once; then it counts as seen."""
        assert [scene.vpcd.ask(GET_ATR) for _ in range(3)] == [ATR, ATR, None]
        assert scene.happened("removed")
        assert not scene.events["inserted"].is_set()
        scene.vpcd.accept()
        assert [scene.vpcd.ask(GET_ATR) for _ in range(4)] == [ATR] * 4
        assert scene.happened("inserted")

    def test_first_what_is_owed_to_the_card_before(self, scene: Scene) -> None:
        """A daemon may power the last card down when it finds this one, and then power this one.

        It looks once for the one and twice for the other; that is no card taken for another.
        """
        assert scene.vpcd.ask(GET_ATR) == ATR
        scene.vpcd.say(OFF)
        assert [scene.vpcd.ask(GET_ATR) for _ in range(2)] == [ATR] * 2
        scene.vpcd.say(ON)
        assert scene.vpcd.ask(GET_ATR) == ATR
        assert scene.happened("inserted")
        assert not scene.events["removed"].is_set()

    def test_the_daemon_closes(self, scene: Scene) -> None:
        """When the daemon ends the connection the card is off, out, and tries again."""
        assert scene.vpcd.link is not None
        scene.vpcd.link.close()
        assert scene.happened("removed")
        assert scene.card.seen == ["off"]
        scene.vpcd.accept()
        assert scene.vpcd.ask(GET_ATR) == ATR

    def test_half_a_message_then_nothing(self, scene: Scene) -> None:
        """What was cut off is not carried out, nor joined with the next connection's bytes."""
        scene.vpcd.put(b"\0\5hel")
        assert scene.vpcd.link is not None
        scene.vpcd.link.close()
        scene.vpcd.accept()
        assert scene.vpcd.ask(b"xx") == b"xx\x90\x00"
        assert scene.card.seen == ["off", b"xx"]

    def test_the_daemon_goes_and_comes_back(self, scene: Scene) -> None:
        """A restarted daemon finds its cards again; until then the slot says it is waiting."""
        scene.vpcd.go()
        assert scene.happened("waiting")
        scene.vpcd.come_back()
        scene.vpcd.accept()
        assert scene.vpcd.ask(GET_ATR) == ATR

    @pytest.mark.parametrize("why", [Removed, PowerCut])
    @pytest.mark.parametrize("message", [b"hello", ON, RESET])
    def test_a_pulled_card_gives_no_answer(
        self, scene: Scene, why: type[Exception], message: bytes
    ) -> None:
        """Pulled or torn in a command, or in the recovery of a power-up: the connection ends."""
        scene.card.pulled = why
        scene.vpcd.say(message)
        assert scene.vpcd.hear() is None
        assert scene.ended()
        assert scene.events["removed"].is_set()
        assert scene.card.seen[-1] == "off"

    def test_a_card_that_breaks(self, mocker: MockerFixture) -> None:
        """An error in somebody's own card is not swallowed, and the card is out all the same."""
        mocker.patch("emulator.vpcd._GOODBYE_SECONDS", 0.01)
        scene = Scene()
        scene.card.pulled = ZeroDivisionError
        link = socket.create_connection(("127.0.0.1", scene.vpcd.port))
        scene.vpcd.accept()
        scene.vpcd.say(b"hello")
        slot = VirtualSlot(scene.card, lambda: link, removed=scene.events["removed"].set)
        with pytest.raises(ZeroDivisionError):
            slot.run()
        assert scene.vpcd.hear() is None
        assert scene.events["removed"].is_set()
        assert scene.card.seen == [b"hello", "off"]
        scene.vpcd.go()


class TestStop:
    def test_when_the_daemon_notices(self, scene: Scene) -> None:
        """It ends when the daemon has met the end, not before: who asks then sees no card."""
        assert scene.vpcd.ask(GET_ATR) == ATR
        stopping = threading.Thread(target=scene.slot.stop)
        stopping.start()
        scene.notice_the_end(stopping)
        stopping.join(DEADLINE)
        assert scene.ended()
        assert scene.card.seen == ["noticed", "off"]

    def test_interrupted(self) -> None:
        """A program that is ended takes its card out in the same way."""
        scene = Scene()
        scene.card.pulled = SystemExit

        def run() -> None:
            with pytest.raises(SystemExit):
                scene.slot.run()

        running = threading.Thread(target=run)
        running.start()
        scene.vpcd.accept()
        scene.vpcd.say(b"hello")
        scene.notice_the_end(running)
        running.join(DEADLINE)
        assert scene.card.seen == [b"hello", "noticed", "off"]
        scene.vpcd.go()

    def test_a_daemon_that_hangs(self, scene: Scene, mocker: MockerFixture) -> None:
        """One that never notices does not keep a slot for ever, and the card is told."""
        mocker.patch("emulator.vpcd._GOODBYE_SECONDS", 0.01)
        assert scene.vpcd.ask(GET_ATR) == ATR
        scene.slot.stop()
        assert scene.ended()
        assert scene.card.seen == ["off"]

    def test_twice(self, scene: Scene, mocker: MockerFixture) -> None:
        """Whoever cleans up need not know whether somebody did."""
        mocker.patch("emulator.vpcd._GOODBYE_SECONDS", 0.01)
        scene.slot.stop()
        scene.slot.stop()
        assert scene.ended()

    def test_while_waiting_for_a_daemon(self) -> None:
        """Also a slot that found no daemon yet ends when told."""
        scene = Scene()
        scene.vpcd.listener.close()
        scene.slot.start()
        assert scene.happened("waiting")
        scene.slot.stop()
        assert scene.ended()

    def test_from_the_card_itself(self) -> None:
        """A card may end its own slot (a fault, a scenario): its thread must not await itself."""
        scene = Scene()

        class Ending(NotedCard):
            def transmit(self, command: bytes) -> bytes:
                scene.slot.stop()
                return super().transmit(command)

        scene.slot = VirtualSlot(Ending(), connect_to("127.0.0.1", scene.vpcd.port))
        scene.slot.start()
        scene.vpcd.accept()
        assert scene.vpcd.ask(b"xx") in {None, b"xx\x90\x00"}
        assert scene.ended()
        scene.vpcd.go()

    def test_before_it_started(self) -> None:
        """Stopped first and run then, it serves nobody."""
        scene = Scene()
        scene.slot.stop()
        scene.slot.run()
        assert scene.card.seen == []
        scene.vpcd.go()


# --- The real daemon -----------------------------------------------------------------------

CLIENT = """
import json, sys
from smartcard.scard import *
result, context = SCardEstablishContext(SCARD_SCOPE_USER)
assert result == SCARD_S_SUCCESS, hex(result)
reader = sys.argv[1]
result, card, protocol = SCardConnect(context, reader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY)
assert result == SCARD_S_SUCCESS, hex(result)
answers = []
for command in sys.argv[2:]:
    if command == "reset":
        result, protocol = SCardReconnect(
            card, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, SCARD_RESET_CARD)
        assert result == SCARD_S_SUCCESS, hex(result)
        continue
    result, answer = SCardTransmit(card, protocol, list(bytes.fromhex(command)))
    assert result == SCARD_S_SUCCESS, hex(result)
    answers.append(bytes(answer).hex().upper())
print(json.dumps([protocol == SCARD_PROTOCOL_T0, answers]))
"""


def refusal() -> str | None:
    """Return why this machine has no private daemon, None where it has."""
    try:
        with PrivateDaemon(slots=1):
            return None
    except DaemonUnavailable as error:
        return error.reason


class TestRealDaemon:
    __test__ = refusal() is None

    def test_a_session(self, virtual_card: Callable[..., SoftwareCard]) -> None:
        """What the unit tests say of T=0, PIN and reset holds through pcscd and its driver."""
        card = virtual_card("gen3")
        seen = threading.Event()
        commands = ["00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00C000001E", "00B2012C00"]
        commands += ["0020000000", "0020000003123456", "00A4000002DF01", "00B2013405", "reset"]
        commands += ["00A4000002DF01", "00B2013405"]
        with PrivateDaemon(slots=1) as daemon:
            slot = VirtualSlot(card, lambda: daemon.connect(0), inserted=seen.set).start()
            try:
                assert seen.wait(DEADLINE)
                done = subprocess.run(
                    [sys.executable, "-c", CLIENT, daemon.readers[0], *commands],
                    env=os.environ | daemon.environment(),
                    capture_output=True,
                    text=True,
                    timeout=2 * DEADLINE,
                    check=False,
                )
            finally:
                slot.stop()
        assert done.returncode == 0, done.stderr
        t0, answers = json.loads(done.stdout)
        assert t0
        assert answers[0] == "611E"
        assert answers[1].startswith("6F1C840F")
        assert answers[2:] == ["6C12", "63C6", "9000", "610A", "6C52", "610A", "6982"]
