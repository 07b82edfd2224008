"""The project's benchmarks (Google Benchmark), run by name."""

import json
import os

from .programs import Failed, output_of


def run(session, program, which, environment=None, repetitions=1, min_time=0.01):
    """Each run of each benchmark whose name matches `which`, with its counters.
    Errors: Failed when there is none, or one of them says that something is wrong."""
    out = session.folder / "benchmark.json"
    env = {**os.environ, "CARTWHEEL_BENCH_DIR": str(session.folder), **{k: str(v) for k, v in (environment or {}).items()}}
    if session.small:
        env["CARTWHEEL_BENCH_SMALL"] = "1"
    else:
        env.pop("CARTWHEEL_BENCH_SMALL", None)
    output_of([session.build / program, f"--benchmark_filter={which}", f"--benchmark_min_time={min_time}",
               f"--benchmark_repetitions={repetitions}", f"--benchmark_out={out}", "--benchmark_out_format=json"], env=env)
    text = out.read_text()  # empty when nothing matched
    found = [one for one in json.loads(text)["benchmarks"] if one["run_type"] == "iteration"] if text else []
    for one in found:
        if one.get("error_occurred"):
            raise Failed(f"{program} {one['name']}: {one['error_message']}")
    if not found:
        raise Failed(f"{program} has no benchmark named {which}")
    return found
