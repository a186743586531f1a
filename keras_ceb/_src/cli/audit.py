"""`keras-ceb audit`."""

import argparse
import json

from keras_ceb._src.cli.bars import audit_code
from keras_ceb._src.cli.evaluate import RADII
from keras_ceb._src.cli.evaluate import classifier_of
from keras_ceb._src.cli.evaluate import load
from keras_ceb._src.cli.evaluate import told_inputs
from keras_ceb._src.cli.messages import tell
from keras_ceb.robustness import audit


def run(options: argparse.Namespace) -> int:
    """Audits a model and returns the exit code."""
    model = load(options, options.model)
    inputs = told_inputs(options, model)
    eps = RADII[options.norm] if options.eps is None else options.eps
    report = audit(
        classifier_of(options, model, inputs.bounds, options.model),
        inputs.data,
        norm=options.norm,
        eps=eps * (inputs.bounds[1] - inputs.bounds[0]),
    )
    if options.json:
        print(json.dumps(report.to_dict(), indent=1))
    tell(options, report.to_markdown())
    return audit_code(report)
