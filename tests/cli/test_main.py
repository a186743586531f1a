import os
import signal
import sys

from keras_ceb._src.cli import evaluate
from keras_ceb_cli import main
from tests.cli.command import run


def test_no_error_is_a_traceback(files, tmp_path, capsys, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(evaluate, "evaluate_robustness", fail)
    error = RuntimeError("Out of\n\nmemory")
    assert run(files, tmp_path) == 1
    text = capsys.readouterr().err
    assert text == "keras-ceb: RuntimeError: Out of memory (see `--debug`)\n"
    assert run(files, tmp_path, "--debug") == 1
    assert "Traceback" in capsys.readouterr().err
    error = KeyboardInterrupt()
    assert run(files, tmp_path) == 130
    text = capsys.readouterr().err
    assert text == (
        "keras-ceb: interrupted; the same command goes on where it stopped\n"
    )
    error = ValueError(
        "Pass `from_logits=False`, not `from_logits=True`. "
        "Received: from_logits=True, `batch_size` and `bounds=(0.0, 1.0)`"
    )
    assert run(files, tmp_path) == 1
    assert capsys.readouterr().err == (
        "keras-ceb: Pass `--probabilities`, not no `--probabilities`. "
        "Received: no `--probabilities`, `--batch-size` and `--bounds 0.0 1.0`"
        "\n"
    )


def test_termination_is_an_interruption(files, tmp_path, monkeypatch):
    def terminate(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(evaluate, "evaluate_robustness", terminate)
    assert run(files, tmp_path) == 130
    assert signal.getsignal(signal.SIGTERM) is before


def test_modules_of_the_current_folder(files, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "own_layers_of_a_test.py").write_text("print('imported')")
    (tmp_path / "broken_layers_of_a_test.py").write_text("1 / 0")
    command = ["evaluate", "none.keras", "--data", "x.npz", "--import"]
    assert main([*command, "own_layers_of_a_test"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "imported\n" and "No such model" in printed.err
    for name, reason in [
        ("broken_layers_of_a_test", "ZeroDivisionError: division by zero"),
        ("no_such_module", "ModuleNotFoundError"),
    ]:
        assert main([*command, name]) == 1
        error = capsys.readouterr().err
        assert "`--import` must name" in error and reason in error
        assert error.count("\n") == 1
