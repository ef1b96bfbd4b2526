"""The other commands: readers, watch, apdu, config, completion, and what they refuse."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from desk import GUITAI, ROOT, Desk, valid

SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"


def test_readers(desk: Desk) -> None:
    """Number, stable form and state of every reader, by its schema."""
    with desk.emulating("--profile", "gen2"):
        document = desk.run("readers", "--json").json
        text = desk.run("readers")
    first, second = document["readers"]
    assert (first["number"], first["name"]) == (1, "Virtual PCD 00 00")
    assert first["stable"] == "Virtual PCD slot 0"
    assert (first["card"], second["card"]) == (True, False)
    assert first["atr"].startswith("3B6D0000")
    assert second["atr"] is None
    assert "有卡 3B6D0000" in text.out


def test_role_from_the_configuration(desk: Desk, tmp_path: Path) -> None:
    """A role outlives the order of plugging; it is shown and it is understood."""
    config = tmp_path / "guitai.toml"
    config.write_text('language = "en"\n[readers.roles]\ncounter = "slot 1"\n')
    with desk.emulating("--profile", "gen2", slot=1):
        listed = desk.run("--config", str(config), "readers", "--json").json
        read = desk.run("--config", str(config), "read", "--json").json
    assert [each["roles"] for each in listed["readers"]] == [[], ["counter"]]
    assert read["reader"] == "Virtual PCD 00 01"


def test_watch(desk: Desk) -> None:
    """Events come at once, one JSON document a line, beginning with what is there."""
    command = [*GUITAI, "watch", "--json", "--count", "4"]
    with subprocess.Popen(
        command, env=desk.environment, stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        seen = [valid(watching.stdout.readline()) for _ in range(2)]
        with desk.emulating("--profile", "gen2"):
            seen.append(valid(watching.stdout.readline()))
        seen.append(valid(watching.stdout.readline()))
        assert watching.wait(timeout=20) == 0
    assert [each["event"] for each in seen] == [
        "reader_arrived",
        "reader_arrived",
        "card_inserted",
        "card_removed",
    ]
    assert seen[2]["atr"].startswith("3B6D0000")


def test_watch_ends_by_ctrl_c(desk: Desk) -> None:
    """Ctrl-C is how a person ends it: no traceback, status 130."""
    with subprocess.Popen(
        [*GUITAI, "watch"],
        env=desk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        assert "读卡器接入" in watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=20)
        assert watching.returncode == 130
    assert err == ""


def test_apdu(desk: Desk) -> None:
    """Commands in hex, with T=0's rules or without."""
    with desk.emulating("--profile", "gen3"):
        cooked = desk.run("apdu", "--json", SELECT, "00B2012C00").json
        raw = desk.run("apdu", "--json", "--raw", SELECT).json
        text = desk.run("apdu", SELECT)
    assert [each["sw"] for each in cooked["exchanges"]] == ["9000", "9000"]
    assert cooked["exchanges"][0]["data"].startswith("6F1C840F")
    assert raw["exchanges"][0]["sw"] == "611E"
    assert (cooked["protocol"], raw["protocol"]) == ("T=0", "T=0")
    assert "9000 成功" in text.out


def test_pin_commands_only_on_standard_input(desk: Desk) -> None:
    """A PIN in the arguments is in the process list; on standard input it is not, nor in JSON."""
    with desk.emulating("--profile", "gen2"):
        refused = desk.run("apdu", "--json", "0020000003123456")
        given = desk.run("apdu", "--json", "-", input=f"{SELECT}\n# PIN\n0020000003123456\n")
        status = desk.run("apdu", "--json", SELECT, "0020000000").json
    assert (refused.status, refused.json["error"]["code"]) == (8, "pin_in_arguments")
    assert [each["sw"] for each in given.json["exchanges"]] == ["9000", "9000"]
    assert "123456" not in given.out
    assert status["exchanges"][1]["sw"] == "63C6"


def test_pin_commands_in_production(desk: Desk, tmp_path: Path) -> None:
    """At a live counter the PIN comes from the PIN pad, not from standard input either."""
    config = tmp_path / "guitai.toml"
    config.write_text('production = true\n[keys]\nservice = "file"\nfile = "/x"\n')
    ran = desk.run("--config", str(config), "apdu", "--json", "-", input="0020000003123456\n")
    assert ran.json["error"]["code"] == "pin_in_arguments"


@pytest.mark.parametrize("given", ["xyz", "00A4", "00A4000003EF05", "0020000003123456FFFF"])
def test_apdu_refuses_what_is_none(desk: Desk, given: str) -> None:
    """Rubbish is refused before a card sees it, and no more than its header is quoted."""
    ran = desk.run("apdu", "--json", given)
    assert (ran.status, ran.json["error"]["code"]) == (8, "not_hex")
    assert "123456" not in ran.out


def test_config_check_reads_the_pads_switches(desk: Desk, tmp_path: Path) -> None:
    """A switch that no pad has, or a UID file that is not there: found before a holder waits."""
    path = tmp_path / "guitai.toml"
    (tmp_path / "uid.hex").write_text("11" * 16)
    (tmp_path / "uid.hex").chmod(0o600)
    for switches, code in (
        ('uidd = "x"', "config_wrong"),
        ('speed = "42"', "config_wrong"),
        ('uid = "none.hex"', "file_trouble"),
        ('uid = "uid.hex"', None),
    ):
        path.write_text(f'[pin_pad]\nport = "/dev/pad"\n[pin_pad.switches]\n{switches}\n')
        ran = desk.run("--config", str(path), "config", "check", "--json")
        assert (ran.status == 0) is (code is None)
        if code is not None:
            assert ran.json["error"]["code"] == code


def test_config_show_is_a_configuration(desk: Desk, tmp_path: Path) -> None:
    """What `show` prints can be saved as the file: nobody has to learn the names elsewhere."""
    shown = desk.run("config", "show")
    path = tmp_path / "guitai.toml"
    path.write_text(shown.out, "utf-8")
    assert desk.run("--config", str(path), "config", "check").status == 0
    again = desk.run("--config", str(path), "config", "show", "--json").json
    assert again["settings"] == desk.run("config", "show", "--json").json["settings"]
    assert again["source"] == str(path)


def test_config_check_says_test_keys(desk: Desk) -> None:
    """Who checks a counter before it opens must see that its keys are test keys."""
    assert desk.run("config", "check", "--json").json["test_keys"] is True
    assert "测试密钥" in desk.run("config", "check").out


def test_test_keys_in_production(desk: Desk, tmp_path: Path) -> None:
    """A counter in production refuses keys that are marked test."""
    keys = tmp_path / "keys.toml"
    keys.write_text(f'format = "guitai.keys/1"\nmark = "test"\n[keys."*"]\n"*" = "{"11" * 16}"\n')
    config = tmp_path / "guitai.toml"
    config.write_text(f'production = true\n[keys]\nservice = "file"\nfile = "{keys}"\n')
    ran = desk.run("--config", str(config), "config", "check", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (7, "test_keys_refused")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(desk: Desk, shell: str) -> None:
    """Completion scripts know the command's name."""
    ran = desk.run("completion", shell)
    assert ran.status == 0
    assert "_GUITAI_COMPLETE" in ran.out


def test_bash_completes(desk: Desk) -> None:
    """The script's other half: asked by the shell, the program names its commands."""
    environment = {
        **desk.environment,
        "_GUITAI_COMPLETE": "bash_complete",
        "COMP_WORDS": "guitai re",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        GUITAI, env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert "read" in done.stdout
    assert "readers" in done.stdout


def test_help_lists_every_command(desk: Desk) -> None:
    """Help shows all registered commands, the emulator's too, and each one's own help works."""
    listed = desk.run("--help").out
    for name in ("read", "readers", "watch", "apdu", "doctor", "config", "emulate"):
        assert f"  {name} " in listed
        assert desk.run(name, "--help").status == 0


def test_usage_errors(desk: Desk) -> None:
    """A wrong option is said in one line, status 2, no traceback."""
    for arguments in (["read", "--nope"], ["nope"], ["--lang", "fr", "read"]):
        ran = desk.run(*arguments)
        assert ran.status == 2
        assert "Traceback" not in ran.err


def test_every_schema_is_used() -> None:
    """A published schema that no command prints would be a promise to nobody."""
    code = "".join(
        path.read_text("utf-8")
        for room in ("terminal", "emulator")
        for path in (ROOT / room).rglob("*.py")
    )
    for path in (ROOT / "docs/schemas").glob("*.json"):
        title = json.loads(path.read_text("utf-8"))["title"]
        assert title == "guitai.error/1" or f'"{title}"' in code, title


@pytest.mark.parametrize(
    "arguments",
    [
        ["read", "--lang", "en"],
        ["readers", "--lang", "en"],
        ["config", "check", "--lang", "en"],
        ["--lang", "en", "doctor"],
        ["completion", "bash", "--lang", "en"],
        ["emulate", "--lang", "en", "--help"],
    ],
)
def test_language_before_or_behind_the_command(desk: Desk, arguments: list[str]) -> None:
    """Nobody remembers on which side of the command an option belongs."""
    ran = desk.run(*arguments)
    assert ran.status in {0, 5}
    assert "No such option" not in ran.err
    if ran.status == 5:
        assert ran.err.startswith("Error: ")


def test_usage_errors_as_json(desk: Desk) -> None:
    """A program that asked for JSON gets JSON, whatever was wrong."""
    ran = desk.run("read", "--json", "--nope")
    assert (ran.status, ran.json["error"]["code"]) == (2, "wrong_usage")


def test_our_own_mistakes_are_no_tracebacks(desk: Desk, tmp_path: Path) -> None:
    """A mistake of ours names its kind and place, and never the data it happened with."""
    script = (
        "import sys, terminal.readers.survey as survey\n"
        "def broken(pcsc): raise RuntimeError('123456')\n"
        "survey.survey = broken\n"
        "import terminal.cli.readers as readers\n"
        "from terminal.cli.app import run\n"
        "readers.survey = broken\n"
        "sys.exit(run(['readers', '--json']))\n"
    )
    ran = desk.other(GUITAI[0], "-c", script)
    assert (ran.status, ran.json["error"]["code"]) == (9, "internal_fault")
    assert "RuntimeError" in ran.json["error"]["message"]
    assert "123456" not in ran.out + ran.err


def test_a_terminal_without_chinese(desk: Desk) -> None:
    """A terminal that cannot show Chinese shows escapes; it does not crash."""
    desk.environment["PYTHONIOENCODING"] = "latin-1"
    try:
        ran = desk.run("config", "check")
    finally:
        del desk.environment["PYTHONIOENCODING"]
    assert ran.status == 0
    assert "\\u" in ran.out


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1"])
def test_odd_numbers(desk: Desk, seconds: str) -> None:
    """Neither a wait nor a deadline may be no number at all."""
    assert desk.run("read", "--wait", seconds).status == 2


@pytest.mark.parametrize(
    "command", [["watch", "--json"], ["read", "--reader", "2", "--wait", "60", "--json"]]
)
def test_ctrl_c_is_heard_at_once(desk: Desk, command: list[str]) -> None:
    """A blocked call into PC/SC hears no signal; the person at the keyboard must be heard."""
    with subprocess.Popen(
        [*GUITAI, *command],
        env=desk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        # Give it time to settle into its long wait: it has nothing to say by then.
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=2)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=3) == 130
        assert running.stderr is not None
        assert running.stderr.read() == ""


@pytest.mark.parametrize("arguments", [["readers", "--json"], ["--help"], ["config", "show"]])
def test_output_that_cannot_be_written(desk: Desk, arguments: list[str]) -> None:
    """A full disk behind the output is no traceback."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*GUITAI, *arguments],
            env=desk.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=30,
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_bytes_pasted_one_by_one(desk: Desk) -> None:
    """Manuals print commands with blanks; pasted so, they are one command."""
    with desk.emulating("--profile", "gen2"):
        ran = desk.run("apdu", "--json", *["00", "84", "00", "00", "08"]).json
    assert ran["exchanges"][0]["sw"] == "9000"


def test_version(desk: Desk) -> None:
    """A bug report begins with the version."""
    assert desk.run("--version").out.startswith("guitai ")
