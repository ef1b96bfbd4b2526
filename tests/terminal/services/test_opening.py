"""Opening the configured registry: made once, anchored daily, its clock believed or confirmed."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from book import CHEAP, MORNING, PASSWORD

from terminal.config import Config, Outlet
from terminal.config import Registry as Settings
from terminal.errors import (
    AnchorsMissing,
    AuditBroken,
    ClockJumped,
    ConfigWrong,
    RegistryDamaged,
    RegistryExists,
    RegistryKeyWrong,
    RegistryMissing,
    RegistryUnwritable,
    RoleMissing,
    SecondPersonNeeded,
)
from terminal.registry.audit import Note, note
from terminal.registry.audit_search import Wanted, search
from terminal.registry.operators import Role
from terminal.registry.stamps import STAMPED
from terminal.registry.store import last_used
from terminal.registry.vault import make_key_file
from terminal.services.auditing import ends_file, read_anchors
from terminal.services.clock import clock_notice, demand_clock
from terminal.services.opening import (
    chain_of,
    init_registry_of,
    inspect_registry_of,
    open_registry_of,
    registry_place,
)
from terminal.services.operators import Operators, Second

Clock = Callable[[], datetime]


def at(moment: datetime) -> Clock:
    return lambda: moment


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Configure a registry in a folder."""
    files = {name: str(tmp_path / f"new/{name}") for name in ("file", "key_file", "anchor_file")}
    return Config(outlet=Outlet(id="A01"), registry=Settings(**files))


class TestPlaces:
    def test_development_has_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who tries things out configures nothing, and finds them among their own state."""
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        place = registry_place(Config())
        assert {place.file.parent, place.key_file.parent} == {tmp_path / "guitai"}
        assert len({place.file, place.key_file, place.anchor_file}) == 3
        monkeypatch.setenv("XDG_STATE_HOME", "relative")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert registry_place(Config()).file == tmp_path / ".local/state/guitai/registry.db"

    @pytest.mark.parametrize("missing", ["file", "key_file", "anchor_file"])
    def test_production_says_where(self, config: Config, missing: str) -> None:
        """A registry in somebody's home would be lost with them."""
        settings = replace(config.registry, **{missing: ""})
        with pytest.raises(ConfigWrong) as caught:
            registry_place(replace(config, production=True, registry=settings))
        assert f"registry.{missing}" in caught.value.cause("zh")

    @pytest.mark.parametrize(
        ("outlet", "desk", "chain"),
        [("A01", "1", "A01-1"), ("", "1", "0-1"), (" 网点 7 ", " 二 ", "网点 7-二")],
    )
    def test_a_chain_a_counter(self, outlet: str, desk: str, chain: str) -> None:
        """Its name is on record for ever: outlet and desk."""
        assert chain_of(Config(outlet=Outlet(id=outlet, desk=desk))) == chain

    @pytest.mark.parametrize(("outlet", "desk"), [("A" * 31, "1"), ("A01", " "), ("A\n01", "1")])
    def test_names_that_are_none(self, outlet: str, desk: str) -> None:
        """It stands at the end of a line in the anchor file."""
        with pytest.raises(ConfigWrong):
            chain_of(Config(outlet=Outlet(id=outlet, desk=desk)))


class TestMaking:
    def test_all_three_and_the_first_record(self, config: Config) -> None:
        """A new counter has a registry, a key, and an audit anchored at birth."""
        place = init_registry_of(config, at(MORNING))
        for path in (place.file, place.key_file, place.anchor_file):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with closing(open_registry_of(config, at(MORNING))) as registry, registry.reading() as tx:
            (made,) = search(tx, Wanted())
        assert (made.chain, made.note.action) == ("A01-1", "registry_init")
        assert [each.number for each in read_anchors(place.anchor_file)] == [1]

    def test_once(self, config: Config) -> None:
        """Nothing that is there is touched, and nothing is made beside it."""
        place = init_registry_of(config, at(MORNING))
        before = {path: path.read_bytes() for path in place.file.parent.iterdir()}
        with pytest.raises(RegistryExists):
            init_registry_of(config, at(MORNING))
        place.file.rename(place.file.with_suffix(".kept"))
        place.key_file.unlink()
        with pytest.raises(RegistryExists):  # the anchors of another registry are no new one's
            init_registry_of(config, at(MORNING))
        assert not place.key_file.exists()
        assert place.anchor_file.read_bytes() == before[place.anchor_file]

    def test_a_second_attempt(self, config: Config) -> None:
        """Where the folder of the data was not writable at first, only that has to be mended."""
        elsewhere = Path(config.registry.file).parent.parent / "blocked"
        elsewhere.write_text("no folder")
        settings = replace(config.registry, file=str(elsewhere / "registry.db"))
        with pytest.raises(RegistryUnwritable):
            init_registry_of(replace(config, registry=settings), at(MORNING))
        elsewhere.unlink()
        init_registry_of(replace(config, registry=settings), at(MORNING))

    def test_with_a_key_that_was_made_before(self, config: Config) -> None:
        """The key may come from a safe; it is used and not replaced."""
        place = registry_place(config)
        place.key_file.parent.mkdir()
        make_key_file(place.key_file)
        before = place.key_file.read_bytes()
        init_registry_of(config, at(MORNING))
        assert place.key_file.read_bytes() == before
        open_registry_of(config, at(MORNING)).close()

    def test_sm4_where_it_is_asked_for(self, config: Config) -> None:
        """What was sealed with one cipher is read with the other configured."""
        sm4 = replace(config, registry=replace(config.registry, cipher="sm4-gcm"))
        init_registry_of(sm4, at(MORNING))
        with closing(open_registry_of(sm4, at(MORNING))) as registry, registry.reading() as tx:
            sealed = tx.vault.seal("place", "张三")
        with closing(open_registry_of(config, at(MORNING))) as registry, registry.reading() as tx:
            assert tx.vault.open("place", sealed) == "张三"
            assert tx.vault.seal("place", "张三")[0] != sealed[0]


class TestOpening:
    def test_missing_parts_are_named(self, config: Config) -> None:
        """Key, database and anchors are each missed by their own name."""
        with pytest.raises(RegistryMissing):  # a new counter: nothing is there yet
            open_registry_of(config, at(MORNING))
        place = init_registry_of(config, at(MORNING))
        place.key_file.rename(place.key_file.with_suffix(".kept"))
        with pytest.raises(RegistryKeyWrong) as caught:
            open_registry_of(config, at(MORNING))
        assert "另行保管" in caught.value.advice("zh")
        place.key_file.with_suffix(".kept").rename(place.key_file)
        place.anchor_file.rename(place.anchor_file.with_suffix(".kept"))
        with pytest.raises(AnchorsMissing):
            open_registry_of(config, at(MORNING))
        place.file.unlink()
        with pytest.raises(RegistryMissing):
            open_registry_of(config, at(MORNING))

    def test_a_schema_that_was_set_back_is_not_stamped_anew(self, config: Config) -> None:
        """Else whoever altered rows would have our own upgrade put its stamp on them."""
        place = init_registry_of(config, at(MORNING))
        open_registry_of(config, at(MORNING)).close()
        with closing(sqlite3.connect(place.file)) as raw, raw:
            raw.execute("ALTER TABLE thing DROP COLUMN seal")
            for table in STAMPED:
                raw.execute(f"ALTER TABLE {table.name} DROP COLUMN stamp")
            raw.execute("UPDATE alembic_version SET version_num = '0001'")
        with pytest.raises(RegistryDamaged) as caught:
            open_registry_of(config, at(MORNING))
        assert "改回了旧版本 0001" in caught.value.cause("zh")
        ends_file(place.anchor_file).unlink()  # a counter of that version has none
        open_registry_of(config, at(MORNING)).close()

    def test_a_new_day_is_anchored(self, config: Config) -> None:
        """The first command of a day anchors the end of the day before."""
        place = init_registry_of(config, at(MORNING))
        for days in (0, 1, 2, 3):
            clock = at(MORNING + timedelta(days=days))
            with closing(open_registry_of(config, clock)) as it, it.writing() as tx:
                note(tx, "A01-1", Note("wang", "look"))
        days = [each.day.day for each in read_anchors(place.anchor_file)]
        assert days == [2, 3, 4, 5]

    def test_a_broken_audit_opens_only_to_be_looked_at(self, config: Config) -> None:
        """Nothing works on it any more, and yet it can be checked."""
        place = init_registry_of(config, at(MORNING))
        with closing(inspect_registry_of(config, at(MORNING))) as it, it.writing() as tx:
            tx.connection.exec_driver_sql("UPDATE audit_head SET number = 7")
        with pytest.raises(AuditBroken):
            open_registry_of(config, at(MORNING + timedelta(days=1)))
        inspect_registry_of(config, at(MORNING + timedelta(days=1))).close()
        assert len(read_anchors(place.anchor_file)) == 1


class TestClock:
    def test_use_is_noted_to_the_minute(self, config: Config) -> None:
        """Each command moves the last moment on, though not each by a write."""
        init_registry_of(config, at(MORNING))
        for seconds, noted in ((59, 0), (60, 60), (100, 60), (120, 120)):
            clock = at(MORNING + timedelta(seconds=seconds))
            with closing(open_registry_of(config, clock)) as it, it.reading() as tx:
                assert last_used(tx) == MORNING + timedelta(seconds=noted)

    @pytest.mark.parametrize("jump", [timedelta(minutes=-3), timedelta(days=-400), timedelta(46)])
    def test_a_jump_is_noticed_until_two_people_have_spoken(
        self, config: Config, jump: timedelta
    ) -> None:
        """Every term hangs on the clock, so nothing that counts one is done meanwhile."""
        init_registry_of(config, at(MORNING))
        clock = at(MORNING + jump)
        for _ in range(2):  # opening it does not make the clock any truer
            with closing(open_registry_of(config, clock)) as registry:
                with pytest.raises(ClockJumped) as caught:
                    demand_clock(registry)
                assert "{" not in caught.value.cause("zh")
        with closing(open_registry_of(config, clock)) as registry:
            people = Operators(registry, "A01-1", CHEAP)
            people.add_first("zhang", "张主管", PASSWORD)
            zhang = people.sign_in("zhang", PASSWORD).who
            people.confirm_clock(zhang, Second("li", "李", frozenset({Role.CLERK})))
            demand_clock(registry)
            with registry.reading() as tx:
                (last,) = (each.note for each in search(tx, Wanted(action="clock_confirm")))
        assert (last.operator, last.second) == ("zhang", "li")
        assert last.facts["seconds"] == abs(int(jump.total_seconds()))

    def test_two_people_and_one_of_them_a_supervisor(self, config: Config) -> None:
        """Two clerks could otherwise set a loss's end where they like."""
        init_registry_of(config, at(MORNING))
        with closing(open_registry_of(config, at(MORNING - timedelta(days=1)))) as registry:
            people = Operators(registry, "A01-1", CHEAP)
            people.add_first("zhang", "张主管", PASSWORD)
            zhang = people.sign_in("zhang", PASSWORD).who
            clerk = replace(zhang, operator="wang", roles=frozenset({Role.CLERK}))
            with pytest.raises(SecondPersonNeeded):
                people.confirm_clock(zhang, Second("zhang", "张", zhang.roles))
            with pytest.raises(RoleMissing):
                people.confirm_clock(clerk, Second("li", "李", clerk.roles))
            people.confirm_clock(clerk, Second("zhang", "张", zhang.roles))
            assert clock_notice(registry).by == timedelta()
