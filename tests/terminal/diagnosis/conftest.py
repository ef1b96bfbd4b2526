"""A made-up machine, healthy until a test spoils it, and what the checks say of it."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.pcsc import ScriptedPcsc
from terminal.diagnosis.examine import examine
from terminal.diagnosis.finding import Finding
from terminal.diagnosis.machine import Machine
from terminal.readers.port import PcscFailure

HEALTHY_FILES = (
    "/usr/sbin/pcscd",
    "/usr/lib/x86_64-linux-gnu/libpcsclite.so.1",
    "/usr/lib/systemd/system/pcscd.socket",
    "/usr/lib/systemd/system/pcscd.service",
    "/etc/systemd/system/sockets.target.wants/pcscd.socket",
    "/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist",
    "/opt/guitai/bin/guitai",
    "/etc/systemd/system/multi-user.target.wants/guitai-counter.service",
)
SHIPPED = Path(__file__).parents[3] / "udev"
INSTALLED = {
    "60-guitai-readers.rules": "/etc/udev/rules.d",
    "62-guitai-ports.rules": "/etc/udev/rules.d",
    "90-guitai-brltty.rules": "/etc/udev/rules.d",
    "guitai-counter.service": "/etc/systemd/system",
}
"""What we ship, and where it is."""
HEALTHY_FOLDERS = ("/proc", "/run/pcscd", "/run/systemd/system", "/sys/bus/usb/devices")
SOCKET = "/run/pcscd/pcscd.comm"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make the machine's files."""
    base = tmp_path / "machine"
    for folder in HEALTHY_FOLDERS:
        (base / folder.lstrip("/")).mkdir(parents=True)
    for name in HEALTHY_FILES:
        file = base / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    for name, place in INSTALLED.items():
        folder = base / place.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(SHIPPED / name, folder)
    (base / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nguitai:x:994:994::/:\n", "utf-8")
    os.mknod(base / SOCKET.lstrip("/"), stat.S_IFSOCK | 0o666)
    return base


@pytest.fixture
def write(root: Path) -> Callable[..., Path]:
    """Write a file of the machine."""

    def write(path: str, text: str = "") -> Path:
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return write


@pytest.fixture
def run(write: Callable[..., Path]) -> Callable[..., None]:
    """Let a program run on the machine; ``maps`` are the libraries it has loaded."""
    pids = iter(range(4_000_000, 4_001_000))  # none of ours: those are left out

    def run(name: str, maps: str = "") -> None:
        pid = next(pids)
        write(f"/proc/{pid}/comm", f"{name}\n")
        write(f"/proc/{pid}/maps", maps)

    return run


@pytest.fixture
def plug(root: Path, write: Callable[..., Path]) -> Callable[..., None]:
    """Plug a USB device in: its ids, its interface's class, the kernel driver that took it."""
    ports = iter(range(1, 100))

    def plug(ids: str, product: str = "", *, kind: str = "ff", driver: str = "") -> None:
        port = next(ports)
        folder = f"/sys/bus/usb/devices/1-{port}"
        vendor, model = ids.split(":")
        attributes = {"idVendor": vendor, "idProduct": model, "busnum": "1", "devnum": str(port)}
        for name, value in attributes.items():
            write(f"{folder}/{name}", f"{value}\n")
        if product:
            write(f"{folder}/product", f"{product}\n")
        write(f"{folder}:1.0/bInterfaceClass", f"{kind}\n")
        write(f"/dev/bus/usb/001/{port:03d}")
        if driver:
            (root / f"{folder}:1.0/driver".lstrip("/")).symlink_to(f"../../drivers/{driver}")

    return plug


@pytest.fixture
def pcsc() -> ScriptedPcsc:
    """Give a PC/SC with one empty reader."""
    return ScriptedPcsc("ACS ACR39U ICC Reader 00 00", failure=PcscFailure)


@pytest.fixture
def machine(root: Path, pcsc: ScriptedPcsc) -> Callable[..., Machine]:
    """Give the machine; ``changes`` are fields of `Machine`."""

    def machine(**changes: Any) -> Machine:
        given: dict[str, Any] = {
            "pcsc": pcsc,
            "root": root,
            "user": "clerk",
            "test_keys": lambda _config: False,
            "shipped": SHIPPED,
        }
        return Machine(**(given | changes))

    return machine


@pytest.fixture
def found(machine: Callable[..., Machine]) -> Callable[..., dict[str, Finding]]:
    """Examine the machine; what is found by its code, the last where one comes twice."""

    def found(**changes: Any) -> dict[str, Finding]:
        return {each.code: each for each in examine(machine(**changes))}

    return found
