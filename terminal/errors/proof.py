"""Keys: proofs the card rejects, and the places keys live in."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text

_CONFIGURED = Text("在配置中写明口令文件", "name a passphrase file in the configuration")


class ProofError(GuitaiError):
    """Say that it is the keys."""

    exit_status = 7


class KeysDoNotFit(ProofError):
    """Say that the card could not prove itself with our keys."""

    code = "keys_do_not_fit"
    retry = Retry.NEVER
    what = Text("卡与本网点的密钥不匹配", "The card does not fit this counter's keys")
    why = Text(
        "内部认证结果不符：密钥不对，或卡不是真卡；未消耗卡上的尝试次数",
        "Its internal authentication is wrong: other keys, or no genuine card; no try was spent",
    )
    remedy = Text(
        "请检查密钥设置（guitai config check）；密钥无误则按可疑卡处理",
        "Check the key settings (guitai config check); if they are right treat it as suspicious",
    )


class ProofRejected(ProofError):
    """Say that the card did not accept our proof."""

    code = "proof_rejected"
    retry = Retry.NEVER
    what = Text(
        "卡不接受本网点的认证，还可试 {left} 次", "The card rejects our proof, {left} tries left"
    )
    why = Text(
        "外部认证密钥 {key} 不对；再错会锁定该密钥",
        "Key {key} is not the right one; more failures lock it",
    )
    remedy = Text(
        "请勿重试；请技术人员检查密钥设置",
        "Do not try again; have IT check the key settings",
    )


class ProofLocked(ProofError):
    """Say that the card's key is locked."""

    code = "proof_locked"
    retry = Retry.NEVER
    what = Text("卡上的密钥 {key} 已锁定", "The card's key {key} is locked")
    why = Text("此前多次认证失败", "Too many authentications failed before")
    remedy = Text("请为持卡人办理换卡", "Have the card replaced for the holder")


class KeyFileWrong(ProofError):
    """Say that a key file is none."""

    code = "key_file_wrong"
    retry = Retry.NEVER
    what = Text("密钥文件 {path} 不可用", "The key file {path} cannot be used")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请按原因处理；格式见 docs/keys.md，不要用编辑器改动加密的文件",
        "See to the cause; the format is in docs/keys.md, an encrypted file is not for an editor",
    )


class KeyMissing(ProofError):
    """Say that the key service lacks a key."""

    code = "key_missing"
    retry = Retry.NEVER
    what = Text("密钥服务中没有密钥 {key}", "The key service has no key {key}")
    why = Text(
        "本网点的密钥文件、SAM 卡、令牌或密钥主机没有装入该密钥",
        "This counter's key file, SAM card, token or key host does not hold it",
    )
    remedy = Text(
        "请技术人员核对密钥设置（guitai keys check）；没有这项权限的网点请到别处办理",
        "Have IT check the keys (guitai keys check); a counter not meant to have it cannot do this",
    )


class TestKeysRefused(ProofError):
    """Say that test keys were offered in production mode."""

    __test__ = False  # pytest takes the name for a test class

    code = "test_keys_refused"
    retry = Retry.NEVER
    what = Text("生产模式下不能使用测试密钥", "Test keys are refused in production mode")
    why = Text(
        "配置中 production = true，而密钥标记为测试密钥，或其中含有公开的开发密钥",
        "The configuration says production = true; the keys are marked test, or hold a public"
        " development key",
    )
    remedy = Text(
        "请换用正式密钥服务，或在开发环境中关闭生产模式",
        "Use the live key service, or turn production mode off on a development machine",
    )


class MacRejected(ProofError):
    """Say that the card did not accept our MAC; nothing was changed."""

    code = "mac_rejected"
    retry = Retry.NEVER
    what = Text(
        "卡不接受{step}的校验码，未作任何改动",
        "The card rejects the MAC of {step}; nothing was changed",
    )
    why = Text(
        "卡返回状态字 {sw}：密钥不对，或命令在途中被改动",
        "It answered {sw}: a wrong key, or the command was altered on its way",
    )
    remedy = Text(
        "请勿反复重试；请技术人员检查密钥设置",
        "Do not repeat it again and again; have IT check the key settings",
    )


class ChallengeStale(ProofError):
    """Say that the random number a proof was made over is used up."""

    code = "challenge_stale"
    what = Text(
        "卡上的随机数已失效，未消耗尝试次数",
        "The card's random number is used up; no try was spent",
    )
    why = Text(
        "取随机数之后插入了别的命令，或卡被复位过",
        "Another command came between, or the card was reset",
    )
    remedy = Text(
        "请重做一次",
        "Do it once more",
    )


class KeyVersionUnknown(ProofError):
    """Say that the card has no key of the version that was named."""

    code = "key_version_unknown"
    retry = Retry.NEVER
    what = Text(
        "卡上没有密钥 {key} 的版本 {version}",
        "The card has no version {version} of key {key}",
    )
    why = Text(
        "卡返回 6A88：密钥或其版本不存在，未消耗尝试次数",
        "It answered 6A88: no such key or version; no try was spent",
    )
    remedy = Text(
        "请技术人员核对密钥版本设置，或换用与该卡同批的密钥",
        "Have IT check the key version, or use the keys of this card's batch",
    )


class KeyFileLocked(ProofError):
    """Say that a key file does not open with the passphrase given."""

    code = "key_file_locked"
    retry = Retry.NEVER
    what = Text(
        "密钥文件 {path} 打不开",
        "The key file {path} does not open",
    )
    why = Text(
        "口令不对，或文件被改动过",
        "The passphrase is wrong, or the file was altered",
    )
    remedy = Text(
        "请核对口令；仍打不开则从备份恢复密钥文件",
        "Check the passphrase; else restore the key file from its backup",
    )


class KeyFileExists(ProofError):
    """Say that a key file is there already and is not overwritten."""

    code = "key_file_exists"
    retry = Retry.NEVER
    what = Text(
        "密钥文件 {path} 已存在，未作改动",
        "The key file {path} exists already and was left alone",
    )
    why = Text(
        "覆盖会丢失其中的密钥",
        "Overwriting it would lose the keys in it",
    )
    remedy = Text(
        "请换一个文件名，或先移走旧文件",
        "Name another file, or move the old one away first",
    )


class KeyPresent(ProofError):
    """Say that a key file holds the key already."""

    code = "key_present"
    retry = Retry.NEVER
    what = Text(
        "{path} 中已有同一版本的 {key}，没有改动",
        "{path} holds {key} of this version already; nothing was changed",
    )
    why = Text("没有说要换掉它", "It was not asked to be replaced")
    remedy = Text(
        "确要换掉请加 --replace；另一个版本请用 --key-version 写明",
        "Say --replace to put another in its place, --key-version for another version",
    )


class KeyFileChanged(ProofError):
    """Say that somebody else changed a key file in the meantime."""

    code = "key_file_changed"
    what = Text(
        "密钥文件 {path} 在此期间被别人改动，本次没有写入",
        "Somebody else changed the key file {path} meanwhile; nothing was written",
    )
    why = Text("另一处同时在导入密钥", "Keys were imported elsewhere at the same time")
    remedy = Text(
        "请用 guitai keys check 查看现状，然后重新导入",
        "See what it holds with guitai keys check, then import again",
    )


class PassphraseMissing(ProofError):
    """Say that there is nobody and nothing to ask for a passphrase; ``file`` says how to name one.

    It is named in the configuration unless said.
    """

    code = "passphrase_missing"
    retry = Retry.NEVER
    what = Text(
        "没有取得{of}的口令",
        "No passphrase for {of} could be had",
    )
    why = Text(
        "没有终端可以询问，也没有写明口令文件",
        "There is no terminal to ask at, and no passphrase file is named",
    )
    remedy = Text(
        "请在终端上运行，或{file}",
        "Run it at a terminal, or {file}",
    )

    def __init__(self, **facts: object) -> None:
        super().__init__(**{"file": _CONFIGURED} | facts)


class PassphraseUnfit(ProofError):
    """Say that no fit passphrase was entered."""

    code = "passphrase_unfit"
    what = Text("新口令没有设成，未建立任何文件", "No passphrase was set; no file was made")
    why = Text(
        "几次输入都太短、太长，或两次不一致",
        "Each time it was too short, too long, or the two entries differed",
    )
    remedy = Text(
        "请想好再重做；口令至少 {least} 个字符，至多 1024 字节",
        "Think of one and repeat; it has {least} characters at least and 1024 bytes at most",
    )


class ComponentWrong(ProofError):
    """Say that a key component is none."""

    code = "component_wrong"
    what = Text("密钥分量不对，未导入任何密钥", "A key component is wrong; no key was imported")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请各位持有人对照信封，从第一个分量起重新输入",
        "Let the holders enter them again from the first one, as they stand in their envelopes",
    )


class CeremonyStopped(ProofError):
    """Say that the people at a ceremony did not agree on the key."""

    code = "ceremony_stopped"
    what = Text(
        "密钥没有得到各方确认，未导入任何密钥", "The key was not agreed on; none was imported"
    )
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请先查明哪一个分量或校验值有出入，再重新导入",
        "Find out which component or check value differs, then import again",
    )


class SamMissing(ProofError):
    """Say that the SAM card is not there."""

    code = "sam_missing"
    what = Text(
        "找不到 SAM 卡",
        "The SAM card is not there",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请检查 SAM 卡槽，并在配置 [readers.roles] 中登记 sam",
        "Check the SAM's slot, and set the role sam under [readers.roles]",
    )


class SamReplaced(ProofError):
    """Say that another SAM card stands where the known one was."""

    code = "sam_replaced"
    retry = Retry.NEVER
    what = Text(
        "SAM 卡被换过，已停止使用",
        "The SAM card was replaced; it is not used",
    )
    why = Text(
        "应为 {expected}，现为 {found}",
        "Expected {expected}, found {found}",
    )
    remedy = Text(
        "请放回原来的 SAM 卡；确已更换的，请在配置中登记新卡号",
        "Put the former SAM back; if the change is meant, configure the new number",
    )


class SamRefused(ProofError):
    """Say that the SAM card refused a command."""

    code = "sam_refused"
    retry = Retry.NEVER
    what = Text(
        "SAM 卡拒绝了 {step}：{meaning}",
        "The SAM card refused {step}: {meaning}",
    )
    why = Text(
        "SAM 卡返回状态字 {sw}",
        "It answered {sw}",
    )
    remedy = Text(
        "请技术人员核对 SAM 卡的密钥和级别",
        "Have IT check which keys the SAM holds, and at which level",
    )


class TokenMissing(ProofError):
    """Say that the cryptographic token is not there."""

    code = "token_missing"
    what = Text(
        "找不到加密令牌 {token}",
        "The token {token} is not there",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请检查加密机或令牌的连接，以及配置 [keys.token]",
        "Check the connection of the HSM or token, and [keys.token] in the configuration",
    )


class TokenLoggedOut(ProofError):
    """Say that the token does not know us any more, or not with this PIN."""

    code = "token_logged_out"
    retry = Retry.NEVER
    what = Text(
        "加密令牌未登录",
        "The token is not logged in",
    )
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请重新登录；口令连续错误会锁定令牌，请勿反复尝试",
        "Log in again; a wrong PIN locks the token after some tries, so do not repeat it",
    )


class TokenRefused(ProofError):
    """Say that the token refused an operation."""

    code = "token_refused"
    retry = Retry.NEVER
    what = Text(
        "加密令牌拒绝了 {step}",
        "The token refused {step}",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请技术人员核对令牌中的密钥及其用途",
        "Have IT check the keys in the token and what they may be used for",
    )


class KeyServiceHung(ProofError):
    """Say that the place the keys live in does not answer."""

    code = "key_service_hung"
    what = Text(
        "密钥服务 {seconds} 秒没有应答",
        "The key service did not answer within {seconds} s",
    )
    why = Text(
        "加密机、令牌或它的驱动停住了；等它的那一步没有发给卡",
        "The HSM, the token or its driver hangs; what waited for it was not sent to the card",
    )
    remedy = Text(
        "请技术人员检查加密机或令牌及其线路，然后重新启动程序再做",
        "Have IT check the HSM or token and its line, then start the program again and repeat",
    )


class HostUnreachable(ProofError):
    """Say that the remote key host gave no answer."""

    code = "host_unreachable"
    what = Text(
        "密钥主机没有给出答复，卡上未作任何改动",
        "The key host gave no answer; nothing was done to the card",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请检查网络和配置 [keys.host]（充值主机是 [transit.host]），稍后重做",
        "Check the network and [keys.host] ([transit.host] for loads), then repeat",
    )


class HostAnswerWrong(ProofError):
    """Say that the key host answered something that does not fit."""

    code = "host_answer_wrong"
    retry = Retry.NEVER
    what = Text(
        "密钥主机的应答不可用，卡上未作任何改动",
        "The key host's answer cannot be used; nothing was done to the card",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请把时间和网点号告诉主机方核对",
        "Tell the host's people time and outlet, so that they can look into it",
    )


class StepOver(ProofError):
    """Say that the first step of two is over: the card session was ended safely."""

    code = "step_over"
    what = Text(
        "上一步已失效，请从第一步重做",
        "The first step is over; begin again",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请保持卡在读卡器中，从第一步重做",
        "Leave the card in the reader and begin again with step one",
    )
