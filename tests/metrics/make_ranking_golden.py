"""Writes ranking_golden.json: what scikit-learn says of random scores, most of them with ties.

Run in this folder, with scikit-learn 1.9: python make_ranking_golden.py
"""

import json

import numpy as np
from sklearn import metrics


def best_f1(scores, labels):
    candidates = [(metrics.f1_score(labels, scores >= t), t) for t in np.unique(scores)]
    best = max(f1 for f1, _ in candidates)
    return best, max(t for f1, t in candidates if abs(f1 - best) < 1e-12)


def case(rng):
    rows = int(rng.integers(2, 60))
    levels = int(rng.choice([2, 3, 7, 1000]))
    scores = rng.integers(0, levels + 1, rows) / levels
    labels = (rng.random(rows) < rng.choice([0.1, 0.5, 0.8])).astype(int)
    labels[0], labels[1] = 0, 1
    f1, threshold = best_f1(scores, labels)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "auc_roc": metrics.roc_auc_score(labels, scores),
        "auc_pr": metrics.average_precision_score(labels, scores),
        "ndcg": metrics.ndcg_score([labels], [scores]),
        "ndcg_at_5": metrics.ndcg_score([labels], [scores], k=5),
        "f1": f1,
        "f1_threshold": float(threshold),
        "brier": metrics.brier_score_loss(labels, scores),
        "median": float(np.median(scores)),
        "variance": float(np.var(scores)),
    }


rng = np.random.default_rng(42)
with open("ranking_golden.json", "w") as file:
    cases = ",\n".join(json.dumps(case(rng)) for _ in range(40))
    file.write(f"[\n{cases}\n]\n")
