"""The schema: the migrations make what the tables say, and a file that does not fit is told so."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from registry import bench
from sqlalchemy import Engine

from terminal import errors
from terminal.registry import cards, migrations
from terminal.registry.checking import database_findings
from terminal.registry.machines import Kind
from terminal.registry.migrations import HEAD, VERSIONS, upgrade
from terminal.registry.stamps import STAMPED
from terminal.registry.store import init_registry, last_used, open_registry, sqlite_engine
from terminal.registry.tables import METADATA
from terminal.registry.vault import Vault, load_key, make_key_file
from terminal.rules.states import Social

FILES = sorted((Path(migrations.__file__).parent / "versions").glob("v*.py"))


def test_the_newest_version_is_the_newest_file() -> None:
    """A migration that HEAD does not name is one that no counter ever runs."""
    named = [re.match("v([0-9]{4})_", each.name) for each in FILES]
    assert tuple(each[1] for each in named if each is not None) == VERSIONS
    assert len(FILES) == len(VERSIONS)
    assert max(VERSIONS) == HEAD
    down = None
    for version, file in zip(VERSIONS, FILES, strict=True):
        text = file.read_text("utf-8")
        assert f'revision = "{version}"' in text
        assert f"down_revision = {down}\n" in text
        down = f'"{version}"'


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    """Alembic finds nothing to add, take away or change between the two."""
    engine = bench(tmp_path).registry.engine
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_migrations_make_the_constraints_too(tmp_path: Path) -> None:
    """Alembic compares neither CHECKs nor defaults; most of the rules here are CHECKs."""
    fresh = sqlite_engine(tmp_path / "fresh.db")
    METADATA.create_all(fresh)
    migrated = bench(tmp_path).registry.engine
    wanted = ddl(fresh)
    assert {name: lines for name, lines in ddl(migrated).items() if name in wanted} == wanted
    extra = ddl(migrated).keys() - wanted.keys()
    added_only = {"history", "audit", "destruction", "allowed_move"}
    triggers = {f"{table}_no_{what}" for table in added_only for what in CHANGES}
    assert {each for each in extra if not each.startswith("sqlite_")} == {
        "alembic_version",
        *triggers,
    }


CHANGES = ("update", "delete", "replace")


def ddl(engine: Engine) -> dict[str, set[str]]:
    """Give what each thing of a database was made with, line by line, in no order."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql NOTNULL")
        found = {row.name: row.sql for row in rows}
    # SQLite writes a column that was added later behind a comma, on the same line.
    return {
        name: {each.strip(" \t,") for each in re.split(r"\n|, (?=[a-z_]+ [A-Z]+)", sql)}
        for name, sql in found.items()
    }


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    """Two counters that start at once may both bring the file up to date."""
    made = bench(tmp_path)
    before = ddl(made.registry.engine)
    upgrade(made.registry.engine, made.registry.vault)
    assert ddl(made.registry.engine) == before


TO_0001 = (
    "ALTER TABLE thing DROP COLUMN seal",
    *(f"ALTER TABLE {table.name} DROP COLUMN stamp" for table in STAMPED),
    "UPDATE alembic_version SET version_num = '0001'",
)


def test_a_registry_of_version_0001_is_sealed_as_it_stands(tmp_path: Path) -> None:
    """A counter that updates goes on with its cards; from then on a row taken away is noticed."""
    made = bench(tmp_path)
    card = made.card(made.person())
    with made.registry.writing() as tx:
        card = cards.move(tx, card, Kind.SOCIAL, "lose", Social.LOST)
    made.registry.close()
    sql(*TO_0001)(made.path)
    with closing(open_registry(made.path, made.registry.vault)) as registry:
        with registry.reading() as tx:
            assert cards.get(tx, card.id) == card
        assert database_findings(registry) == ()
    sql("DROP TRIGGER history_no_delete", "DELETE FROM history WHERE number = 2")(made.path)
    with (
        closing(open_registry(made.path, made.registry.vault)) as registry,
        registry.reading() as tx,
        pytest.raises(errors.RegistryDamaged),
    ):
        cards.get(tx, card.id)


def test_an_older_registry_is_not_sealed_with_another_key(tmp_path: Path) -> None:
    """The key is looked at before anything is done: the right one still fits afterwards."""
    made = bench(tmp_path)
    card = made.card(made.person())
    made.registry.close()
    sql(*TO_0001)(made.path)
    before = made.path.read_bytes()
    make_key_file(tmp_path / "another")
    with pytest.raises(errors.RegistryKeyWrong):
        open_registry(made.path, Vault(load_key(tmp_path / "another")))
    assert made.path.read_bytes() == before
    with (
        closing(open_registry(made.path, made.registry.vault)) as registry,
        registry.reading() as tx,
    ):
        assert cards.get(tx, card.id) == card


def sql(*statements: str) -> Callable[[Path], object]:
    def run(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for each in statements:
                connection.execute(each)

    return run


def foreign(path: Path) -> None:
    path.unlink()
    sql("CREATE TABLE alembic (version_num)")(path)


def scrambled(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:8192] = bytes([0xFF]) * 4096
    path.write_bytes(data)


SPOILT: dict[str, tuple[Callable[[Path], object], type[errors.GuitaiError]]] = {
    "newer": (sql("UPDATE alembic_version SET version_num = '9999'"), errors.RegistryTooNew),
    "older than all": (
        sql("UPDATE alembic_version SET version_num = '0000'"),
        errors.RegistryDamaged,
    ),
    "of no version": (sql("DELETE FROM alembic_version"), errors.RegistryDamaged),
    "without versions": (sql("DROP TABLE alembic_version"), errors.RegistryDamaged),
    "without a key": (
        sql("DELETE FROM setting WHERE name = 'key_check'"),
        errors.RegistryDamaged,
    ),
    "without settings": (sql("DROP TABLE setting"), errors.RegistryDamaged),
    "another program's": (foreign, errors.RegistryDamaged),
    "empty": (lambda path: path.write_bytes(b""), errors.RegistryDamaged),
    "no database": (lambda path: path.write_text("柜台" * 4000), errors.RegistryDamaged),
    "cut off": (lambda path: os.truncate(path, 20_000), errors.RegistryDamaged),
    "overwritten": (scrambled, errors.RegistryDamaged),
    "gone": (lambda path: path.unlink(), errors.RegistryMissing),
    "of another key": (
        sql("UPDATE setting SET value = '0011223344556677' WHERE name = 'key_check'"),
        errors.RegistryKeyWrong,
    ),
}


@pytest.mark.parametrize(("spoil", "error"), SPOILT.values(), ids=SPOILT.keys())
def test_a_file_that_does_not_fit_is_told_so(
    tmp_path: Path, spoil: Callable[[Path], object], error: type[errors.GuitaiError]
) -> None:
    """A clerk gets a page of the catalogue with a remedy, never a traceback; nothing is written."""
    made = bench(tmp_path)
    made.registry.close()
    spoil(made.path)
    before = made.path.read_bytes() if made.path.exists() else None
    with pytest.raises(error):
        open_registry(made.path, made.registry.vault)
    assert (made.path.read_bytes() if made.path.exists() else None) == before


def test_a_folder_is_no_registry(tmp_path: Path) -> None:
    """A path that was cut short in the configuration names a folder."""
    vault = bench(tmp_path).registry.vault
    with pytest.raises(errors.RegistryMissing):
        open_registry(tmp_path, vault)


def test_a_registry_is_made_once_and_is_its_users_alone(tmp_path: Path) -> None:
    """A second "init" must not empty the first one; nobody else on the machine reads it."""
    make_key_file(tmp_path / "key")
    vault = Vault(load_key(tmp_path / "key"))
    path = tmp_path / "new" / "registry.db"
    init_registry(path, vault).close()
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(errors.RegistryExists):
        init_registry(path, vault)
    assert path.read_bytes() == before
    open_registry(path, vault).close()
    dangling = tmp_path / "link.db"
    dangling.symlink_to(tmp_path / "nowhere.db")
    with pytest.raises(errors.RegistryExists):
        init_registry(dangling, vault)


def test_where_no_file_can_be_made_it_says_so(tmp_path: Path) -> None:
    """A registry inside a file that is no folder: said in words, with the reason."""
    make_key_file(tmp_path / "key")
    vault = Vault(load_key(tmp_path / "key"))
    with pytest.raises(errors.RegistryUnwritable):
        init_registry(tmp_path / "key" / "registry.db", vault)


def test_a_long_writer_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup that holds the file: the clerk is told that it is busy, and nothing is half done."""
    monkeypatch.setattr("terminal.registry.store.BUSY_SECONDS", 0.01)
    made = bench(tmp_path)
    with closing(sqlite3.connect(made.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(errors.RegistryBusy), made.registry.writing():
            pass
        with made.registry.reading() as tx:
            assert tx.rows(METADATA.tables["person"].select()) == []
        other.execute("ROLLBACK")
    with made.registry.writing():
        pass


def test_who_only_looks_waits_for_no_writer(tmp_path: Path) -> None:
    """A check or an audit of the auditor's goes on while a backup or a long service writes."""
    made = bench(tmp_path)
    made.card(made.person())
    with closing(sqlite3.connect(made.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(open_registry(made.path, made.registry.vault)) as registry:
            assert database_findings(registry) == ()
        other.execute("ROLLBACK")


@pytest.mark.parametrize("value", ["gestern", "2026-11-23T10:00:00", ""])
def test_a_last_use_that_is_none_is_told(tmp_path: Path, value: str) -> None:
    """Whoever spoils it must not make the clock look right, or every command fail."""
    made = bench(tmp_path)
    sql(f"UPDATE setting SET value = '{value}' WHERE name = 'last_used'")(made.path)
    with made.registry.reading() as tx, pytest.raises(errors.RegistryDamaged):
        last_used(tx)


def test_the_file_is_written_durably(tmp_path: Path) -> None:
    """What was committed survives a power cut: write-ahead log, FULL, and foreign keys on."""
    engine = bench(tmp_path).registry.engine
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
