"""Who may use PC/SC: polkit's rules and the group that ours allows (reference §1.7).

A pcscd without polkit (Debian 12) installs no policy and lets everyone in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.machine import Machine
from terminal.diagnosis.service import RULE_FILE
from terminal.diagnosis.startup import PROGRAMS
from terminal.texts import Text

GROUP = "guitai"
ACTIONS = ("org.debian.pcsc-lite.access_pcsc", "org.debian.pcsc-lite.access_card")
"""To talk to the daemon, and to connect to a reader's card: both are needed."""

POLKIT_ABSENT = Kind(
    "polkit_absent",
    Level.OK,
    Text(
        "pcscd 没有启用 polkit，本机所有用户都能用读卡器",
        "pcscd uses no polkit: every user of this machine may use the readers",
    ),
)
POLKIT_READY = Kind(
    "polkit_ready",
    Level.OK,
    Text("polkit 规则已放行用户 {user}", "A polkit rule lets user {user} in"),
)
POLKIT_AS_ROOT = Kind(
    "polkit_as_root",
    Level.NOTE,
    Text(
        "现在是 root，polkit 对 root 不设限；请用柜员的账户再运行一次 guitai doctor",
        "You are root, whom polkit lets do all; run guitai doctor as the clerk's user too",
    ),
)
POLKIT_HIDDEN = Kind(
    "polkit_hidden",
    Level.NOTE,
    Text(
        "用户 {user} 看不到 {folder} 里的 polkit 规则；要检查规则请用 root 运行",
        "User {user} may not see the polkit rules in {folder}; run as root to have them checked",
    ),
)
POLKIT_RULE_MISSING = Kind(
    "polkit_rule_missing",
    Level.WARN,
    Text(
        "没有放行读卡器的 polkit 规则：坐在本机登录能用，ssh 和后台服务会被拒绝",
        "No polkit rule allows the readers: fine at this desk, refused over ssh and for services",
    ),
    Text(
        "请把 udev/{rule} 放进 /etc/polkit-1/rules.d/，再执行 groupadd --force --system guitai 和 "
        "usermod --append --groups guitai {user}",
        "Put udev/{rule} into /etc/polkit-1/rules.d/, then run groupadd --force --system guitai "
        "and usermod --append --groups guitai {user}",
    ),
)
POLKIT_RULE_HALF = Kind(
    "polkit_rule_half",
    Level.WARN,
    Text(
        "polkit 规则没有放行 {lacking}；两个动作要一起放行",
        "The polkit rules do not allow {lacking}; both actions are needed",
    ),
    Text(
        "请在规则里补上 {lacking}，或换用 udev/{rule}",
        "Add {lacking} to the rule, or use udev/{rule}",
    ),
)
GROUP_MISSING = Kind(
    "group_missing",
    Level.WARN,
    Text(
        "polkit 规则放行 guitai 组，但用户 {user} 不在组里",
        "The polkit rule lets the group guitai in, and user {user} is not in it",
    ),
    Text(
        "请执行 usermod --append --groups guitai {user}",
        "Run usermod --append --groups guitai {user}",
    ),
)
PROCESSES_HIDDEN = Kind(
    "processes_hidden",
    Level.WARN,
    Text(
        "/proc 用 hidepid 挂载，polkit 认不出是谁在用读卡器，会拒绝",
        "/proc is mounted with hidepid: polkit cannot tell who asks, and refuses",
    ),
    Text(
        "请去掉 /etc/fstab 里的 hidepid，或用 gid= 给 polkitd 的组留出权限",
        "Take hidepid out of /etc/fstab, or leave polkitd's group in by gid=",
    ),
)

_POLICIES = (
    "/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy",
    "/usr/local/share/polkit-1/actions/org.debian.pcsc-lite.policy",
)
_RULES = (
    "/etc/polkit-1/rules.d",
    "/run/polkit-1/rules.d",
    "/usr/local/share/polkit-1/rules.d",
    "/usr/share/polkit-1/rules.d",
)
_HIDDEN = re.compile(r"^\S+ /proc proc \S*\bhidepid=(?!0\b|off\b)", re.MULTILINE)


def polkit(machine: Machine) -> Iterator[Finding]:
    """Say whether polkit stands between this user and the readers, and which rule is wanted."""
    if machine.first(*_POLICIES) is None:
        if machine.first(*PROGRAMS) is not None:
            yield POLKIT_ABSENT.found()
        return
    if _HIDDEN.search(machine.text("/proc/mounts")):
        yield PROCESSES_HIDDEN.found()
    if machine.user == "root":
        yield POLKIT_AS_ROOT.found()
    rules = ""
    for folder in _RULES:
        try:
            rules += _rules_in(machine, folder)
        except PermissionError:
            yield POLKIT_HIDDEN.found(user=machine.user, folder=folder)
            return
    yield from _judge(machine, rules)


def _rules_in(machine: Machine, folder: str) -> str:
    names = [name for name in machine.names(folder) if name.endswith(".rules")]
    return "".join(machine.text(f"{folder}/{name}") for name in names)


def _judge(machine: Machine, rules: str) -> Iterator[Finding]:
    """Judge the rules by the actions they name; what their JavaScript does is polkit's to know."""
    lacking = [action for action in ACTIONS if action not in rules]
    if lacking == list(ACTIONS):
        yield POLKIT_RULE_MISSING.found(user=machine.user, rule=RULE_FILE)
    elif lacking:
        yield POLKIT_RULE_HALF.found(lacking=lacking[0], rule=RULE_FILE)
    elif machine.user == "root":
        return
    elif f'isInGroup("{GROUP}")' in rules and GROUP not in machine.groups:
        yield GROUP_MISSING.found(user=machine.user)
    else:
        yield POLKIT_READY.found(user=machine.user)
