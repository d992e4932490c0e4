"""Lesson 12: two networks, one for people and one for titles, that meet only in a dot product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

Net = list[tuple[np.ndarray, np.ndarray]]
"""Weights W (inputs, outputs) and constants b (outputs,) of each layer."""
SCALE = {"one": 1.0, "scaled": 2.0}
BATCH, DECAY = 512, 1e-4


@dataclass(frozen=True)
class Epoch:
    """Both networks after so many epochs, the vectors of people U (n, d) and titles V (m, d), and all stars (n, m)."""

    epochs: float
    people: Net
    titles: Net
    U: np.ndarray
    V: np.ndarray
    stars: np.ndarray


def layers(sizes: tuple[int, ...], rng: np.random.Generator) -> Net:
    """A network whose layers have so many numbers, drawn at a spread of √(2 / inputs), so that signals keep their size.

    Source: He, Zhang, Ren & Sun (2015).
    """
    net, n = [], sizes[0]
    for m in sizes[1:]:
        net.append((np.sqrt(2 / n) * rng.normal(size=(n, m)), np.zeros(m)))
        n = m
    return net


def forward(net: Net, x: np.ndarray) -> list[np.ndarray]:
    """Send x (n, inputs) through the network: x and what comes out of each layer, the last (n, d).

    Each layer is x W + b; all but the last then set what is negative to 0.
    """
    activations = [x]
    for W, b in net[:-1]:
        activations.append(np.maximum(activations[-1] @ W + b, 0))
    W, b = net[-1]
    return [*activations, activations[-1] @ W + b]


def backward(net: Net, activations: list[np.ndarray], gradient: np.ndarray) -> Net:
    """How a loss changes with each W and b, given how it changes with the output, ``gradient`` (n, d).

    The chain rule, the last layer first. Source: Rumelhart, Hinton & Williams (1986).
    """
    slopes: Net = []
    for (W, _), x in zip(reversed(net), reversed(activations[:-1]), strict=True):
        slopes.append((x.T @ gradient, gradient.sum(axis=0)))
        gradient = (gradient @ W.T) * (x > 0)  # the layer below passes on only where it was not cut to 0
    return slopes[::-1]


def unit(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of X (n, d) at length 1, and the lengths that they had (n, 1)."""
    length = np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-9)
    return X / length, length


def match(U: np.ndarray, V: np.ndarray, length: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How well each row of U (n, d) fits that of V (n, d): (n,), and its slopes by U and by V, (n, d) each.

    ``length`` is ``free`` for the dot product, ``one`` for that of vectors of length 1, the cosine,
    which cannot exceed 1, or ``scaled`` for 2 · cosine.
    """
    if length == "free":
        return np.sum(U * V, axis=1), V, U
    (u, long_U), (v, long_V) = unit(U), unit(V)
    s, cosine = SCALE[length], np.sum(u * v, axis=1, keepdims=True)
    return s * cosine[:, 0], s * (v - cosine * u) / long_U, s * (u - cosine * v) / long_V


def slopes(people: Net, titles: Net, xu: np.ndarray, xi: np.ndarray, y: np.ndarray, length: str) -> Net:
    """How the mean squared error of y (n,) changes with each W and b of both networks.

    The n pairs are people with features xu (n, f) and titles with features xi (n, g).
    """
    out_people, out_titles = forward(people, xu), forward(titles, xi)
    fit, by_U, by_V = match(out_people[-1], out_titles[-1], length)
    e = (2 * (fit - y) / len(y))[:, None]
    return backward(people, out_people, e * by_U) + backward(titles, out_titles, e * by_V)


def flat(net: Net) -> list[np.ndarray]:
    """W and b of all layers, one after the other."""
    return [array for layer in net for array in layer]


def adam(net: Net, gradient: Net, m: list[np.ndarray], v: list[np.ndarray], t: int, rate: float = 0.01) -> None:
    """Change all W and b in place, step t = 1, 2, …: by the mean slope m over its usual size √v, both running means.

    To each slope ``DECAY`` times the weight is added, which keeps weights small. Source: Kingma & Ba (2015).
    """
    for k, (w, g) in enumerate(zip(flat(net), flat(gradient), strict=True)):
        slope = g + DECAY * w
        m[k] = 0.9 * m[k] + 0.1 * slope
        v[k] = 0.999 * v[k] + 0.001 * slope**2
        w -= rate * (m[k] / (1 - 0.9**t)) / (np.sqrt(v[k] / (1 - 0.999**t)) + 1e-8)


def train(
    XU: np.ndarray, XI: np.ndarray, cells: np.ndarray, stars: np.ndarray, d: int, width: int, seed: int,
    *, length: str = "free", every: int = 30,
) -> Iterator[Epoch]:  # fmt: skip
    """Learn vectors of length d from people XU (n, f) and titles XI (m, g): stars (r,) of cells (r, 2).

    An Epoch after so many batches, and at the end of each epoch. ``length`` is explained at ``match``;
    all but ``one`` start from the mean. Source: Covington, Adams & Sargin (2016).
    """
    rng = np.random.default_rng(seed)
    people, titles = layers((XU.shape[1], width, d), rng), layers((XI.shape[1], width, d), rng)
    m, v = ([np.zeros_like(w) for w in flat(people + titles)] for _ in range(2))
    mean = 0.0 if length == "one" else float(stars.mean())
    per_epoch = max(len(stars) // BATCH, 1)
    n = 0
    while True:
        for batch in np.array_split(rng.permutation(len(stars)), per_epoch):
            u, i = cells[batch].T
            n += 1
            adam(people + titles, slopes(people, titles, XU[u], XI[i], stars[batch] - mean, length), m, v, n)
            if n % per_epoch % every == 0:
                yield Epoch(n / per_epoch, copied(people), copied(titles), *predict(people, titles, XU, XI, mean, length))


def predict(
    people: Net, titles: Net, XU: np.ndarray, XI: np.ndarray, mean: float, length: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Vectors of all people (n, d) and titles (m, d), each computed once, and from their products all stars (n, m)."""
    U, V = forward(people, XU)[-1], forward(titles, XI)[-1]
    if length != "free":
        U, V = SCALE[length] * unit(U)[0], unit(V)[0]
    return U, V, mean + U @ V.T


def copied(net: Net) -> Net:
    """The same W and b, which later steps do not change."""
    return [(W.copy(), b.copy()) for W, b in net]


def floor_of_length_one(stars: np.ndarray) -> float:
    """The least error on stars (n,) that a product of two vectors of length 1 can have, as it never exceeds 1."""
    return float(np.sqrt(np.mean(np.maximum(stars - 1, 0) ** 2)))
