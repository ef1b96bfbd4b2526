"""No secret in any sink: random PINs and keys, the highest log level, everything searched.

What is searched: standard output and error, the trace, our log, every record of Python's logging,
every text of every exception in its chain, the command line and environment of our processes.
What for: PINs and keys in decimal, hex, BCD, base64 and raw bytes.
"""

import base64
import logging
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk import GUITAI, Desk
from visits import READER, Counter, Holder

from apdu.cipher import SM4, card_factor, city_factor, province_factor
from apdu.secret import Secret
from emulator.card import SoftwareCard
from emulator.keypad import ScriptedKeypad
from terminal.config import Config, Keys
from terminal.errors import GuitaiError, PinPadGone
from terminal.keys.key_file import ANY, LEAST_COST, KeySet, Root, seal
from terminal.keys.service import CardKey
from terminal.logs import logging_to
from terminal.services.card_files import FileDesk

Make = Callable[..., SoftwareCard]


def random_pin() -> str:
    """Give eight digits that occur in no other text by chance."""
    return "".join(secrets.choice("0123456789") for _ in range(8))


def forms(secret: bytes) -> Iterator[bytes]:
    """Give the spellings of a secret that a sink could hold."""
    yield from (secret, secret.hex().encode(), secret.hex().upper().encode())
    yield from (base64.b64encode(secret), base64.urlsafe_b64encode(secret))
    yield repr(secret)[2:-1].encode()
    yield str(list(secret))[1:-1].encode()
    yield secret.hex(" ").encode()


def pin_forms(digits: str) -> Iterator[bytes]:
    yield from (digits.encode(), " ".join(digits).encode(), digits[::-1].encode())
    yield from forms(digits.encode())
    yield from forms(bytes.fromhex(digits))


def key_forms(key: bytes) -> Iterator[bytes]:
    yield from forms(key)
    yield from forms(key[:8])


def told(error: BaseException | None) -> Iterator[str]:
    """Give every text of an exception and of what it came from."""
    while error is not None:
        yield from (str(error), repr(error), repr(error.args))
        if isinstance(error, GuitaiError):
            yield repr(error.facts)
            for language in ("zh", "en"):
                yield error.message(language) + error.cause(language) + error.advice(language)
        yield from getattr(error, "__notes__", ())
        error = error.__cause__ or error.__context__


class Sinks:
    """Collect all that could hold a secret."""

    def __init__(self) -> None:
        self.text = b""

    def add(self, *texts: str | bytes) -> None:
        for text in texts:
            self.text += (text if isinstance(text, bytes) else text.encode("utf-8")) + b"\n"

    def assert_without(self, *searched: Iterator[bytes]) -> None:
        for each in searched:
            for form in each:
                assert form not in self.text


@pytest.fixture
def everything(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[Sinks]:
    """Turn every log on as far as it goes, and collect it at the end of the test's block."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger().setLevel(1)
    sinks = Sinks()
    yield sinks
    out, err = capfd.readouterr()
    sinks.add(out, err, caplog.text, *(repr(each.__dict__) for each in caplog.records))


def test_every_service_and_fault(
    virtual_card: Make, tmp_path: Path, everything: Sinks, caplog: pytest.LogCaptureFixture
) -> None:
    """Random PINs and keys through all services with everything on: nothing is found."""
    root = secrets.token_bytes(16)
    passphrase = secrets.token_hex(12)
    config, log = _config(tmp_path, root, passphrase), tmp_path / "log"
    pin, new, wrong = (random_pin() for _ in "abc")
    card = virtual_card("beijing", root_of=lambda *_: root)
    card.memory.write("PIN", bytes.fromhex(pin))
    counter = Counter(card, config)

    def desk(service: str, *entries: str | Exception) -> None:
        with counter.desk(Holder(*entries), last_try=True) as opened:
            getattr(opened, service)()

    def file_by_pin() -> None:
        with counter.visit() as visit:
            files = FileDesk(visit, Holder(pin).open)
            files.read(files.place("DF04EF06"), "pin")
            files.write(files.place("DF01EF06"), {"phone": wrong})

    steps: list[Callable[[], None]] = [
        lambda: desk("status"),
        lambda: desk("verify", pin),
        lambda: desk("verify", wrong),
        lambda: desk("verify", pin + wrong),
        lambda: desk("change", pin, new, wrong),
        lambda: desk("change", pin, "1" * 8),
        lambda: desk("change", wrong, new, new),
        lambda: desk("change", pin, PinPadGone()),
        lambda: desk("change", pin, new, new),
        lambda: desk("change", new, pin, pin),
        lambda: desk("reset", new, new),
        lambda: desk("reset", pin, pin),
        file_by_pin,
    ]
    failures = 0
    with logging_to(log):
        for torn_at in (None, 0x20, 0x5E, 0x24, 0x82):
            for step in steps:
                _tear(card, torn_at)
                try:
                    step()
                except GuitaiError as error:
                    failures += 1
                    everything.add(*told(error))
                    logging.getLogger("guitai").exception("as a careless program would")
                finally:
                    _tear(card, None)
                    if not counter.pcsc.readers[READER].card:
                        counter.pcsc.insert(READER, card)
                    card.memory.write("PIN", bytes.fromhex(pin))
                    card.memory.write("PIN.tries", b"\6")
        counter.pcsc.fit_keypad(READER, ScriptedKeypad(pin, wrong, pin, new, new))
        for service in ("verify", "verify", "change"):
            try:
                desk(service)
            except GuitaiError as error:
                everything.add(*told(error))
    everything.add(
        counter.trace, log.read_bytes(), Path(config.keys.file).read_bytes(), caplog.text
    )
    assert failures > 20
    assert b"805E" in everything.text
    assert b"pin.tried" in everything.text
    searched = [pin_forms(each) for each in (pin, new, wrong)]
    searched += [key_forms(each) for each in _derived(root, card)]
    searched += [forms(passphrase.encode())]
    everything.assert_without(*searched)


def _config(folder: Path, root: bytes, passphrase: str) -> Config:
    """Configure an encrypted key file with one root for every key."""
    key_file, passphrase_file = folder / "keys", folder / "phrase"
    for path in (key_file, passphrase_file):
        path.touch(0o600)
    passphrase_file.write_text(passphrase)
    keys = KeySet("test", "national", (Root(CardKey(ANY, ANY), Secret(root)),))
    # The least cost that is read: it is opened some seventy times here.
    key_file.write_bytes(seal(keys, Secret(passphrase.encode()), cost=LEAST_COST))
    return Config(
        keys=Keys(service="file", file=str(key_file), passphrase_file=str(passphrase_file))
    )


def _derived(root: bytes, card: SoftwareCard) -> Iterator[bytes]:
    """Give the root and every key below it."""
    yield root
    historical = card.memory.read("historical")
    assert historical is not None
    for factor in (province_factor("110000"), city_factor("110000"), card_factor(historical)):
        root = SM4.diversify(root, factor)
        yield root


def _tear(card: SoftwareCard, at: int | None) -> None:
    """Pull the card at an instruction, before it has answered."""
    from emulator.card import Removed

    def transmit(command: bytes) -> bytes:
        if command[1] == at:
            raise Removed
        return SoftwareCard.transmit(card, command)

    card.transmit = transmit  # type: ignore[method-assign]  # a card that is pulled


def test_the_search_finds_what_is_there() -> None:
    """A search that finds nothing anywhere proves nothing."""
    pin, key = random_pin(), secrets.token_bytes(16)
    for form in pin_forms(pin):
        sinks = Sinks()
        sinks.add(b"before " + form + b" behind")
        with pytest.raises(AssertionError):
            sinks.assert_without(pin_forms(pin))
    for form in key_forms(key):
        sinks = Sinks()
        sinks.add(form)
        with pytest.raises(AssertionError):
            sinks.assert_without(key_forms(key))


@pytest.mark.parametrize("service", ["verify", "change", "reset"])
def test_the_command_line_on_the_real_daemon(desk: Desk, tmp_path: Path, service: str) -> None:
    """Output, trace, log, process list and environment of the real command, while it waits."""
    pin, new = "123456", random_pin()
    trace, log = tmp_path / "trace.apdu", tmp_path / "log"
    entries = {"verify": [new], "change": [pin, new, new], "reset": [new, new]}[service]
    command = [*GUITAI, "--log", str(log), "pin", service, "--trace", str(trace)]
    sinks = Sinks()
    with (
        desk.emulating("--seed", "21"),
        subprocess.Popen(
            command,
            env=desk.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stderr is not None
        asked = b""
        while "：".encode() not in asked:
            asked += process.stderr.read(1)
        for number, entry in enumerate(entries):
            process.stdin.write(f"{entry}\n".encode())
            process.stdin.flush()
            if number == 0:
                sinks.add(*_process_list(process.pid))
        out, err = process.communicate(timeout=60)
    sinks.add(asked, out, err, trace.read_bytes(), log.read_bytes())
    assert process.returncode == (10 if service == "verify" else 0)
    sinks.assert_without(pin_forms(new))


def _process_list(pid: int) -> Iterator[bytes]:
    """Give what any program sees of a process, and its environment."""
    for name in ("cmdline", "environ", "comm", "status"):
        try:
            yield Path(f"/proc/{pid}/{name}").read_bytes()
        except OSError:
            continue  # it may have ended by now
