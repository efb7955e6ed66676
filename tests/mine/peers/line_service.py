"""Serves functions to a test: one JSON request a line on standard input, one JSON reply a line on standard output."""

import json
import os
import sys


def serve(functions):
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what SDKs print is no reply
    print('{"ready": true}', file=output, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"result": functions[request.pop("function")](**request)}
        except Exception as error:
            reply = {"error": type(error).__name__, "words": str(error)}
        print(json.dumps(reply), file=output, flush=True)
