"""What changes of the code no test notices."""

from examples.common.tables import origin
from keras_ceb.robustness import Table
from results.files import load


def mutation():
    record = load("mutation")
    rows = []
    for name, row in record["figures"].items():
        cells = [row["changes"], len(row["equivalent"]), len(row["survived"])]
        rows.append([f"`{name}`", *map(str, cells)])
    header = ["module", "changes", "of them equivalent", "survived"]
    notes = list(dict.fromkeys(map(origin, record["provenance"])))
    missing = set(record["settings"]["modules"]) - set(record["figures"])
    if missing:
        notes.append(f"Not measured: {', '.join(sorted(missing))}.")
    return f"{Table(header, rows).to_markdown()}\n\n{' '.join(notes)}"
