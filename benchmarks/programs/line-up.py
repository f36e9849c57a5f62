# One program for every arm: the row runs across the middle of where the blocks lie, so it lies where this arm reaches.
def move(block, spot):
    for last in (False, True):
        try:
            pick(block)
            return place_at(spot)
        except PrimitiveError as error:
            if last or error.code not in ("slipped", "grasp_missed", "place_failed"):
                raise


blocks = sorted(detect("block"), key=lambda b: b.y)
middle = float(np.mean([b.x for b in blocks]))
# Of the places near the middle, the one with most room between the blocks that are not in the row yet.
x = max(np.arange(middle - 0.03, middle + 0.035, 0.01), key=lambda x: min(abs(b.x - x) for b in blocks))
for i, block in enumerate(blocks):
    move(block.name, (x, 0.09 * (i - (len(blocks) - 1) / 2)))
