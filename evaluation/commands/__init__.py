"""The commands of `capra` that are more than a line: options and handlers, a module for each subject."""
