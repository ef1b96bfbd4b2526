"""What the console says where a sentence names what no page does: its command stays, and is IT's.

Rows are as in :mod:`terminal.web.at_console_table`, and are tried after those.
"""

from __future__ import annotations

from terminal.web.at_console_table import Mention

FOR_IT: tuple[Mention, ...] = (
    # --- Passes and cards ------------------------------------------------------------------------
    Mention(
        (
            (r"(?<![员])[运]行 guitai park move --", "，请技术人员运行 guitai park move --"),
            (r"(?<![员])[用] guitai park move --", "请技术人员用 guitai park move --"),
            (r"请用 guitai park (show|decide)", r"请技术人员用 guitai park \1"),
            (r"由两人认定：guitai park decide", "由两人认定，请技术人员运行 guitai park decide"),
            (
                r"回不来的加 --without-card",
                "回不来的，请技术人员运行 guitai park decide --without-card",
            ),
            (
                r"见 guitai park show；换过社会保障号码的，加 --formerly 输入原号码",
                (
                    "，请技术人员用 guitai park show 查看；换过社会保障号码的，请技术人员运行"
                    " guitai park move --formerly"
                ),
            ),
        ),
        (
            (r"(?<!IT )run guitai park move --", "have IT run guitai park move --"),
            (r" by guitai park move --", ": have IT run guitai park move --"),
            (r"\bsee guitai park show", "have IT look with guitai park show"),
            (r"\bSee guitai park show", "Have IT look with guitai park show"),
            (r"decided with guitai park decide", "decided with IT, who run guitai park decide"),
            (
                r"people decide by guitai park decide",
                "people decide: have IT run guitai park decide",
            ),
            (
                r"never come back add --without-card",
                "never come back have IT run guitai park decide --without-card",
            ),
            (
                (
                    r"guitai park show tells of the old one; after a change of the social security"
                    r" number add --formerly"
                ),
                (
                    "for the old one have IT run guitai park show; after a change of the social"
                    " security number have IT run guitai park move --formerly"
                ),
            ),
        ),
    ),
    Mention(
        (
            (
                r"请放回同一张卡，先用 guitai card get (\S+) 核对，再补写",
                "请放回同一张卡点“接着办”，会补写",
            ),
            (r"请用 guitai card (files|get)", r"请技术人员用 guitai card \1"),
            (r"数据项见 guitai card files", "数据项请技术人员用 guitai card files 查看"),
            (r"请用 --input 写成 JSON 对象", "请技术人员用 guitai card set --input 写入"),
        ),
        (
            (
                r", look with guitai card get (\S+), then write what lacks",
                " and press “Go on”, which writes what lacks",
            ),
            (r"See the (names|items) with guitai card", r"Have IT see the \1 with guitai card"),
            (r"See what the card has with", "Have IT see what the card has with"),
            (r"guitai card files lists the items", "have IT list the items with guitai card files"),
            (
                r"write a JSON object with --input",
                "have IT write it with guitai card set --input",
            ),
        ),
    ),
    # --- Operators, settings, keys ---------------------------------------------------------------
    Mention(
        (
            (r"请主管运行 guitai operator add", "请主管与技术人员一起运行 guitai operator add"),
            (r"请用 guitai operator password", "请与技术人员一起运行 guitai operator password"),
            (r"请改正后运行 guitai", "请技术人员改正后运行 guitai"),
            (r"请检查密钥设置（guitai", "请技术人员检查密钥设置（guitai"),
            (r"请用 guitai keys check", "请技术人员用 guitai keys check"),
            (r"请加 --replace；另一个版本请用 --key", "请技术人员加 --replace；另一个版本用 --key"),
            (r"或用 guitai readers", "或请技术人员用 guitai readers"),
            (r"否则用 --port 换一个端口", "否则请技术人员用 --port 换一个端口"),
        ),
        (
            (r"supervisor run guitai operator add", "supervisor and IT run guitai operator add"),
            (r"with guitai operator password", "together with IT by guitai operator password"),
            (r"Correct it, then run guitai", "Have IT correct it, then run guitai"),
            (r"Check the key settings \(guitai", "Have IT check the key settings (guitai"),
            (r"See what it holds with guitai", "Have IT see what it holds with guitai"),
            (r"Say --replace", "Have IT say --replace"),
            (r"or correct (?=\[readers.+guitai readers)", "or have IT correct "),
            (r"else take another port with --port", "else have IT take another port with --port"),
        ),
    ),
    # --- Registry, journal, backups --------------------------------------------------------------
    Mention(
        (
            (r"请挂载磁盘或恢复备份", "请技术人员挂载磁盘或恢复备份"),
            (r"请检查路径和权限，[或](?=放回另行)", "请技术人员检查路径和权限，或"),
            (r"备份时加了 --with-key 的", "备份时连密钥一起备份的"),
            (
                r"请检[查](?=配置 \[registry\] file 和磁盘| \[registry\] file 是否)",
                "请技术人员检查",
            ),
            (r"审计锚的，从备份恢复：guitai", "审计锚的，请技术人员从备份恢复：guitai"),
            (r"guitai backup (?=备份不了|只备份)", "本程序"),
            (
                r"请停下正在使用它的程序，加 --replace",
                "请技术人员停下正在使用它的程序，加 --replace",
            ),
            (r"请先停[下](?=本柜台的所有 guitai)", "请技术人员先停下"),
            (r"请另[设](?=.+--with-key)", "请技术人员另设"),
            (r"(?<![员])[用] --passphrase-file", "请技术人员用 --passphrase-file"),
        ),
        (
            (
                r"Mount the disk or restore the backup;",
                "Have IT mount the disk or restore the backup;",
            ),
            (
                r"Check its path and permissions, or put",
                "Have IT check its path and permissions, or put",
            ),
            (r"made --with-key", "made with the key in it"),
            (r"Check (?=\[registry\] file and)", "Have IT check "),
            (r"change it; check (?=\[registry\] file)", "change it; have IT check "),
            (r"anchors are left restore it", "anchors are left have IT restore it"),
            (r"^guitai backup (?=copies)", "This program "),
            (r"guitai backup (?=cannot copy it)", "this program "),
            (
                r"(?<!IT )stop what uses it and add --replace",
                "have IT stop what uses it and add --replace",
            ),
            (r"Stop (?=every guitai program)", "Have IT stop "),
            (r"Choose (?=a longer one.+--with-key)", "Have IT choose "),
            (
                r"(?<!IT )name its file with --passphrase-file",
                "have IT name its file with --passphrase-file",
            ),
        ),
    ),
    # --- The machine -----------------------------------------------------------------------------
    Mention(
        (
            (r"请用柜员的账户再运行", "请技术人员用柜员的账户再运行"),
            (r"不行就执行", "不行就请技术人员执行"),
            (r"请先停下办卡，再执行", "请先停下办卡，再请技术人员执行"),
            (r"的，用 ls -l", "的，请技术人员用 ls -l"),
            (
                (
                    r"[请](?=执行 |把 udev/|把本工具装到|在 /etc/modprobe|在 ~/\.gnupg"
                    r"|用同一来源重装|看日志|重装程序库|移走这个文件，再执行|删除自行编译"
                    r"|以 root 直接执行|用 ls -l|先 ch(?:own|mod) )"
                ),
                "请技术人员",
            ),
        ),
        (
            (r"(?<!IT )run guitai doctor as", "have IT run guitai doctor as"),
            (r"\belse run (?=systemctl|install )", "else have IT run "),
            (r", run (?=apt |systemctl )", ", have IT run "),
            (r", then (?=systemctl restart)", ", then have IT run "),
            (r"\belse apt remove", "else have IT run apt remove"),
            (r"\belse look for (?=.+ls -l)", "else have IT look for "),
            (r"\bLook for (?=.+ls -l)", "Have IT look for "),
            (r"\bRun (?=systemctl|usermod|install |apt |rm |mv )", "Have IT run "),
            (r"\bPut (?=udev/)", "Have IT put "),
            (r"\bWrite the lines", "Have IT write the lines"),
            (r"\bInstall (?=this toolkit|both from|the library)", "Have IT install "),
            (r"\bRead (?=journalctl)", "Have IT read "),
            (r"\bMove it away, then run", "Have IT move it away, then run"),
            (r"\bRemove the one built", "Have IT remove the one built"),
            (r"(?<!IT )start pcscd as root", "have IT start pcscd as root"),
            (r"; (?=ch(?:own|mod) )", "; have IT "),
        ),
    ),
)
