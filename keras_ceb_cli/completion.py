"""Scripts that complete `keras-ceb` in a shell.

Written from the parser once, so that nothing starts when Tab is pressed and
no further package is needed.
"""

import argparse
from collections.abc import Iterator

SHELLS = ("bash", "zsh")

_BASH = """\
_keras_ceb() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} command=${{COMP_WORDS[1]}} words=
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{commands}"
    else
        case "$command" in
{cases}
        esac
        [[ $word == -* ]] || words=
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _keras_ceb keras-ceb
"""
_ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """A script that completes commands, options and, by default, files.

    Args:
        parser: The parser of the command.
        shell: One of `SHELLS`.
    """
    commands = subparsers(parser)
    cases = "\n".join(
        f'        {name}) words="{" ".join(_options(command))}" ;;'
        for name, command in commands.items()
    )
    first = " ".join([*commands, *_options(parser)])
    script = _BASH.format(commands=first, cases=cases)
    return _ZSH + script if shell == "zsh" else script


def subparsers(
    parser: argparse.ArgumentParser,
) -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, by its name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (o for o in action.option_strings if o.startswith("--"))
