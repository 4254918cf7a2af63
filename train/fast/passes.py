# pyright: reportCallIssue=false
"""Passes of one layer over a batch, forward and back, row by row while a row is still near the processor.

Every pass dresses what it reads (`train.fast.dress`) and adds to the moments of what it writes, if they are wanted;
back, it undresses the gradient of what it wrote, and hands down that of what it read. An activation with no dress is
`plain` and read where it lies.
"""

from numba import float32

from train.fast.block import add, add_doubles, filled, fma, load, multiply, store
from train.fast.compiling import START, compiled
from train.fast.dense import add_weight_gradient, convolve_row
from train.fast.depthwise import add_maps_gradient, convolve_maps_row, fill
from train.fast.dress import add_moments, dress_row, take_gradient, undress_row
from train.fast.machine import LANES


@compiled
def convolve(x, plain, dress, ring, mask, w, maps, bias, y, after, moments, blocks, form, depthwise):
    """Writes a convolution of dressed x to y. ring: for dressed rows, as many as the mask has; form: see dense.py."""
    ic, h, wide, oc, oh, ow, kh, _, ph, _, stride, apart, _ = form
    row, source = wide * ic * LANES, x if plain else ring
    if plain:
        mask = -1
    for n in range(blocks):
        done, base = START, n * h * row if plain else 0
        for r in range(oh):
            while not plain and done < min(h, r * stride - ph + (kh - 1) * apart + 1):
                dress_row(x, (n * h + done) * row, n, wide, ic, dress, ring, (done & mask) * row)
                done += 1
            to = (n * oh + r) * ow * oc * LANES
            if depthwise:
                convolve_maps_row(source, base, mask, maps, bias, y, to, r, form)
            else:
                convolve_row(source, base, mask, w, bias, y, to, r, form)
            if moments:
                add_moments(y, to, n, ow, oc, after)


@compiled
def convolve_back(
    g, z, whole, after, above, above_mask, x, plain, dress, ring, mask, turned, turned_maps, none, sums, bias_sums,
    dx, wanted, adds, spare, blocks, form, back, depthwise,
):  # fmt: skip
    """Makes of the gradient g of a convolution z that of its weights, in sums, and that of x, in dx, if it is wanted.

    whole: whether g is the gradient of z as it is, and need not be undressed into the ring `above`, where pixels and
    rows lie a stride apart, with zeros between. back: the form of the convolution that makes dx, of the weights
    turned round. adds: whether dx has a gradient already; spare: a row for that.
    """
    ic, h, wide, oc, oh, ow, kh, _, ph, _, stride, apart, _ = form
    row, row_above = wide * ic * LANES, (oc * ow if whole else oc * back[2]) * LANES
    source, gradient = x if plain else ring, g if whole else above
    if plain:
        mask = -1
    if whole:
        above_mask = -1
    for n in range(blocks):
        done, ready = START, START
        base, base_above = n * h * row if plain else 0, n * oh * row_above if whole else 0
        for r in range(oh):
            of = base_above + ((r * stride) & above_mask) * row_above
            if not whole:
                undress_row(g, z, (n * oh + r) * ow * oc * LANES, n, ow, oc, after, above, of, stride * oc * LANES)
                for zero in range(r * stride + 1, (r + 1) * stride):
                    fill(above, (zero & above_mask) * row_above, oc * back[2], LANES, 0.0)
            if len(bias_sums):
                _add_row(gradient, of, stride * oc * LANES, ow, oc, bias_sums)
            while not plain and done < min(h, r * stride - ph + (kh - 1) * apart + 1):
                dress_row(x, (n * h + done) * row, n, wide, ic, dress, ring, (done & mask) * row)
                done += 1
            if depthwise:
                add_maps_gradient(source, base, mask, gradient, of, stride * oc * LANES, sums, r, form)
            else:
                add_weight_gradient(source, base, mask, gradient, of, stride * oc * LANES, sums, r, form)
            while wanted and ready < h and (ready + ph <= r * stride or r == oh - 1):
                to = (n * h + ready) * row
                out, place = (spare, START) if adds else (dx, to)
                if depthwise:
                    convolve_maps_row(gradient, base_above, above_mask, turned_maps, none, out, place, ready, back)
                else:
                    convolve_row(gradient, base_above, above_mask, turned, none, out, place, ready, back)
                if adds:
                    _give_row(spare, START, dx, to, wide * ic, True)
                take_gradient(dx, x, to, n, wide, ic, dress)
                ready += 1


@compiled
def _add_row(g, of, step, pixels, channels, sums):
    """Adds a row of gradients to sums, float64 (channels, images)."""
    for c in range(channels):
        total = filled(float32(0))
        for i in range(pixels):
            total = add(total, load(g, of + i * step + c * LANES))
        add_doubles(sums, c * LANES, total)


@compiled
def copy(x, dress, shared, shares, y, after, moments, blocks, shape):
    """Writes dressed x to y, added to `shared`, an activation as it is, where it `shares` one."""
    c, h, w = shape
    row = c * w * LANES
    for n in range(blocks):
        for r in range(h):
            at = (n * h + r) * row
            dress_row(x, at, n, w, c, dress, y, at)
            if shares:
                _give_row(shared, at, y, at, c * w, True)
            if moments:
                add_moments(y, at, n, w, c, after)


@compiled
def copy_back(g, whole, y, after, x, dress, dx, adds, shared, shares, shared_adds, spare, blocks, shape):
    """Hands the gradient of `copy`'s y, `whole` where nothing changes it, down to x, and to what was added."""
    c, h, w = shape
    row = c * w * LANES
    for n in range(blocks):
        for r in range(h):
            at = (n * h + r) * row
            if not whole:
                undress_row(g, y, at, n, w, c, after, spare, START, c * LANES)
            given, of = (g, at) if whole else (spare, START)
            if shares:
                _give_row(given, of, shared, at, c * w, shared_adds)
            _give_row(given, of, dx, at, c * w, adds)
            take_gradient(dx, x, at, n, w, c, dress)


@compiled
def join_back(g, x, dress, blocks, shape):
    """Adds up what x's normalisation needs of the gradient of a sum, which is x's own as it lies."""
    c, h, w = shape
    for n in range(blocks):
        for r in range(h):
            take_gradient(g, x, (n * h + r) * c * w * LANES, n, w, c, dress)


@compiled
def _give_row(x, of, y, to, blocks, adds):
    """Writes a row of x to y; adds it, where `adds`."""
    for i in range(blocks):
        v = load(x, of + i * LANES)
        store(y, to + i * LANES, add(v, load(y, to + i * LANES)) if adds else v)


@compiled
def put_beside(x, channels, y, first, blocks, shape):
    """Writes x, of so many channels, to those of y from `first` on. shape: of y."""
    c, h, w = shape
    for p in range(blocks * h * w):
        for k in range(channels):
            store(y, (p * c + first + k) * LANES, load(x, (p * channels + k) * LANES))


@compiled
def put_beside_back(g, dx, channels, adds, first, blocks, shape):
    """Hands the gradient of the channels of `put_beside`'s y from `first` on down to x."""
    c, h, w = shape
    for p in range(blocks * h * w):
        for k in range(channels):
            to, d = (p * channels + k) * LANES, load(g, (p * c + first + k) * LANES)
            store(dx, to, add(d, load(dx, to)) if adds else d)


@compiled
def average(x, dress, spare, totals, y, after, moments, blocks, shape, form):
    """Writes the mean over windows of x to y. shape: of x; form: of y, and the windows' height and width, which is
    how far they are apart, too. totals: a row of y in float32, in which a mean of many pixels is summed up."""
    c, h, w = shape
    _, oh, ow, kh, kw = form
    share = filled(float32(1 / (kh * kw)))
    for n in range(blocks):
        for r in range(oh):
            to = (n * oh + r) * ow * c * LANES
            fill(totals, START, ow * c, LANES, 0.0)
            for k in range(kh):
                dress_row(x, (n * h + r * kh + k) * w * c * LANES, n, w, c, dress, spare, START)
                for i in range(ow * kw):
                    for j in range(c):
                        q = (i // kw * c + j) * LANES
                        store(totals, q, fma(load(spare, (i * c + j) * LANES), share, load(totals, q)))
            _give_row(totals, START, y, to, ow * c, False)
            if moments:
                add_moments(y, to, n, ow, c, after)


@compiled
def average_back(g, y, after, x, dress, dx, adds, spare, blocks, shape, form):
    """Spreads the gradient of `average`'s y over the windows."""
    c, h, w = shape
    _, oh, ow, kh, kw = form
    share, zero = filled(float32(1 / (kh * kw))), filled(float32(0))
    for n in range(blocks):
        for r in range(h):
            at = (n * h + r) * w * c * LANES
            if r % kh == 0 and r // kh < oh:
                undress_row(g, y, (n * oh + r // kh) * ow * c * LANES, n, ow, c, after, spare, START, c * LANES)
            for i in range(w):
                for j in range(c):
                    d, p = zero, at + (i * c + j) * LANES
                    if r // kh < oh and i // kw < ow:
                        d = multiply(load(spare, (i // kw * c + j) * LANES), share)
                    store(dx, p, add(d, load(dx, p)) if adds else d)
            take_gradient(dx, x, at, n, w, c, dress)
