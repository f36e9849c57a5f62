"""Authors: whoever completes a prompt with a program."""
