"""A file above 800 lines is two ideas, and a function above 70 lines is two.

C++ functions are measured by clang-tidy (readability-function-size); here are files, and the
functions of our Python.
"""

import ast

from source_tree import Violation

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
WRITTEN_BY_HAND = (".h", ".cc", ".py", ".js", ".java", ".sh", ".cmake", ".md")


def long_python_functions(tree, path):
    for node in ast.walk(ast.parse(tree.text(path), filename=path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                message = f"{node.name} has {lines} lines; at most {FUNCTION_LINES_MAX}"
                yield Violation(path, node.lineno, message)


def check(tree):
    for path in tree.files:
        is_script = "." not in path.split("/")[-1] and tree.text(path).startswith("#!")
        if not (path.endswith(WRITTEN_BY_HAND) or is_script):
            continue
        lines = len(tree.text(path).splitlines())
        if lines > FILE_LINES_MAX:
            yield Violation(path, lines, f"has {lines} lines; at most {FILE_LINES_MAX}")
        if path.endswith(".py") or (is_script and "python" in tree.text(path).split("\n")[0]):
            yield from long_python_functions(tree, path)
