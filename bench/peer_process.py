#!/usr/bin/env python3
"""bench/peer_process.py --input-dir DIR --output-dir DIR --models-dir DIR [--no-explanations] [--write-matrix DIR] [--threads N]

What `aml-miner process` does without the graph's groups of features, as one would write it in Python: polars reads, joins and groups,
LightGBM scores and explains, polars writes. The last line of its output is JSON: wall and CPU seconds of each stage. `bench/process --peer`
runs it beside the program and compares every answer; on its own it needs polars and LightGBM (scripts/bootstrap --bench).
"""

import project  # noqa: F401 (packages of benchmarks)

import argparse
import json
import os
import pathlib
import time


class Stages:
    def __init__(self):
        self.seconds = {}
        self.at = time.perf_counter(), time.process_time()

    def done(self, name):
        now = time.perf_counter(), time.process_time()
        self.seconds[name] = {"wall_s": now[0] - self.at[0], "cpu_s": now[1] - self.at[1]}
        self.at = now


def main():
    stages = Stages()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input-dir", required=True, type=pathlib.Path)
    parser.add_argument("--output-dir", required=True, type=pathlib.Path)
    parser.add_argument("--models-dir", required=True, type=pathlib.Path)
    parser.add_argument("--no-explanations", action="store_true")
    parser.add_argument("--write-matrix", type=pathlib.Path, help="folder for the matrices, as the program's option")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    os.environ["POLARS_MAX_THREADS"] = str(options.threads)
    from peer_features import features_of
    from peer_models import Model, rank, with_alert_scores
    from peer_tables import Day
    stages.done("import")

    scorer, ranker, cluster_scorer = [Model(options.models_dir, name, options.threads)
                                      for name in ("alert_scorer", "alert_ranker", "cluster_scorer")]
    stages.done("load_models")
    day = Day(options.input_dir)
    stages.done("read")
    alerts, clusters = features_of(day)
    stages.done("features")
    explained = not options.no_explanations
    alerts_scored, probability = scorer.judge(alerts, "alert_id", explained)
    alerts_ranked = rank(alerts_scored, ranker, scorer, alerts)
    stages.done("score_alerts")
    clusters = with_alert_scores(day, alerts, probability, clusters)
    clusters_scored, _ = cluster_scorer.judge(clusters, "cluster_id", explained)
    stages.done("score_clusters")
    options.output_dir.mkdir(parents=True, exist_ok=True)
    for name, table in (("alerts_scored", alerts_scored), ("alerts_ranked", alerts_ranked), ("clusters_scored", clusters_scored)):
        table.write_parquet(options.output_dir / f"{name}.parquet", compression="zstd")
    stages.done("write")
    if options.write_matrix:
        options.write_matrix.mkdir(parents=True, exist_ok=True)
        for name, table, model in (("alert", alerts, scorer), ("cluster", clusters, cluster_scorer)):
            columns = [f"{name}_id", *model.names]
            table.select(columns).write_parquet(options.write_matrix / f"{name}_matrix.parquet")
    print(json.dumps(stages.seconds))


if __name__ == "__main__":
    main()
