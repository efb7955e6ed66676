"""The command aml-miner of this wheel: the program itself takes this process's place."""

import os
import sys

from ._program import PROGRAM


def main() -> None:
    os.execv(PROGRAM, [str(PROGRAM), *sys.argv[1:]])


if __name__ == "__main__":
    main()
