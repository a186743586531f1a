from importlib import metadata

from keras_ceb._src.version import __version__


def test_the_installed_package_has_the_version_of_the_source():
    assert metadata.version("keras-ceb") == __version__
