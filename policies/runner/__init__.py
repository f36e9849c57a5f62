"""The confined process in which a policy program runs."""
