"""``guitai sign-in`` and ``guitai sign-out``: who sits at this desk."""

from __future__ import annotations

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.desk import (
    ask_new_password,
    ask_password,
    forget_token,
    keep_token,
    kept_token,
    opened,
    operators_of,
    warn,
)
from terminal.cli.options import json_option
from terminal.errors import PasswordMustChange
from terminal.registry.operators import Role, named
from terminal.rules.clock import Jump
from terminal.services.clock import clock_notice
from terminal.texts import Text

SCHEMA = "guitai.operator/1"

_CHANGE_FIRST = Text(
    "这是一次性密码，请现在设一个只有自己知道的密码",
    "This is a one-time password; choose one now that nobody else knows",
)
_SIGNED_IN = Text(
    "{name}（{operator}）已签到：{roles}", "{name} ({operator}) is signed in: {roles}"
)
_SIGNED_OUT = Text("{operator} 已签退", "{operator} is signed out")
_NOBODY = Text("没有人签到", "Nobody was signed in")


@click.command("sign-in", help=help_text("签到：输入自己的密码。", "Sign in with your password."))
@click.argument("operator")
@json_option
@click.pass_obj
def sign_in(session: Session, operator: str) -> None:
    """Sign in, first changing a one-time password; who sat here before is signed out."""
    with opened(session) as registry:
        people = operators_of(session, registry)
        password = ask_password(session, operator)
        try:
            made = people.sign_in(operator, password)
        except PasswordMustChange:
            warn(session, [_CHANGE_FIRST])
            new = ask_new_password(session, operator)
            people.change_password(operator, password, new)
            made = people.sign_in(operator, new)
        before = kept_token()
        if before is not None:
            people.sign_out(before)
        keep_token(made.token)
        clock = clock_notice(registry)
    notices = [*made.notices, *([] if clock.jump is Jump.NONE else [clock.text])]
    who = made.who
    if session.as_json:
        document = {
            "schema": SCHEMA,
            "action": "sign_in",
            "operator": who.operator,
            "name": who.name,
            "roles": [each.value for each in Role if each in who.roles],
            "notices": [session.say(each) for each in notices],
        }
        print_json(document)
        return
    roles = session.say(named(each for each in Role if each in who.roles))
    click.echo(session.say(_SIGNED_IN, name=who.name, operator=who.operator, roles=roles))
    warn(session, notices)


@click.command("sign-out", help=help_text("签退。", "Sign out."))
@json_option
@click.pass_obj
def sign_out(session: Session) -> None:
    """Sign out; where nobody is signed in that is said, and no failure."""
    token = kept_token()
    operator = None
    if token is not None:
        with opened(session) as registry:
            operator = operators_of(session, registry).sign_out(token)
    forget_token()
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "sign_out", "operator": operator})
    elif operator is None:
        click.echo(session.say(_NOBODY))
    else:
        click.echo(session.say(_SIGNED_OUT, operator=operator))
