"""The outside world in a box: the networks' wire protocols on a loopback port; imports nothing else of Dravo."""
