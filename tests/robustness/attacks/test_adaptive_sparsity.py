import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks import adaptive_sparsity


def tensors(**values):
    return {
        name: ops.convert_to_tensor(np.float32(value))
        for name, value in values.items()
    }


def test_the_first_state_is_that_of_the_paper():
    state = adaptive_sparsity.first_state(ops.ones((2, 5, 2)), 0.5)
    found = {k: ops.convert_to_numpy(v).tolist() for k, v in state.items()}
    assert found["moved_values"] == [10, 10] and found["step_size"] == [0.5] * 2
    np.testing.assert_allclose(found["share"], [0.2, 0.2])


def test_a_step_by_hand():
    state = tensors(
        x=[[0.5, 0.5, 0.5, 0.5]],
        gradient=[[1, -3, 0, 2]],
        share=[0.5],
        step_size=[0.4],
    )
    params = {"eps": 0.3, "lower": 0.0, "upper": 1.0}
    clean = state["x"]
    found = adaptive_sparsity.step(state, clean, params)
    # 0.2 to each of two, of which the ball leaves 0.15.
    found = ops.convert_to_numpy(found)
    np.testing.assert_allclose(found, [[0.5, 0.35, 0.5, 0.65]], rtol=1e-6)


def test_checkpoints_by_hand():
    clean = ops.zeros((3, 10))
    peak = np.zeros((3, 10), "float32")
    # Sparser; not sparser; not sparser, with the shortest step already.
    peak[0, :3] = peak[1, :6] = peak[2, :6] = 1
    state = tensors(
        x=np.full((3, 10), 0.5),
        gradient=np.zeros((3, 10)),
        peak=peak,
        peak_gradient=np.ones((3, 10)),
        share=[0.2] * 3,
        step_size=[0.3, 0.6, 0.11],
        moved_values=[10, 6, 6],
    )

    def after(checkpoint):
        found = adaptive_sparsity.at_checkpoint(
            state, clean, 1.0, ops.convert_to_tensor(checkpoint)
        )
        return {k: ops.convert_to_numpy(v) for k, v in found.items()}

    for name, value in after(False).items():
        np.testing.assert_array_equal(value, ops.convert_to_numpy(state[name]))
    found = after(True)
    np.testing.assert_array_equal(found["x"][0], peak[0])
    assert (found["x"][1:] == 0.5).all()
    assert found["gradient"].sum(axis=1).tolist() == [10, 0, 0]
    np.testing.assert_allclose(found["share"], [0.2, 0.4, 0.4], rtol=1e-6)
    np.testing.assert_allclose(found["step_size"], [1, 0.4, 0.1], rtol=1e-6)
    assert found["moved_values"].tolist() == [3, 6, 6]


def test_windows():
    assert [adaptive_sparsity.window(n) for n in (1, 20, 50, 100)] == [
        1, 1, 2, 4,
    ]  # fmt: skip
