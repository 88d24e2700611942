"""What ends the benchmark: a lost record, an error code, a crashed server, a missing program."""


class BenchFailure(Exception):
    pass
