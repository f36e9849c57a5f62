"""Does a driver keep what the `Robot` protocol promises? A suite that anyone can run on their own arm.

Every check goes through the safety supervisor, as programs do. The arm moves a few degrees about its home posture, in
free space. With an emulator behind the driver (`bench`) faults are brought about and the plant's true state decides;
without one those checks are left out and say so, and the driver's own reading decides.
"""

from .ground import BOUND, BenchLike
from .suite import CHECKS, Outcome, examine, report

__all__ = ["BOUND", "CHECKS", "BenchLike", "Outcome", "examine", "report"]
