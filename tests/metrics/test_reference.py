"""aml::metrics against scikit-learn, SciPy and NumPy on a thousand random cases."""

import json
import subprocess
import warnings

import numpy as np
import pytest
import scipy.stats
import sklearn.calibration
import sklearn.metrics

from built import built_program

CASES = 1000


def random_case(rng):
    """Many ties, few ties, one class, tiny n: whatever is awkward."""
    rows = int(rng.choice([2, 3, 5, 17, 100, 400]))
    levels = int(rng.choice([1, 2, 5, 20, 10**9]))
    scores = rng.integers(0, levels + 1, rows) / levels
    labels = (rng.random(rows) < rng.choice([0, 0.02, 0.3, 0.9, 1])).astype(int)
    other = np.clip(scores * rng.choice([-1, 0, 1]) + rng.normal(size=rows), -2, 2)
    if rng.random() < 0.05:
        other[:] = 0.5
    return scores, labels, other


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(20251026)
    return [random_case(rng) for _ in range(CASES)]


@pytest.fixture(scope="module")
def answers(cases, tmp_path_factory):
    program = built_program("metrics/metrics_reference_answers")
    file = tmp_path_factory.mktemp("metrics") / "cases.json"
    file.write_text(json.dumps(
        [{"scores": s.tolist(), "labels": y.tolist(), "other": o.tolist()} for s, y, o in cases]))
    answers = json.loads(subprocess.run([program, file], capture_output=True, check=True, timeout=300).stdout)
    assert len(answers) == CASES
    return answers


def is_close(ours, theirs):
    """Where they have no answer, neither have we."""
    if theirs is None or not np.isfinite(theirs):
        return ours is None
    return ours is not None and abs(ours - theirs) <= 1e-12


def reference_f1(scores, labels):
    found = [(sklearn.metrics.f1_score(labels, scores >= t), t) for t in np.unique(scores)]
    best = max(f1 for f1, _ in found)
    return best, max(t for f1, t in found if f1 >= best - 1e-13)


def test_ranking_equals_scikit_learn(cases, answers):
    one_class = 0
    for (scores, labels, _), ours in zip(cases, answers):
        both = 0 < labels.sum() < len(labels)
        one_class += not both
        assert is_close(ours["auc_roc"], sklearn.metrics.roc_auc_score(labels, scores) if both else None)
        positives = labels.sum() > 0
        assert is_close(ours["auc_pr"],
                        sklearn.metrics.average_precision_score(labels, scores) if positives else None)
        assert is_close(ours["ndcg"], sklearn.metrics.ndcg_score([labels], [scores]))
        assert is_close(ours["ndcg_at_10"], sklearn.metrics.ndcg_score([labels], [scores], k=10))
        assert is_close(ours["brier"], np.mean((scores - labels) ** 2))
        if both:
            assert is_close(ours["brier"], sklearn.metrics.brier_score_loss(labels, scores))
    assert one_class > 100


def test_best_f1_equals_a_search_with_scikit_learn(cases, answers):
    for (scores, labels, _), ours in list(zip(cases, answers))[:200]:
        if labels.sum() == 0:
            assert ours["best_f1"] is None
            continue
        f1, threshold = reference_f1(scores, labels)
        assert is_close(ours["best_f1"], f1)
        assert ours["threshold"] == threshold


def test_correlations_equal_scipy(cases, answers):
    constants = 0
    for (scores, _, other), ours in zip(cases, answers):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pearson = scipy.stats.pearsonr(scores, other).statistic
            spearman = scipy.stats.spearmanr(scores, other).statistic
        constants += not np.isfinite(pearson)
        assert is_close(ours["pearson"], pearson)
        assert is_close(ours["spearman"], spearman)
        assert ours["ranks"] == scipy.stats.rankdata(scores).tolist()
    assert constants > 30


def test_distribution_equals_numpy(cases, answers):
    for (scores, _, _), ours in zip(cases, answers):
        assert is_close(ours["median"], np.median(scores))
        assert is_close(ours["variance"], np.var(scores))
        theirs = np.quantile(scores, [0, 0.025, 0.3, 0.5, 0.975, 1])
        assert all(is_close(a, b) for a, b in zip(ours["quantiles"], theirs, strict=True))


def test_calibration_curve_equals_scikit_learn(cases, answers):
    for (scores, labels, _), ours in zip(cases, answers):
        if not 0 < labels.sum() < len(labels):
            continue
        positive, mean = sklearn.calibration.calibration_curve(labels, scores, n_bins=10)
        assert np.allclose(ours["calibration"], np.column_stack([mean, positive]), rtol=0, atol=1e-12)
