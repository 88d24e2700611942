"""Runs an example written in another language: a program that checks for itself and exits with 0."""

import subprocess

DEADLINE_S = 120


def run_example(command, environment=None, cwd=None):
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=DEADLINE_S, env=environment, cwd=cwd)
    assert done.returncode == 0, f"ended with {done.returncode}:\n{done.stdout[-10000:]}"
    return done.stdout
