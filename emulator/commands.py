"""The emulator's commands for ``guitai``: name → (help in Chinese, in English, where it is)."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str, str]] = {
    "emulate": (
        "把软件卡插入虚拟读卡器",
        "Put a software card into a virtual reader",
        "emulator.cli:emulate",
    ),
}
