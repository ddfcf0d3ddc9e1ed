"""Which models the matrix has: few enough to run, and together every pair of choices.

A case is a choice for each of some factors: which estimator, head, weights, loss reduction, kinds
of columns, optimizer and so on. Not everything goes with everything, so a case is drawn factor by
factor and only from what is valid after the choices before it. ``design`` draws, with a fixed seed,
many candidates around a pair that no case has yet, keeps the one with most such pairs, and goes on
until no pair that is valid is left (the greedy algorithm of Cohen et al., "The AETG system", 1997).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

Case = dict[str, Any]
Token = tuple[str, str]

MODELS = ["dnn", "linear", "combined", "wide_only", "deep_only", "baseline"]
CLASSIFIERS = ["classifier", "classifier_names", "classifier_3", "classifier_3_names"]
REGRESSORS = ["regressor", "regressor_2"]
HEADS = [
    *CLASSIFIERS,
    *REGRESSORS,
    "binary_head",
    "binary_head_names",
    "classes_head",
    "classes_head_names",
    "labels_head",
    "labels_head_ids",
    "labels_head_names",
    "regression_head",
    "regression_head_2",
    "regression_head_link",
    "poisson_head",
    "poisson_head_short",
    "logistic_head",
    "multi_head",
    "multi_head_weights",
]
THRESHOLDS = ["binary_head", "binary_head_names", "labels_head", "labels_head_ids"]
LOSS_FUNCTIONS = ["binary_head", "classes_head", "labels_head", "regression_head"]
FLAT_LABELS = {
    *CLASSIFIERS,
    "regressor",
    "binary_head",
    "binary_head_names",
    "classes_head",
    "classes_head_names",
    "regression_head",
    "poisson_head",
    "logistic_head",
}
NUMBERS = ["plain", "normalized", "flat", "vector", "matrix", "whole", "bucketized_vector"]
EVERY_ROW = [  # kinds with an id in every row
    "identity",
    "identity_default",
    "vocabulary_default",
    "vocabulary_oov",
    "hash",
    "file_default",
    "crossed",
    "crossed_key",
    "bucketized",
    "bucketized_vector",
]
SHARED = ["identity", "hash", "vocabulary_sparse", "weighted"]
KINDS = [
    *EVERY_ROW,
    "identity_several",
    "identity_sparse",
    "vocabulary",
    "vocabulary_sparse",
    "vocabulary_int",
    "vocabulary_cities",
    "file",
    "file_oov",
    "hash_int",
    "hash_several",
    "crossed_several",
    "weighted",
    "weighted_hash",
    "weighted_identity",
]
WRAPPERS = ["indicator", "mean", "sum", "sqrtn", "max_norm", "frozen", "checkpoint"]
NAMED = ["SGD", "Adagrad", "Adam", "Ftrl", "RMSProp"]
KERAS = [*NAMED, "Adadelta", "Adamax", "Nadam"]
OLDER = [*NAMED, "Momentum", "Adadelta", "AdagradDA", "ProximalAdagrad", "ProximalSGD"]
KERAS_EXTRAS = ["none", "special", "clipnorm", "clipvalue", "global_clipnorm", "decay"]
SCHEDULES = ["exponential", "piecewise", "cosine"]
KERAS_WAYS = ["object", "function", "class", *SCHEDULES, "older_decay"]
OLDER_WAYS = ["object", "function", "decaying"]
FLAVOURS = ["legacy", "tf_keras", "keras_3", "own"]
"""Of which package the optimizer is, on our side; the other side has the legacy Keras ones."""
OLDER_REDUCTIONS = ["SUM", "MEAN", "SUM_BY_NONZERO_WEIGHTS", "SUM_OVER_BATCH_SIZE"]
OLDER_REDUCTIONS += ["SUM_OVER_NONZERO_WEIGHTS"]


def _linear_shared(api: str, wrapper: str, optimizer: dict[str, str]) -> Case:
    return {
        "api": api,
        "model": "linear",
        "head": "classifier_3",
        "weight": "key",
        "reduction": "default",
        "thresholds": "no",
        "loss_fn": "no",
        "label": "column",
        "combiner": "sum",
        "number": "whole",
        "columns": [["identity", wrapper], ["weighted", wrapper], ["hash", "plain"]],
        "optimizers": [{"way": "name", "extra": "none", **optimizer}],
    }


BY_HAND = [
    _linear_shared("v2", "shared", {"kind": "Adam", "flavour": "own"}),
    _linear_shared("v1", "shared", {"kind": "Adam"}),
    _linear_shared("v1", "shared_older", {"kind": "Adagrad"}),
]
"""Embeddings that columns share, in linear models: they are not worth a factor's value."""


class Draw:
    """Draws that are the same in every version of Python, some of them fixed in advance."""

    def __init__(self, seed: int, fixed: Iterable[Token] = ()):
        self._random = random.Random(seed)
        self._fixed = list(fixed)

    def __call__(self, factor: str, values: Sequence[str], prefix: str = "") -> str:
        """One of the values; the one fixed for this factor, if it is among them."""
        for token in self._fixed:
            if token[0] == factor and token[1].startswith(prefix):
                value = token[1].removeprefix(prefix)
                if value in values:
                    self._fixed.remove(token)
                    return value
        return values[int(self._random.random() * len(values))]


def draw_case(draw: Draw) -> Case:
    """A valid case."""
    api, model = draw("estimator", [f"{a}.{m}" for a in ("v2", "v1") for m in MODELS]).split(".")
    # Of compat.v1, DNNEstimator and LinearEstimator of 2.15 fail with every head there is.
    headless = api == "v1" and model in ("dnn", "linear")
    head = draw("head", CLASSIFIERS + REGRESSORS if headless else HEADS)
    case: Case = {"api": api, "model": model, "head": head}
    case["weight"] = draw("weight", _weights(case))
    case["reduction"] = draw("reduction", _reductions(api, head))
    case["thresholds"] = draw("thresholds", ["no", "yes"] if head in THRESHOLDS else ["no"])
    several = ["no", "plain", "of_features"] if head in LOSS_FUNCTIONS else ["no"]
    case["loss_fn"] = draw("loss_fn", several)
    case["label"] = draw("label", ["column", "flat"] if head in FLAT_LABELS else ["column"])
    deep, wide = has_deep(case), has_wide(case)
    if deep:
        hidden = ["one", "two"] if model != "dnn" else ["none", "one", "two"]
        case["hidden"] = draw("hidden", hidden)
        named = ["name"] if api == "v2" else []
        case["activation"] = draw("activation", ["relu", "tanh", *named, "none"])
        # Without an activation, gradients of biases before a batch norm are rounding errors. With
        # a head in compat.v1, 2.15 leaves out the updates of moving averages.
        steady = case["activation"] != "none" and case["hidden"] != "none"
        steady = steady and (api == "v2" or head in CLASSIFIERS + REGRESSORS)
        case["batch_norm"] = draw("batch_norm", ["no", "yes"] if steady else ["no"])
    if wide:
        case["combiner"] = draw("combiner", ["sum", "mean", "sqrtn"])
    if deep or wide:
        case["number"] = draw("number", NUMBERS)
        case["columns"] = _columns(draw, api, deep)
    case["optimizers"] = [_optimizer(draw, api) for _ in range(2 if deep and wide else 1)]
    return case


def has_deep(case: Case) -> bool:
    """Whether the model has a deep half."""
    return case["model"] in ("dnn", "combined", "deep_only")


def has_wide(case: Case) -> bool:
    """Whether the model has a linear half."""
    return case["model"] in ("linear", "combined", "wide_only")


def _weights(case: Case) -> list[str]:
    if case["head"] == "multi_head_weights":
        return ["no"]
    # Baseline models of compat.v1 take columns of a kind that cannot be made any more.
    older = case["api"] == "v1" and case["model"] == "baseline"
    return ["no", "key", "flat"] if older else ["no", "key", "flat", "column"]


def _reductions(api: str, head: str) -> list[str]:
    if api == "v1" and head in CLASSIFIERS + REGRESSORS:
        return ["default", *OLDER_REDUCTIONS]
    return ["default"] if head.startswith("multi_") else ["default", "sum", "sum_over_batch_size"]


def _columns(draw: Draw, api: str, deep: bool) -> list[list[str]]:
    """Three columns; shared ones of TensorFlow 1 are not mixed with those that replaced them."""
    columns = [_column(draw, api, deep) for _ in range(3)]
    if "shared_older" in {wrapper for _, wrapper in columns}:
        older = {"shared": "shared_older"}
        columns = [[kind, older.get(wrapper, wrapper)] for kind, wrapper in columns]
    return columns


def _column(draw: Draw, api: str, deep: bool) -> list[str]:
    kind = draw("kind", KINDS)
    wrappers = [*WRAPPERS] if deep else ["plain", *WRAPPERS]
    wrappers += ["unsafe"] if kind in EVERY_ROW else []
    if deep and kind in SHARED:
        wrappers += ["shared"] if api == "v2" else ["shared", "shared_older"]
    return [kind, draw("wrapper", wrappers)]


def _optimizer(draw: Draw, api: str) -> dict[str, str]:
    kind = draw("optimizer", OLDER if api == "v1" else KERAS, f"{api}.")
    names = ["name"] if kind in NAMED else []
    if api == "v1":
        ways = ["function"] if kind == "AdagradDA" else OLDER_WAYS
        way = draw("way", names + ways, "v1.")
        return {"kind": kind, "way": way, "extra": draw("extra", _older_extras(way), "v1.")}
    ways = [way for way in KERAS_WAYS if kind != "Nadam" or way not in SCHEDULES]
    way = draw("way", names + ways, "v2.")
    flavour = draw("flavour", FLAVOURS if way != "name" else ["legacy"])
    extra = draw("extra", _keras_extras(way, flavour), "v2.")
    return {"kind": kind, "way": way, "flavour": flavour, "extra": extra}


def _older_extras(way: str) -> list[str]:
    return ["none"] if way == "name" else ["none", "special"]


def _keras_extras(way: str, flavour: str) -> list[str]:
    if way in ("name", "class"):
        return ["none"]
    newer = flavour in ("tf_keras", "keras_3")  # these have lost decay
    return [extra for extra in KERAS_EXTRAS if not (newer and extra == "decay")]


PLAIN = ["head", "weight", "reduction", "thresholds", "loss_fn", "label", "hidden", "activation"]
PLAIN += ["batch_norm", "combiner", "number"]


def tokens(case: Case) -> list[Token]:
    """The choices of a case; which API it is counts as a part of some of them."""
    api = case["api"]
    made = [("estimator", f"{api}.{case['model']}")]
    made += [(factor, case[factor]) for factor in PLAIN if factor in case]
    for kind, wrapper in case.get("columns", ()):
        made += [("kind", kind), ("wrapper", wrapper)]
    for optimizer in case["optimizers"]:
        made += [("optimizer", f"{api}.{optimizer['kind']}")]
        made += [("way", f"{api}.{optimizer['way']}"), ("extra", f"{api}.{optimizer['extra']}")]
        made += [("flavour", optimizer["flavour"])] if "flavour" in optimizer else []
    return list(dict.fromkeys(made))


_OF_ONE = [{"kind", "wrapper"}, {"optimizer", "way"}, {"optimizer", "extra"}]
_OF_ONE += [{"optimizer", "flavour"}, {"way", "extra"}, {"way", "flavour"}, {"extra", "flavour"}]


def groups(case: Case, size: int) -> set[tuple[Token, ...]]:
    """Every so many choices that the case has together.

    A column's kind and its wrapper count where they are of the same column, as do the choices
    of an optimizer.
    """
    found = {
        group
        for group in combinations(sorted(tokens(case)), size)
        if not any({one[0], other[0]} in _OF_ONE for one, other in combinations(group, 2))
    }
    if size == 2:
        for kind, wrapper in case.get("columns", ()):
            found.add((("kind", kind), ("wrapper", wrapper)))
        for optimizer in case["optimizers"]:
            own = tokens({"api": case["api"], "model": "", "optimizers": [optimizer]})[1:]
            found |= set(combinations(sorted(own), 2))
    return found


def design(seed: int = 215, candidates: int = 48, samples: int = 30_000) -> list[Case]:
    """Cases that together have every pair of choices that is valid.

    The first of them have every single choice; the last are ``BY_HAND``.
    """
    draw = Draw(seed)
    wanted: set[tuple[Token, ...]] = set()
    for _ in range(samples):
        wanted |= groups(draw_case(draw), 2)
    singles = {(token,) for pair in wanted for token in pair}
    cases: list[Case] = []
    tries = 0
    while wanted:
        targets = sorted(singles or wanted)
        target = targets[len(targets) // 2]
        drawn = [draw_case(Draw(seed + tries + n, target)) for n in range(candidates)]
        tries += candidates
        best = max(drawn, key=lambda case: _gain(case, singles, wanted))
        if _gain(best, singles, wanted) != (0, 0):
            cases.append(best)
            singles -= groups(best, 1)
            wanted -= groups(best, 2)
    return cases + BY_HAND


def _gain(case: Case, *missing: set[tuple[Token, ...]]) -> tuple[int, ...]:
    return tuple(len(groups(case, size) & left) for size, left in enumerate(missing, 1))
