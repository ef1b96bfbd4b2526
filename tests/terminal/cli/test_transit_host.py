"""The purse by the command line, its keys elsewhere: a load host on this machine, a SAM card."""

import errno
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from desk import GUITAI, Desk, Ran, valid
from purse_services import HOST_KEYS
from softhsm import MODULE, PIN, token_with

from card_profiles.development_keys import distinct, uniform
from card_profiles.profiles import BEIJING
from card_profiles.transit import TRANSIT
from emulator.facts import made_up_facts
from emulator.key_host import Fault, serve
from emulator.purse_host import PurseHost
from terminal.keys.service import CardKey

CARD = ("--reader", "00 00")


@pytest.fixture
def counter(desk: Desk, tmp_path: Path) -> "Counter":
    return Counter(desk, tmp_path)


class Counter:
    """A counter with a configuration and a journal of its own."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._desk = desk
        self._file = folder / "guitai.toml"
        self._state = str(folder / "state")

    def configure(self, lines: str) -> None:
        self._file.write_text(lines, "utf-8")

    def run(self, *arguments: str) -> Ran:
        self._desk.environment.update(
            {
                "XDG_STATE_HOME": self._state,
                # What this process's token library was told, the command's is told, too.
                **{name: value for name, value in os.environ.items() if "SOFTHSM2" in name},
            }
        )
        return self._desk.run("--config", str(self._file), *arguments)

    def transit(self, command: str, *arguments: str) -> Any:
        """Run `guitai transit` on the card and give its document."""
        ran = self.run("transit", command, *CARD, "--settle-wait", "0", "--json", *arguments)
        assert len(ran.out.splitlines()) == 1, ran.err
        document = json.loads(ran.out)
        assert ("error" in document) is (ran.status != 0), ran.out
        return document

    def moved(self, command: str, *arguments: str) -> tuple[int, int]:
        """Move money; the balances before and after it, in fen, its proof checked."""
        document = self.transit(command, *arguments)
        assert "error" not in document, document
        assert document["tac_checked"] is True
        return document["balance_before"], document["balance_after"]


@contextmanager
def emulated_host(*arguments: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Have `guitai emulate-host` run; gives the line it printed."""
    with subprocess.Popen(
        [*GUITAI, "emulate-host", *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline(), process
        finally:
            process.terminate()


def asked(url: str, text: str) -> int:
    """Ask with a client that is not ours; the status."""
    try:
        with urllib.request.urlopen(url, text.encode(), timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


# --- The emulated host ---------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_told(number: signal.Signals) -> None:
    """A script waits for one line and then stops it; nothing is left on its port."""
    with emulated_host("--json", "--keys", "distinct") as (line, process):
        document = valid(line)
        assert document["keys"] == "distinct"
        block = "block|01011000FFFFFFFF|5170010100000001|11223344|841E0000|"
        assert asked(document["url"], block) == 200
        assert asked(document["url"], "rubbish") == 400
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
    with pytest.raises(OSError, match="refused"):
        asked(document["url"], block)


def test_a_port_of_ones_own(desk: Desk) -> None:
    """A configuration names a port; one that is taken is said at once, without a traceback."""
    with emulated_host("--json") as (line, _):
        port = valid(line)["url"].rstrip("/").rpartition(":")[2]
        for language in ("zh", "en"):
            ran = desk.run("emulate-host", "--port", port, "--lang", language)
            assert (ran.status, ran.out) == (2, "")
            assert port in ran.err
            assert os.strerror(errno.EADDRINUSE) in ran.err
            assert "Traceback" not in ran.err
    with emulated_host("--port", port) as (line, _):
        assert f"127.0.0.1:{port}/" in line
        assert "TEST KEYS" in line
    assert desk.run("emulate-host", "--port", "65536").status == 2


# --- Loads by a host -----------------------------------------------------------------------


def test_by_the_emulated_host(desk: Desk, counter: Counter) -> None:
    """As a developer tries it: two commands and three lines of configuration."""
    with (
        emulated_host("--json", "--keys", "distinct") as (line, _),
        desk.emulating("--seed", "51", "--keys", "distinct", "--balance", "12.30"),
    ):
        url = valid(line)["url"]
        counter.configure(
            f'[keys]\nset = "distinct"\n[transit]\nload = "host"\n[transit.host]\nurl = "{url}"\n'
        )
        assert counter.moved("load", "50") == (1230, 6230)
        assert counter.moved("pay", "2.30") == (6230, 6000)
        assert counter.moved("refund") == (6000, 0)
        assert counter.transit("show")["balance"] == 0


def test_what_a_host_learns(desk: Desk, counter: Counter) -> None:
    """The card's factors, money and MACs; of who holds the card it is told nothing."""
    peer = PurseHost(uniform)
    with serve(peer.answer) as url, desk.emulating("--seed", "52"):
        counter.configure(f'[transit]\nload = "host"\n[transit.host]\nurl = "{url}"\n')
        assert counter.moved("load", "50") == (0, 5000)
    assert [text.split("|")[0] for text in peer.texts] == ["load", "proof"]
    facts = made_up_facts(BEIJING, 52)
    assert facts.holder is not None
    assert facts.transit is not None
    assert facts.transit.serial[4:] in peer.texts[0]
    everything = "\n".join(peer.texts)
    for secret in (facts.holder.social_security_number, facts.holder.name, facts.card_number):
        assert secret
        assert secret not in everything
        assert secret.encode("gb18030").hex().upper() not in everything


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Fault.BROKEN, "host_unreachable"), (Fault.RUBBISH, "host_answer_wrong")],
)
def test_a_host_that_fails(desk: Desk, counter: Counter, fault: Fault, code: str) -> None:
    """Nothing was sent to the card: said, the money is where it was, and nothing is unfinished."""
    with (
        serve(PurseHost(uniform).answer, fault=fault) as url,
        desk.emulating("--seed", "53", "--balance", "10"),
    ):
        counter.configure(f'[transit]\nload = "host"\n[transit.host]\nurl = "{url}"\n')
        assert counter.transit("load", "50")["error"]["code"] == code
        shown = counter.transit("show")
        assert (shown["balance"], shown["unfinished"]) == (1000, [])


def test_a_host_of_other_keys(desk: Desk, counter: Counter) -> None:
    """It finds MAC1 wrong before anything is written: a counter set up for another city's cards."""
    peer = PurseHost(distinct)
    with serve(peer.answer) as url, desk.emulating("--seed", "54", "--balance", "10"):
        counter.configure(f'[transit]\nload = "host"\n[transit.host]\nurl = "{url}"\n')
        assert counter.transit("load", "50")["error"]["code"] == "card_mac_wrong"
        assert counter.transit("show")["balance"] == 1000
    assert peer.authorised == {}


def test_by_a_token(desk: Desk, counter: Counter, tmp_path: Path) -> None:
    """An outlet with a cipher machine of its own: the same load, and the roots stay in it."""
    label = token_with([CardKey(TRANSIT.name, name) for name in sorted(HOST_KEYS)], uniform)
    file = tmp_path / "token-pin"
    file.touch(0o600)
    file.write_bytes(PIN.reveal())
    counter.configure(
        f'[keys.token]\nmodule = "{MODULE}"\nlabel = "{label}"\npin_file = "token-pin"\n'
        '[transit]\nload = "token"\n'
    )
    with desk.emulating("--seed", "55"):
        assert counter.moved("load", "20.01") == (0, 2001)


# --- Purchases by a SAM --------------------------------------------------------------------

SAM = '[readers.roles]\nsam = "00 01"\n[transit]\npurchase = "sam"\n'


def test_by_a_sam(desk: Desk, counter: Counter) -> None:
    """Load, pay, refund with a SAM in the second slot: its own number is in the card's log."""
    counter.configure(SAM)
    with desk.emulating("--seed", "56", "--sam", "--balance", "10"):
        assert counter.moved("load", "50") == (1000, 6000)
        assert counter.moved("pay", "2.50") == (6000, 5750)
        assert counter.moved("pay", "0", "--entry", "--at", "0001:0002") == (5750, 5750)
        assert counter.transit("refund")["error"]["code"] == "trip_unfinished"
        assert counter.moved("pay", "3", "--exit", "--at", "0001:0004") == (5750, 5450)
        assert counter.moved("refund") == (5450, 0)
        shown = counter.transit("show")
    assert {each["terminal"] for each in shown["transactions"]} == {"110000000007"}


def test_a_sam_that_is_not_there(desk: Desk, counter: Counter) -> None:
    """Said before the holder's card is written to; the money is where it was."""
    counter.configure(SAM)
    with desk.emulating("--seed", "57", "--balance", "10"):
        assert counter.transit("pay", "1")["error"]["code"] == "sam_missing"
        assert counter.transit("show")["balance"] == 1000


def test_test_keys_in_production(desk: Desk, counter: Counter) -> None:
    """A live counter moves nobody's money by public keys, whoever holds them."""
    # The service of the card's own keys is another one, and not asked here.
    live = 'production = true\n[journal]\nfile = "journal.db"\n[keys]\nservice = "sam"\n'
    with (
        serve(PurseHost(uniform).answer) as url,
        desk.emulating("--seed", "58", "--sam", "--balance", "10"),
    ):
        counter.configure(live)
        assert counter.run("journal", "init").status == 0
        for lines, command in (
            ("", ("load", "5")),
            ("", ("pay", "5")),
            (f'[transit]\nload = "host"\n[transit.host]\nurl = "{url}"\n', ("load", "5")),
            (SAM, ("pay", "5")),
        ):
            counter.configure(live + lines)
            error = counter.transit(*command)["error"]
            assert error["code"] == "test_keys_refused", error
            assert counter.transit("show")["balance"] == 1000
