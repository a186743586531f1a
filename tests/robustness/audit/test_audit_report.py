from keras_ceb._src.robustness.audit.audit_report import AuditReport
from keras_ceb._src.robustness.audit.check import Check

FINE = Check("fine", {"share": 0.25}, False, "why", "someone")
BAD = Check("bad", {"by": {"a": [1, 0.5]}, "n": 3}, True, "why", "someone")


def test_one_flag_is_enough():
    report = AuditReport([FINE, BAD], 8, "l2", 0.5)
    assert report.flags == ["bad"] and not report.passed
    assert AuditReport([FINE], 8, "l2", 0.5).passed
    assert report.to_dict() == {
        "passed": False,
        "num_images": 8,
        "norm": "l2",
        "eps": 0.5,
        "checks": [
            {
                "name": "fine",
                "figures": {"share": 0.25},
                "flagged": False,
                "explanation": "why",
                "source": "someone",
            },
            {
                "name": "bad",
                "figures": {"by": {"a": [1, 0.5]}, "n": 3},
                "flagged": True,
                "explanation": "why",
                "source": "someone",
            },
        ],
    }


def test_markdown():
    text = AuditReport([FINE, BAD], 8, "l2", 0.5).to_markdown()
    assert "| fine | ok | share 0.25 |" in text
    assert "| bad | FLAG | by a: 1/0.5, n 3 |" in text
