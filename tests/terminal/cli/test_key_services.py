"""One counter, five places for its keys: the same card read, its PIN reset, a file written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk import Desk
from key_services import KEYS
from softhsm import MODULE, PIN, token_with

from apdu.secret import Secret
from card_profiles.development_keys import SETS, distinct
from emulator.key_host import KeyHost, serve
from terminal.keys.key_file import KeySet, Root, create


@contextmanager
def _development(_: Path) -> Iterator[str]:
    yield 'service = "development"\nset = "distinct"\n'


@contextmanager
def _file(folder: Path) -> Iterator[str]:
    phrase = folder / "phrase"
    phrase.touch(0o600)
    phrase.write_text("TEST passphrase", "utf-8")
    roots = tuple(Root(key, Secret(distinct(key.application, key.name))) for key in KEYS)
    create(folder / "keys.json", KeySet("test", "national", roots), Secret(b"TEST passphrase"))
    yield 'service = "file"\nfile = "keys.json"\npassphrase_file = "phrase"\n'


@contextmanager
def _sam(_: Path) -> Iterator[str]:
    yield 'service = "sam"\n[readers.roles]\nsam = "00 01"\n'


@contextmanager
def _token(folder: Path) -> Iterator[str]:
    label = token_with(KEYS, SETS["distinct"])
    pin_file = folder / "token-pin"
    pin_file.touch(0o600)
    pin_file.write_bytes(PIN.reveal())
    yield (
        f'service = "token"\n[keys.token]\nmodule = "{MODULE}"\nlabel = "{label}"\n'
        'pin_file = "token-pin"\n'
    )


@contextmanager
def _host(_: Path) -> Iterator[str]:
    with serve(KeyHost(distinct).answer) as url:
        yield f'service = "host"\n[keys.host]\nurl = "{url}"\n'


PLACES = {"development": _development, "file": _file, "sam": _sam, "token": _token, "host": _host}


@pytest.mark.parametrize("place", PLACES)
def test_a_counter(desk: Desk, tmp_path: Path, place: str) -> None:
    """Mutual authentication, PIN reload by PUK, an update key: by the command line, on pcscd."""
    settings = tmp_path / "guitai.toml"
    with (
        PLACES[place](tmp_path) as lines,
        desk.emulating("--seed", "31", "--keys", "distinct", "--sam"),
    ):
        settings.write_text(f"[keys]\n{lines}", "utf-8")
        # What this process's token library was told, the command's is told, too.
        desk.environment.update(
            {name: value for name, value in os.environ.items() if name.startswith("SOFTHSM2")}
        )
        run = ("--config", str(settings))
        reader = ("--reader", "00 00")
        assert desk.run(*run, "keys", "check", "--json").json["test_keys"] is True
        read = desk.run(*run, "read", *reader, "--json", "--reveal").json
        assert read["holder"]["social_security_number"].startswith("000000")
        reset = desk.run(*run, "pin", "reset", *reader, "--json", input="864202\n864202\n")
        assert reset.json["tries_left"] == 6
        assert desk.run("pin", "verify", *reader, input="864202\n").status == 0
        written = desk.run(*run, "card", "set", "DF01EF06", "phone", *reader, input="13900000000\n")
        assert written.status == 0, written.err


def test_a_sam_that_is_not_there(desk: Desk, tmp_path: Path) -> None:
    """No SAM in the slot: said before the holder's card is touched, and what to do."""
    settings = tmp_path / "guitai.toml"
    settings.write_text('[keys]\nservice = "sam"\n[readers.roles]\nsam = "00 01"\n', "utf-8")
    with desk.emulating("--seed", "32"):
        refused = desk.run("--config", str(settings), "read", "--reader", "00 00")
    assert (refused.status, "[sam_missing]" in refused.err) == (7, True)


def test_production_refuses_every_test_key(desk: Desk, tmp_path: Path) -> None:
    """Whatever place they are in: a counter that is live does not prove itself by public keys."""
    settings = tmp_path / "guitai.toml"
    for place in ("file", "sam", "token", "host"):
        folder = tmp_path / place
        folder.mkdir()
        with PLACES[place](folder) as lines, desk.emulating("--seed", "33", "--sam"):
            settings = folder / "guitai.toml"
            settings.write_text(f"production = true\n[keys]\n{lines}", "utf-8")
            desk.environment.update(
                {name: value for name, value in os.environ.items() if name.startswith("SOFTHSM2")}
            )
            refused = desk.run("--config", str(settings), "read", "--reader", "00 00", "--json")
        assert refused.json["error"]["code"] == "test_keys_refused", place
