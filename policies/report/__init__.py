"""The run report: a trace told for people, as one page that needs nothing else."""
