"""Processes days in one session of Spark, each by eight words: a snapshot's folder, an output, a folder for what passes, the days of a
slice of the flow graph (0: not cut), whether what is global in it is joined (1), the parts of its addresses (0: not cut), a file of labels and
a folder of earlier days (empty: none)."""

import sys

from aml_miner.spark import process
from aml_miner.spark._session import session

master, *days = sys.argv[1:]
running = session(master)
for folder, output, work, slice_days, joins, parts, labels, history in zip(*(days[i::8] for i in range(8)), strict=True):
    print(process(output=output, input_dir=folder, work_dir=work, slice_days=int(slice_days), graph_joins=joins == "1", address_parts=int(parts), labels=[labels] if labels else [],
                  history=history or None, spark=running), flush=True)
