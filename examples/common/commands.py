"""Runs the commands of a study, several at a time."""

import concurrent.futures
import os
import subprocess


def run(line, log, threads):
    """Runs one command; returns its exit status.

    Args:
        line: The shell command.
        log: Path of the file for what it prints.
        threads: How many it may use for computing.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    threads = str(threads)
    environment = {
        **os.environ,
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": threads,
        "OMP_NUM_THREADS": threads,
    }
    with open(log, "a", encoding="utf-8") as file:
        return subprocess.run(
            line, shell=True, stdout=file, stderr=file, env=environment
        ).returncode


def cores():
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Not on Linux.
        return os.cpu_count() or 1


def run_all(lines, jobs):
    """Runs commands, and says which are done.

    Args:
        lines: {path of the log: shell command}.
        jobs: How many at a time; each gets its share of the cores.

    Raises:
        SystemExit: At the end, if some failed.
    """
    threads = max(1, cores() // jobs)
    failed = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {
            pool.submit(run, line, log, threads): str(log)
            for log, line in lines.items()
        }
        done = concurrent.futures.as_completed(futures)
        for number, future in enumerate(done, 1):
            log = futures[future]
            verdict = "failed" if future.result() else "done"
            print(f"{number} of {len(futures)}: {log} {verdict}", flush=True)
            if verdict == "failed":
                failed.append(log)
    if failed:
        raise SystemExit("These failed, see their logs: " + ", ".join(failed))
