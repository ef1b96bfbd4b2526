"""PC/SC itself: the daemon, its socket, its refusals."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class ServiceError(GuitaiError):
    """Say that PC/SC itself does not work."""

    exit_status = 3
    card_lost = True


class ServiceMissing(ServiceError):
    """Say that no PC/SC daemon answers."""

    code = "service_missing"
    what = Text("读卡服务没有运行", "The smart-card service is not running")
    why = Text(
        "PC/SC 守护进程 pcscd 没有启动，或本程序找不到它的套接字",
        "The PC/SC daemon pcscd is not started, or its socket is elsewhere",
    )
    remedy = Text(
        "请运行 guitai doctor 查看原因；通常执行 systemctl enable --now pcscd.socket 即可",
        "Run guitai doctor for the cause; usually systemctl enable --now pcscd.socket is enough",
    )


class ServiceLost(ServiceError):
    """Say that the daemon went away while it was needed."""

    code = "service_lost"
    retry = Retry.AFTER_RECONCILE
    what = Text("读卡服务中断了", "The smart-card service went away")
    why = Text("pcscd 在操作中途停止或重启", "pcscd stopped or restarted in the middle")
    remedy = Text(
        "请稍候片刻再重做；若反复出现，请运行 guitai doctor",
        "Wait a moment and do it again; if it comes back, run guitai doctor",
    )


class ServiceRefused(ServiceError):
    """Say that the daemon does not let this user in."""

    code = "service_refused"
    retry = Retry.NEVER
    what = Text("没有使用读卡器的权限", "This user may not use the readers")
    why = Text(
        "polkit 规则或套接字权限拒绝了当前用户",
        "A polkit rule or the socket's permissions refuse this user",
    )
    remedy = Text(
        "请运行 guitai doctor，它会给出需要安装的规则",
        "Run guitai doctor; it names the rule to install",
    )


class ServiceFailed(ServiceError):
    """Say that PC/SC gave a result code that nothing else explains."""

    code = "service_failed"
    retry = Retry.AFTER_RECONCILE
    what = Text("读卡服务返回错误 {result}", "The smart-card service returned error {result}")
    why = Text(
        "PC/SC 调用 {call} 失败，原因不在已知之列",
        "The PC/SC call {call} failed for no reason that is known here",
    )
    remedy = Text(
        "请重插读卡器后再试；若仍如此，请把 guitai doctor --json 的输出交给技术人员",
        "Plug the reader in again and retry; else give the output of guitai doctor --json to IT",
    )
