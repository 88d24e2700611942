"""What queue clients were told, what was in the queues afterwards, and whether the two agree.

A QueueHistory is filled by the threads of the load (queue_load.py) until the server is killed. An auditor then reads all
queues without acking, and check() compares. It raises Violation with a sentence for the first thing that is wrong:

- a confirmed message that nobody has tried to ack is not there;
- a message is there, or was delivered, after its ack was certainly committed;
- a message is there twice, was never published, or has other bytes;
- a publisher's messages are out of its order, or two messages have changed places since the last audit;
- a message that a consumer had before the kill is not marked redelivered;
- a message that was moved (by a transaction, or as a dead letter) is in neither place, or in both.

When is an ack certainly committed? AMQP does not answer basic.ack. We count it as committed when
(a) it was part of a transaction whose tx.commit was answered, or
(b) afterwards, on the same channel, CONFIRMS_AFTER_ACK persistent messages were published to the same queue, one after
    the other's confirm. An ack takes effect before what follows it on its channel, and is written with the next commit
    of its queue's shard. One commit may already be on its way when the ack arrives, so the first confirm may be that
    one's; the second message was published when it had ended, hence its confirm is of a commit that has the ack.
Until then the message may be there or not: both are right. When a rejected message has left its queue is not told at all: it
goes to its new place first, which may take any number of commits. RabbitMQ promises neither (a) nor (b) for a kill -9, and loses dead
letters; against it these are not checked.
"""

import collections
import copy
import threading

from history import Violation, parse_value, record_value

CONFIRMS_AFTER_ACK = 2


def message_body(source, number):
    return record_value(source, 0, number)


def parse_body(body):
    """(source, number), or None if no publisher wrote these bytes."""
    found = parse_value(body)
    return None if found is None or found[1] != 0 else (found[0], found[2])


class QueueState:
    """What is known of one queue's messages, each (source, number)."""

    def __init__(self):
        self.tried = {}          # source -> highest number that was ever sent
        self.confirmed = set()
        self.ack_sent = set()    # or moved away, or perhaps
        self.ack_certain = set()
        self.received = set()    # by a consumer, ever
        self.moved_in = set()    # by a transaction, or as a dead letter; perhaps


class Promises:
    def __init__(self):
        self.queues = collections.defaultdict(QueueState)
        self.moves = {}    # target queue -> source queue
        self.problems = []


class QueueHistory:
    """Shared by the threads of the load."""

    def __init__(self):
        self.lock = threading.Lock()
        self.told = Promises()
        self.is_killed = False  # from then on a broken connection is no surprise

    def moves_to(self, target, source):
        self.told.moves[target] = source

    def tried(self, queues, source, number):
        with self.lock:
            for queue in queues:
                tried = self.told.queues[queue].tried
                tried[source] = max(tried.get(source, -1), number)

    def moving(self, source_queue, target, message):
        """It may leave its queue for the other from now on."""
        with self.lock:
            state = self.told.queues[target]
            state.moved_in.add(message)
            state.tried[message[0]] = max(state.tried.get(message[0], -1), message[1])
            self.told.queues[source_queue].ack_sent.add(message)

    def confirmed(self, queues, messages):
        with self.lock:
            for queue in queues:
                self.told.queues[queue].confirmed.update(messages)

    def received(self, queue, message):
        with self.lock:
            state = self.told.queues[queue]
            if message in state.ack_certain:
                self.told.problems.append(f"{queue}: {message} was delivered after its ack was committed")
            state.received.add(message)

    def ack_sent(self, queue, messages):
        with self.lock:
            self.told.queues[queue].ack_sent.update(messages)

    def ack_certain(self, queue, messages):
        with self.lock:
            self.told.queues[queue].ack_certain.update(messages)

    def problem(self, text):
        with self.lock:
            self.told.problems.append(text)

    def confirmed_count(self):
        with self.lock:
            return sum(len(state.confirmed) for state in self.told.queues.values())

    def audited(self, findings):
        """What was said of a message that is still there is forgotten: nobody knows it any more, it may be said again. And
        the auditor was a consumer, too."""
        with self.lock:
            targets = {source: target for target, source in self.told.moves.items()}
            for queue, found in findings.items():
                present = {one.message for one in found}
                self.told.queues[queue].received |= present
                self.told.queues[queue].ack_sent -= present
                if queue in targets:
                    self.told.queues[targets[queue]].moved_in -= present

    def promises(self):
        with self.lock:
            return copy.deepcopy(self.told)


class Found:
    """One message as the auditor found it."""

    def __init__(self, body, redelivered):
        self.body = body
        self.message = parse_body(body)
        self.redelivered = redelivered


class Rules:
    """What the peer promises. is_strict: acks and dead letters are durable; has_atomic_moves: and one commit with what they
    lead to, because all queues are on one shard."""

    def __init__(self, is_strict, has_atomic_moves):
        self.is_strict = is_strict
        self.has_atomic_moves = has_atomic_moves


def check(promises, findings, before, rules):
    """findings: queue -> [Found] in order; before: those of the audit before, or {}."""
    if promises.problems:
        raise Violation(promises.problems[0])
    present = {queue: {found.message for found in some} for queue, some in findings.items()}
    for queue, found in findings.items():
        state = promises.queues[queue]
        is_target = queue in promises.moves
        check_made(queue, found, state)
        if not is_target or rules.has_atomic_moves:
            check_once(queue, found)
        if not is_target:
            check_order(queue, found)
        check_places(queue, found, before.get(queue, []))
        check_redelivered(queue, found, state)
        if rules.is_strict:
            check_acked(queue, present[queue], state)
    check_confirmed(promises, present, rules)
    for target, source in promises.moves.items():
        if rules.has_atomic_moves:
            both = present[source] & present[target]
            if both:
                raise Violation(f"{min(both)} is in {source} and, moved, in {target}")


def check_made(queue, found, state):
    for place, one in enumerate(found):
        if one.message is None:
            raise Violation(f"{queue}: nobody published {one.body[:40]!r}, which is at place {place}")
        source, number = one.message
        if number > state.tried.get(source, -1):
            raise Violation(f"{queue}: nobody published {one.message} there")


def check_once(queue, found):
    seen = set()
    for one in found:
        if one.message in seen:
            raise Violation(f"{queue}: {one.message} is there twice")
        seen.add(one.message)


def check_order(queue, found):
    last = {}
    for one in found:
        source, number = one.message
        if number <= last.get(source, -1):
            raise Violation(f"{queue}: {one.message} comes after {last[source]}, which {source} published later")
        last[source] = number


def check_places(queue, found, before):
    """Those that are in both audits are in the same order."""
    now = unique([one.message for one in found])
    then = unique([one.message for one in before])
    stayed = set(now) & set(then)
    for one, other in zip([m for m in then if m in stayed], [m for m in now if m in stayed]):
        if one != other:
            raise Violation(f"{queue}: {other} has moved before {one} since the last audit")


def unique(messages):
    return list(dict.fromkeys(messages))


def check_redelivered(queue, found, state):
    for one in found:
        if one.message in state.received and not one.redelivered:
            raise Violation(f"{queue}: a consumer had {one.message}, and it is not marked redelivered")


def check_acked(queue, present, state):
    back = present & state.ack_certain
    if back:
        raise Violation(f"{queue}: {min(back)} is there, though its ack was committed")


def check_confirmed(promises, present, rules):
    moved_from = {source: target for target, source in promises.moves.items()}
    for queue, state in promises.queues.items():
        lost = state.confirmed - state.ack_sent - present[queue]
        if lost:
            raise Violation(f"{queue}: {min(lost)} was confirmed and is gone")
        target = moved_from.get(queue)
        if target and rules.is_strict:
            moved = promises.queues[target]
            lost = (state.confirmed & moved.moved_in) - present[queue] - present[target] - moved.ack_sent
            if lost:
                raise Violation(f"{min(lost)} was to be moved from {queue} to {target} and is in neither")


def longest(findings):
    return max(findings, key=lambda queue: len(findings[queue]))


def lose_first(promises, findings):
    queue = longest(findings)
    state = promises.queues[queue]
    kept = [one for one in findings[queue] if one.message in state.confirmed - state.ack_sent]
    findings[queue].remove(kept[0])


def lose_last(promises, findings):
    queue = longest(findings)
    state = promises.queues[queue]
    kept = [one for one in findings[queue] if one.message in state.confirmed - state.ack_sent]
    findings[queue].remove(kept[-1])


def bring_an_acked_one_back(promises, findings):
    queue = max(findings, key=lambda one: len(promises.queues[one].ack_certain))
    source, number = max(promises.queues[queue].ack_certain)
    later = [place for place, one in enumerate(findings[queue]) if one.message[0] == source and one.message[1] > number]
    findings[queue].insert(min(later, default=len(findings[queue])), Found(message_body(source, number), True))


def change_a_byte(_, findings):
    one = findings[longest(findings)][0]
    findings[longest(findings)][0] = Found(one.body[:-1] + bytes([one.body[-1] ^ 1]), True)


def deliver_twice(promises, findings):
    queue = longest({queue: some for queue, some in findings.items() if queue not in promises.moves})
    findings[queue].append(findings[queue][0])


def swap_two(promises, findings):
    queue = longest({queue: some for queue, some in findings.items() if queue not in promises.moves})
    found = findings[queue]
    last = {}
    for place, one in enumerate(found):
        if one.message[0] in last:
            other = last[one.message[0]]
            found[place], found[other] = found[other], found[place]
            return
        last[one.message[0]] = place


def forget_that_one_was_delivered(promises, findings):
    for queue, found in findings.items():
        for one in found:
            if one.message in promises.queues[queue].received:
                one.redelivered = False
                return


def lose_on_the_way(promises, findings):
    """What was moved is in neither queue."""
    for target, source in promises.moves.items():
        moved = promises.queues[target].moved_in & promises.queues[source].confirmed - promises.queues[target].ack_sent
        for one in findings[target]:
            if one.message in moved:
                findings[target] = [other for other in findings[target] if other.message != one.message]
                return


FAULTS = [lose_first, lose_last, change_a_byte, deliver_twice, swap_two, forget_that_one_was_delivered]
STRICT_FAULTS = [bring_an_acked_one_back, lose_on_the_way]


def plant(fault, promises, findings):
    """A copy of the findings with one fault in it."""
    damaged = copy.deepcopy(findings)
    fault(promises, damaged)
    return damaged
