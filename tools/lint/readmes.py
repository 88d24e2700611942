"""Every folder has a README.md, which its parent's README.md or ARCHITECTURE.md links; no link of a
document leads nowhere."""

import re
from pathlib import PurePosixPath

from source_tree import Violation

ROOTS = ("src", "tests", "bench", "tools", "examples")
# Folders of data, one per target: the README.md beside them describes them all.
DATA_FOLDERS = {"corpus", "golden"}
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def rooms(tree):
    """The folders that hold files, without src/ itself and what lies in folders of data."""
    folders = {PurePosixPath(file).parent for file in tree.files}
    for folder in sorted(folders):
        data = DATA_FOLDERS & set(folder.parts[:-1])
        if folder.parts and folder.parts[0] in ROOTS and str(folder) != "src" and not data:
            yield folder


def links(tree, document):
    """Yields (line, target) for the relative links of a document, resolved from the root."""
    if not (tree.root / document).is_file():
        return
    home = tree.root / PurePosixPath(document).parent
    for number, line in enumerate(tree.text(str(document)).splitlines(), 1):
        for target in LINK.findall(line):
            if "://" not in target and not target.startswith("mailto:"):
                yield number, home / target


def linked_folders(tree, document):
    """The folders that a document links, by themselves or by their README.md."""
    found = set()
    for _, target in links(tree, document):
        target = target.resolve()
        if target.is_relative_to(tree.root):
            relative = PurePosixPath(target.relative_to(tree.root).as_posix())
            found.add(relative.parent if relative.name == "README.md" else relative)
    return found


def parent_document(tree, folder):
    """The README.md of the nearest folder above that has one."""
    for parent in folder.parents:
        if (tree.root / parent / "README.md").is_file():
            return str(parent / "README.md")
    return "README.md"


def check(tree):
    from_architecture = linked_folders(tree, "ARCHITECTURE.md")
    for folder in rooms(tree):
        readme = str(folder / "README.md")
        if not (tree.root / readme).is_file():
            yield Violation(str(folder), 1, "has no README.md")
            continue
        parent = parent_document(tree, folder)
        if folder not in from_architecture | linked_folders(tree, parent):
            message = f"is not linked from {parent} or ARCHITECTURE.md"
            yield Violation(readme, 1, message)
    for document in tree.files:
        if document.endswith(".md"):
            for line, target in links(tree, document):
                if not target.exists():
                    yield Violation(document, line, f"links {target}, which does not exist")
