"""Whether two tables of features, or two lists of scores, are the same; part of bench/process --peer."""

import json

import numpy as np
import pyarrow.parquet as pq

RELATIVE = 1e-6
OF_LARGEST, ABSOLUTE = 1e-13, 1e-12  # what rounding leaves of a difference of equal values: of the column's largest, at most this
OF_SQUARES = 4e-15  # the same of a difference of sums of squares
SCORE = 1e-6


class Difference(Exception):
    """What differs first, in a sentence."""


def differing(ours, theirs, means=None):
    """Where two columns of doubles differ: a missing value from any other, counts at all, and other values by more than rounding.
    With `means` they are deviations of sums of squares, of which those of nearly equal values keep few digits."""
    missing = np.isnan(ours)
    differs = missing != np.isnan(theirs)
    ours, theirs = np.where(missing, 0, ours), np.where(np.isnan(theirs), 0, theirs)
    if np.array_equal(ours, np.floor(ours)):
        return differs | (ours != theirs)
    if means is not None:
        squares = np.maximum(np.square(ours), np.square(theirs))
        allowed = np.maximum(2 * RELATIVE * squares, OF_SQUARES * np.square(np.where(np.isnan(means), 0, means)))
        return differs | (np.abs(np.square(ours) - np.square(theirs)) > allowed)
    sizes = np.maximum(np.abs(ours), np.abs(theirs))
    return differs | (np.abs(ours - theirs) > np.maximum(RELATIVE * sizes, min(OF_LARGEST * sizes.max(initial=0), ABSOLUTE)))


def compare_matrices(ours, theirs):
    """Two Parquet files of features: the first column an id, the others doubles. How many values were compared."""
    ours, theirs = pq.read_table(ours), pq.read_table(theirs)
    key = ours.column_names[0]
    if ours[key].to_pylist() != theirs[key].to_pylist():
        raise Difference(f"the rows are not the same: {len(ours)} and {len(theirs)} of {key}")
    other_names = set(ours.column_names) ^ set(theirs.column_names)
    if other_names:
        raise Difference(f"one of the two has no column {sorted(other_names)[0]}")
    for name in ours.column_names[1:]:
        a, b = [table[name].to_numpy().astype(float) for table in (ours, theirs)]
        mean = name.removesuffix("_stddev") + "_mean"
        means = ours[mean].to_numpy() if name.endswith("_stddev") and mean in ours.column_names else None
        wrong = np.flatnonzero(differing(a, b, means))
        if len(wrong):
            row = wrong[0]
            raise Difference(f"{name} differs in {len(wrong)} of {len(a)} rows, first in that of {key} {ours[key][row]}: "
                             f"the program has {float(a[row])!r}, the peer {float(b[row])!r}")
    return len(ours) * (ours.num_columns - 1)


def explanation_differs(ours, theirs):
    """Whether contributions that both name differ; at the end of the list equal ones may have other neighbours."""
    ours, theirs = json.loads(ours), json.loads(theirs)
    a, b = ours["feature_contributions"], theirs["feature_contributions"]
    common = a.keys() & b.keys()
    return (abs(ours["base_value"] - theirs["base_value"]) > SCORE or len(a) != len(b) or len(common) < len(a) - 1
            or any(abs(a[name] - b[name]) > SCORE for name in common))


def compare_scores(ours, theirs, explained):
    """Two Parquet files of scores, in one order: how many rows were compared."""
    ours, theirs = pq.read_table(ours), pq.read_table(theirs)
    key = ours.column_names[0]
    if sorted(ours[key].to_pylist()) != sorted(theirs[key].to_pylist()):
        raise Difference(f"the rows are not the same: {len(ours)} and {len(theirs)} of {key}")
    ours, theirs = ours.sort_by(key), theirs.sort_by(key)
    wrong = np.flatnonzero(~(np.abs(ours["score"].to_numpy() - theirs["score"].to_numpy()) <= SCORE))
    if len(wrong):
        row = wrong[0]
        raise Difference(f"the score of {key} {ours[key][row]} differs: {ours['score'][row]} and {theirs['score'][row]}")
    if explained:
        texts = zip(ours[key].to_pylist(), ours["explain_json"].to_pylist(), theirs["explain_json"].to_pylist())
        for name, a, b in texts:
            if explanation_differs(a, b):
                raise Difference(f"the explanation of {key} {name} differs: {a} and {b}")
    return len(ours)
