"""Processes days in one session of Spark, each by six words: a snapshot's folder, an output, a folder for what passes, the days of a
slice of the flow graph (0: not cut), a file of labels and a folder of earlier days (empty: none)."""

import sys

from aml_miner.spark import process
from aml_miner.spark._session import session

master, *days = sys.argv[1:]
running = session(master)
for folder, output, work, slice_days, labels, history in zip(*(days[i::6] for i in range(6)), strict=True):
    print(process(output=output, input_dir=folder, work_dir=work, slice_days=int(slice_days), labels=[labels] if labels else [],
                  history=history or None, spark=running), flush=True)
