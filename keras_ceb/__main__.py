"""`python -m keras_ceb`, the command `keras-ceb`."""

import sys

from keras_ceb_cli import main

if __name__ == "__main__":
    sys.exit(main())
