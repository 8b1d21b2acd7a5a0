#!/usr/bin/env python3
"""Records the original's answers to the table: tests/conformance/capture_bad_inputs.py"""
import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import bad_inputs  # noqa: E402
from support.apache import ApacheCluster  # noqa: E402


def main():
    with tempfile.TemporaryDirectory(prefix="capture-") as scratch:
        cluster = ApacheCluster(pathlib.Path(scratch) / "apache")
        try:
            cluster.start()
            bad_inputs.prepare(cluster)
            answers = {name: bad_inputs.observe(cluster, case)
                       for name, case in bad_inputs.CASES.items()}
            cluster.stop()
        finally:
            cluster.destroy()
    data = {"server": ApacheCluster.name, "captured_by": "tests/conformance/capture_bad_inputs.py",
            "answers": answers}
    (HERE / "bad_inputs_expected.json").write_text(
        json.dumps(data, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
