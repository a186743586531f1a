"""Runs the Python blocks of a text: README, pages of the docs, docstrings."""

import ast
import inspect
import re


def find(text):
    """The fenced Python blocks of a text, `[(code, line)]`.

    Indentation of the text around them is taken away.
    """
    blocks = []
    for block in re.finditer(
        r"^( *)```python\n(.*?)^\1```$", text, re.M | re.S
    ):
        line = text.count("\n", 0, block.start(2)) + 1
        blocks.append((inspect.cleandoc("\n" + block[2]), line))
    return blocks


def run(code, namespace, file="example", line=1):
    """Executes a block.

    An expression with a literal in a comment behind it, such as
    `x.shape  # (2, 3)`, must be equal to that.

    Args:
        code: The block.
        namespace: Names that it may use; those that it makes are added.
        file: What a traceback says.
        line: The line of the block in that.
    """
    tree = ast.parse(code, file)
    lines = code.split("\n")
    for node in tree.body:
        expected = _literal(lines[node.end_lineno - 1])
        ast.increment_lineno(node, line - 1)
        if isinstance(node, ast.Expr) and expected is not None:
            expression = compile(ast.Expression(node.value), file, "eval")
            value = eval(expression, namespace)
            assert value == expected[0], f"{file}, {code}: {value!r}"
        else:
            module = ast.Module([node], type_ignores=[])
            exec(compile(module, file, "exec"), namespace)


def _literal(line):
    """The value in a comment at the end of a line, in a tuple, or None."""
    _, mark, comment = line.partition("  # ")
    if not mark:
        return None
    try:
        return (ast.literal_eval(comment),)
    except (SyntaxError, ValueError):
        return None
