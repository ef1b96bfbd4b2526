"""A registry that is put back knows nothing of what came after it: that is told, and made safe."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from backed_up import Counter, backed_up
from book import CHEAP, PASSWORD

from terminal.errors import NotSignedIn
from terminal.registry.audit import Note, note
from terminal.registry.audit_search import Wanted, search
from terminal.registry.operators import Role, SignedIn
from terminal.registry.store import Registry
from terminal.services.acts import Act
from terminal.services.auditing import ends_file, read_ends, verify
from terminal.services.opening import open_registry_of
from terminal.services.operators import Operators


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    """Give a counter at which something was done, and then a backup was made."""
    return backed_up(tmp_path)


@contextmanager
def opened(counter: Counter) -> Iterator[Registry]:
    """Open its registry as a command does."""
    with closing(open_registry_of(counter.config, counter.clock)) as registry:
        yield registry


def anchors(counter: Counter) -> Path:
    return Path(counter.config.registry.anchor_file)


def act(counter: Counter, *reasons: str) -> None:
    """Do something on a day that is anchored already."""
    with opened(counter) as registry, registry.writing() as tx:
        for reason in reasons:
            note(tx, "A01-1", Note("wang", "look", "S-STATUS", reason=reason))


def found(counter: Counter) -> list[tuple[int, str]]:
    with opened(counter) as registry:
        return [(each.number, each.what.value) for each in verify(registry, anchors(counter))]


# --- People --------------------------------------------------------------------------------


def test_nobody_sits_at_a_desk_that_came_back(counter: Counter) -> None:
    """A session that was open on the backup's day would let a leaver in without a password."""
    with opened(counter) as registry:
        people = Operators(registry, "A01-1", CHEAP)
        people.add_first("zhang", "张主管", PASSWORD)
        tokens = [people.sign_in("zhang", PASSWORD).token for _ in range(2)]
    file = counter.back_up(counter.folder / "people")
    counter.restore(file, replace=True)
    with opened(counter) as registry:
        people = Operators(registry, "A01-1", CHEAP)
        for token in tokens:
            with pytest.raises(NotSignedIn):
                people.who(token)
        people.sign_in("zhang", PASSWORD)
        with registry.reading() as tx:
            (noted,) = search(tx, Wanted(action=Act.RESTORE.value))
    assert noted.note.facts["signed_out"] == 2


def test_who_works_here_again_is_told(counter: Counter) -> None:
    """Leavers and withdrawn roles are back: somebody has to see them go a second time."""

    def hire(people: Operators, by: SignedIn, operator: str, *roles: Role) -> None:
        _, once = people.add(by, operator, "某某", roles)
        people.change_password(operator, once, PASSWORD)

    with opened(counter) as registry:
        people = Operators(registry, "A01-1", CHEAP)
        people.add_first("zhang", "张主管", PASSWORD)
        zhang = people.sign_in("zhang", PASSWORD).who
        hire(people, zhang, "li", Role.CLERK)
        hire(people, zhang, "wu", Role.ISSUER)
        hire(people, zhang, "qian", Role.CLERK)
        people.leave(zhang, "qian")
    file = counter.back_up(counter.folder / "people")
    with opened(counter) as registry:
        people = Operators(registry, "A01-1", CHEAP)
        people.leave(zhang, "li")
        people.set_roles(zhang, "wu", [Role.CLERK])
    for how in ({"check": True}, {"replace": True}):
        told = counter.restore(file, **how).people
        assert [(each.id, each.roles) for each in told] == [
            ("li", {Role.CLERK}),
            ("wu", {Role.ISSUER}),
            ("zhang", {Role.SUPERVISOR}),
        ]
    assert counter.restore(file, only="journal", replace=True).people == ()


# --- What is missing -----------------------------------------------------------------------


def test_what_came_after_on_the_same_day_is_named(counter: Counter) -> None:
    """The day's anchor is older than the backup; the end that is kept is not."""
    act(counter, "四", "五")
    done = counter.restore(replace=True)
    (later,) = done.compared.later
    assert (later.chain, later.have, later.anchored) == ("A01-1", 3, 5)
    assert later.day == counter.now.date()
    assert done.compared.doubts == ()
    with opened(counter) as registry, registry.reading() as tx:
        (noted,) = search(tx, Wanted(action=Act.RESTORE.value))
    assert noted.note.facts["later"] == 2


def test_the_end_goes_on_from_what_came_back(counter: Counter) -> None:
    """What is on record needs no alarm for ever; the next step back is found again."""
    act(counter, "四", "五", "六")
    done = counter.restore(replace=True)
    old = counter.folder / "anchors/kept.ends.before-20260302T090000"
    assert old in done.kept
    assert " 6 " in old.read_text()
    assert found(counter) == []
    before = (counter.folder / "registry.db").read_bytes()
    act(counter, "另四", "另五")
    (counter.folder / "registry.db").write_bytes(before)
    assert found(counter) == [(6, "anchor_beyond")]


def test_a_check_leaves_the_end_alone(counter: Counter) -> None:
    """It says what would be missing, and what is kept stays."""
    act(counter, "四")
    kept = read_ends(anchors(counter))
    assert [each.anchored for each in counter.restore(check=True).compared.later] == [4]
    assert read_ends(anchors(counter)) == kept


def test_an_end_that_is_gone(counter: Counter) -> None:
    """Then a restore cannot tell all that is missing, and says so; it begins the file anew."""
    act(counter, "四")
    ends_file(anchors(counter)).unlink()
    done = counter.restore(replace=True)
    assert [each.what.value for each in done.compared.doubts] == ["kept_end_missing"]
    assert found(counter) == []


def test_a_way_out_of_the_alarm(counter: Counter) -> None:
    """Once it is cleared up: back up what is there, and bring it back, on record."""
    act(counter, "四")
    ends_file(anchors(counter)).unlink()
    assert found(counter) == [(4, "kept_end_missing")]
    counter.restore(counter.back_up(counter.folder / "now"), replace=True)
    assert found(counter) == []
