"""The counter as a service: its systemd unit, its user, its program."""

from __future__ import annotations

import re
from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.machine import Machine
from terminal.texts import Text

UNIT = "guitai-counter.service"
USERS_FILE = "guitai.sysusers.conf"
USER = "guitai"

COUNTER_NO_SERVICE = Kind(
    "counter_no_service",
    Level.NOTE,
    Text(
        "柜台没有装成系统服务，要手工启动；要随机启动请见 udev/README.md",
        "The counter is not installed as a service and is started by hand; see udev/README.md",
    ),
)
COUNTER_SERVICE_READY = Kind(
    "counter_service_ready",
    Level.OK,
    Text("柜台服务已安装，随机启动：{path}", "The counter's service is installed: {path}"),
)
COUNTER_UNIT_MASKED = Kind(
    "counter_unit_masked",
    Level.WARN,
    Text("{unit} 被屏蔽（mask），不能启动", "{unit} is masked and cannot start"),
    Text(
        "请执行 systemctl unmask {unit} 和 systemctl enable --now {unit}",
        "Run systemctl unmask {unit} and systemctl enable --now {unit}",
    ),
)
COUNTER_UNIT_DIFFERS = Kind(
    "counter_unit_differs",
    Level.WARN,
    Text(
        "{path} 与本版本附带的不同（旧版，或者改动过）",
        "{path} is not what this version ships: an older one, or changed by hand",
    ),
    Text(
        "请执行 install -m 644 {file} {path} 和 systemctl daemon-reload；"
        "本柜台自己的改动请用 systemctl edit guitai-counter 写成附加文件",
        "Run install -m 644 {file} {path} and systemctl daemon-reload; "
        "changes of this desk's own go into a drop-in by systemctl edit guitai-counter",
    ),
)
COUNTER_UNIT_DISABLED = Kind(
    "counter_unit_disabled",
    Level.WARN,
    Text("{unit} 没有设为开机启动", "{unit} is not enabled at boot"),
    Text("请执行 systemctl enable --now {unit}", "Run systemctl enable --now {unit}"),
)
COUNTER_USER_MISSING = Kind(
    "counter_user_missing",
    Level.FAIL,
    Text(
        "柜台服务的用户 {name} 不存在，服务启动不了",
        "The service's user {name} does not exist: it cannot start",
    ),
    Text(
        "请执行 install -m 644 -D {file} /etc/sysusers.d/guitai.conf 和 systemd-sysusers",
        "Run install -m 644 -D {file} /etc/sysusers.d/guitai.conf and systemd-sysusers",
    ),
)
COUNTER_PROGRAM_MISSING = Kind(
    "counter_program_missing",
    Level.FAIL,
    Text(
        "柜台服务要运行的 {program} 不存在",
        "The service is to run {program}, which does not exist",
    ),
    Text(
        "请把本工具装到那里（见 udev/README.md），或者用 systemctl edit guitai-counter "
        "改 ExecStart",
        "Install this toolkit there (see udev/README.md), or set ExecStart by systemctl edit "
        "guitai-counter",
    ),
)

_FOLDERS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
_PROGRAM = re.compile(r"^ExecStart=[-@:+!]*([^\s]+)", re.MULTILINE)


def counter_service(machine: Machine) -> Iterator[Finding]:
    """Look at the unit that holds, and at what it needs to start."""
    path = next((f"{each}/{UNIT}" for each in _FOLDERS if UNIT in machine.names(each)), None)
    if path is None:
        yield COUNTER_NO_SERVICE.found()
        return
    unit = machine.path(path)
    if unit.is_symlink() and str(unit.readlink()) == "/dev/null":
        yield COUNTER_UNIT_MASKED.found(unit=UNIT)
        return
    troubles = list(_troubles(machine, path))
    yield from troubles or [COUNTER_SERVICE_READY.found(path=path)]


def _troubles(machine: Machine, path: str) -> Iterator[Finding]:
    if not machine.as_shipped(path, UNIT):
        yield COUNTER_UNIT_DIFFERS.found(path=path, file=machine.shipped_file(UNIT))
    if machine.first(f"/etc/systemd/system/*.wants/{UNIT}") is None:
        yield COUNTER_UNIT_DISABLED.found(unit=UNIT)
    accounts = machine.text("/etc/passwd").splitlines()
    if not any(line.startswith(f"{USER}:") for line in accounts):
        yield COUNTER_USER_MISSING.found(name=USER, file=machine.shipped_file(USERS_FILE))
    program = _program(machine, path)
    if not machine.path(program).exists():
        yield COUNTER_PROGRAM_MISSING.found(program=program)


def _program(machine: Machine, path: str) -> str:
    """Give the program that starts: a drop-in's word is the later one."""
    texts = [machine.text(path)]
    for folder in reversed(_FOLDERS):
        for name in machine.names(f"{folder}/{UNIT}.d"):
            if name.endswith(".conf"):
                texts.append(machine.text(f"{folder}/{UNIT}.d/{name}"))
    named = [found for text in texts for found in _PROGRAM.findall(text)]
    return str(named[-1]) if named else "ExecStart="
