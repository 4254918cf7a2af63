"""Networks of any layers, composed at random: each token of the notation, in any order that fits."""

import random

from space.architecture import Architecture
from space.invalid import InvalidDesign
from space.notation import parse_layers
from space.tracing import Trace, named

IMAGES = [(1, 28, 28), (3, 20, 16), (2, 9, 13), (1, 12, 12)]
PLAIN = ["relu", "relu6", "lrelu", "lrelu0.2", "prelu", "prelu1", "silu", "gelu", "hswish", "tanh", "sigmoid"]
PLAIN += ["bn", "gn2", "ln", "lne", "do0.1"]
OF_MAPS = ["gbn2", "in", "d2d0.1", "se2", "se3b", "eca3", "mp", "mpb", "mp3s2p1", "mp3s1", "mp2x1", "ap2", "ap3s1p1"]
OF_MAPS += ["ap3s2p1", "aap2", "aap5", "aap4x3", "mp1x3s2p0x1"]


class _Composer:
    """Puts tokens together that fit."""

    def __init__(self, seed: int, image: tuple[int, int, int] | None = None) -> None:
        self.rng = random.Random(seed)
        self.image = image or self.rng.choice(IMAGES)
        self.tokens: list[str] = []

    def fits(self, tokens: list[str]) -> bool:
        try:
            Trace(parse_layers(" ".join([*self.tokens, *tokens])), self.image)
        except InvalidDesign:
            return False
        return True

    @property
    def shape(self) -> tuple[int, int, int]:
        return Trace(parse_layers(" ".join(self.tokens)), self.image).costs[-1].shape if self.tokens else self.image

    def convolution(self, channels: int | None = None) -> str:
        rng = self.rng
        kernel, stride, padding = rng.choice(["1", "2", "3", "3", "5", "1x3", "3x1"]), "", ""
        if rng.random() < 0.3:
            stride = rng.choice(["s2", "s2x1", "s3"])
        if rng.random() < 0.5:
            padding = rng.choice(["p1", "p1", "p2", "p1x0"])
        dilation = rng.choice(["", "", "", "d2", "d2x1"])
        groups = rng.choice(["", "", "g2", f"g{self.shape[0]}"])
        many = channels or rng.choice([2, 4, 6, self.shape[0]])
        return f"c{many}k{kernel}{stride}{padding}{dilation}{groups}{rng.choice(['', 'b'])}"

    def kept(self) -> list[str]:
        """Layers that keep the shape of maps."""
        geometry = self.rng.choice(["k1", "k3p1", "k3p2d2", "k1x3p0x1"])
        return [f"c{self.shape[0]}{geometry}", *self.rng.sample(PLAIN, self.rng.randint(0, 2))]

    def piece(self) -> list[str]:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.35:
            return [self.convolution()]
        if kind < 0.55:
            return [rng.choice(PLAIN)]
        if kind < 0.7:
            return [rng.choice(OF_MAPS)]
        if kind < 0.76:
            return ["[", *self.kept(), "]"]
        if kind < 0.82:
            geometry = rng.choice(["k3s2p1", "k1", "k3p1", "k2s2"])
            return ["[", f"c4{geometry}", "relu", *(["|", f"c4{geometry}g1b"] * rng.randint(1, 2)), "]"]
        if kind < 0.88:
            return ["{", *self.kept(), "}"]
        if kind < 0.93:
            return ["{", *self.kept(), "|", "mp3s1p1", "|", "[", *self.kept(), "]", "}"]
        names = named(parse_layers(" ".join(self.tokens))) if self.tokens else ()
        return [f"={rng.choice(names)}"] if names else ["relu"]

    def numbers(self) -> list[str]:
        rng = self.rng
        tokens = ["flatten"]
        for _ in range(rng.randint(0, 3)):
            piece = rng.choice([["fc6"], ["fc8b"], [rng.choice(PLAIN)], ["{", "fc4b", "tanh", "}"]])
            tokens += piece if self.fits([*tokens, *piece]) else []
        return [*tokens, rng.choice(["fc5", "fc10b"])]

    def joined(self) -> list[str]:
        """Branches that are flattened before they are joined."""
        _, height, width = self.shape
        most = [f"mp{height}x{width}", *self.rng.sample(PLAIN, self.rng.randint(0, 2)), "flatten"]
        return ["{", "gap", "flatten", self.rng.choice(PLAIN), "|", *most, "|", "flatten", "fc3", "}", "fc5"]


def composed(seed: int, image: tuple[int, int, int] | None = None) -> Architecture:
    """Returns the network of that seed; image: of one of `IMAGES` where none is given."""
    composer = _Composer(seed, image)
    for _ in range(composer.rng.randint(2, 9)):
        piece = composer.piece()
        composer.tokens += piece if composer.fits(piece) else []
    _, height, width = composer.shape
    ends = [
        composer.numbers(),
        composer.joined(),
        ["gap", "c5k1b"],
        ["c5k1", "gap"],
        [f"c3k{height}x{width}"],
        ["aap2", "c4k2"],
    ]
    ends = [end for end in ends if composer.fits(end)]
    composer.tokens += composer.rng.choice(ends)
    return Architecture(parse_layers(" ".join(composer.tokens)), composer.image)
