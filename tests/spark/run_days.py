"""Processes days in one session of Spark, each by five words: a snapshot's folder, an output, a folder for what passes, the days of a
slice of the flow graph (0: not cut), and a file of labels (empty: none)."""

import sys

from aml_miner.spark import process
from aml_miner.spark._session import session

master, *days = sys.argv[1:]
running = session(master)
for folder, output, work, slice_days, labels in zip(*(days[i::5] for i in range(5)), strict=True):
    print(process(output=output, input_dir=folder, work_dir=work, slice_days=int(slice_days), labels=[labels] if labels else [], spark=running),
          flush=True)
