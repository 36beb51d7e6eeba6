"""`python -m tests.peers`: installs the real Bluesky server, so that a whole run needn't wait for it where it first needs it."""

from tests.peers.node_app import PeerUnavailable, install
from tests.peers.pds import PDS_APP

if __name__ == "__main__":
    try:
        install(PDS_APP, print)
    except PeerUnavailable as reason:
        print(reason)  # a test that needs it says it, too
