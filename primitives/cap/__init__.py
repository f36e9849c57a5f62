"""The names that published Code as Policies programs use, with their published semantics and units."""
