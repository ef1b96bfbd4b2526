"""Does PC/SC answer; and if not, what its result code means (pcsc-lite, winscard_clnt.c)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.machine import Machine
from terminal.readers.port import Result
from terminal.texts import Text

RULE_FILE = "50-guitai-pcsc.polkit.rules"

SERVICE_ANSWERS = Kind(
    "service_answers",
    Level.OK,
    Text("读卡服务正常", "The smart-card service answers"),
)
SERVICE_HUNG = Kind(
    "service_hung",
    Level.FAIL,
    Text(
        "读卡服务在 {seconds:g} 秒内没有应答",
        "The smart-card service did not answer within {seconds:g} s",
    ),
    Text(
        "请先停下办卡，再执行 systemctl restart pcscd；反复出现多半是某个读卡器卡死，请逐个拔下试",
        "Stop all work with cards, then systemctl restart pcscd; if it comes back, a reader hangs: "
        "unplug them one by one",
    ),
)
PROTOCOL_MISMATCH = Kind(
    "protocol_mismatch",
    Level.FAIL,
    Text(
        "libpcsclite 与 pcscd 的版本对不上，通信协议不同（例如 4:4 对 4:5）",
        "libpcsclite and pcscd speak different protocol versions (4:4 and 4:5, say)",
    ),
    Text(
        "请用同一来源重装这两个软件包：apt install --reinstall pcscd libpcsclite1；"
        "snap、flatpak 或容器里的程序，请改用系统自带的版本",
        "Install both from one source: apt install --reinstall pcscd libpcsclite1; "
        "run programs from the system, not from snap, flatpak or a container",
    ),
)
SERVICE_REFUSED = Kind(
    "service_refused",
    Level.FAIL,
    Text(
        "polkit 不让用户 {user} 使用读卡服务（8010006A）",
        "polkit does not let user {user} use the smart-card service (8010006A)",
    ),
    Text(
        "请把 udev/{rule} 放进 /etc/polkit-1/rules.d/，再执行 groupadd --force --system guitai 和 "
        "usermod --append --groups guitai {user}",
        "Put udev/{rule} into /etc/polkit-1/rules.d/, then run groupadd --force --system guitai "
        "and usermod --append --groups guitai {user}",
    ),
)
SERVICE_DROPPED = Kind(
    "service_dropped",
    Level.FAIL,
    Text(
        "读卡服务一接通就断开（80100013）",
        "The smart-card service drops the connection (80100013)",
    ),
    Text(
        "请看日志 journalctl --unit pcscd；里面有 NOT authorized，就是 polkit 没有放行用户 {user}，"
        "请按 udev/README.md 安装规则",
        "Read journalctl --unit pcscd; NOT authorized there means that polkit refuses user {user}: "
        "install the rule as udev/README.md says",
    ),
)
SERVICE_ERROR = Kind(
    "service_error",
    Level.FAIL,
    Text(
        "读卡服务返回错误 {result}（{call}）",
        "The smart-card service returned error {result} ({call})",
    ),
    Text(
        "请执行 systemctl restart pcscd 后再试；仍如此请查看 journalctl --unit pcscd",
        "Run systemctl restart pcscd and try again; else read journalctl --unit pcscd",
    ),
)
LIBRARY_TROUBLE = Kind(
    "library_trouble",
    Level.FAIL,
    Text("调用 PC/SC 程序库时出错：{detail}", "The PC/SC library failed: {detail}"),
    Text(
        "请重装程序库：apt install --reinstall libpcsclite1",
        "Install the library again: apt install --reinstall libpcsclite1",
    ),
)
LIBRARY_MISSING = Kind(
    "library_missing",
    Level.FAIL,
    Text("没有安装程序库 libpcsclite", "The library libpcsclite is not installed"),
    Text("请执行 apt install libpcsclite1", "Run apt install libpcsclite1"),
)
LIBRARY_TWICE = Kind(
    "library_twice",
    Level.WARN,
    Text(
        "装了两份 libpcsclite：{packaged} 和 {local}，版本可能对不上",
        "There are two libpcsclite: {packaged} and {local}; their versions may differ",
    ),
    Text(
        "请删除自行编译的那份（{local}），再执行 ldconfig",
        "Remove the one built by hand ({local}), then run ldconfig",
    ),
)
TWO_DAEMONS = Kind(
    "two_daemons",
    Level.NOTE,
    Text(
        "有 {count} 个 pcscd 在运行（可能在容器里）；一个 USB 读卡器只归其中一个",
        "{count} pcscd are running (in containers, perhaps); a USB reader goes to one of them only",
    ),
)

_PACKAGED = (
    "/usr/lib/*/libpcsclite.so.1",
    "/usr/lib/libpcsclite.so.1",
    "/usr/lib64/libpcsclite.so.1",
    "/lib/*/libpcsclite.so.1",
)
_LOCAL = (
    "/usr/local/lib/libpcsclite.so.1",
    "/usr/local/lib/*/libpcsclite.so.1",
    "/usr/local/lib64/libpcsclite.so.1",
)


def answers(machine: Machine) -> Iterator[Finding]:
    """Ask PC/SC for a context and its readers.

    That no daemon is there at all (8010001D) is explained by its socket (module startup).
    """
    sight = machine.sight
    if sight.hung:
        yield SERVICE_HUNG.found(seconds=machine.deadline_seconds)
    elif sight.trouble:
        yield LIBRARY_TROUBLE.found(detail=sight.trouble)
    elif sight.failure is None:
        yield SERVICE_ANSWERS.found()
    elif sight.failure.result == Result.SERVICE_STOPPED:
        yield PROTOCOL_MISMATCH.found()
    elif sight.failure.result == Result.SECURITY_VIOLATION:
        yield SERVICE_REFUSED.found(user=machine.user, rule=RULE_FILE)
    elif sight.failure.result == Result.COMM_ERROR:
        yield SERVICE_DROPPED.found(user=machine.user)
    elif sight.failure.result != Result.NO_SERVICE:
        yield SERVICE_ERROR.found(result=f"{sight.failure.result:08X}", call=sight.failure.call)


def library(machine: Machine) -> Iterator[Finding]:
    """Look for PC/SC's client library: none, or one too many."""
    packaged, local = machine.first(*_PACKAGED), machine.first(*_LOCAL)
    if packaged and local:
        yield LIBRARY_TWICE.found(packaged=packaged, local=local)
    if not packaged and not local and not machine.sight.answered:
        yield LIBRARY_MISSING.found()


def daemons(machine: Machine) -> Iterator[Finding]:
    """Count the daemons that run."""
    count = machine.processes.count("pcscd")
    if count > 1:
        yield TWO_DAEMONS.found(count=count)
