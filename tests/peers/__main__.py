"""`python -m tests.peers`: installs the real Bluesky server, so that a whole run needn't wait for it where it first needs it."""

import signal
import sys

from tests.peers.node_app import PeerUnavailable, install
from tests.peers.pds import PDS_APP

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the programs it has started are ended, too
    try:
        install(PDS_APP, print)
    except PeerUnavailable as reason:
        print(reason)  # a test that needs it says it, too
