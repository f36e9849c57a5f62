"""`capra bench`: many trials of a suite, a row for each, and what they add up to."""
