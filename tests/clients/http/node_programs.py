"""Programs of node/, run with the packages that install.py has put away."""

import contextlib
import os
import pathlib
import subprocess

import install

HERE = pathlib.Path(__file__).resolve().parent


@contextlib.contextmanager
def node_program(name, *arguments):
    """Ended at the end; what it wrote to standard error is shown by pytest."""
    program = install.node_http() / name
    program.unlink(missing_ok=True)
    program.symlink_to(HERE / "node" / name)
    process = subprocess.Popen(["node", "--preserve-symlinks-main", "--preserve-symlinks", program, *arguments],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        yield process
    finally:
        process.terminate()  # a browser has children to end
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
