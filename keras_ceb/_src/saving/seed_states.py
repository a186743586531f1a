"""Files of weights that hold the state of the random generators."""


class SeedStatesSaved:
    """Mixin of a Keras model whose noise goes on where it was.

    Keras leaves the state of random generators out of its files. A run that
    resumes from one would draw the noise and the dropout of its start again.
    """

    def save_own_variables(self, store):
        super().save_own_variables(store)
        for index, state in enumerate(self._seed_states()):
            store[f"seed_{index}"] = state.numpy()

    def load_own_variables(self, store):
        own = {k: store[k] for k in store.keys() if not k.startswith("seed_")}
        super().load_own_variables(own)
        for index, state in enumerate(self._seed_states()):
            if f"seed_{index}" in store.keys():
                state.assign(store[f"seed_{index}"])

    def _seed_states(self):
        return [
            variable
            for variable in self.non_trainable_variables
            if variable.path.endswith("seed_generator_state")
        ]
