"""Results read, summarized and selected; Table 1 and its figures."""

import copy

import numpy as np
import pytest

from examples.common import results as results_lib
from examples.imagenet import figures
from examples.imagenet import select_rho
from examples.imagenet import study
from examples.imagenet import table1
from keras_ceb.robustness.corruptions import mean_corruption_error


def result(name, clean, image_size=224, num_classes=1000, seed=0, **counts):
    """What evaluate.py writes about a model with `clean` % of errors."""
    severities = {
        f"{corruption} {severity}": [10 * severity + place, 100]
        for place, corruption in enumerate(study.CORRUPTIONS)
        for severity in range(1, 6)
    }
    facts = {"variant": "imagenet-c", "source": "files", "left_out": {}}
    preset = {
        "image_size": image_size,
        "num_classes": num_classes,
        "epochs": 270,
        "batch_size": 8192,
        "attack_steps": 20,
        "l2": 16.0,
        "l2_step": 2.0,
        "linf": 16 / 255,
        "linf_step": 2 / 255,
    }
    run = {
        "commit": "0123456789",
        "hardware": "a TPU",
        "versions": {"keras": "3"},
        "backend": "tensorflow",
        "date": "2026-01-01",
    }
    trained = {"step": "training", "seconds": 100, "seeds": [seed]}
    measured = {"step": "measurement", "seconds": 10, "seeds": [0]}
    counts = {
        "clean": {"all": [round(10 * clean), 1000]},
        "corruptions": {**severities, "facts": facts},
        **counts,
    }
    return {
        "settings": {"experiment": name, "preset": preset},
        "provenance": [{**trained, **run}, {**measured, **run}],
        "figures": {"counts": counts},
    }


def write(folder, *results):
    for one in results:
        results_lib.write(folder / study.file_name(one), **one)
    return study.load(folder)


def test_errors():
    row = study.errors(
        result("resnet50_xent", 24.0, pgd_l2={"all": [3, 4], "facts": {}})
    )
    assert row["clean"] == pytest.approx(24.0)
    assert row["pgd_l2"] == 75.0
    # Severities 1 to 5 have 10 s + place errors of 100.
    assert row["gaussian_noise"] == pytest.approx(30)
    assert row["jpeg_compression"] == pytest.approx(44)
    assert row["average"] == pytest.approx(37)
    fractions = {
        name: {s: (10 * s + place) / 100 for s in range(1, 6)}
        for place, name in enumerate(study.CORRUPTIONS)
    }
    expected = 100 * mean_corruption_error(fractions)
    assert row["mce"] == pytest.approx(expected)


def test_summaries_of_a_part_are_left_out():
    one = result("resnet50_xent", 24.0)
    one["figures"]["counts"]["corruptions"]["facts"]["variant"] = "cifar10-c"
    row = study.errors(one)
    assert "mce" not in row and "average" in row
    one = result("resnet50_xent", 24.0)
    del one["figures"]["counts"]["corruptions"]["fog 5"]
    assert "mce" not in study.errors(one)
    for severity in range(1, 5):
        del one["figures"]["counts"]["corruptions"][f"fog {severity}"]
    row = study.errors(one)
    assert "average" not in row and "fog" not in row


def test_the_papers_rule():
    # Section 3.2: ResNet-152, where rho 3 ties with 5 to 8.
    clean = {2: 20.1, 3: 19.94, 4: 20.0, 5: 19.93, 6: 19.9, 7: 19.86, 9: 20.2}
    by_rho = {rho: {"clean": value} for rho, value in clean.items()}
    assert study.select(by_rho) == 3
    by_rho[7]["clean"] = 19.8
    assert study.select(by_rho) == 7


def test_load(tmp_path):
    rows, results = write(
        tmp_path,
        result("resnet50_xent", 24.0),
        result("resnet50_ceb_3", 22.0),
        result("resnet50_ceb_3", 23.0, seed=1),
        result("resnet50_ceb_4", 22.6),
    )
    assert len(results) == 4
    assert set(rows) == {("resnet50", "xent"), ("resnet50", "ceb")}
    # The mean over seeds.
    assert rows["resnet50", "ceb"][3]["clean"] == pytest.approx(22.5)
    chosen = study.selected(rows)
    assert chosen["resnet50", "xent"][0] is None
    assert chosen["resnet50", "ceb"][0] == 3
    table = select_rho.table(rows).to_markdown()
    assert "| ResNet50 CEB | 24.0 | **22.5** | 22.6 |" in table


def test_results_that_are_none_or_do_not_fit(tmp_path):
    with pytest.raises(ValueError, match="`results` must be a folder with"):
        study.load(tmp_path)
    with pytest.raises(ValueError, match="of one preset.*resnet50_ceb_1"):
        write(
            tmp_path,
            result("resnet50_ceb_1", 24.0),
            result("resnet50_ceb_2", 24.0, image_size=48),
        )


def test_the_paper():
    paper = study.of_paper()
    assert list(paper) == study.COLUMNS and len(paper) == 14
    # The last three rows are legible in full.
    for name in ("imagenet_a", "pgd_l2", "pgd_linf"):
        assert all(name in errors for _, errors in paper.values())
    assert paper["resnet152x2", "ceb"][0] == 2
    assert paper["resnet50_noaa", "xent"][1]["imagenet_a"] == 96.8
    # What is legible of the column agrees with its average (51.9): the two
    # corruptions that are not would have 110.2 together.
    errors = paper["resnet50x2", "cceb"][1]
    legible = [errors[n] for n in study.CORRUPTIONS if n in errors]
    assert len(legible) == 13
    assert 15 * errors["average"] - sum(legible) == pytest.approx(110.2)
    (quotation,) = results_lib.read(study.PAPER)["provenance"]
    source = quotation["source"]
    assert "https://arxiv.org/abs/2002.05380" in source


def test_table_1(tmp_path):
    rows, results = write(
        tmp_path,
        result("resnet50_xent", 24.0, pgd_linf={"all": [9, 10], "facts": {}}),
        result("resnet50_ceb_3", 22.0, pgd_linf={"all": [8, 10], "facts": {}}),
    )
    text = table1.page(rows, results)
    ours, papers = text.split("The paper's own figures")
    assert "| error, % | ResNet50 CEB | ResNet50 XEnt |" in ours
    assert "| rho* | 3 | NA |" in ours
    assert "| Clean | **22.0** | 24.0 |" in ours
    assert "| PGD Linf | **80.0** | 90.0 |" in ours
    assert "Linf eps 16/255, step 2/255" in ours
    assert "| ImageNet-A | 83.8 | **83.7** | 86.2 |" in papers
    # Other images: no comparison with the paper.
    small = copy.deepcopy(results)
    for one in small:
        one["settings"]["preset"]["num_classes"] = 10
    assert "The paper's own" not in table1.page(rows, small)


def test_figures(tmp_path):
    pytest.importorskip("matplotlib")
    rows, _ = write(
        tmp_path,
        result("resnet50_xent", 24.0),
        *(result(f"resnet50_ceb_{rho}", 20 + rho) for rho in range(1, 11)),
        result("resnet50x2_cceb_4", 19.0),
    )
    assert figures.draw(rows, 152) is None
    assert figures.method_shown(rows, "resnet50") == "ceb"
    assert figures.method_shown(rows, "resnet50x2") == "cceb"
    axis = figures.draw(rows, 50, study.of_paper()).axes[0]
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names[:3] == ["Clean", "mCE", "Average CE"]
    # In the first row: ten values of rho, 10 at the top, 1 at the bottom.
    lines = [line for line in axis.lines if len(line.get_xdata()) == 10]
    x, y = lines[0].get_data()
    np.testing.assert_allclose(x, np.arange(21, 31))
    assert np.all(np.diff(y) < 0) and abs(y[0] - 0.4) < 1e-9
    # The dots of the selected values, 4 of the wide network and 1.
    dots = [
        line.get_data() for line in axis.lines if line.get_markersize() == 5
    ]
    clean = np.array([np.ravel(dot) for dot in dots[:: len(names)]])
    np.testing.assert_allclose(clean, [[19, 0.4 / 3], [21, 0.4]])
