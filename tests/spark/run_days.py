"""Processes days in one session of Spark: pairs of a snapshot's folder and an output, or one word that is an option."""

import sys

from aml_miner.spark import process
from aml_miner.spark._session import session

master, *days = sys.argv[1:]
running = session(master)
for folder, output in zip(days[::2], days[1::2], strict=True):
    print(process(output=output, input_dir=folder, spark=running), flush=True)
