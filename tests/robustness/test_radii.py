import pytest

from keras_ceb._src.robustness import radii


@pytest.mark.parametrize(
    "norm,eps,bounds,text",
    [
        ("linf", 8 / 255, (0, 1), "L-infinity 8/255"),
        ("linf", 8.0, (0, 255), "L-infinity 8/255"),
        ("linf", 0.2, (0, 1), "L-infinity 0.2"),
        ("l2", 127.5, (0, 255), "L2 0.5"),
    ],
)
def test_a_ball_in_words(norm, eps, bounds, text):
    attack = {"norm": norm, "eps": eps, "bounds": bounds}
    assert radii.ball_text(attack) == text
