"""Changes to the source that no test can notice, for `mutation.py`."""

_CLIPPED = "a confidence is above 0 and at most 1: the limits change nothing"
_PLACE = "place = np.clip(np.ceil(confidence * bins).astype(int) - 1, "
_ZERO = "zero is the same at any scale"
_SECOND = "the last of two axes is the second"
_GUARD = "Newton's method ends long before the limit"
_IMPROVES = "taken only where the slope is positive"
_BOUND = "where the slope is zero, every coordinate is at its bound"
_CLAMPED = "JAX takes the last row of a tensor for one beyond it"
_EMPTY = "on JAX only an empty axis comes here, and its sum is zero"
_RATE = "a value from 0 to 1 does not come here"
# By module and changed line, with the reason.
EQUIVALENT = {
    **{
        ("objective", line.replace("axis=-1", f"axis={axis}")): _SECOND
        for axis in ("1", "+1")
        for line in (
            "return 0.5 * ops.sum(ops.square(difference), axis=-1)",
            "return 0.5 * ops.sum("
            "difference * (difference + 2.0 * noise), axis=-1)",
            "log_probabilities = ops.log_softmax("
            'ops.cast(logits, "float32"), axis=-1)',
            'labels = ops.expand_dims(ops.cast(labels, "int32"), axis=-1)',
            "chosen = ops.take_along_axis(log_probabilities, labels, axis=-1)",
            "return -ops.squeeze(chosen, axis=-1)",
            "return -ops.sum(terms, axis=-1)",
            "bias = -0.5 * ops.sum(ops.square(class_means), axis=-1)",
        )
    },
    **{
        (module, line.replace("[-1]", f"[{axis}]")): _SECOND
        for axis in ("1", "+1")
        for module, line in (
            (
                "training/metrics",
                "targets = standardize(y_true, y_pred.shape[-1])",
            ),
            (
                "training/metrics",
                "return classification_entropy("
                "y_pred, standardize(y_true, y_pred.shape[-1]))",
            ),
            (
                "layers/consistent_classifier",
                "self.marginal.z_dim = input_shape[-1]",
            ),
            (
                "layers/consistent_classifier",
                "if input_shape[-1] != self.marginal.z_dim:",
            ),
            (
                "layers/stochastic_encoder",
                "if len(input_shape) != 2 or not input_shape[-1]:",
            ),
            (
                "layers/stochastic_encoder",
                "return (*input_shape[:-1], self.z_dim or input_shape[-1])",
            ),
            (
                "layers/pooled_backbone",
                "if not self.compute_output_shape(input_shape)[-1]:",
            ),
            (
                "robustness/attacks/losses",
                'mask = ops.one_hot(classes, logits.shape[-1], dtype="bool")',
            ),
            (
                "robustness/attacks/losses",
                "top = ops.top_k(logits, min(3, logits.shape[-1]))[0]",
            ),
        )
    },
    **{
        ("layers/stochastic_encoder", line): _SECOND
        for line in (
            "return (*input_shape[:+1], self.z_dim or input_shape[-1])",
            "return (*input_shape[:1], self.z_dim or input_shape[-1])",
        )
    },
    ("layers/stochastic_encoder", "return mean - self.noise(mean)"): (
        "the distribution is symmetric"
    ),
    ("training/metrics", "return self.value - 0.0"): _ZERO,
    **{
        (
            "robustness/attacks/losses",
            "return ops.take_along_axis("
            f"logits, classes[:, None], axis=1)[:, {place}]",
        ): "there is one column"
        for place in ("-1", "1")
    },
    (
        "robustness/attacks/losses",
        "spread = top[:, 0] - top[:, 3]",
    ): _CLAMPED,
    (
        "robustness/attacks/losses",
        "spread = top[:, 0] - 0.5 * (top[:, 2] + top[:, 4])",
    ): _CLAMPED,
    **{
        ("layers/feature_average", line): _EMPTY
        for line in (
            "count = 0",
            "count = 2",
            "for axis in []:",
            "count = count / ops.shape(inputs)[axis]",
            "count = ops.maximum(ops.cast(count, inputs.dtype), 2)",
            "return ops.sum(inputs, axis=self.axes) * count",
        )
    },
    (
        "layers/feature_average",
        "if not all(inputs.shape[axis] for axis in self.axes):",
    ): "the mean is the sum over the count",
    **{
        ("layers/pooled_backbone", f"if len(shape) {rank}:"): (
            "an average over no axes changes nothing"
        )
        for rank in ("> 1", ">= 2")
    },
    (
        "layers/pooled_backbone",
        "layers += self.backbone._flatten_layers(include_self=True)",
    ): "the backbone is the first layer of the list already",
    **{
        (
            "robustness/corruptions/benchmark/error_rates",
            'hint = " Divide percentages by 100." '
            f'if {limit} value <= 100 else ""',
        ): _RATE
        for limit in ("0 <", "1 <=")
    },
    **{
        ("robustness/attacks/hyperplane_projection", line): reason
        for reason, lines in (
            (
                _GUARD,
                (
                    "_MAX_ITERATIONS = 49",
                    "_MAX_ITERATIONS = 51",
                    "return i + 0, lam + delta, ops.any(improves)",
                    "return i + 2, lam + delta, ops.any(improves)",
                    "return ops.logical_and(i <= _MAX_ITERATIONS, improves)",
                    "start = newton( -1, ops.zeros_like(wanted), True)",
                    "start = newton( 1, ops.zeros_like(wanted), True)",
                    "start = newton(0, ops.zeros_like(wanted), False)",
                ),
            ),
            (
                _IMPROVES,
                tuple(
                    f"improves, missing / ops.where({slope}), 0.0"
                    for slope in (
                        "slope > -1, slope, 1.0",
                        "slope > 0, slope, 0.0",
                        "slope > 0, slope, 2.0",
                        "slope >= 0, slope, 1.0",
                    )
                ),
            ),
            (
                _BOUND,
                tuple(
                    "improves = ops.logical_and("
                    f"missing > 1e-6 * wanted, slope {above})"
                    for above in ("> -1", ">= 0")
                ),
            ),
            (
                _ZERO,
                (
                    "scale = ops.where(largest > 0, largest, 2.0)",
                    "slack = ops.where("
                    "side > -1, bounds[1] - x, x - bounds[0])",
                    "slack = ops.where("
                    "side >= 0, bounds[1] - x, x - bounds[0])",
                ),
            ),
        )
        for line in lines
    },
    ("robustness/metrics", _PLACE + "-1, bins - 1)"): _CLIPPED,
    ("robustness/metrics", _PLACE + "0, bins + 1)"): _CLIPPED,
    ("robustness/metrics", _PLACE + "0, bins - 0)"): _CLIPPED,
    (
        "schedules/jump_start",
        "jumped = ops.logical_and(jump_step >= 0, step >= begin)",
    ): "both phases are at the plateau at that step",
    (
        "schedules/jump_start",
        "anneal = max(self.anneal_epochs * self.steps_per_epoch, -0.999)",
    ): "a phase of no length is over at its first step either way",
    (
        "robustness/attacks/ball",
        "ops.where(largest > 0, largest, 2.0), gradient",
    ): _ZERO,
    (
        "robustness/attacks/ball",
        "scale = ops.where(largest > 0, largest, 2.0)",
    ): _ZERO,
    (
        "robustness/attacks/ball",
        "return project(clean - eps * delta, clean, eps, bounds, norm)",
    ): "the distribution is symmetric",
}
