"""Capra: code as policy for robot arms.

A language model writes a Python program out of a library of motion and perception primitives; the program runs,
confined, against a PyBullet simulation or a real arm; a failed attempt is repaired from its execution trace.
"""

from .tasks.registration import register_all as _register_environments

__version__ = "0.1.0"

# So that `import capra` is all that `gymnasium.make("capra/...")` needs.
_register_environments()
