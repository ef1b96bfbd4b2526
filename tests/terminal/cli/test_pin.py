"""`guitai pin` on the real daemon: what a clerk types, sees, and is stopped from."""

import json
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import GUITAI, Desk, Ran, valid


@pytest.fixture(scope="module")
def card(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep one card in the reader for the module; each test takes it as the one before left it."""
    image = tmp_path_factory.mktemp("card") / "card.json"
    with desk.emulating("--seed", "1", "--image", str(image)):
        yield image


def pin(desk: Desk, *arguments: str, entries: str = "") -> Ran:
    """Run a command, the holder's entries on standard input, one a line."""
    return desk.run("pin", *arguments, input="".join(f"{each}\n" for each in entries.split()))


def test_a_life_of_a_pin(desk: Desk, card: Path) -> None:
    """Each step is what the next one finds: asked for, tried, changed, blocked, reset."""
    for step in (status, verify, refused_changes, change, last_try, unblock_and_reset):
        step(desk)
    # What the card was told it keeps.
    assert json.loads(card.read_text("utf-8"))["cells"]["PIN"] == "975310"


def status(desk: Desk) -> None:
    """Six tries, in both languages and as JSON."""
    assert "还可试 6 次" in pin(desk, "status").out
    assert "6 tries left" in desk.run("--lang", "en", "pin", "status").out
    document = pin(desk, "status", "--json").json
    assert (document["state"], document["tries_left"]) == ("set", 6)
    assert document["wire"]["commands"] == 3


def verify(desk: Desk) -> None:
    """Right, wrong, cancelled, too long: each is told, with its exit status."""
    assert pin(desk, "verify", entries="123456").out.startswith("服务密码正确")
    wrong = pin(desk, "verify", entries="654321")
    assert (wrong.status, wrong.out) == (10, "")
    assert "还可试 5 次 [pin_wrong]" in wrong.err
    assert "[pin_cancelled]" in pin(desk, "verify").err
    assert "[pin_length]" in pin(desk, "verify", entries="12345678901234").err
    assert pin(desk, "status", "--json").json["tries_left"] == 5


def refused_changes(desk: Desk) -> None:
    """Weak, mistyped, too short: refused before the card is asked for anything.

    The birth date and the number's tail are read from the card.
    """
    holder = desk.run("read", "--json", "--reveal").json["holder"]
    born = holder["birth_date"].replace("-", "")
    tail = re.sub(r"\D", "", holder["social_security_number"])[-6:]
    for entries, code in (
        ("123456 123456", "pin_weak"),
        ("123456 777777", "pin_weak"),
        (f"123456 {born}", "pin_weak"),
        (f"123456 {born[2:]}", "pin_weak"),
        (f"123456 {tail}", "pin_weak"),
        ("123456 135792 135793", "pins_differ"),
        ("123456 13", "pin_length"),
    ):
        refused = pin(desk, "change", "--json", entries=entries)
        assert (refused.status, refused.json["error"]["code"]) == (10, code)
        assert entries.split()[1] not in refused.out + refused.err or entries.endswith(" 123456")
    assert pin(desk, "status", "--json").json["tries_left"] == 5


def change(desk: Desk) -> None:
    """Old, new, new again; the old one is wrong from then on."""
    changed = pin(desk, "change", "--json", entries="123456 135792 135792")
    assert changed.json["source"] == "terminal"
    assert "[pin_wrong]" in pin(desk, "verify", entries="123456").err
    assert pin(desk, "verify", entries="135792").status == 0


def last_try(desk: Desk) -> None:
    """Not spent without --last-try; with it the holder is warned first."""
    for _ in range(5):
        pin(desk, "verify", entries="246802")
    stopped = pin(desk, "verify", entries="246802")
    assert "[pin_last_try]" in stopped.err
    assert "--last-try" in stopped.err
    assert pin(desk, "status", "--json").json["tries_left"] == 1
    spent = pin(desk, "verify", "--last-try", entries="246802")
    assert "再输错服务密码就会锁定" in spent.err
    assert "[pin_blocked]" in spent.err
    assert pin(desk, "status", "--json").json["state"] == "blocked"


def unblock_and_reset(desk: Desk) -> None:
    """PUK gives the tries back, or a new PIN; first setting is not for this card."""
    assert "[pin_blocked]" in pin(desk, "change", entries="135792 1 1").err
    assert "密码不变" in pin(desk, "reset", "--keep-pin").out
    assert pin(desk, "verify", entries="135792").status == 0
    assert "服务密码已重置" in pin(desk, "reset", entries="975310 975310").out
    assert pin(desk, "verify", entries="975310").status == 0
    assert "[pin_already_set]" in pin(desk, "set", entries="975311 975311").err


def test_first_setting(desk: Desk, tmp_path: Path) -> None:
    """A card without a PIN: said so, set once, verified."""
    image = tmp_path / "card.json"
    with desk.emulating("--seed", "2", "--image", str(image), slot=1):
        pass
    document = json.loads(image.read_text("utf-8"))
    for cell in ("PIN", "PIN.tries"):
        del document["cells"][cell]
    image.write_text(json.dumps(document), "utf-8")
    with desk.emulating("--image", str(image), slot=1):
        reader = ("--reader", "00 01")
        assert "还没有设置" in pin(desk, "status", *reader).out
        assert "[pin_not_set]" in pin(desk, "verify", *reader, entries="123456").err
        assert "[pin_not_set]" in pin(desk, "reset", *reader, entries="123456").err
        assert pin(desk, "set", *reader, entries="864202 864202").status == 0
        assert pin(desk, "verify", *reader, entries="864202").status == 0


def test_production_takes_no_pin_from_a_terminal(desk: Desk, tmp_path: Path) -> None:
    """There a PIN pad or the reader's keypad is needed, and the clerk is told so."""
    settings = tmp_path / "guitai.toml"
    settings.write_text('production = true\n[keys]\nservice = "sam"\n', "utf-8")
    with desk.emulating("--seed", "3", slot=1):
        command = ("--config", str(settings), "pin", "verify", "--reader", "00 01")
        refused = desk.run(*command, input="123456\n")
        assert refused.status == 10
        assert "[pin_source_missing]" in refused.err


@pytest.mark.parametrize("arguments", [("--pin", "123456"), ("123456",)])
def test_no_argument_is_a_pin(desk: Desk, arguments: tuple[str, ...]) -> None:
    """What stands on the command line every user of the machine can read."""
    refused = desk.run("pin", "verify", *arguments)
    assert refused.status == 2


def test_at_a_terminal(desk: Desk) -> None:
    """A person at a real terminal sees stars and the result, and never the digits."""
    with desk.emulating("--seed", "4", slot=1):
        keyboard, program = pty.openpty()
        command = [*GUITAI, "pin", "verify", "--reader", "00 01"]
        with subprocess.Popen(
            command, env=desk.environment, stdin=program, stdout=program, stderr=program
        ) as process:
            os.close(program)
            shown = b""
            while "：" not in shown.decode("utf-8", "ignore"):
                shown += os.read(keyboard, 1024)
            os.write(keyboard, b"123456\n")
            while part := _read(keyboard):
                shown += part
        os.close(keyboard)
    text = shown.decode("utf-8")
    assert process.returncode == 0
    assert "******" in text
    assert "服务密码正确" in text
    assert "123456" not in text


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1024)
    except OSError:
        return b""  # the other side has ended


def test_a_trace_of_a_change_shows_no_pin(desk: Desk, tmp_path: Path) -> None:
    """The trace goes to IT by mail: commands, yes; digits, no."""
    trace = tmp_path / "change.apdu"
    with desk.emulating("--seed", "5", slot=1):
        arguments = ("--reader", "00 01", "--trace", str(trace))
        assert pin(desk, "change", *arguments, entries="123456 864202 864202").status == 0
    text = trace.read_text("utf-8")
    assert "805E010007**************" in text
    assert "123456" not in text
    assert "864202" not in text


def test_every_document_is_published(desk: Desk) -> None:
    """Each JSON that is printed keeps its schema, errors too."""
    with desk.emulating("--seed", "6", slot=1):
        for arguments in (("status",), ("verify",)):
            ran = pin(desk, *arguments, "--json", "--reader", "00 01", entries="123456")
            assert valid(ran.out.strip())["action"] == arguments[0]
