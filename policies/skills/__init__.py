"""Skills: functions that worked, kept as readable Python files, and given to later programs."""
