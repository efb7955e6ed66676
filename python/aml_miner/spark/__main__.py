"""The commands: python -m aml_miner.spark process|backfill, or spark-submit with this file.

Absolute imports, because spark-submit runs it as a script.
"""

import argparse
import datetime
import sys

from aml_miner._program import ProgramError
from aml_miner.spark import SparkError, backfill, process

USAGE, BAD_INPUT = 2, 3


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date YYYY-MM-DD") from None


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sot", help="source of truth: file:///DIR, s3://BUCKET/PREFIX or s3a://… (as `aml-miner download`)")
    parser.add_argument("--days", type=int, default=7, help="window of the snapshots in days (default: 7)")
    parser.add_argument("--output", required=True, help="folder of the batches, one of each day, on a file system that all share; or s3://BUCKET/PREFIX (s3a://, too)")
    parser.add_argument("--models-dir", help="folder of the models (default: those of the wheel)")
    parser.add_argument("--features-dir", help="folder of .sql files (default: the program's own)")
    parser.add_argument("--labels", nargs="+", default=[], metavar="FILE", help="who addresses are known to be (as `aml-miner process`)")
    parser.add_argument("--history", metavar="DIR", help="what became of earlier days' alerts (as `aml-miner process`)")
    parser.add_argument("--master", help="Spark's master, as local[2] (default: spark-submit's)")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m aml_miner.spark", description="Days of aml-miner on Apache Spark.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("process", help="one day: Spark runs the feature SQL")
    _common(one)
    one.add_argument("--network", help="network of the snapshot in the SOT")
    one.add_argument("--processing-date", type=_day, help="day of the snapshot in the SOT")
    one.add_argument("--input-dir", help="a snapshot's folder, instead of --sot, --network and --processing-date")
    one.add_argument("--work-dir", help="folder that driver and executors share, for what passes between them (default: beside --output; needed where that is an object store)")
    one.add_argument("--slice-days", type=int, default=0, metavar="N",
                     help="cut what has a horizon of the flow graph into slices of so many days, which executors compute (default: 0, the driver does)")
    one.add_argument("--graph-joins", action="store_true",
                     help="have executors compute what is global in the flow graph by joins (exposure, taint, PageRank), not the driver")
    one.add_argument("--address-parts", type=int, default=0, metavar="N",
                     help="cut what needs an address's own transfers alone into so many parts of the addresses, which executors compute (default: 0, the driver does)")
    many = commands.add_parser("backfill", help="many days and networks: an executor processes each")
    _common(many)
    many.add_argument("--network", action="append", required=True, help="may be repeated; batches go to OUTPUT/NETWORK/DATE")
    many.add_argument("--from", dest="first", type=_day, required=True, help="first day")
    many.add_argument("--to", dest="last", type=_day, required=True, help="last day, inclusive")
    return parser


def _run(arguments: argparse.Namespace) -> None:
    words = {name: value for name, value in vars(arguments).items() if name != "command"}
    if arguments.command == "process":
        print(process(**words))
        return
    networks = words.pop("network")
    results = backfill(networks=networks, **words)
    for result in results:
        print(f"{result.network} {result.date} {result.problem or 'done'}")
    failed = [result for result in results if result.problem]
    if failed:
        raise ProgramError(f"{len(failed)} of {len(results)} days were not processed; the first: {failed[0].problem}", failed[0].exit_code)


def main() -> int:
    arguments = _arguments().parse_args()
    try:
        _run(arguments)
    except ProgramError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except SparkError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
