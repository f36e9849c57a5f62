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
ys = [0.085 * (i - (len(blocks) - 1) / 2) for i in range(len(blocks))]


def room(x):
    # How far the places of a row at this distance keep from the blocks that are moved later, 6 cm being enough.
    gaps = [np.hypot(x - b.x, y - b.y) for i, y in enumerate(ys) for j, b in enumerate(blocks) if j > i]
    return min([0.06, *gaps]) - 0.1 * abs(x - middle)


x = max(np.arange(middle - 0.06, middle + 0.065, 0.01), key=room)
for block, y in zip(blocks, ys):
    move(block.name, (x, y))
