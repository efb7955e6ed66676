"""Processes days in one session of Spark, each by seven words: a snapshot's folder, an output, a folder for what passes, the days of a
slice of the flow graph (0: not cut), whether what is global in it is joined (1), a file of labels and a folder of earlier days (empty: none)."""

import sys

from aml_miner.spark import process
from aml_miner.spark._session import session

master, *days = sys.argv[1:]
running = session(master)
for folder, output, work, slice_days, joins, labels, history in zip(*(days[i::7] for i in range(7)), strict=True):
    print(process(output=output, input_dir=folder, work_dir=work, slice_days=int(slice_days), graph_joins=joins == "1", labels=[labels] if labels else [],
                  history=history or None, spark=running), flush=True)
