"""Instructions to measure the embedded author on, whose wordings no training has seen."""
