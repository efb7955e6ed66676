"""Runs the subnet and prints its table: scripts/subnet-demo."""

import argparse
import pathlib
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from s3_server import SeaweedFS  # noqa: E402
from subnet import Subnet, table  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=0.04)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    started = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aml-subnet-"))

    def log(text):
        print(f"{time.monotonic() - started:6.1f} s  {text}", file=sys.stderr, flush=True)

    (folder / "s3").mkdir()
    store = SeaweedFS(folder / "s3")
    subnet = None
    try:
        log("starting an S3 server")
        store.start()
        subnet = Subnet(ROOT / "build" / "aml-miner", folder, store, options.scale,
                        training_scale=max(options.scale, 0.15), log=log)
        subnet.run_all()
        log(f"done; three days of {round(50000 * options.scale):,} alerts\n")
        print(table(subnet), flush=True)
        if options.keep:
            log(f"the validator's page is {subnet.api}/ until you press Ctrl-C")
            signal.pause()
    except KeyboardInterrupt:
        log("stopping")
    finally:
        if subnet:
            subnet.stop()
        store.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
