"""The synthetic corpus that the embedded author is trained and measured on: scenes, wordings, programs, effects."""
