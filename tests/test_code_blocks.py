import pytest

from tests import code_blocks

TEXT = """Before.

    ```python
    a = [1]

    (len(a), 2)  # (1, 2)
    a  # the list
    ```

```
not this
```

```python
b = a
```
"""


def test_blocks_and_their_lines():
    (first, third), (second, fourteenth) = code_blocks.find(TEXT)
    assert first.startswith("a = [1]\n\n(len(a), 2)")
    assert second == "b = a"
    assert (third, fourteenth) == (4, 15)


def test_blocks_share_names():
    names = {}
    for code, _ in code_blocks.find(TEXT):
        code_blocks.run(code, names)
    assert names["b"] == [1]


def test_a_wrong_comment_is_found():
    with pytest.raises(AssertionError, match="3"):
        code_blocks.run("1 + 2  # 4", {})


def test_an_error_names_file_and_line():
    with pytest.raises(ZeroDivisionError) as error:
        code_blocks.run("a = 1\na / 0", {}, "page.md", 10)
    entry = error.traceback[-1]
    assert str(entry.path).endswith("page.md")
    assert entry.lineno + 1 == 11
