"""The command line over a registry, in process: a desk at which people sign in and out."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from book import CHEAP, PASSWORD, Book
from desk import Ran

from terminal.cli.app import run
from terminal.config import Config, Outlet
from terminal.config import Registry as Settings
from terminal.registry.operators import Role
from terminal.services import operators
from terminal.services.opening import init_registry_of, open_registry_of
from terminal.services.operators import Operators

WORD = PASSWORD.reveal().decode()


@functools.cache
def template() -> Path:
    """Make a registry with zhang, supervisor, shen, auditor, and li, clerk, once a run."""
    folder = Path(tempfile.mkdtemp(prefix="guitai-desk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    config = _config(folder)
    init_registry_of(config)
    registry = open_registry_of(config)
    people = Operators(registry, "A01-1", CHEAP)
    people.add_first("zhang", "张主管", PASSWORD)
    zhang = people.sign_in("zhang", PASSWORD).who
    for operator, name, role in (("shen", "沈审计", Role.AUDITOR), ("li", "李四", Role.CLERK)):
        _, once = people.add(zhang, operator, name, [role])
        people.change_password(operator, once, PASSWORD)
    registry.close()
    return folder


def _config(folder: Path) -> Config:
    files = {name: str(folder / each) for name, each in FILES.items()}
    return Config(outlet=Outlet(id="A01"), registry=Settings(**files))


FILES = {"file": "registry.db", "key_file": "key", "anchor_file": "anchors"}
STOCK = (*FILES.values(), "anchors.ends")
"""What has to be copied for a registry to be there."""


class RegistryDesk:
    """Run `guitai` here; what is typed at it is given as lines."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._capsys = capsys
        self.config = folder / "guitai.toml"
        lines = ["[outlet]", 'id = "A01"', "[registry]"]
        lines += [f'{name} = "{each}"' for name, each in FILES.items()]
        self.config.write_text("\n".join(lines))
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        monkeypatch.setattr(operators, "POLICY", CHEAP)

    def stocked(self) -> RegistryDesk:
        """Put the registry there that everybody begins with."""
        for name in STOCK:
            shutil.copy(template() / name, self.folder / name)
        return self

    def __call__(self, *arguments: str, typed: tuple[str, ...] = ()) -> Ran:
        with lines_typed(*typed):
            status = run(["--config", str(self.config), *arguments])
        captured = self._capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    def sign_in(self, operator: str = "zhang") -> None:
        """Have somebody sit down."""
        assert self("sign-in", operator, typed=(WORD,)).status == 0

    @contextmanager
    def book(self) -> Iterator[Book]:
        """Open its registry past the command line."""
        book = Book.__new__(Book)
        book.folder, book.now = self.folder, datetime.now(UTC)
        book.registry = book.another()
        yield book
        book.close()


@contextmanager
def lines_typed(*lines: str) -> Iterator[None]:
    """Give standard input some lines, and an end."""
    before = os.dup(0)
    reading, writing = os.pipe()
    try:
        os.write(writing, "".join(f"{line}\n" for line in lines).encode())
        os.close(writing)
        os.dup2(reading, 0)
        yield
    finally:
        os.dup2(before, 0)
        for descriptor in (before, reading):
            os.close(descriptor)
