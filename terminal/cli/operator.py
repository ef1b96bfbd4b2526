"""``guitai operator``: who works here: a supervisor's work, but for the first and the recovery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from apdu.secret import Secret
from terminal.beijing_time import in_beijing
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.desk import (
    ask_new_password,
    ask_password,
    forget_token,
    kept_token,
    opened,
    operators_of,
    signed_in,
)
from terminal.cli.options import json_option
from terminal.errors import FirstOperatorExists, NotSignedIn
from terminal.registry.operators import Operator, Role, everybody, named
from terminal.services.opening import system_user
from terminal.services.operators import Operators
from terminal.texts import Text

SCHEMA = "guitai.operator/1"

_FIRST = Text(
    "已建第一个柜员 {operator}，角色：主管。审计员须是另一个人，请用 guitai operator add 添加",
    "Made {operator}, the first operator, a supervisor. The auditor is another person: guitai"
    " operator add",
)
_ADDED = Text("已添加 {operator}：{roles}", "Added {operator}: {roles}")
_ONE_TIME = Text(
    "一次性密码：{password}。只显示这一次，请当面告诉本人，签到时改掉",
    "One-time password: {password}. It is shown this once; tell its owner, who changes it at"
    " sign-in",
)
_ROLES = Text("{operator} 现在的角色：{roles}", "{operator} now is: {roles}")
_RESET = Text("{operator} 的密码已重置", "The password of {operator} was reset")
_UNLOCKED = Text("{operator} 已解锁", "{operator} was unlocked")
_LEFT = Text("{operator} 已停用，工号不再给别人", "{operator} has left; nobody else gets the id")
_RECOVERED = Text(
    "主管 {operator} 的密码已凭密钥文件重置，已记入审计，其他主管和审计员签到时会看到",
    "The password of the supervisor {operator} was reset by the key file; it is on record, and the"
    " other supervisors and auditors are told at sign-in",
)
_CHANGED = Text("密码已改，请重新签到", "The password was changed; sign in again")
_ROW = Text("{operator}  {name}  {roles}{state}", "{operator}  {name}  {roles}{state}")
_STATES = {
    "left": Text("，{at} 停用", ", left {at}"),
    "locked": Text("，锁定到 {at}", ", locked until {at}"),
    "must_change": Text("，尚未改一次性密码", ", has not changed the one-time password yet"),
}

_operator_argument = click.argument("operator")


def _roles_option(function: Callable[..., Any]) -> Callable[..., Any]:
    def chosen(
        _ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]
    ) -> tuple[Role, ...]:
        return tuple(map(Role, value))

    return click.option(
        "--role",
        "roles",
        type=click.Choice([each.value for each in Role]),
        multiple=True,
        required=True,
        callback=chosen,
        help=help_text("角色，可写多次", "a role; may be given several times"),
    )(function)


@click.group(
    help=help_text("柜员：工号、角色、密码。", "Operators: their ids, roles and passwords.")
)
def operator() -> None:
    """Group what concerns operators."""


@operator.command(
    help=help_text(
        "建第一个柜员（主管），只做一次，密码输入两次。",
        "Make the first operator, a supervisor, once; the password is asked for twice.",
    )
)
@_operator_argument
@click.argument("name")
@json_option
@click.pass_obj
def first(session: Session, operator: str, name: str) -> None:
    """Take the first on."""
    with opened(session) as registry:
        with registry.reading() as tx:
            if everybody(tx):  # before anybody types a password for nothing
                raise FirstOperatorExists
        password = ask_new_password(session, operator)
        made = operators_of(session, registry).add_first(operator, name, password)
    _show(session, "first", made, _FIRST)


@operator.command(
    help=help_text("添加柜员，给出一次性密码。", "Add an operator; prints a one-time password.")
)
@_operator_argument
@click.argument("name")
@_roles_option
@json_option
@click.pass_obj
def add(session: Session, operator: str, name: str, roles: tuple[Role, ...]) -> None:
    """Take somebody on."""
    with opened(session) as registry:
        by = signed_in(session, registry, any_clock=True)
        made, password = operators_of(session, registry).add(by, operator, name, roles)
    _show(session, "add", made, _ADDED, password)


@operator.command("list", help=help_text("列出柜员。", "List the operators."))
@click.option("--all", "left_too", is_flag=True, help=help_text("含已停用的", "also who has left"))
@json_option
@click.pass_obj
def list_operators(session: Session, left_too: bool) -> None:
    """Print a line an operator."""
    with opened(session) as registry:
        by = signed_in(session, registry, any_clock=True)
        found = operators_of(session, registry).everybody(by)
        now = registry.clock()
    shown = [each for each in found if left_too or each.left_at is None]
    if session.as_json:
        documents = [_document(each) for each in shown]
        print_json({"schema": SCHEMA, "action": "list", "operators": documents})
        return
    for each in shown:
        if each.left_at is not None:
            state = session.say(_STATES["left"], at=f"{in_beijing(each.left_at):%Y-%m-%d}")
        elif each.locked_until is not None and now < each.locked_until:
            at = f"{in_beijing(each.locked_until):%Y-%m-%d %H:%M}"
            state = session.say(_STATES["locked"], at=at)
        else:
            state = session.say(_STATES["must_change"]) if each.must_change else ""
        click.echo(
            session.say(
                _ROW, operator=each.id, name=each.name, roles=_said(session, each), state=state
            )
        )


@operator.command(help=help_text("改角色。", "Give an operator other roles."))
@_operator_argument
@_roles_option
@json_option
@click.pass_obj
def roles(session: Session, operator: str, roles: tuple[Role, ...]) -> None:
    """Put other roles in the place of those held."""
    with opened(session) as registry:
        by = signed_in(session, registry, any_clock=True)
        changed = operators_of(session, registry).set_roles(by, operator, roles)
    _show(session, "roles", changed, _ROLES)


@operator.command(help=help_text("重置忘记的密码，给出一次性密码。", "Reset a forgotten password."))
@_operator_argument
@json_option
@click.pass_obj
def reset(session: Session, operator: str) -> None:
    """Give somebody a one-time password."""
    with opened(session) as registry:
        by = signed_in(session, registry, any_clock=True)
        found, password = operators_of(session, registry).reset(by, operator)
    _show(session, "reset", found, _RESET, password)


@operator.command(help=help_text("立即解锁。", "Unlock an operator at once."))
@_operator_argument
@json_option
@click.pass_obj
def unlock(session: Session, operator: str) -> None:
    """Lift a lock."""
    with opened(session) as registry:
        by = signed_in(session, registry, any_clock=True)
        found = operators_of(session, registry).unlock(by, operator)
    _show(session, "unlock", found, _UNLOCKED)


@operator.command(help=help_text("停用离职的柜员。", "Let an operator go."))
@_operator_argument
@json_option
@click.pass_obj
def leave(session: Session, operator: str) -> None:
    """Let somebody go."""
    with opened(session) as registry:
        by = signed_in(session, registry, any_clock=True)
        found = operators_of(session, registry).leave(by, operator)
    _show(session, "leave", found, _LEFT)


@operator.command(
    help=help_text(
        "没有主管能签到时，凭登记库的密钥文件重置一名主管的密码。",
        "Where no supervisor can sign in: reset one's password by the registry's key file.",
    )
)
@_operator_argument
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, readable=False),
    required=True,
    metavar="FILE",
    help=help_text("登记库的密钥文件", "the registry's key file"),
)
@json_option
@click.pass_obj
def recover(session: Session, operator: str, key_file: Path) -> None:
    """Give a supervisor a one-time password."""
    with opened(session) as registry:
        found, password = operators_of(session, registry).recover(operator, key_file, system_user())
    _show(session, "recover", found, _RECOVERED, password)


@operator.command(help=help_text("改自己的密码。", "Change your own password."))
@click.argument("operator", required=False)
@json_option
@click.pass_obj
def password(session: Session, operator: str | None) -> None:
    """Change the password of who is signed in, or of the one named."""
    with opened(session) as registry:
        people = operators_of(session, registry)
        of = operator or signed_in(session, registry, any_clock=True).operator
        old = ask_password(session, of)
        people.change_password(of, old, ask_new_password(session, of))
        token = kept_token()
        if token is not None and not _is_held(people, token):
            forget_token()
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "password", "operator": of})
    else:
        click.echo(session.say(_CHANGED))


def _is_held(people: Operators, token: Secret) -> bool:
    """Say whether somebody is signed in by a token: their own change of password ends it."""
    try:
        people.who(token)
    except NotSignedIn:
        return False
    return True


def _show(
    session: Session, action: str, of: Operator, done: Text, password: Secret | None = None
) -> None:
    """Say what was done; a one-time password is shown here and nowhere else."""
    shown = None if password is None else password.reveal().decode("ascii")
    if session.as_json:
        document = {"schema": SCHEMA, "action": action, "operator": _document(of)}
        print_json(document if shown is None else document | {"password": shown})
        return
    click.echo(session.say(done, operator=of.id, roles=_said(session, of)))
    if shown is not None:
        click.echo(session.say(_ONE_TIME, password=shown))


def _document(operator: Operator) -> dict[str, Any]:
    """Make the JSON form (docs/schemas/guitai.operator-1.json)."""
    locked, left = operator.locked_until, operator.left_at
    return {
        "id": operator.id,
        "name": operator.name,
        "roles": [each.value for each in Role if each in operator.roles],
        "must_change": operator.must_change,
        "locked_until": None if locked is None else in_beijing(locked).isoformat(),
        "created_at": in_beijing(operator.created_at).isoformat(),
        "left_at": None if left is None else in_beijing(left).isoformat(),
    }


def _said(session: Session, operator: Operator) -> str:
    return session.say(named(each for each in Role if each in operator.roles))
