"""Where definitions meet those of Numerai's own program: Gaussian ranks; the covariance of ranks that a validator shows, which is
Numerai's contribution; and the evidence by which miners are trusted, which is the same where q is all that is public and every alert
has the same chance."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from numerai_tools.scoring import correlation_contribution, gaussian, tie_kept_rank

from built import built_program

CASES = 60
TARGETS = 4  # Numerai's go from 0 to 4


def random_case(rng):
    """q, three answers and labels; many ties, few ties, other sizes, and from a tenth to half of the alerts filed."""
    rows, levels = int(rng.choice([30, 200, 1500])), int(rng.choice([5, 40, 10**9]))
    labels = (rng.random(rows) < rng.choice([0.1, 0.5])).astype(int)
    labels[:2] = 0, 1
    q = rng.normal(size=rows) + 0.5 * labels
    blend = 0.7 * q + rng.normal(size=rows) + 0.3 * labels
    return np.round(q * levels) / levels, [np.round(one * levels) / levels for one in (blend, np.exp(q), rng.normal(size=rows))], labels


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(20251026)
    return [random_case(rng) for _ in range(CASES)]


@pytest.fixture(scope="module")
def ours(cases, tmp_path_factory):
    """By case: Gaussian ranks, evidence and covariance of each answer."""
    program = built_program("validation/validation_rank_evidence")
    file, found = tmp_path_factory.mktemp("numerai") / "case", []
    for q, answers, labels in cases:
        np.concatenate([q, *answers, labels]).astype("<f8").tofile(file)
        told = subprocess.run([program, file, str(len(q)), str(len(answers))], capture_output=True, check=True, timeout=60, text=True).stdout
        lines = [np.array(line.split(), float) for line in told.splitlines()]
        found.append((np.array(lines[::3]), np.concatenate(lines[1::3]), np.concatenate(lines[2::3])))
    return found


@pytest.fixture(scope="module")
def theirs(cases):
    """By case: Numerai's contribution of each answer."""
    found = []
    for q, answers, labels in cases:
        index = [f"{i:05}" for i in range(len(q))]
        found.append(correlation_contribution(pd.DataFrame(dict(enumerate(answers)), index), pd.Series(q, index, name="q"),
                                              pd.Series(labels.astype(float), index)).to_numpy())
    assert max(np.abs(one).max() for one in found) > 0.1
    return found


def test_ranks_are_made_gaussian_alike(cases, ours):
    for (_, answers, _), (ranks, _, _) in zip(cases, ours):
        np.testing.assert_allclose(ranks, gaussian(tie_kept_rank(pd.DataFrame(dict(enumerate(answers))))).to_numpy().T, rtol=0, atol=1e-12)


def test_evidence_beside_one_public_model_and_one_chance_is_numerais_contribution(cases, ours, theirs):
    for (q, _, _), (_, evidence, _), expected in zip(cases, ours, theirs):
        np.testing.assert_allclose(TARGETS * evidence / len(q), expected, rtol=0, atol=1e-12)


def test_the_covariance_that_is_shown_is_numerais_contribution(ours, theirs):
    for (_, _, covariances), expected in zip(ours, theirs):
        np.testing.assert_allclose(covariances, expected, rtol=0, atol=1e-12)
