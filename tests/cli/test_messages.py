import argparse
import warnings

from keras_ceb._src.cli import messages


def test_names_of_python_become_options(capsys):
    messages.complain("`batch_size` and\n`ood` of `bounds=(0, 1)`, `name`")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "keras-ceb: `--batch-size` and `--ood` of `--bounds 0 1`, `name`\n"
    )


def test_json_and_quiet_leave_out_what_people_read(capsys):
    for json, quiet in [(False, False), (True, False), (False, True)]:
        options = argparse.Namespace(json=json, quiet=quiet)
        messages.tell(options, "hello")
    assert capsys.readouterr().out == "hello\n"


def test_warnings(capsys):
    before = warnings.showwarning
    with messages.warnings_in_one_line():
        warnings.simplefilter("always")
        warnings.warn("`bounds`\nlook odd", stacklevel=1)
    assert warnings.showwarning is before
    assert capsys.readouterr().err == (
        "keras-ceb: warning: `--bounds` look odd\n"
    )
