"""The experiments and presets of a study, by name."""

import dataclasses

from examples.common import names


class Catalog:
    """What a study can train, and how large.

    Args:
        experiments: Dataclasses by name, see `heads.Experiment`.
        presets: Dataclasses by name.
        measured: Fields of the presets that training ignores.
    """

    def __init__(
        self,
        experiments,
        presets,
        measured=("evaluation", "validation_freq"),
    ):
        self._experiments = experiments
        self._presets = presets
        self._measured = measured

    def experiment(self, name):
        """The experiment of that name.

        Raises:
            ValueError: If there is none.
        """
        return names.find("experiment", name, self._experiments)

    def preset(self, name):
        """The preset of that name.

        Raises:
            ValueError: If there is none.
        """
        return names.find("preset", name, self._presets)

    def settings(self, name, preset_name):
        """What the training of an experiment depends on, for its result."""
        preset = dataclasses.asdict(self.preset(preset_name))
        for field in self._measured:
            del preset[field]
        return {
            "experiment": name,
            "preset": preset_name,
            **dataclasses.asdict(self.experiment(name)),
            **preset,
        }
