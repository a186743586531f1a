"""What `import keras_ceb` adds to `import keras`, in seconds.

Each run is a fresh process that imports Keras first.

    python -m results.record import_time
"""

import json
import statistics
import subprocess
import sys
import time

from absl import app
from absl import flags

from examples.common import provenance
from examples.common import results

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "import_time.json", "File to write.")
flags.DEFINE_integer("runs", 9, "Processes.")

CODE = """
import time
start = time.perf_counter()
import keras
middle = time.perf_counter()
import keras_ceb
print(middle - start, time.perf_counter() - middle)
"""


def main(_):
    start = time.time()
    runs = [
        tuple(
            map(
                float,
                subprocess.run(
                    [sys.executable, "-c", CODE],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout.split(),
            )
        )
        for _ in range(FLAGS.runs)
    ]
    keras_seconds, ours = zip(*runs, strict=True)
    figures = {
        "import_keras_seconds": statistics.median(keras_seconds),
        "import_keras_ceb_adds_seconds": statistics.median(ours),
    }
    print(json.dumps(figures, indent=1))
    results.write(
        FLAGS.output,
        {"runs": FLAGS.runs},
        [provenance.run("measurement", time.time() - start)],
        figures,
    )


if __name__ == "__main__":
    app.run(main)
