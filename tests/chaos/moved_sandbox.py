"""START sandbox, on a clock that a test moves."""

import sys

from tests.chaos.moved_time import install_in_sandbox

if __name__ == "__main__":
    install_in_sandbox()
    from dravo_app.sandbox.__main__ import main

    sys.exit(main())
