from keras_ceb._src.robustness.report import charts


def test_places_on_both_axes():
    frame = charts.Frame(2.0, 120, 70, left=10, top=5, right=10, bottom=15)
    assert [frame.x(v) for v in (0, 1, 2)] == [10, 60, 110]
    assert [frame.y(v) for v in (0, 0.5, 1)] == [55, 30, 5]


def test_lines_and_bands_join_the_marks():
    marks = [
        charts.Mark(0, 1.0, 0.5, 1.0, "first"),
        charts.Mark(1, 0.0, 0.0, 0.5, "second"),
    ]
    drawn = charts.chart("t", [charts.Series("a", marks)], "x", {0: "0"})
    frame, (one,) = drawn["frame"], drawn["series"]
    left, right = frame.x(0), frame.x(1)
    top, low = frame.y(1), frame.y(0)
    assert one["line"] == f"{left:g},{top:g} {right:g},{low:g}"
    assert one["band"].endswith(f"{left:g},{frame.y(0.5):g}")
    assert [mark["tip"] for mark in one["marks"]] == ["first", "second"]


def test_texts_that_hide_each_other_are_left_out():
    drawn = charts.chart("t", [], "x", {0: "0", 0.01: "a", 1.0: "b"})
    assert [text for _, text in drawn["x_ticks"]] == ["0", "b"]


def test_long_curves_keep_their_ends():
    places = charts.thinned(range(1001))
    assert (places[0], places[-1], len(places)) == (0, 1000, 200)
