import matplotlib
import numpy as np

from keras_ceb._src.robustness.report import plotting
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_report import make_result

matplotlib.use("agg")


def test_curves_show_the_accuracies():
    figure = plotting.plot_curves([make_report("a"), make_report("b")])
    (axis,) = figure.axes
    lines = axis.get_lines()
    assert [line.get_label() for line in lines] == ["a", "b"]
    np.testing.assert_allclose(lines[0].get_xdata(), [0, 0.05, 0.2])
    np.testing.assert_allclose(lines[0].get_ydata(), [1, 1, 0.75])


def test_examples_show_clean_adversarial_and_difference():
    result = make_result(0.1, (1, 0))
    figure = plotting.plot_examples(result, (0.0, 1.0))
    shown = [axis.images[0].get_array() for axis in figure.axes]
    assert len(shown) == 3
    example = result.examples[0]
    np.testing.assert_allclose(shown[0], example.clean)
    np.testing.assert_allclose(shown[1], example.adversarial)
    # No change is gray.
    difference = np.asarray(shown[2]) - 0.5
    raw = example.adversarial - example.clean
    np.testing.assert_array_equal(np.sign(difference), np.sign(raw))
    result.examples = []
    assert plotting.plot_examples(result, (0.0, 1.0)) is None


def test_channels_first_and_odd_channels_become_pictures():
    image = np.zeros((3, 8, 8))
    assert plotting._picture(image, 0, 1).shape == (8, 8, 3)
    assert plotting._picture(np.zeros((8, 8, 5)), 0, 1).shape == (8, 8)


def test_png_is_inline():
    figure = plotting.plot_curves([make_report()])
    assert plotting.to_png(figure).startswith("data:image/png;base64,iVBOR")
