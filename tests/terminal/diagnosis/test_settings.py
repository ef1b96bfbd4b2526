"""Our own configuration: file, roles, keys."""

from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.pcsc import ScriptedPcsc
from terminal.config import Config
from terminal.diagnosis.finding import Finding, Level
from terminal.errors import ConfigWrong, KeyFileWrong
from terminal.readers.port import PcscFailure
from terminal.texts import Text

Found = Callable[..., dict[str, Finding]]
Write = Callable[..., Path]
FILE = "/etc/guitai/guitai.toml"
LIVE = 'production = true\n[keys]\nservice = "file"\nfile = "keys.toml"\n'


def role(piece: str) -> str:
    return f'[readers.roles]\ncounter = "{piece}"\n'


def test_right(found: Found, write: Write) -> None:
    """It must be seen which file holds: many a wrong setting is right, in another file."""
    assert "config_defaults" in found()
    path = write(FILE, 'language = "en"\n')
    all_found = found()
    assert "config_right" in all_found
    assert str(path) in all_found["config_right"].what.zh


def test_wrong(found: Found, write: Write) -> None:
    """A wrong file stops every command; the doctor says why and goes on."""
    write(FILE, 'langauge = "en"\n')
    all_found = found()
    assert "config_wrong" in all_found
    assert "language" in all_found["config_wrong"].what.zh
    assert "reader_empty" in all_found


def test_what_stops_the_desk(found: Found, write: Write) -> None:
    """Where every command at the desk refuses, the doctor does not say that all is well."""

    def refused(config: Config) -> None:
        detail = Text("parties.bank.url 不对", "parties.bank.url is none")
        raise ConfigWrong(path=config.source, detail=detail)

    write(FILE, 'language = "zh"\n')
    all_found = found(demand_desk=refused)
    assert "parties.bank.url 不对" in all_found["config_wrong"].what.zh
    assert "config_right" not in all_found


def test_unreadable(found: Found, write: Write) -> None:
    """A file that cannot be reached is not the same as none: the defaults would not hold."""
    write("/etc/guitai", "a file where the folder should be")
    all_found = found()
    assert "config_wrong" in all_found
    assert "config_defaults" not in all_found
    assert "check_broken" not in all_found


def test_named_and_missing(found: Found, tmp_path: Path) -> None:
    """A file that was asked for by name and is not there is an error, not a default."""
    assert "config_wrong" in found(config_path=str(tmp_path / "none.toml"))


@pytest.mark.parametrize("piece", ["ACR39U", "slot 0"])
def test_role_filled(found: Found, write: Write, piece: str) -> None:
    """A role that fits its reader needs no words."""
    write(FILE, role(piece))
    assert not {"role_unfilled", "role_ambiguous"} & set(found())


def test_role_unfilled(found: Found, write: Write, pcsc: ScriptedPcsc) -> None:
    """The reader of a role was exchanged or unplugged: every service would refuse."""
    write(FILE, role("SCR301"))
    all_found = found()
    assert "role_unfilled" in all_found
    assert "SCR301" in all_found["role_unfilled"].what.zh
    pcsc.remove_reader("ACS ACR39U ICC Reader 00 00")
    assert "role_unfilled" in found()
    pcsc.lose_service()
    assert "role_unfilled" not in found()  # nobody knows then


def test_role_ambiguous(found: Found, write: Write) -> None:
    """Two like readers: which one is meant must not be left to the order of plugging."""
    write(FILE, role("ACR39U"))
    twins = ("ACS ACR39U ICC Reader 00 00", "ACS ACR39U ICC Reader 01 00")
    all_found = found(pcsc=ScriptedPcsc(*twins, failure=PcscFailure))
    assert "role_ambiguous" in all_found
    assert all(name in all_found["role_ambiguous"].what.zh for name in twins)


def test_test_keys(found: Found) -> None:
    """A counter on test keys reads no genuine card, and that is easily forgotten."""
    keys = found(test_keys=lambda _config: True)["test_keys"]
    assert (keys.code, keys.level) == ("test_keys", Level.NOTE)


def test_production(found: Found, write: Write) -> None:
    """That a counter is live is worth a line, for who came to the wrong machine."""
    assert "production" not in found()
    write(FILE, LIVE)
    assert "production" in found()


def test_keys_wrong(found: Found) -> None:
    """Keys that cannot be loaded stop every service; what the catalogue says is said here."""

    def broken(_config: Config) -> bool:
        raise KeyFileWrong(path="keys.toml", detail=Text("不是 TOML 文件", "no TOML"))

    finding = found(test_keys=broken)["keys_wrong"]
    assert finding.code == "keys_wrong"
    assert "不是 TOML 文件" in finding.what.zh
    assert "no TOML" in finding.what.en
