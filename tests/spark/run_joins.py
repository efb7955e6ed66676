"""Runs the joins of a plan (a file) over the snapshot in a folder, into another one, on Spark of two threads."""

import json
import pathlib
import sys

from aml_miner.spark._joins import join_graph
from aml_miner.spark._session import own_session, session

plan, day, folder = map(pathlib.Path, sys.argv[1:])
join_graph(own_session(session("local[2]")), json.loads(plan.read_text()), day, folder)
