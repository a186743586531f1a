"""The picture of the README against figures made by hand."""

from xml.etree import ElementTree

from results import picture


def test_means_over_the_seeds():
    def models(*values):
        return [
            {
                "figures": {
                    "measures": {
                        "clean": {"accuracy": clean},
                        "autoattack 8/255": {"accuracy": attacked},
                    }
                }
            }
            for clean, attacked in values
        ]

    study = {
        ("preact", fast, head): models((0.9, 0.25 * fast), (0.7, 0.25 * fast))
        for fast in (False, True)
        for head in ("baseline", "ceb_4")
    }
    words, clean, attacked = zip(*picture.rows(study), strict=True)
    assert words[0] == "Cross-entropy" and len(words) == 4
    assert clean == (0.8,) * 4
    assert attacked == (0, 0, 0.25, 0.25)


def test_the_bars_are_as_long_as_their_figures():
    text = picture.svg([("One", 1.0, 0.5), ("Two", 0.25, 0.0)])
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    bars = [
        (rect.get("class"), float(rect.get("width")))
        for rect in root.iter(f"{space}rect")
        if rect.get("height") == str(picture.BAR)
    ]
    whole = float(picture.WIDTH)
    assert bars == [
        ("clean", whole),
        ("attacked", whole / 2),
        ("clean", whole / 4),
        ("attacked", 1.0),
    ]
    shown = [element.text for element in root.iter(f"{space}text")]
    assert {"One", "Two", "100 %", "50 %", "25 %", "0 %"} <= set(shown)


def test_the_committed_picture_is_as_the_result_files_say():
    assert picture.FILE.read_text() == picture.current()
