"""``guitai completion``: a script for the shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from terminal.cli.app import COMPLETE, help_text
from terminal.cli.options import language_option


@click.command(
    help=help_text(
        '输出补全脚本，例如： eval "$(guitai completion bash)"',
        'Print a completion script, for example: eval "$(guitai completion bash)"',
    )
)
@language_option
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script for a shell."""
    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(ctx.find_root().command, {}, "guitai", COMPLETE).source())
