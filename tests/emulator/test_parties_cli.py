"""``guitai emulate-parties``: six parties at one address, and the tables to copy."""

import json
import signal
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

from desk import GUITAI, Desk, valid

from emulator.parties.city import NAMES
from terminal.config import load_config
from terminal.parties.bank import AccountState
from terminal.parties.data_sharing import Identity
from terminal.parties.lines import parties_from


def test_as_a_process(tmp_path: Path) -> None:
    """The tables it prints connect a counter, faults are switched meanwhile, SIGTERM ends it."""
    folder = tmp_path / "made" / "when it is missing"
    command = [*GUITAI, "emulate-parties", "--folder", str(folder), "--fault", "messages=down"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(4 * len(NAMES) + 1)]
            path = tmp_path / "guitai.toml"
            path.write_text("".join(lines), "utf-8")
            config = load_config(str(path))
            parties = parties_from(config)
            assert parties.bank.financial_state("1").state is AccountState.ACTIVE
            who = Identity("测试一", "id_card", "000000197001010000")
            assert parties.data_sharing.verify(who).insured
            assert parties.counterparts["messages"].telephone

            script = {"party": "bank", "script": "add_account"}
            script |= {"arguments": {"account_number": "2", "state": "cancelled"}}
            with urlopen(Request(config.parties.bank.url, json.dumps(script).encode())) as answer:
                assert answer.status == 200
            assert parties.bank.financial_state("2").state is AccountState.CANCELLED

            port = config.parties.bank.url.split(":")[2].split("/")[0]
            taken = Desk(None).run("emulate-parties", "--port", port)
            assert (taken.status, port in taken.err) == (2, True)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (folder / "bank.json").exists()


def test_for_programs() -> None:
    """One line of JSON, by its schema."""
    command = [*GUITAI, "emulate-parties", "--json", "--closed-register"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = valid(process.stdout.readline())
            assert tuple(ready["parties"]) == NAMES
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_what_cannot_be(tmp_path: Path) -> None:
    """A fault that is none, a folder with another's file: words, no traceback."""
    (tmp_path / "bank.json").write_text("{}", "utf-8")
    for arguments, word in (
        (("--fault", "bank=asleep"), "bank=asleep"),
        (("--fault", "down"), "down"),
        (("--folder", str(tmp_path)), "bank.json"),
        (("--folder", str(tmp_path / "bank.json" / "none")), "none"),
    ):
        ran = Desk(None).run("emulate-parties", *arguments)
        assert (ran.status, word in ran.err, "Traceback" in ran.err) == (2, True, False)
