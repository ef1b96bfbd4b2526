"""The machine as the checks see it; a made-up one stands in for it in tests."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from terminal.config import DEFAULT_PATH, Config, load_config
from terminal.diagnosis.sight import Sight, look
from terminal.errors import FileTrouble
from terminal.readers.port import Pcsc

DEADLINE_SECONDS = 3.0
"""How long PC/SC may take; it usually takes milliseconds, and some hundred to start."""


def _may_connect(path: Path) -> bool:
    return os.access(path, os.W_OK)


def _may_open(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK)


def _device_of(path: Path) -> tuple[int, int] | None:
    status = path.stat()
    if not stat.S_ISCHR(status.st_mode):
        return None
    return os.major(status.st_rdev), os.minor(status.st_rdev)


def _shipped() -> Path | None:
    """Find what we ship for the system: installed with us, else beside us in the project."""
    installed = Path(sysconfig.get_path("data")) / "share/guitai/udev"
    project = Path(__file__).parents[2] / "udev"
    return next((each for each in (installed, project) if each.is_dir()), None)


def _group_of(path: Path) -> str:
    try:
        return path.group()
    except KeyError:
        return ""


@dataclass(frozen=True)
class Machine:
    """Hold what checks may look at: files below ``root``, environment, user, PC/SC.

    ``groups`` are those that the user database gives the user; ``test_keys`` tells whether the
    configured key service has TEST KEYS and raises the catalogue's leaves where it is none;
    ``demand_desk`` raises what the commands at the desk would raise of the configuration;
    ``device_of`` gives the number of a character device, None for any other file; ``shipped`` is
    the folder of our own rules and units (project folder ``udev/``), None where it is not known.
    Without slots, because what is looked up is kept.
    """

    pcsc: Pcsc
    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = "root"
    groups: frozenset[str] = frozenset()
    config_path: str | None = None
    test_keys: Callable[[Config], bool] = lambda _config: True
    demand_desk: Callable[[Config], None] = lambda _config: None
    may_connect: Callable[[Path], bool] = _may_connect
    may_open: Callable[[Path], bool] = _may_open
    group_of: Callable[[Path], str] = _group_of
    device_of: Callable[[Path], tuple[int, int] | None] = _device_of
    shipped: Path | None = field(default_factory=_shipped)
    deadline_seconds: float = DEADLINE_SECONDS

    @cached_property
    def sight(self) -> Sight:
        """Look at PC/SC, once."""
        return look(self.pcsc, self.deadline_seconds)

    @cached_property
    def config(self) -> Config:
        """Read the configuration; raises ConfigWrong, FileTrouble."""
        if self.config_path is not None:
            return load_config(self.config_path)
        try:
            return load_config(str(self.path(str(DEFAULT_PATH))))
        except FileTrouble as trouble:
            if isinstance(trouble.__cause__, FileNotFoundError):
                return Config()
            raise

    def path(self, absolute: str) -> Path:
        """Give a path below the root."""
        return self.root / absolute.lstrip("/")

    def text(self, absolute: str) -> str:
        """Read a file of /proc, /sys or /etc, empty where it is missing; raises OSError."""
        try:
            return self.path(absolute).read_text("utf-8", "replace").strip()
        except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
            return ""

    def names(self, folder: str) -> list[str]:
        """List a folder by name, empty where it is missing; raises OSError."""
        try:
            return sorted(each.name for each in self.path(folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def real(self, absolute: str) -> str:
        """Follow links, as the machine's own path; what leads out of the root is left as it is."""
        found, root = self.path(absolute).resolve(), self.root.resolve()
        return f"/{found.relative_to(root)}" if found.is_relative_to(root) else absolute

    def shipped_file(self, name: str) -> str:
        """Name a file that we ship, so that a command can be copied."""
        return f"udev/{name}" if self.shipped is None else str(self.shipped / name)

    def as_shipped(self, absolute: str, name: str) -> bool:
        """Tell whether a file is what we ship under a name; true where that is not known."""
        if self.shipped is None:
            return True
        return self.text(absolute) == (self.shipped / name).read_text("utf-8").strip()

    def first(self, *patterns: str) -> str | None:
        """Find the first file that fits a pattern, as the machine's own path."""
        for pattern in patterns:
            for found in sorted(self.root.glob(pattern.lstrip("/"))):
                return f"/{found.relative_to(self.root)}"
        return None

    @cached_property
    def processes(self) -> tuple[str, ...]:
        """Name the programs that run, each process; the kernel cuts names after 15 characters."""
        pids = [name for name in self.names("/proc") if name.isdecimal()]
        return tuple(self.text(f"/proc/{pid}/comm") for pid in pids)

    @cached_property
    def kernel_modules(self) -> frozenset[str]:
        """Name the kernel modules that are loaded."""
        lines = self.text("/proc/modules").splitlines()
        return frozenset(line.split()[0] for line in lines if line.strip())


def this_machine(
    pcsc: Pcsc,
    *,
    config_path: str | None,
    test_keys: Callable[[Config], bool],
    demand_desk: Callable[[Config], None] = lambda _config: None,
) -> Machine:
    """Give the machine that we run on, and who runs us."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        user = pwd.getpwuid(uid).pw_name
        numbers = os.getgrouplist(user, gid)
    except KeyError:
        # A container may run as a number that nobody gave a name.
        user, numbers = str(uid), os.getgroups()
    return Machine(
        pcsc=pcsc,
        environment=os.environ,
        user=user,
        groups=frozenset(filter(None, map(_group_name, numbers))),
        config_path=config_path,
        test_keys=test_keys,
        demand_desk=demand_desk,
    )


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return ""
