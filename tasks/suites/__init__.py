"""The suites: one module or package each, with its tasks in TASKS."""
