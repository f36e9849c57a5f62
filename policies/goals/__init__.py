"""Goal checks: programs that only look, and say whether an instruction is fulfilled and, when not, why."""
