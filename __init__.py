"""Capra: code as policy for robot arms.

A language model writes a Python program out of a library of motion and perception primitives; the program runs,
confined, against a PyBullet simulation or a real arm; a failed attempt is repaired from its execution trace.
"""

__version__ = "0.1.0"
