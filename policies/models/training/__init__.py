"""Making the adapter: needs the `train` extra and is no part of running Capra."""
