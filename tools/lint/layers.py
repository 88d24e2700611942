"""Every include goes to its own layer or to one above it in src/LAYERS, and never in a circle."""

from source_tree import Violation

LAYERS = "src/LAYERS"
OPEN_TO_TESTS = "tests:"


def read_layers(tree):
    """The line on which each layer is listed: a layer sees the layers on lines above its own. And the
    one that the tests of every layer see, or None."""
    ranks, open_to_tests = {}, None
    for number, line in enumerate(tree.text(LAYERS).splitlines(), 1):
        if line.startswith(OPEN_TO_TESTS):
            open_to_tests = line.removeprefix(OPEN_TO_TESTS).strip()
        elif not line.startswith("#"):
            ranks |= {layer: number for layer in line.split()}
    return ranks, open_to_tests


def layer_of(path, ranks):
    """The longest listed folder that holds `path`, or None."""
    inside = [layer for layer in ranks if path.startswith(f"src/{layer}/")]
    return max(inside, key=len, default=None)


def may_see(path, own, other, ranks, open_to_tests):
    """Whether a file of the layer `own` may include a header of the layer `other`."""
    is_open = other == open_to_tests and path.endswith("_test.cc")
    return own == other or ranks[other] < ranks[own] or is_open


def check_edge(tree, path, include, ranks, open_to_tests):
    """Yields what is wrong with one include line of a file in src/."""
    target = tree.resolve(path, include)
    if target is None:
        if include.quoted:
            yield f'"{include.name}" is no file of ours; foreign headers are included with <>'
        return
    if not include.quoted:
        yield f'<{include.name}> is ours: include it with ""'
    if target != f"src/{include.name}":
        yield f'"{include.name}" must be named from src/: "{target.removeprefix("src/")}"'
    if target.endswith(".cc"):
        yield f'"{include.name}" is not a header'
    own, other = layer_of(path, ranks), layer_of(target, ranks)
    if own and other and not may_see(path, own, other, ranks, open_to_tests):
        relation = "a sibling of" if ranks[other] == ranks[own] else "below"
        yield f'layer {own} must not see "{include.name}": {other} is {relation} it in {LAYERS}'


def find_cycles(tree, files):
    """Yields a violation for each include that closes a circle (depth-first search)."""
    finished = set()

    def visit(path, trail):
        for include in tree.includes(path):
            target = tree.resolve(path, include)
            if target in trail:
                circle = trail[trail.index(target) :] + [target]
                yield Violation(path, include.line, "include cycle: " + " -> ".join(circle))
            elif target and target not in finished:
                yield from visit(target, trail + [target])
        finished.add(path)

    for path in files:
        if path not in finished:
            yield from visit(path, [path])


def check(tree):
    ranks, open_to_tests = read_layers(tree)
    files = tree.below("src", suffixes=(".h", ".cc"))
    for path in files:
        if layer_of(path, ranks) is None:
            yield Violation(path, 1, f"is in no layer of {LAYERS}")
        for include in tree.includes(path):
            for message in check_edge(tree, path, include, ranks, open_to_tests):
                yield Violation(path, include.line, message)
    yield from find_cycles(tree, files)
