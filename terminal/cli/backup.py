"""``guitai backup`` and ``guitai restore``: the whole counter in one encrypted file, and back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from terminal.beijing_time import in_beijing
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import json_option
from terminal.journal.opening import journal_path
from terminal.keys.passphrase import Prompt
from terminal.registry import backup_file
from terminal.registry.backup_file import ANCHORS, JOURNAL, KEY, REGISTRY, Header
from terminal.registry.operators import Operator, Role, named
from terminal.services.backups import BackupPassphrases, back_up
from terminal.services.restoring import DATABASES, Restored, restore_from
from terminal.texts import LANGUAGES, Text

SCHEMA = "guitai.backup/1"
_F = TypeVar("_F", bound=Callable[..., Any])

_PARTS = {
    REGISTRY: Text("登记库", "registry"),
    JOURNAL: Text("流水", "journal"),
    ANCHORS: Text("审计锚", "audit anchors"),
    KEY: Text("登记库密钥", "registry key"),
}
_MADE = Text("已备份到 {file}", "The backup is {file}")
_HOLDS = Text("  含 {parts}，编号 {id}，{at}", "  it holds {parts}; id {id}, {at}")
_COMMA = Text("、", ", ")
_KEY_INSIDE = Text(
    "登记库的密钥也在里面：口令一旦泄露，所有个人信息都会泄露。请与口令分开保管",
    "The registry's key is in it: who has the passphrase, too, reads every person. Keep them apart",
)
_KEY_ELSEWHERE = Text(
    "登记库的密钥（{key}）不在里面：请另存在别处，没有它备份里的个人信息谁也读不出来",
    "The registry's key ({key}) is not in it: keep a copy elsewhere, for without it nobody can read"
    " the persons in this backup",
)
_CHECKED = Text("备份完好，可以恢复；什么都没有改动", "It is whole and could be restored")
_PUT = Text("已恢复 {path}", "Restored {path}")
_KEPT = Text("  原来的留在 {path}", "  the old one is kept as {path}")
_LATER = Text(
    "备份以后的不在其中：{chain} 到 {day} 至少还有第 {first} 至 {last} 条审计记录，所记的业务请"
    "查清后补登",
    "Not in it is what came after: {chain} had at least the audit rows {first} to {last} by {day}."
    " Find out what they stood for, and put it on record again",
)
_NOTHING_LATER = Text(
    "审计锚和链尾文件都没有记下备份以后的事",
    "Neither the anchors nor the file of ends know of anything after the backup",
)
_DOUBT = Text("注意，{chain}：{detail}", "Mind {chain}: {detail}")
_NEWER = Text(
    "注意：原来的流水有 {count} 笔是备份里没有或不全的，涉及卡上的钱，请逐笔查清：guitai"
    " journal list",
    "Mind: {count} entries of the old journal are not, or not whole, in this one; they are about"
    " money on cards, so settle each of them: guitai journal list",
)
_NEWER_KEPT = Text(
    "注意：原来的流水有 {count} 笔是备份里没有或不全的，涉及卡上的钱，请逐笔查清。它们在原来的"
    '流水里，要看：另写一份配置，其中 [journal] file = "{path}"，再运行 guitai --config'
    " 那份配置 journal list",
    "Mind: {count} entries of the old journal are not, or not whole, in this one; they are about"
    " money on cards, so settle each of them. They stand in the old one: name it in another"
    ' configuration, [journal] file = "{path}", and run guitai --config THAT journal list',
)
_NEWER_UNKNOWN = Text(
    "注意：原来的流水读不出来，备份以后在卡上做过什么无从得知",
    "Mind: the old journal cannot be read: nobody can tell what was done to cards since",
)
_PEOPLE = Text(
    "柜员、角色、密码回到了 {at} 的样子，所有人已签退。现在能签到的：{people}。此后离职的人、收回的"
    "角色、改过和重置过的密码，请马上重做一遍",
    "Operators, roles and passwords are as they were at {at}, and everybody is signed out. Who may"
    " sign in now: {people}. Do again at once what was done since: who left, which roles were"
    " taken away, which passwords were changed or reset",
)
_PERSON = Text("{operator}（{roles}）", "{operator} ({roles})")
_DEATHS = Text(
    "此后登记的挂失、注销和死亡也不在其中，请按受理单和提醒重新登记",
    "Not in it, either, are losses, cancellations and deaths put on record since: do so again, by"
    " slips and reminders",
)
_ERASED = Text(
    "备份以后清除过的个人信息又回来了：请重新运行 guitai registry retention",
    "Personal data that was erased since the backup is back: run guitai registry retention again",
)


def passphrase_option(function: _F) -> _F:
    """Give a command ``--passphrase-file``."""
    return click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path, readable=False),
        metavar="FILE",
        help=help_text(
            "一行口令的文件，仅本人可读（默认当场询问）",
            "file with the passphrase, its owner's alone (default: ask)",
        ),
    )(function)


@click.command(
    help=help_text(
        "把登记库和流水备份成一个加密文件；业务照常进行。FILE 可以是文件夹。",
        "Back registry and journal up into one encrypted file while work goes on. FILE may be a"
        " folder.",
    )
)
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--with-key",
    is_flag=True,
    help=help_text("登记库的密钥也放进去", "put the registry's key in as well"),
)
@passphrase_option
@json_option
@click.pass_obj
def backup(session: Session, file: Path, with_key: bool, passphrase_file: Path | None) -> None:
    """Make a backup."""
    config = session.config
    passphrases = _passphrases(session, passphrase_file)
    made, header = back_up(
        config,
        file,
        lambda path: passphrases.new(path, production=config.production),
        with_key=with_key,
        cost=backup_file.COST,
    )
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "backup", "file": str(made), **_document(header)})
        return
    click.echo(session.say(_MADE, file=made))
    click.echo(_holds(session, header))
    key = session.say(_KEY_ELSEWHERE, key=header.key_id)
    click.echo(session.say(_KEY_INSIDE) if header.key_included else key, err=True)


@click.command(
    help=help_text(
        "从备份恢复到配置的位置；先全部核对，再一次到位，原来的留在旁边。",
        "Restore a backup to the configured places: all is checked first; old files are kept.",
    )
)
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--check",
    is_flag=True,
    help=help_text("只核对能否恢复，什么都不改动", "only prove that it could be restored"),
)
@click.option(
    "--replace",
    is_flag=True,
    help=help_text("代替现有的登记库和流水", "take the place of what is there"),
)
@click.option(
    "--only",
    type=click.Choice(DATABASES),
    help=help_text("只恢复登记库或流水", "restore only the registry, or only the journal"),
)
@passphrase_option
@json_option
@click.pass_obj
def restore(
    session: Session,
    file: Path,
    check: bool,
    replace: bool,
    only: str | None,
    passphrase_file: Path | None,
) -> None:
    """Restore a backup, or see whether it could be."""
    done = restore_from(
        session.config,
        file,
        _passphrases(session, passphrase_file).of,
        only=only or "",
        replace=replace,
        check=check,
    )
    if session.as_json:
        print_json(_restored(session, done, check=check))
        return
    if check:
        click.echo(session.say(_CHECKED))
        click.echo(_holds(session, done.header))
    for path in done.put:
        click.echo(session.say(_PUT, path=path))
    for path in done.kept:
        click.echo(session.say(_KEPT, path=path))
    for text in _to_mind(session, done, check=check):
        click.echo(session.say(text), err=True)


def _passphrases(session: Session, file: Path | None) -> BackupPassphrases:
    prompt = Prompt(_to_standard_error, lines_allowed=not session.config.production)
    return BackupPassphrases(prompt, file, session.language)


def _to_mind(session: Session, done: Restored, *, check: bool) -> Iterator[Text]:
    """Say what the people at the counter have to find out now."""
    for later in done.compared.later:
        yield _LATER.filled(
            chain=later.chain, day=later.day, first=later.have + 1, last=later.anchored
        )
    if done.unsure is not None:
        yield done.unsure
    elif not done.compared.later:
        yield _NOTHING_LATER
    for doubt in done.compared.doubts:
        yield _DOUBT.filled(chain=doubt.chain, detail=doubt.text)
    if done.newer is None:
        yield _NEWER_UNKNOWN
    elif done.newer:
        journal = journal_path(session.config).name
        kept = next((each for each in done.kept if each.name.startswith(f"{journal}.")), None)
        text = _NEWER if kept is None else _NEWER_KEPT
        yield text.filled(count=done.newer, path=kept)
    if check:
        return
    if done.people:
        at = f"{in_beijing(done.header.created_at):%Y-%m-%d %H:%M:%S}"
        yield _PEOPLE.filled(at=at, people=_everybody(done.people))
        yield _DEATHS
    yield _ERASED


def _everybody(people: Iterable[Operator]) -> Text:
    """Name people with their roles in a sentence."""
    each = [
        _PERSON.filled(operator=who.id, roles=named(role for role in Role if role in who.roles))
        for who in people
    ]
    return Text(*(_COMMA.say(it).join(text.say(it) for text in each) for it in LANGUAGES))


def _holds(session: Session, header: Header) -> str:
    parts = session.say(_COMMA).join(session.say(_PARTS[each.name]) for each in header.parts)
    at = f"{in_beijing(header.created_at):%Y-%m-%d %H:%M:%S}"
    return session.say(_HOLDS, parts=parts, id=header.id, at=at)


def _document(header: Header) -> dict[str, Any]:
    return {
        "id": header.id,
        "created_at": in_beijing(header.created_at).isoformat(),
        "outlet": header.outlet,
        "key_id": header.key_id,
        "key_included": header.key_included,
        "parts": [{"name": each.name, "bytes": each.size} for each in header.parts],
        "audit": [{"chain": each.chain, "number": each.number} for each in header.ends],
    }


def _restored(session: Session, done: Restored, *, check: bool) -> dict[str, Any]:
    """Make the JSON form (docs/schemas/guitai.backup-1.json)."""
    return {
        "schema": SCHEMA,
        "action": "check" if check else "restore",
        **_document(done.header),
        "put": [str(each) for each in done.put],
        "kept": [str(each) for each in done.kept],
        "later": [
            {
                "chain": each.chain,
                "have": each.have,
                "anchored": each.anchored,
                "day": each.day.isoformat(),
            }
            for each in done.compared.later
        ],
        "newer_entries": done.newer,
        "notices": [session.say(each) for each in _to_mind(session, done, check=check)],
    }


def _to_standard_error(text: str) -> None:
    """Keep questions out of what a program may read from us."""
    sys.stderr.write(text)
    sys.stderr.flush()
