"""``guitai keys``: the ceremony at a terminal and in a script, what it shows, what it refuses."""

import base64
import re
import secrets
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from at_terminal import AtATerminal
from desk import Desk, Ran, valid

from apdu.secret import Secret
from card_profiles.development_keys import UNIFORM_ROOT
from terminal.cli.app import run
from terminal.keys.key_file import LEAST_COST, KeySet, seal

PASSPHRASE = "TEST KEY passphrase"
# TEST KEY of reference counter-devices.md §3.7, and two components of it.
KEY = "0123456789ABCDEFFEDCBA9876543210"
ONE = "11223344556677888877665544332211"
OTHER = "10017623DCCDBA6776ABDCCD32671001"
CHECK = {"sm4": "2677F4", "tdes": "08D7B4"}

# Nothing here needs a daemon, and there is none.
ALONE = Desk(None)


def lines(*answers: str) -> str:
    return "".join(f"{answer}\n" for answer in answers)


def init(file: Path, *options: str, mark: str = "test") -> Ran:
    answers = lines(PASSPHRASE, PASSPHRASE)
    return ALONE.run("keys", "init", str(file), "--mark", mark, *options, input=answers)


def import_(file: Path, *arguments: str, answers: tuple[str, ...] = (ONE, OTHER, "y")) -> Ran:
    given = lines(PASSPHRASE, *answers)
    return ALONE.run("keys", "import", str(file), *arguments, input=given)


def check(file: Path, *options: str) -> Ran:
    return ALONE.run("keys", "check", str(file), *options, input=lines(PASSPHRASE))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give an empty file of test keys, that costs no more to open than it must."""
    made = tmp_path / "keys.json"
    made.touch(mode=0o600)
    made.write_bytes(seal(KeySet("test", "national"), Secret(PASSPHRASE.encode()), cost=LEAST_COST))
    return made


def test_the_whole_ceremony(tmp_path: Path) -> None:
    """Made, a key brought in by two people, checked: by schema, with the manual's check value."""
    file = tmp_path / "keys.json"
    made = init(file, "--level", "city", "--json", mark="live")
    assert (made.status, made.json["level"], made.json["keys"]) == (0, "city", [])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    brought = import_(
        file, "SSSE", "IRK", "--key-version", "2", "--check-value", "08d7b4", "--json"
    )
    assert (brought.status, brought.err.count("491510")) == (0, 1)
    older = import_(file, "SSSE", "IRK", "--key-version", "1", "--json")
    listed = check(file, "--json")
    assert listed.json == older.json
    assert (listed.json["mark"], listed.json["test_keys"]) == ("live", False)
    assert listed.json["encrypted"] is True
    assert [(each["version"], each["in_use"]) for each in listed.json["keys"]] == [
        (1, False),
        (2, True),
    ]
    assert all(each["check_value"] == CHECK for each in listed.json["keys"])
    assert brought.json["keys"] == [listed.json["keys"][1]]


def test_for_people(file: Path) -> None:
    """The same in both languages; questions and check values are no part of the output."""
    ran = import_(file, "SSSE", "IRK", "--key-version", "1")
    assert "第 1 个分量的校验值：SM4 8B901D，3DES 491510；请持有人与信封核对" in ran.err
    assert "密钥的校验值：SM4 2677F4，3DES 08D7B4" in ran.err
    assert ran.out.splitlines() == [
        "已导入 SSSE/IRK",
        f"{file}：测试密钥，级别 national，加密",
        "  SSSE/IRK 版本 1：SM4 2677F4，3DES 08D7B4",
    ]
    ran = check(file, "--lang", "en")
    assert ran.out.splitlines()[1] == "  SSSE/IRK version 1: SM4 2677F4, 3DES 08D7B4"
    assert ran.err == f"Passphrase of {file} (not shown): \n"


def test_a_known_key_is_named(tmp_path: Path) -> None:
    """A development key in a live file makes it a file of test keys, and is pointed at."""
    file = tmp_path / "keys.json"
    init(file, mark="live")
    other = f"{int(ONE, 16) ^ int.from_bytes(UNIFORM_ROOT, 'big'):032x}"
    document = import_(file, "SSSE", "PUK", "--json", answers=(ONE, other, "yes")).json
    assert document["mark"] == "live"
    assert document["test_keys"] is True
    assert document["keys"][0]["public"] is True
    assert "公开的开发密钥" in check(file).out


def test_the_plain_form(tmp_path: Path) -> None:
    """A development file is listed without a question; live keys in clear are refused."""
    file = tmp_path / "keys.toml"
    text = f'format = "guitai.keys/1"\nmark = "test"\n[keys.SSSE]\nIRK = "{KEY}"\n'
    file.write_text(text)
    ran = ALONE.run("keys", "check", str(file), "--json", input="")
    assert ran.json["encrypted"] is False
    assert (ran.json["keys"][0]["check_value"], ran.err) == (CHECK, "")
    file.write_text(text.replace('"test"', '"live"'))
    ran = ALONE.run("keys", "check", str(file), "--json", input="")
    assert (ran.status, ran.json["error"]["code"]) == (7, "key_file_wrong")


def test_the_configured_service(file: Path, tmp_path: Path) -> None:
    """Without a file: which service this counter has, and whether its keys are test keys."""
    assert ALONE.run("keys", "check", "--json").json == {
        "schema": "guitai.keys/1",
        "service": "development",
        "test_keys": True,
    }
    assert ALONE.run("keys", "check").out == "密钥服务 development：测试密钥\n"
    import_(file, "*", "*")
    config = tmp_path / "guitai.toml"
    config.write_text(f'language = "en"\n[keys]\nservice = "file"\nfile = "{file}"\n')
    ran = ALONE.run("--config", str(config), "keys", "check", "--json", input=lines(PASSPHRASE))
    assert (ran.json["service"], ran.json["test_keys"]) == ("file", True)
    assert ran.err.startswith("Passphrase of ")


@contextmanager
def passphrase_file(folder: Path) -> Iterator[Path]:
    made = folder / "passphrase"
    made.touch(mode=0o600)
    made.write_text(PASSPHRASE)
    yield made


def test_production(tmp_path: Path) -> None:
    """A live file serves with its passphrase file, not with a pipe; test keys never do."""
    live, test, config = (tmp_path / name for name in ("live.json", "test.json", "guitai.toml"))
    for file, mark in ((live, "live"), (test, "test")):
        assert init(file, mark=mark).status == 0

    def ran(file: Path, more: str = "") -> Ran:
        text = f'production = true\n[keys]\nservice = "file"\nfile = "{file.name}"\n{more}'
        config.write_text(text)
        arguments = ("--config", str(config), "keys", "check", "--json")
        return ALONE.run(*arguments, input=lines(PASSPHRASE))

    assert (ran(live).status, ran(live).json["error"]["code"]) == (7, "passphrase_missing")
    with passphrase_file(tmp_path) as made:
        named = f'passphrase_file = "{made.name}"\n'
        assert ran(live, named).json["test_keys"] is False
        assert ran(test, named).json["error"]["code"] == "test_keys_refused"
        made.chmod(0o644)
        assert (ran(live, named).status, ran(live, named).json["error"]["code"]) == (
            8,
            "file_trouble",
        )


def test_a_card_is_read_with_it(desk: Desk, file: Path) -> None:
    """From the ceremony to the holder's data on a card whose keys are derived from those."""
    other = f"{int(ONE, 16) ^ int.from_bytes(UNIFORM_ROOT, 'big'):032x}"
    for key in ("IRK", "RKSSSE"):
        assert import_(file, "SSSE", key, answers=(ONE, other, "y")).status == 0
    with desk.emulating("--profile", "beijing"):
        ran = desk.run("read", "--keys", str(file), "--json", input=lines(PASSPHRASE))
        wrong = desk.run("read", "--keys", str(file), "--json", input=lines("another"))
    assert ran.json["generation"] == 3
    assert wrong.json["error"]["code"] == "key_file_locked"


REFUSED: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "wrong component": (("SSSE", "IRK"), (ONE[:-1], OTHER, "y"), "component_wrong"),
    "all zero": (("SSSE", "IRK"), (ONE, "0" * 32, "y"), "component_wrong"),
    "twice the same": (("SSSE", "IRK"), (ONE, ONE, "y"), "component_wrong"),
    "another check value": (
        ("SSSE", "IRK", "--check-value", "08D7B5"),
        (ONE, OTHER, "y"),
        "ceremony_stopped",
    ),
    "not confirmed": (("SSSE", "IRK"), (ONE, OTHER, "n"), "ceremony_stopped"),
    "confirmed by nobody": (("SSSE", "IRK"), (ONE, OTHER), "ceremony_stopped"),
    "one of three missing": (
        ("SSSE", "IRK", "--components", "3"),
        (ONE, OTHER),
        "component_wrong",
    ),
}


@pytest.mark.parametrize(("arguments", "answers", "code"), REFUSED.values(), ids=list(REFUSED))
def test_refused(
    file: Path, arguments: tuple[str, ...], answers: tuple[str, ...], code: str
) -> None:
    """The catalogue's error, the keys' exit status, and a file that is what it was."""
    before = file.read_bytes()
    ran = import_(file, *arguments, "--json", answers=answers)
    assert (ran.status, ran.json["error"]["code"]) == (7, code)
    assert file.read_bytes() == before


def test_files_that_are_refused(file: Path, tmp_path: Path) -> None:
    """One that is there, one that others may read, one of another kind, a key that is in it."""
    assert init(file, "--json").json["error"]["code"] == "key_file_exists"
    import_(file, "SSSE", "IRK")
    assert import_(file, "SSSE", "IRK", "--json").json["error"]["code"] == "key_present"
    assert import_(file, "SSSE", "IRK", "--replace").status == 0
    file.chmod(0o644)
    for ran in (check(file, "--json"), import_(file, "SSSE", "PUK", "--json")):
        assert (ran.status, ran.json["error"]["code"]) == (7, "key_file_wrong")
    assert check(tmp_path / "none.json", "--json").json["error"]["code"] == "file_trouble"
    ran = ALONE.run("keys", "check", str(file), "--json", input="")
    assert ran.json["error"]["code"] == "key_file_wrong"
    file.chmod(0o600)
    ran = ALONE.run("keys", "check", str(file), "--json", input="")
    assert (ran.status, ran.json["error"]["code"]) == (7, "passphrase_missing")


@pytest.mark.parametrize(
    "arguments",
    [
        ("SSSE", "IKR"),
        ("SSES", "IRK"),
        ("SSSE", "IRK", "--components", "1"),
        ("SSSE", "IRK", "--key-version", "256"),
        ("SSSE", "IRK", "--check-value", "08D7"),
        ("SSSE", "IRK", "--check-value", "08D7B4FB629D0885FF"),
        ("SSSE", "IRK", "--check-value", "08D7BG"),
        ("SSSE", "IRK", "--passphrase", "x"),
        ("SSSE", "IRK", ONE, OTHER),
    ],
)
def test_wrong_usage(
    file: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """What can't be meant is said before anybody is asked; secrets have no place in arguments."""
    before = file.read_bytes()
    assert run(["keys", "import", str(file), *arguments, "--json"]) == 2
    said = capsys.readouterr()
    assert (valid(said.out)["error"]["code"], said.err) == ("wrong_usage", "")
    assert file.read_bytes() == before


def test_no_mark_no_file(tmp_path: Path) -> None:
    """Whether keys are live is never a default."""
    ran = ALONE.run("keys", "init", str(tmp_path / "keys.json"), input=lines("a", "a"))
    assert ran.status == 2
    assert list(tmp_path.iterdir()) == []


def test_at_a_terminal(tmp_path: Path) -> None:
    """A passphrase twice, two holders, a y; of all that was typed only the y is ever seen."""
    file = str(tmp_path / "keys.json")
    people = AtATerminal(ALONE.environment, "--lang", "en", "keys", "init", file, "--mark", "live")
    people.answer("New passphrase for", PASSPHRASE)
    people.answer("Once more", PASSPHRASE)
    assert people.end()[0] == 0
    screen = people.shown
    people = AtATerminal(
        ALONE.environment, "--lang", "en", "keys", "import", file, "SSSE", "IRK", "--json"
    )
    people.answer("Passphrase of", PASSPHRASE)
    people.answer("Component 1 of 2", ONE)
    people.answer("Component 2 of 2", OTHER)
    people.answer("Do all agree?", "y")
    status, out = people.end()
    assert status == 0
    assert valid(out)["keys"][0]["check_value"] == CHECK
    screen += people.shown
    assert b"Check value of component 1: SM4 8B901D, 3DES 491510" in screen
    assert screen.endswith(b"y\r\n")
    for typed in (PASSPHRASE, ONE, OTHER):
        assert typed.encode() not in screen


def test_ctrl_c_at_a_question(file: Path) -> None:
    """The second holder's envelope is the wrong one: nothing is written, nothing was said wrong."""
    before = file.read_bytes()
    people = AtATerminal(
        ALONE.environment, "--lang", "en", "keys", "import", str(file), "SSSE", "IRK", "--json"
    )
    people.answer("Passphrase of", PASSPHRASE)
    people.answer("Component 1 of 2", ONE)
    people.see("Component 2 of 2")
    people.process.send_signal(signal.SIGINT)
    status, out = people.end()
    assert (status, valid(out)["error"]["code"]) == (130, "interrupted")
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]
    assert b"Traceback" not in people.shown


LOUD = """
import atexit, logging, sys
from pathlib import Path
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
logging.getLogger().setLevel(logging.DEBUG)
me = lambda: [sys.stderr.write(repr(Path("/proc/self", each).read_bytes()) + "\\n")
              for each in ("cmdline", "environ")]
atexit.register(me)
from terminal.cli import main
main()
"""


def forms(secret: bytes) -> list[str]:
    """Write a secret as it might turn up: text, hex, decimal, base64, a list of numbers."""
    return [
        secret.decode("ascii", "replace").lower(),
        secret.hex(),
        secret.hex(" "),
        str(int.from_bytes(secret, "big")),
        base64.b64encode(secret).decode().rstrip("=").lower(),
        base64.b64encode(secret.hex().encode()).decode().rstrip("=").lower(),
        base64.b64encode(secret.hex().upper().encode()).decode().rstrip("=").lower(),
        repr(secret)[2:-1].lower(),
        ", ".join(str(byte) for byte in secret),
    ]


def test_secrets_turn_up_nowhere(tmp_path: Path) -> None:
    """Random keys and passphrases, all logs on: on no screen, in no log, file or process list."""
    file, log = tmp_path / "keys.json", tmp_path / "log"
    passphrase, wrong = (secrets.token_hex(10) for _ in range(2))
    one, other = secrets.token_bytes(16), secrets.token_bytes(16)
    whole = bytes(a ^ b for a, b in zip(one, other, strict=True))
    seen = ""

    def loud(*arguments: str, answers: tuple[str, ...]) -> None:
        nonlocal seen
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", LOUD, "--log", str(log), "keys", *arguments],
            input=lines(*answers),
            env=ALONE.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        seen += f"exit status {done.returncode}\n{done.stdout}{done.stderr}"

    name = str(file)
    loud("init", name, "--mark", "live", answers=(passphrase, wrong, passphrase, passphrase))
    importing = ("import", name, "SSSE", "IRK", "--json")
    loud(*importing, answers=(passphrase, one.hex(), other.hex()[:-1]))
    loud(*importing, answers=(passphrase, one.hex(), one.hex()))
    loud(*importing, answers=(wrong, one.hex(), other.hex()))
    loud(*importing, answers=(passphrase, one.hex(), other.hex(), "y"))
    loud("check", name, answers=(passphrase,))
    loud("check", name, answers=(wrong,))
    assert [int(each) for each in re.findall(r"exit status (\d+)", seen)] == [0, 7, 7, 7, 0, 0, 7]
    assert "terminal.cli" in seen  # the process list was looked at
    sinks = seen.lower() + log.read_text() + file.read_text().lower()
    assert "keys.imported" in sinks
    for secret in (passphrase.encode(), wrong.encode(), one, other, whole, one[:8], whole[8:]):
        assert [form for form in forms(secret) if form in sinks] == []
    assert not [form for form in forms(whole) if form.encode() in file.read_bytes().lower()]
