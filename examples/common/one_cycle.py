"""A learning rate that rises and falls once."""

import keras


@keras.saving.register_keras_serializable(package="examples")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that goes from zero up to its highest and back, linearly.

    Args:
        highest: The highest rate.
        steps: Of the whole training.
        peak: The share of them after which it is reached.

    Reference: Wong et al., 2020, "Fast is better than free", appendix A.
    """

    def __init__(self, highest, steps, peak):
        self.highest = highest
        self.steps = steps
        self.peak = peak

    def __call__(self, step):
        # Not zero in the first step.
        done = (keras.ops.cast(step, "float32") + 1.0) / self.steps
        rising = done / self.peak
        falling = (1.0 - done) / (1.0 - self.peak)
        rate = self.highest * keras.ops.minimum(rising, falling)
        return keras.ops.maximum(rate, 0.0)

    def get_config(self):
        return {
            "highest": self.highest,
            "steps": self.steps,
            "peak": self.peak,
        }
