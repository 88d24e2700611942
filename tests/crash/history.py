"""What clients were told, what was read afterwards, and whether the two agree.

A History is filled by the threads of the load while the server is killed again and again. check() compares
it with what a reader found, and raises Violation with a sentence for the first thing that is wrong:

- an acknowledged record is not at its offset, or has other bytes;
- offsets have a gap;
- a record is there twice, out of its producer's order, or was never produced;
- a committed group offset is below one whose commit was acknowledged, or above all that were tried.

plant() damages what was read in one known way: a checker that does not notice is worthless (the canary).
"""

import copy
import re
import threading
import zlib


class Violation(Exception):
    pass


def record_value(producer, partition, number):
    """The bytes of a record follow from who wrote it: name, then 0 to 1020 bytes of its checksum."""
    name = b"%s/%d/%d;" % (producer.encode(), partition, number)
    checksum = zlib.crc32(name)
    return name + checksum.to_bytes(4, "big") * (checksum % 256)


def parse_value(value):
    """(producer, partition, number), or None if no producer wrote these bytes."""
    match = re.match(rb"([a-z0-9]+)/(\d+)/(\d+);", value)
    if not match:
        return None
    source = (match[1].decode(), int(match[2]), int(match[3]))
    return source if record_value(*source) == value else None


class Commits:
    """Offsets of one group and partition, which its owner only ever raises."""

    def __init__(self):
        self.acknowledged = 0
        self.tried = 0


class History:
    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = {}  # (partition, offset) -> (producer, partition, number)
        self.commits = {}       # (group, partition) -> Commits
        self.problems = []      # what a client was told that it never should be

    def record_acknowledged(self, partition, offset, source):
        with self.lock:
            before = self.acknowledged.setdefault((partition, offset), source)
            if before != source:
                self.problems.append(f"partition {partition} offset {offset} was acknowledged for "
                                     f"{before} and again for {source}")

    def commit_tried(self, group, partition, offset):
        with self.lock:
            commits = self.commits.setdefault((group, partition), Commits())
            commits.tried = max(commits.tried, offset)

    def commit_acknowledged(self, group, partition, offset):
        with self.lock:
            commits = self.commits[group, partition]
            commits.acknowledged = max(commits.acknowledged, offset)

    def problem(self, text):
        with self.lock:
            self.problems.append(text)

    def promises(self):
        """A copy of all that was promised until now; what is promised later is not in it."""
        with self.lock:
            return copy.deepcopy((self.acknowledged, self.commits, self.problems))


    def size(self):
        with self.lock:
            return len(self.acknowledged)

    def tried(self):
        """The highest offset that anyone has tried to commit until now, for each group and partition."""
        with self.lock:
            return {key: commits.tried for key, commits in self.commits.items()}


class Findings:
    """What a reader found: records[partition] = [(offset, bytes)], and committed[group, partition] = offset."""

    def __init__(self, records, committed):
        self.records = records
        self.committed = committed


def check(promises, findings, tried):
    """promises: made before the server was started last; tried: taken after the findings."""
    acknowledged, commits, problems = promises
    if problems:
        raise Violation(problems[0])
    for partition, records in findings.records.items():
        check_offsets(partition, records)
        check_order(partition, records)
    check_acknowledged(acknowledged, findings.records)
    check_commits(commits, findings.committed, tried)


def check_offsets(partition, records):
    for expected, (offset, _) in enumerate(records):
        if offset != expected:
            raise Violation(f"partition {partition}: expected offset {expected}, found {offset}")


def check_order(partition, records):
    following = {}  # producer -> number of its next record
    for offset, value in records:
        source = parse_value(value)
        if source is None or source[1] != partition:
            raise Violation(f"partition {partition} offset {offset}: nobody wrote {value[:40]!r} there")
        producer, _, number = source
        expected = following.get(producer, 0)
        if number != expected:
            raise Violation(f"partition {partition} offset {offset}: expected record {expected} of producer "
                            f"{producer}, found {number}")
        following[producer] = number + 1


def check_acknowledged(acknowledged, records):
    found = {(partition, offset): value for partition, some in records.items() for offset, value in some}
    for (partition, offset), source in acknowledged.items():
        value = found.get((partition, offset))
        if value is None:
            raise Violation(f"partition {partition} offset {offset}: {source} was acknowledged and is gone")
        if value != record_value(*source):
            raise Violation(f"partition {partition} offset {offset}: {source} was acknowledged, "
                            f"found {value[:40]!r}")


def check_commits(commits, committed, tried):
    for (group, partition), found in committed.items():
        if found > tried.get((group, partition), 0):
            raise Violation(f"group {group} partition {partition}: nobody committed {found}")
    for (group, partition), offsets in commits.items():
        found = max(committed.get((group, partition), 0), 0)
        if found < offsets.acknowledged:
            raise Violation(f"group {group} partition {partition}: the commit of {offsets.acknowledged} was "
                            f"acknowledged, found {found}")


def longest(findings):
    return max(findings.records.values(), key=len)


def lose_last(promises, findings):
    partition, offset = max(promises[0], key=lambda place: place[1])
    del findings.records[partition][offset:]


def lose_middle(_, findings):
    records = longest(findings)
    del records[len(records) // 2]


def lose_middle_and_close_ranks(_, findings):
    records = longest(findings)
    middle = len(records) // 2
    records[middle:] = [(offset, value) for (offset, _), (_, value) in zip(records[middle:], records[middle + 1:])]


def change_a_byte(_, findings):
    records = longest(findings)
    offset, value = records[len(records) // 3]
    records[len(records) // 3] = (offset, value[:-1] + bytes([value[-1] ^ 1]))


def store_twice(_, findings):
    records = longest(findings)
    records.append((len(records), records[-1][1]))


def swap_two(_, findings):
    records = longest(findings)
    for index in range(1, len(records)):
        (before, first), (offset, second) = records[index - 1:index + 1]
        if parse_value(first)[0] == parse_value(second)[0]:
            records[index - 1:index + 1] = [(before, second), (offset, first)]
            return


def take_a_commit_back(promises, findings):
    key, offsets = max(promises[1].items(), key=lambda item: item[1].acknowledged)
    findings.committed[key] = offsets.acknowledged - 1


def invent_a_commit(promises, findings):
    key, offsets = max(promises[1].items(), key=lambda item: item[1].tried)
    findings.committed[key] = offsets.tried + 1


FAULTS = [lose_last, lose_middle, lose_middle_and_close_ranks, change_a_byte, store_twice, swap_two,
          take_a_commit_back, invent_a_commit]


def plant(fault, promises, findings):
    """A copy of the findings with one fault in it."""
    damaged = copy.deepcopy(findings)
    fault(promises, damaged)
    return damaged
