"""Measuring: benchmark harness and the privileged perception backend for ablations."""
