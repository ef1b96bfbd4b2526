"""Bring a backup back to where the configuration says, or only prove that it could be.

All is proved before anything in use is touched. Then each file takes its place at once, the key
before the registry, the registry before the journal: whoever is killed on the way finds each file
whole, the old one or the new one, and repeats the command.

A registry that is put back knows nothing of what came after it: leavers work here again, and every
session of that day is open. So nobody is signed in to what is put in place, and who may sign in now
is told. Passwords are left as they were: to have all changed would ask for the old ones, which is
what somebody who has got hold of one knows as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from apdu.secret import Secret
from terminal.beijing_time import in_beijing
from terminal.config import Config
from terminal.errors import AnchorsMissing, BackupWrong, RegistryKeyWrong, RestoreWouldReplace
from terminal.journal.opening import journal_path
from terminal.registry import operators, restore
from terminal.registry.audit import Anchor, Fact, Note, note
from terminal.registry.backup_file import ANCHORS, JOURNAL, KEY, REGISTRY, Header
from terminal.registry.operators import Operator
from terminal.registry.restore import Compared
from terminal.registry.store import Clock, now
from terminal.registry.vault import Vault, load_key
from terminal.registry.whole_files import (
    demand_unused,
    drafts,
    put_in_place,
    sync,
    take_back,
    told,
)
from terminal.services.acts import Act
from terminal.services.auditing import begin_ends, ends_file, read_anchors, read_ends
from terminal.services.opening import (
    CIPHERS,
    chain_of,
    open_registry_of,
    registry_place,
    system_user,
)
from terminal.services.operators import NOBODY
from terminal.texts import Text

DATABASES = (REGISTRY, JOURNAL)
ENDS = "ends"
"""The file of ends: in no backup, and begun anew for a registry that is put back."""
_NOT_IN_IT = Text("里面没有要恢复的东西", "what is to be restored is not in it")
_NO_KEY = Text("文件不存在，备份里也没有它", "it is not there, and not in the backup either")
_NO_ANCHORS = Text(
    "没有审计锚文件，备份里也没有：备份以后发生过什么，无从对照",
    "there is no anchor file, nor one in the backup: nobody can tell what happened since",
)
_OLD_ANCHORS = Text(
    "审计锚文件不在了，放回的是备份里的：备份以后发生过什么，无从对照",
    "the anchor file was gone and the backup's took its place: nobody can tell what happened since",
)


@dataclass(frozen=True, slots=True)
class Restored:
    """Hold what a restore did, or would do.

    ``put`` are the files put in place, ``kept`` the old ones beside them. ``compared`` is what
    anchors and ends know of the time after the backup, and ``unsure`` why they know nothing.
    ``newer`` counts the entries of the old journal that the backup's lacks, None where it cannot be
    read. ``people`` work here by the registry that is put back.
    """

    header: Header
    put: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    compared: Compared = field(default_factory=Compared)
    unsure: Text | None = None
    newer: int | None = 0
    people: tuple[Operator, ...] = ()


def restore_from(
    config: Config,
    file: Path,
    ask: Callable[[Path], Secret],
    *,
    only: str = "",
    replace: bool = False,
    check: bool = False,
    clock: Clock = now,
) -> Restored:
    """Restore a backup; ``only`` one of its two databases; ``check`` puts nothing in place.

    The key's file is put where none is, or another one is and ``replace`` is said; the anchors'
    only where none is. Raises RestoreWouldReplace where something is in the way, RestoreInUse,
    RegistryKeyWrong, and what terminal/registry/restore.py and ``ask`` raise.
    """
    header = restore.header_of(file)
    wanted = [name for name in DATABASES if only in {"", name} and header.has(name)]
    if not wanted:
        raise BackupWrong(path=file, detail=_NOT_IN_IT)
    places = _places(config)
    in_the_way = [places[name] for name in wanted if os.path.lexists(places[name])]
    if in_the_way and not replace and not check:
        raise RestoreWouldReplace(path=in_the_way[0])
    passphrase = ask(file)
    # Only the registry needs a key and anchors: a journal stands for itself.
    beside = [name for name in (KEY, ANCHORS) if REGISTRY in wanted and header.has(name)]
    with ExitStack() as stack:
        if REGISTRY in wanted and not check:
            beside.append(ENDS)
        made = {name: _draft(stack, places[name]) for name in (*beside, *wanted)}
        header = restore.unpack(file, passphrase, made)
        it = _Restore(config, file, header, places, made, replace, check, clock)
        newer = it.prove_journal() if JOURNAL in wanted else 0
        restored = Restored(header, newer=newer)
        if REGISTRY in wanted:
            restored = it.prove_registry(restored)
        return restored if check else it.put(restored)


@dataclass(slots=True)
class _Restore:
    """Hold a restore under way; ``made`` are the drafts of what may be put in place."""

    config: Config
    file: Path
    header: Header
    places: dict[str, Path]
    made: dict[str, Path]
    replace: bool
    check: bool
    clock: Clock

    def prove_journal(self) -> int | None:
        restore.demand_journal(self.file, self.made[JOURNAL])
        old = self.places[JOURNAL]
        return restore.newer_entries(old, self.made[JOURNAL]) if os.path.lexists(old) else 0

    def prove_registry(self, restored: Restored) -> Restored:
        vault = self._vault()
        anchors, unsure = self._anchors()
        draft = self.made[REGISTRY]
        with closing(restore.open_draft(self.file, draft, vault, self.clock)) as registry:
            with registry.reading() as tx:
                compared = restore.demand_audit(self.file, tx, anchors, self._ends())
                everybody = operators.everybody(tx)
            if not self.check:
                with registry.writing() as tx:
                    ended = operators.end_every_session(tx)
                    note(tx, chain_of(self.config), self._note(compared, ended))
                begin_ends(registry, self.made[ENDS])
        people = tuple(each for each in everybody if each.left_at is None)
        return replace(restored, compared=compared, unsure=unsure, people=people)

    def put(self, restored: Restored) -> Restored:
        """Put everything in its place; gives what was put, and what is kept, besides."""
        order = [name for name in (KEY, ANCHORS, REGISTRY, ENDS, JOURNAL) if name in self.made]
        for name in order:
            if name in DATABASES:
                demand_unused(self.places[name])
                demand_unused(self.made[name])  # which moves its log into it
            sync(self.made[name])
        if REGISTRY not in self.made:
            with (
                closing(open_registry_of(self.config, self.clock)) as registry,
                registry.writing() as tx,
            ):
                note(tx, chain_of(self.config), self._note(Compared(), 0))
        mark = self._mark(self.places[name] for name in order)
        done: list[tuple[Path, Path | None]] = []
        try:
            for name in order:
                place = self.places[name]
                done.append((place, put_in_place(self.made[name], place, mark)))
        except BaseException:
            for place, kept in reversed(done):
                take_back(place, kept)
            raise
        return replace(
            restored,
            put=tuple(place for place, _ in done if place != self.places[ENDS]),
            kept=tuple(kept for _, kept in done if kept is not None),
        )

    def _vault(self) -> Vault:
        """Give the vault of the key in place, or of the one in the backup, which is put then."""
        place, made = self.places[KEY], self.made.get(KEY)
        there = os.path.lexists(place)
        if made is None and not there:
            raise RegistryKeyWrong(path=place, detail=_NO_KEY)
        if made is not None and there and not (self.replace and _differ(place, made)):
            del self.made[KEY]
            made = None
        key = load_key(place if made is None else made)
        return Vault(key, CIPHERS[self.config.registry.cipher])

    def _anchors(self) -> tuple[tuple[Anchor, ...] | None, Text | None]:
        """Give the anchors in place, else the backup's, and what cannot be told by them."""
        place, made = self.places[ANCHORS], self.made.get(ANCHORS)
        if not os.path.lexists(place):
            return (None, _NO_ANCHORS) if made is None else (read_anchors(made), _OLD_ANCHORS)
        self.made.pop(ANCHORS, None)
        try:
            return read_anchors(place), None
        except AnchorsMissing as error:
            return None, Text(error.cause("zh"), error.cause("en"))

    def _ends(self) -> tuple[Anchor, ...] | None:
        """Give the ends in place, which a new machine has not got."""
        at_work = any(os.path.lexists(self.places[name]) for name in (ANCHORS, ENDS))
        return read_ends(self.places[ANCHORS]) if at_work else None

    def _note(self, compared: Compared, ended: int) -> Note:
        facts: dict[str, Fact] = {
            "backup": self.header.id,
            "made_at": self.header.created_at.isoformat(),
            "what": " ".join(name for name in DATABASES if name in self.made),
            "later": sum(each.anchored - each.have for each in compared.later),
            "signed_out": ended,
            "system_user": system_user(),
        }
        return Note(NOBODY, Act.RESTORE.value, facts=facts)

    def _mark(self, places: Iterable[Path]) -> str:
        """Choose a mark for the old files by which nothing is kept yet."""
        mark = first = f"before-{in_beijing(self.clock()):%Y%m%dT%H%M%S}"
        listed, number = list(places), 1
        while any(os.path.lexists(f"{each}.{mark}") for each in listed):
            number += 1
            mark = f"{first}-{number}"
        return mark


def _places(config: Config) -> dict[str, Path]:
    """Say where everything belongs; a link to a file stays a link."""
    place = registry_place(config)
    named = {
        REGISTRY: place.file,
        KEY: place.key_file,
        ANCHORS: place.anchor_file,
        ENDS: ends_file(place.anchor_file),
        JOURNAL: journal_path(config),
    }
    return {name: Path(os.path.realpath(path)) for name, path in named.items()}


def _differ(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() != other.read_bytes()
    except OSError:
        return True


def _draft(stack: ExitStack, place: Path) -> Path:
    with told(place):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return stack.enter_context(drafts(place)) / place.name
