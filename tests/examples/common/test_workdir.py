import os
import subprocess
import sys

import pytest

from examples.common import workdir


def test_a_folder_is_claimed_by_its_settings(tmp_path):
    settings = {"seed": 0, "radii": (0.1, 0.2)}
    folder = workdir.claim(tmp_path / "run", settings)
    assert workdir.claim(folder, settings) == folder
    with pytest.raises(ValueError, match="another.*seed: 0 there, 1 here"):
        workdir.claim(folder, {**settings, "seed": 1})


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ValueError, match="`workdir`.*written to"):
        workdir.claim(tmp_path / "run", {})


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(ValueError, match="`workdir`.*written to"):
        workdir.claim(tmp_path / "run", {})


def test_records_come_back_and_broken_ones_do_not(tmp_path):
    file = tmp_path / "deep" / "record.json"
    workdir.write(file, {"value": 0.1})
    assert workdir.read(file) == {"format": workdir.FORMAT, "value": 0.1}
    assert not list(tmp_path.rglob("*.partial"))
    file.write_text('{"format": 2, "val')
    with pytest.raises(ValueError, match="not whole"):
        workdir.read(file)
    file.write_text('{"value": 1}')
    with pytest.raises(ValueError, match="of format None"):
        workdir.read(file)


def test_the_lock_ends_with_its_process(tmp_path):
    code = (
        "import sys, time\n"
        "from examples.common import workdir\n"
        "held = workdir.lock(sys.argv[1])\n"
        "print('locked', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"locked\n"
    with pytest.raises(ValueError, match="in use by another process"):
        workdir.lock(tmp_path)
    process.kill()
    process.wait()
    assert workdir.lock(tmp_path) is not None
