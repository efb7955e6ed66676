"""Scores, and why, by LightGBM; part of bench/peer_process.py."""

import json
import pathlib

import lightgbm
import numpy as np
import polars as pl

HIGH = 0.5  # probability of an alert
LOWEST_SCORE, SCORE_SPAN = 0.12, 0.86  # docs/output.md


class Model:
    """A booster and the calibration on its card."""

    def __init__(self, folder, name, threads):
        [path] = pathlib.Path(folder).glob(f"{name}_v*.txt")
        self.version = path.stem.rpartition("_v")[2]
        self.text = path.read_bytes()
        self.booster = lightgbm.Booster(model_str=self.text.decode())
        self.threads = threads
        self.names = self.booster.feature_name()
        self.calibration = json.loads(path.with_suffix(".json").read_text())["calibration"]

    def matrix_of(self, table):
        return table.select([pl.col(name).cast(pl.Float64).fill_null(np.nan) for name in self.names]).to_numpy()

    def scores(self, raw):
        """Scores and probabilities of raw scores."""
        if self.calibration is None:
            return 1 / (1 + np.exp(-raw)), None
        probability = 1 / (1 + np.exp(-(self.calibration["slope"] * raw + self.calibration["intercept"])))
        return LOWEST_SCORE + SCORE_SPAN * probability, probability

    def judge(self, table, ids, explained):
        """The published table, and the probabilities."""
        values = self.matrix_of(table)
        raw = self.booster.predict(values, raw_score=True, num_threads=self.threads)
        score, probability = self.scores(raw)
        columns = {ids: table[ids], "score": score, "probability": probability, "model_version": [self.version] * len(table)}
        if explained:
            contributions = self.booster.predict(values, pred_contrib=True, num_threads=self.threads)
            columns["explain_json"] = explanations(self.names, values, contributions)
        return pl.DataFrame(columns), probability if probability is not None else score


def explanations(names, values, contributions, top=10):
    """The largest contributions of each row as JSON text."""
    sizes = np.abs(contributions[:, :-1])
    largest = np.argpartition(-sizes, top, axis=1)[:, :top]
    order = np.take_along_axis(largest, np.argsort(-np.take_along_axis(sizes, largest, axis=1), axis=1), axis=1)
    shares = np.take_along_axis(contributions, order, axis=1).tolist()
    seen = np.take_along_axis(values, order, axis=1)
    seen = np.where(np.isnan(seen), None, seen).tolist()
    texts = []
    for places, row_shares, row_seen, base in zip(order.tolist(), shares, seen, contributions[:, -1].tolist()):
        chosen = [names[place] for place, share in zip(places, row_shares) if share]
        texts.append(json.dumps({"base_value": base, "top_features": chosen, "feature_contributions": dict(zip(chosen, row_shares)),
                                 "feature_values": dict(zip(chosen, row_seen))}))
    return texts


def with_alert_scores(day, alerts, probability, clusters):
    """What the clusters' model sees of the alerts' scores."""
    known = pl.DataFrame({"alert_id": alerts["alert_id"], "probability": probability})
    of_clusters = day.cluster_alerts.join(known, on="alert_id").group_by("cluster_id").agg(
        pl.col("probability").max().alias("alert_probability_max"),
        pl.col("probability").mean().alias("alert_probability_mean"),
        (pl.col("probability") >= HIGH).mean().alias("alert_probability_high_share"),
        pl.len().alias("scored_alerts"),
    )
    return clusters.join(of_clusters, on="cluster_id", how="left", maintain_order="left").with_columns(pl.col("scored_alerts").fill_null(0))


def rank(scored, ranker, scorer, alerts):
    """By score from the highest down, then by alert_id."""
    if ranker.text == scorer.text:
        scores = scored["score"]
    else:
        scores = ranker.judge(alerts, "alert_id", False)[0]["score"]
    table = pl.DataFrame({"alert_id": scored["alert_id"], "score": scores})
    table = table.sort("score", "alert_id", descending=[True, False])
    return table.select("alert_id", pl.int_range(1, pl.len() + 1).alias("rank"), "score")
