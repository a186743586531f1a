from examples.cifar10 import tables


def result(seed, clean, pgd, nats, ece):
    curve = [
        {"attack": {"eps": eps}, "accuracy": accuracy}
        for eps, accuracy in ((0.002, 0.9), (0.004, pgd))
    ]
    report = {"curves": {"linf": curve}, "clean": {"ece": ece}}
    return {
        "seed": seed,
        "epochs": [{}, {"val_accuracy": clean, "val_rex": nats}],
        "evaluation": {"report": report},
    }


def test_before_and_after_are_of_the_same_seeds():
    titles = list(tables.COMPARED)
    earlier = {
        "ceb_2": {
            "0": dict(zip(titles, (0.5, 0.3, 7.0, 0.1), strict=True)),
            "1": dict(zip(titles, (0.7, 0.5, 9.0, 0.3), strict=True)),
        }
    }
    study = {
        "ceb_2": [
            result(0, 0.6, 0.4, 1.0, 0.2),
            result(1, 0.6, 0.2, 2.0, 0.2),
            result(2, 0.0, 0.0, 0.0, 0.0),
        ]
    }
    assert tables.before_and_after("few", earlier, study) == [
        ["few", "ceb_2", "2", "0.600, 0.600", "0.400, 0.300"]
        + ["8.000, 1.500", "0.200, 0.200"]
    ]
