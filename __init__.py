"""Capra: code as policy for robot arms.

A language model writes a Python program out of a library of motion and perception primitives; the program runs,
confined, against a PyBullet simulation or a real arm; a failed attempt is repaired from its execution trace.
"""

from .tasks.on_import import once_imported as _once_imported

__version__ = "0.1.0"


def _register_environments() -> None:
    from .tasks.registration import register_all

    register_all()


# So that `import capra` is all that `gymnasium.make("capra/...")` needs. Gymnasium and the tasks take a second to
# import, which is more than the embedded author needs for a program.
_once_imported("gymnasium", _register_environments)
