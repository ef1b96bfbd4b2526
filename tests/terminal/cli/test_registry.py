"""``guitai registry``: a new counter, one whose file is gone or damaged: what is done then."""

from pathlib import Path

import pytest
from registry_desk import RegistryDesk

from terminal.errors import NotSignedIn
from terminal.services.operators import Operators

RESTORE = "guitai restore 备份文件 --replace --only registry"
LATER = "2099-01-01T00:00:00+00:00"


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> RegistryDesk:
    """Give a counter at which nothing was set up."""
    return RegistryDesk(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("command", [("sign-in", "zhang"), ("operator", "first", "zhang", "张")])
def test_a_new_counter(desk: RegistryDesk, command: tuple[str, ...]) -> None:
    """Nothing is there yet: nobody is sent to look for a key that never was."""
    error = desk(*command, "--json").json["error"]
    assert error["code"] == "registry_missing"
    assert "guitai registry init" in error["remedy"]
    assert RESTORE in error["remedy"]


def test_only_the_anchors_are_left(desk: RegistryDesk) -> None:
    """They are of a registry that is gone: it is restored, and none is put in its place."""
    desk.stocked()
    (desk.folder / "registry.db").unlink()
    error = desk("registry", "init", "--json").json["error"]
    assert error["code"] == "registry_exists"
    assert "anchors" in error["message"]
    assert RESTORE in error["remedy"]


def test_a_damaged_file(desk: RegistryDesk) -> None:
    """What is wrong is said in words, and the way back is a backup, not one of the damage."""
    desk.stocked()
    (desk.folder / "registry.db").write_bytes(b"no database " * 400)
    error = desk("sign-in", "zhang", "--json").json["error"]
    assert (error["code"], error["cause"]) == ("registry_damaged", "这不是数据库文件")
    assert RESTORE in error["remedy"]


def test_a_key_that_is_gone(desk: RegistryDesk) -> None:
    """A backup has no key in it unless it was asked for: the copy kept elsewhere is named first."""
    desk.stocked()
    (desk.folder / "key").unlink()
    error = desk("sign-in", "zhang", "--json").json["error"]
    assert error["code"] == "registry_key_wrong"
    assert "放回另行保管的那一份密钥文件" in error["remedy"]


def test_a_clock_that_was_set(desk: RegistryDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes a long absence of a short one: what is wrong is the clock, not who sits there."""
    desk.stocked().sign_in("li")
    with desk.book() as book:
        book.tamper(f"UPDATE setting SET value = '{LATER}' WHERE name = 'last_used'")

    def gone(*_: object) -> None:
        raise NotSignedIn(detail="闲置太久")

    monkeypatch.setattr(Operators, "who", gone)
    error = desk("duties", "list", "--json").json["error"]
    assert error["code"] == "clock_jumped"
    assert "guitai registry clock --confirm --second" in error["remedy"]
