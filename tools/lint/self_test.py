#!/usr/bin/env python3
"""The lints' own tests: a violation of each rule is planted in a small tree, and must be found.

The last line printed is `N passed, N failed`.
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

import compile_commands  # noqa: E402
import conventions  # noqa: E402
import formatting  # noqa: E402
import headers  # noqa: E402
import layers  # noqa: E402
import lengths  # noqa: E402
import readmes  # noqa: E402
import tidy  # noqa: E402
from source_tree import SourceTree  # noqa: E402

PROJECT = Path(__file__).resolve().parents[2]
LAYERS = "# lowest first\nbase\nleft right\nprotocols/kafka\n"


class LintTest(unittest.TestCase):
    """A scratch tree, written file by file."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="koine-lint-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        self.write("src/LAYERS", LAYERS)

    def write(self, path, text=""):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def configure(self, *sources):
        """What CMake would do: a compile database with these sources."""
        command = "/usr/bin/ccache clang++-19 -std=c++23 -Wall -Werror -Isrc"
        entries = [
            {"file": f"{self.root}/{source}", "command": f"{command} -o x.o -c {source}"}
            for source in sources
        ]
        self.write(compile_commands.DATABASE, json.dumps(entries))
        for config in (".clang-tidy", ".clang-format"):
            self.write(config, (PROJECT / config).read_text())

    def found(self, lint):
        return [str(violation) for violation in lint.check(SourceTree(self.root))]

    def assert_finds(self, lint, *parts):
        """The lint finds exactly one violation for each of `parts`, which is a piece of its text."""
        found = self.found(lint)
        self.assertEqual(len(found), len(parts), found)
        for part in parts:
            self.assertTrue(any(part in text for text in found), f"{part!r} is not in {found}")


class LayersTest(LintTest):
    def test_accepts_own_and_upper_layers(self):
        self.write("src/base/a.h", "#include <vector>\n")
        self.write("src/left/b.h", '#include "base/a.h"\n')
        self.write("src/protocols/kafka/handlers/c.cc", '#include "left/b.h"\n#include "base/a.h"\n')
        self.assert_finds(layers)

    def test_refuses_a_lower_layer(self):
        self.write("src/base/a.h", '#pragma once\n#include "protocols/kafka/c.h"\n')
        self.write("src/protocols/kafka/c.h")
        self.assert_finds(layers, "src/base/a.h:2: layer base must not see")

    def test_refuses_a_sibling(self):
        self.write("src/left/b.h", '#include "right/c.h"\n')
        self.write("src/right/c.h")
        self.assert_finds(layers, "right is a sibling of it")

    def test_refuses_a_lower_layer_seen_from_a_test(self):
        self.write("src/base/a_test.cc", '#  include "left/b.h"\n')
        self.write("src/left/b.h")
        self.assert_finds(layers, "src/base/a_test.cc:1: layer base must not see")

    def test_shows_all_tests_the_layer_that_is_open_to_them(self):
        self.write("src/LAYERS", LAYERS + "tests: left\n")
        self.write("src/base/a_test.cc", '#include "left/b.h"\n')
        self.write("src/base/a.cc", '#include "left/b.h"\n')
        self.write("src/left/b.h")
        self.assert_finds(layers, "src/base/a.cc:1: layer base must not see")

    def test_refuses_an_include_cycle(self):
        self.write("src/base/a.h", '#include "base/b.h"\n')
        self.write("src/base/b.h", '#include "base/c.h"\n')
        self.write("src/base/c.h", '#include "base/a.h"\n')
        self.assert_finds(layers, "include cycle: src/base/a.h -> src/base/b.h -> src/base/c.h")

    def test_refuses_a_file_in_no_layer(self):
        self.write("src/loose.h")
        self.write("src/elsewhere/a.h")
        self.assert_finds(layers, "src/loose.h:1: is in no layer", "src/elsewhere/a.h:1: is in no")

    def test_refuses_names_that_do_not_start_at_src(self):
        self.write("src/base/a.h")
        self.write("src/base/b.h", '#include "a.h"\n')
        self.assert_finds(layers, 'must be named from src/: "base/a.h"')

    def test_refuses_angle_brackets_for_our_files(self):
        self.write("src/base/a.h")
        self.write("src/base/b.h", "#include <base/a.h>\n")
        self.assert_finds(layers, "<base/a.h> is ours")

    def test_refuses_quotes_for_foreign_files(self):
        self.write("src/base/b.h", '#include "fmt/format.h"\n')
        self.assert_finds(layers, '"fmt/format.h" is no file of ours')

    def test_refuses_to_include_a_source(self):
        self.write("src/base/a.cc")
        self.write("src/base/b.cc", '#include "base/a.cc"\n')
        self.assert_finds(layers, "is not a header")


class ReadmesTest(LintTest):
    def test_accepts_links_from_the_parent_or_the_architecture(self):
        self.write("ARCHITECTURE.md", "[base](src/base/README.md)\n")
        self.write("src/base/README.md", "[deep](deep/)\n")
        self.write("src/base/deep/README.md")
        self.assert_finds(readmes)

    def test_refuses_a_folder_without_readme(self):
        self.write("tools/x.py")
        self.assert_finds(readmes, "tools:1: has no README.md")

    def test_refuses_a_readme_that_nobody_links(self):
        self.write("README.md")
        self.write("bench/README.md")
        self.assert_finds(readmes, "bench/README.md:1: is not linked from README.md")

    def test_refuses_a_dead_link(self):
        self.write("README.md", "first\n[map](ARCHITECTURE.md#map) [site](https://koine.example/x)\n")
        self.assert_finds(readmes, "README.md:2: links")

    def test_folders_of_data_are_described_by_the_one_above(self):
        self.write("README.md", "[tests](tests/)\n")
        self.write("tests/README.md", "[corpus](corpus/)\n")
        self.write("tests/corpus/README.md")
        self.write("tests/corpus/base_x_fuzz/input")
        self.assert_finds(readmes)


class LengthsTest(LintTest):
    def test_accepts_what_is_just_short_enough(self):
        self.write("src/base/a.cc", "\n" * lengths.FILE_LINES_MAX)
        body = "    pass\n" * (lengths.FUNCTION_LINES_MAX - 1)
        self.write("tools/a.py", f"def short():\n{body}")
        self.assert_finds(lengths)

    def test_refuses_a_long_file(self):
        self.write("src/base/a.cc", "\n" * (lengths.FILE_LINES_MAX + 1))
        self.assert_finds(lengths, "has 801 lines")

    def test_refuses_a_long_function_in_a_script(self):
        body = "    pass\n" * lengths.FUNCTION_LINES_MAX
        self.write("tools/script", f"#!/usr/bin/env python3\ndef long():\n{body}")
        self.assert_finds(lengths, "long has 71 lines")


class ConventionsTest(LintTest):
    def test_accepts_a_header_that_says_what_it_is(self):
        self.write("src/base/a.h", "// A: the first letter.\n#pragma once\n")
        self.assert_finds(conventions)

    def test_refuses_a_header_without_opening_or_guard(self):
        self.write("src/base/a.h", "#include <vector>\n")
        self.assert_finds(conventions, "opens with a comment", "has no #pragma once")

    def test_refuses_names_that_say_nothing(self):
        self.write("src/base/string_utils.cc")
        self.assert_finds(conventions, '"utils" in a file')

    def test_refuses_unfinished_work(self):
        self.write("src/base/a.cc", "int a;\n// TO" + "DO: more\n")
        self.assert_finds(conventions, "src/base/a.cc:2: TO" + "DO")


class FormatTest(LintTest):
    def test_refuses_and_fixes_other_layout(self):
        self.configure()
        self.write("src/base/a.h", "int   a( );\n")
        self.write("src/base/b.h", "int b();\n")
        self.assert_finds(formatting, "src/base/a.h:1: is not formatted")
        formatting.fix(SourceTree(self.root))
        self.assert_finds(formatting)


class HeadersTest(LintTest):
    def setUp(self):
        super().setUp()
        self.write("src/base/a.cc")
        self.configure("src/base/a.cc")

    def test_refuses_a_header_that_needs_another_first(self):
        self.write("src/base/b.h", "#pragma once\nstd::string name();\n")
        self.write("src/base/c.h", "#pragma once\n#include <string>\nstd::string name();\n")
        self.assert_finds(headers, "src/base/b.h:1: does not compile alone")

    def test_sees_a_change_in_an_included_header(self):
        self.write("src/base/b.h", "#pragma once\nusing Count = int;\n")
        self.write("src/base/c.h", '#pragma once\n#include "base/b.h"\nCount count();\n')
        self.assert_finds(headers)
        self.write("src/base/b.h", "#pragma once\n")
        self.assert_finds(headers, "src/base/c.h:1: does not compile alone")

    def test_takes_the_flags_of_the_nearest_source(self):
        commands = {"bench/load/a.cc": ["far"], "src/base/a.cc": ["near"], "src/left/a.cc": ["other"]}
        self.assertEqual(compile_commands.for_header("src/base/deep/b.h", commands), ["near"])

    def test_refuses_to_guess_without_a_compile_database(self):
        (self.root / compile_commands.DATABASE).unlink()
        self.write("src/base/b.h", "#pragma once\n")
        self.assertRaises(compile_commands.NotConfigured, self.found, headers)


class TidyTest(LintTest):
    def check_source(self, text, *parts):
        self.write("src/base/a.cc", text)
        self.configure("src/base/a.cc")
        self.assert_finds(tidy, *parts)

    def test_accepts_our_names(self):
        self.check_source("class Box {\n int size_ = 0;\npublic:\n int size() { return size_; }\n};\n")

    def test_refuses_other_names(self):
        self.check_source(
            "class box {\n int Size = 0;\npublic:\n int getSize() { return Size; }\n};\n",
            "class 'box'",
            "private member 'Size'",
            "method 'getSize'",
        )

    def test_refuses_a_long_function(self):
        body = "  ++count;\n" * 71
        self.check_source(f"void grow(int& count) {{\n{body}}}\n", "readability-function-size")

    def test_refuses_a_lambda_coroutine_with_captures(self):
        self.check_source(
            COROUTINE + "auto make(int a) { return [a]() -> Job { static_cast<void>(a); co_return; }; }\n",
            "cppcoreguidelines-avoid-capturing-lambda-coroutines",
        )

    def test_refuses_use_after_move(self):
        self.check_source(
            "#include <string>\n#include <utility>\nvoid take(std::string);\n"
            "auto use(std::string text) {\n  take(std::move(text));\n  return text.size();\n}\n",
            "bugprone-use-after-move",
        )

    def test_places_a_header_finding_in_the_header_once(self):
        self.write("src/base/a.h", "#pragma once\nstruct bad_name {};\n")
        for source in ("src/base/a.cc", "src/base/b.cc"):
            self.write(source, '#include "base/a.h"\n')
        self.configure("src/base/a.cc", "src/base/b.cc")
        self.assert_finds(tidy, "src/base/a.h:2: invalid case style for struct")

    def test_sees_a_header_that_nothing_includes(self):
        self.write("src/base/b.h", "#pragma once\nstruct bad_name {};\n")
        self.check_source("", "src/base/b.h:2: invalid case style for struct")

    def test_remembers_what_passed_until_it_changes(self):
        self.check_source("int one() { return 1; }\n")
        passed = self.root / "build/lint-passes"
        self.assertEqual(len(list(passed.iterdir())), 1)
        self.check_source("int One() { return 1; }\n", "function 'One'")

    def test_fixes_what_it_can(self):
        self.check_source("static int One() { return 1; }\nint two() { return 2 * One(); }\n", "'One'")
        tidy.fix(SourceTree(self.root))
        self.assertIn("return 2 * one();", (self.root / "src/base/a.cc").read_text())


COROUTINE = """#include <coroutine>
struct Job {
  struct promise_type {
    Job get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};
"""


class SuitesTest(unittest.TestCase):
    """tools/run_suites: what cannot be counted is a failure."""

    @classmethod
    def setUpClass(cls):
        cls.names = {"__name__": "run_suites", "__file__": str(PROJECT / "tools/run_suites")}
        exec((PROJECT / "tools/run_suites").read_text(), cls.names)  # it has no .py to import

    def test_reads_counts_from_a_last_line(self):
        counts_of = self.names["counts_of"]
        self.assertEqual(counts_of("12 passed, 3 failed"), (12, 3))
        self.assertEqual(counts_of("=== 2 failed, 1 error, 5 passed, 1 skipped in 3.1s ==="), (5, 3))
        self.assertIsNone(counts_of("all is well"))
        self.assertIsNone(counts_of("0 passed, 0 failed"))

    def test_silence_and_bad_status_are_failures(self):
        judge = self.names["judge"]
        self.assertEqual(judge("x", 0, None), (0, 1))
        self.assertEqual(judge("x", 1, (4, 0)), (4, 1))
        self.assertEqual(judge("x", 1, (4, 2)), (4, 2))
        self.assertEqual(judge("x", 0, (4, 0)), (4, 0))

    def test_runs_commands_and_misses_none(self):
        run_suite = self.names["run_suite"]
        self.assertEqual(run_suite("x", "echo 3 passed"), (3, 0))
        self.assertEqual(run_suite("x", "tests/no_such_program"), (0, 1))

    def test_the_full_set_replaces_suites_of_the_same_name(self):
        sections = self.names["read_suites"]("# c\n[fast]\na: run a\nb: run b\n\n[all]\nb: run b x\nc: d\n")
        choose = self.names["choose"]
        self.assertEqual(choose(sections, "fast"), {"a": "run a", "b": "run b"})
        self.assertEqual(choose(sections, "all"), {"a": "run a", "b": "run b x", "c": "d"})
        self.assertEqual(choose(sections, "b"), {"b": "run b x"})
        self.assertEqual(list(choose(sections, "Crc").values()), ["tools/run_unit_tests dev Crc"])


def main():
    result = unittest.main(exit=False, buffer=True).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
