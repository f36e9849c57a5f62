"""The embedded author: a small language model on the CPU behind a loopback endpoint."""
