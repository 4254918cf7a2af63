# pyright: reportCallIssue=false
"""The passes of max pools over 2x2 pixels, plain and blurred; as those of `train.fast.passes`.

A byte a block's image says which pixels won: two bits for each maximum that the pool takes.
"""

from numba import float32

from train.fast.block import add, filled, fma, load, multiply, store
from train.fast.choice import store_choice, where_chosen
from train.fast.compiling import START, compiled, inlined
from train.fast.dress import add_moments, dress_row, take_gradient, undress_row
from train.fast.machine import LANES


@compiled
def max_pool(x, dress, spare, y, codes, after, moments, blocks, shape, blur):
    """Writes the largest of each 2x2 pixels of dressed x to y.

    With `blur` the mean of the maxima over the four windows of 2x2 pixels that begin within each 2x2. spare: rows for
    what is dressed, two, or three with `blur`. Of equal ones the first wins, as in torch.
    """
    c, h, w = shape
    oh, ow = (h - blur) // 2, (w - blur) // 2
    row, share = w * c * LANES, filled(float32(0.25))
    for n in range(blocks):
        for r in range(oh):
            to = (n * oh + r) * ow * c * LANES
            for k in range(2 + blur):
                dress_row(x, (n * h + 2 * r + k) * row, n, w, c, dress, spare, k * row)
            for i in range(ow):
                for j in range(c):
                    p, q = (2 * i * c + j) * LANES, to + (i * c + j) * LANES
                    if blur:
                        total = filled(float32(0))
                        for corner in range(4):
                            at = p + corner // 2 * row + corner % 2 * c * LANES
                            total = fma(
                                _largest(spare, at, row, c * LANES, codes, 4 * q + corner * LANES), share, total
                            )
                        store(y, q, total)
                    else:
                        store(y, q, _largest(spare, p, row, c * LANES, codes, q))
            if moments:
                add_moments(y, to, n, ow, c, after)


@inlined
def _largest(x, at, row, pixel, codes, to):
    """Returns the largest of 2x2 pixels, and writes which it is, by rows, to codes."""
    best = load(x, at)
    for lane in range(LANES):
        codes[to + lane] = 0
    best = store_choice(codes, to, load(x, at + pixel), best, 1)
    best = store_choice(codes, to, load(x, at + row), best, 2)
    return store_choice(codes, to, load(x, at + row + pixel), best, 3)


@compiled
def max_pool_back(g, y, after, codes, x, dress, dx, adds, spare, blocks, shape, blur):
    """Gives the gradient of `max_pool`'s y to the pixels that won."""
    c, h, w = shape
    oh, ow = (h - blur) // 2, (w - blur) // 2
    row, share = w * c * LANES, filled(float32(0.25 if blur else 1))
    covers = not blur and not adds  # every pixel but an odd last one is in one window, and has no gradient yet
    for n in range(blocks):
        ready, base = 0, n * h * row
        if not adds:
            _clear(dx, base, c, h, w, 2 * oh if covers else 0, 2 * ow if covers else 0)
        for r in range(oh):
            to = (n * oh + r) * ow * c * LANES
            undress_row(g, y, to, n, ow, c, after, spare, START, c * LANES)
            for i in range(ow):
                for j in range(c):
                    q, p = to + (i * c + j) * LANES, base + 2 * r * row + (2 * i * c + j) * LANES
                    d = multiply(load(spare, (i * c + j) * LANES), share)
                    if blur:
                        for corner in range(4):
                            at = p + corner // 2 * row + corner % 2 * c * LANES
                            _give(d, dx, at, row, c * LANES, codes, 4 * q + corner * LANES, True)
                    else:
                        _give(d, dx, p, row, c * LANES, codes, q, not covers)
            while ready < 2 * r + 2 or (r == oh - 1 and ready < h):
                take_gradient(dx, x, (n * h + ready) * row, n, w, c, dress)
                ready += 1


@compiled
def _clear(dx, base, c, h, w, rows, pixels):
    """Writes zero to the gradients of an image block, but to those of the first pixels of the first rows."""
    for r in range(h):
        for i in range((pixels if r < rows else 0) * c, w * c):
            store(dx, base + (r * w * c + i) * LANES, filled(float32(0)))


@inlined
def _give(d, dx, at, row, pixel, codes, of, adds):
    """Gives a gradient to the one of 2x2 pixels that won."""
    for corner in range(4):
        p = at + corner // 2 * row + corner % 2 * pixel
        won = where_chosen(d, codes, of, 0, corner)
        store(dx, p, add(won, load(dx, p)) if adds else won)
