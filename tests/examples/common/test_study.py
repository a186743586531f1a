import pytest

from examples.common import study

CORE = "1 of 2 cores of X, no GPU"
GPU = "16 of 16 cores of Y, 1 x Z"


def result(*hardware):
    """Trained in two minutes of a core, measured in one."""
    return {
        "figures": {
            "epochs": [{"cpu_seconds": 60.0}, {"cpu_seconds": 60.0}],
            "measures": {"clean": {"cpu_seconds": 60.0}},
        },
        "provenance": [{"hardware": name} for name in hardware],
    }


@pytest.mark.parametrize(
    ("hardware", "on_processor"),
    [((CORE, CORE), True), ((CORE, GPU), False), ((GPU, GPU), False)],
)
def test_a_model_is_of_the_processor_if_all_of_it_is(hardware, on_processor):
    one = result(*hardware)
    assert study.on_processor([one]) == [one] * on_processor


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"a": [result(CORE)] * 40}, f"2.0 core-hours on {CORE}"),
        ({"a": [result(GPU)]}, f"1 model ran on {GPU}"),
        (
            {"a": [result(CORE)] * 20, "b": [result(GPU), result(GPU)]},
            f"1.0 core-hours on {CORE}; 2 models ran on {GPU}",
        ),
    ],
)
def test_the_cost_of_a_study_in_words(rows, words):
    assert study.cost(rows) == words


def test_the_results_of_the_seeds_that_all_models_have():
    def of(model, seed):
        return {"model": model, "provenance": [{"seeds": [seed]}]}

    ours = [of("a", seed) for seed in (2, 0, 1)]
    theirs = [of("b", seed) for seed in (1, 3, 2)]
    assert study.of_shared_seeds(ours, theirs) == [
        [of("a", 1), of("a", 2)],
        [of("b", 1), of("b", 2)],
    ]
