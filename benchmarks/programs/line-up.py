# One program for every arm: the row runs across where the blocks lie, so it lies where this arm reaches.
def move(block, spot):
    for last in (False, True):
        try:
            pick(block)
            return place_at(spot)
        except PrimitiveError as error:
            if last or error.code not in ("slipped", "grasp_missed", "place_failed"):
                raise


blocks = sorted(detect("block"), key=lambda b: b.y)
xs = [b.x for b in blocks]
middle = float(np.mean(xs))
ys = [0.085 * (i - (len(blocks) - 1) / 2) for i in range(len(blocks))]


def room(x):
    # How far the places of a row at this distance keep from the blocks that are moved later, 6 cm being enough.
    gaps = [np.hypot(x - b.x, y - b.y) for i, y in enumerate(ys) for j, b in enumerate(blocks) if j > i]
    return min([0.06, *gaps]) - 0.1 * abs(x - middle)


x = max(np.linspace(min(xs), max(xs), 13), key=room)
waiting, refused = list(zip(blocks, ys)), {b.name: 0 for b in blocks}


def rank(item):
    # Those that could not be taken come later, then those whose place has most room now.
    gaps = [np.hypot(x - b.x, item[1] - b.y) for b, _ in waiting if b is not item[0]]
    return refused[item[0].name], -min([0.06, *gaps])


while waiting:
    block, y = min(waiting, key=rank)
    try:
        move(block.name, (x, y))
        waiting.remove((block, y))
    except PrimitiveError as error:
        refused[block.name] += 1
        if error.code != "collision" or holding() or refused[block.name] > 2:
            raise
        # A neighbour is in the way of the jaws; once that has moved, it is not.
