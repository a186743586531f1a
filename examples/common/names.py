"""The models that names on a command line stand for."""


def find(kind, name, table):
    """The entry of that name.

    Args:
        kind: What the table holds, the name of the flag.
        name: The name that the user gave.
        table: Dict of the entries by name.

    Raises:
        ValueError: If there is none.
    """
    if name not in table:
        raise ValueError(
            f"`{kind}` must be one of {', '.join(table)}. "
            f"Received: {kind}={name!r}"
        )
    return table[name]
