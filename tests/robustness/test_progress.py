from keras_ceb._src.robustness.progress import Progress


def test_a_bar_over_images(capsys):
    for verbose in (0, 1):
        progress = Progress(20, verbose)
        progress(5)
        progress.end(20)
        assert ("20/20" in capsys.readouterr().out) == bool(verbose)
