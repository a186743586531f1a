import json

import pytest

from examples.common import provenance
from examples.common import results
from examples.common import workdir


def test_a_result_comes_back(tmp_path):
    runs = [
        provenance.run("training", 2, [7]),
        provenance.run("measurement", 3, [0]),
    ]
    file = tmp_path / "result.json"
    results.write(file, {"rho": 2.0}, runs, {"clean": 0.5})
    result = results.read(file)
    assert result == {
        "format": workdir.FORMAT,
        "settings": {"rho": 2.0},
        "provenance": runs,
        "figures": {"clean": 0.5},
    }
    assert results.run_of(result) == runs[1]
    assert results.run_of(result, "training") == runs[0]
    assert results.seed_of(result) == 7
    assert file.read_text().endswith("}\n")


def test_other_files_are_no_results(tmp_path):
    file = tmp_path / "history.json"
    workdir.write(file, {"epochs": []})
    with pytest.raises(ValueError, match="must hold figures.*with epochs"):
        results.read(file)
    file.write_text(json.dumps({"format": 1, "figures": {}}))
    with pytest.raises(ValueError, match="of format 1"):
        results.read(file)
