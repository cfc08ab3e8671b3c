"""Changes one operator, bound, guard, constant or restored field at a time and says whether the tests notice.

    python3 tests/mutation/mutate.py --path src/Transforms --count 20 --seed 1

Works on a copy of the tree in a temporary folder. README.md beside this file says how to read the table.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Of each project of src: the test projects that are to notice, the quickest first.
TESTS = {
    "Core": ["Core.Tests", "Pipelines.Tests"],
    "Transforms": ["Transforms.Tests", "Pipelines.Tests"],
    "Pipelines": ["Pipelines.Tests"],
}

# Runs while the project is built and is no part of the assembly.
BUILD_TASK = "src/Transforms/Interop/Build"

# Programs of their own, which do not load the changed assembly.
OTHER_PROGRAMS = "FullyQualifiedName!~.Sample.&FullyQualifiedName!~ModelLoaderTests"

SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&",
    "+": "-", "-": "+", "*": "/", "/": "*", "%": "/", "+=": "-=", "-=": "+=", "|=": "=", "&": "|", "|": "&",
}
WORDS = {
    "true": "false", "false": "true", "is null": "is not null", "is not null": "is null",
    "Math.Min": "Math.Max", "Math.Max": "Math.Min", ".First(": ".Last(", ".Last(": ".First(", ".Any(": ".All(", ".All(": ".Any(",
}

OPERATOR = re.compile(r"(?<= )(" + "|".join(re.escape(o) for o in sorted(SWAPS, key=len, reverse=True)) + r")(?= )")
WORD = re.compile("|".join(r"(?<!\w)" + re.escape(w) + (r"(?!\w)" if w[-1].isalpha() else "") for w in WORDS))
NUMBER = re.compile(r"(?<![\w.#])(\d+)(?![\w.])")
GUARD = re.compile(r"^\s*(?:else )?if \((.*)\)$")
STATEMENT = re.compile(r"^\s+(?=\S)(?:\([\w., ]+\)|[\w.\[\]^]+) [-+*/|]?= .*;$|^\s+(?!new\(|nameof\()[A-Za-z_][\w.]*(?:<\w+>)?\(.*\);$")
# Compiled into whoever calls, so the tests must be built again.
PARAMETER_DEFAULT = re.compile(r"^\s+[\w<>?\[\]]+ \w+ = [\w.\"-]+[,)]")
SKIPPED_LINE = re.compile(r"^\s*(//|using |namespace |\[|#)")
STRING_OR_COMMENT = re.compile(r'"""[\s\S]*?"""|\$?@?"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|//[^\n]*|/\*[\s\S]*?\*/')


@dataclass(frozen=True)
class Edit:
    file: Path      # relative to the root
    line: int       # from 1
    kind: str
    before: str
    after: str

    def __str__(self):
        return f"{self.file}:{self.line} {self.kind}: {self.before.strip()}  ->  {self.after.strip() or '(nothing)'}"


def edits_of(file):
    """Every edit of a file."""
    text = (ROOT / file).read_text(encoding="utf-8-sig")
    # Same length, so that places in one are places in the other.
    code = STRING_OR_COMMENT.sub(lambda match: re.sub(r"[^\n]", "\0", match.group()), text)
    for number, (before, bare) in enumerate(zip(text.split("\n"), code.split("\n")), start=1):
        if SKIPPED_LINE.match(before):
            continue
        for match in OPERATOR.finditer(bare):
            if "\0" in bare[match.start() - 2:match.end() + 2]:
                continue   # texts joined by +
            yield Edit(file, number, "operator", before, replaced(before, match, SWAPS[match.group()]))
        for match in WORD.finditer(bare):
            yield Edit(file, number, "word", before, replaced(before, match, WORDS[match.group()]))
        for match in NUMBER.finditer(bare):
            yield Edit(file, number, "constant", before, replaced(before, match, str(int(match.group()) + 1)))
        if guard := GUARD.match(bare):
            yield Edit(file, number, "guard", before, f"{before[:guard.start(1)]}false && ({before[guard.start(1):guard.end(1)]}))")
        if STATEMENT.match(bare):
            yield Edit(file, number, "statement", before, re.sub(r"\S.*", ";", before))


def replaced(line, match, text):
    return line[:match.start()] + text + line[match.end():]


def sample(path, count, seed):
    start = ROOT / path
    files = sorted(file.relative_to(ROOT) for file in ([start] if start.is_file() else start.rglob("*.cs")))
    edits = [edit for file in files if not file.is_relative_to(BUILD_TASK) for edit in edits_of(file)]
    random.Random(seed).shuffle(edits)
    return edits[:count], len(edits)


def run(command, folder, timeout, stop_at=None):
    """Runs a program to its end, to the first line that matches, or to the timeout; returns (exit code, that line, output)."""
    output = []
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    is_over = threading.Event()
    timer = threading.Timer(timeout, lambda: (is_over.set(), end_group(process.pid)))
    timer.start()
    try:
        for line in process.stdout:
            output.append(line)
            if stop_at and (found := stop_at.match(line)):
                return 1, found.group(1), output
        # Its number stays its own, and its group that of its children, until it is waited for.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    finally:
        timer.cancel()
        timer.join()
        end_group(process.pid)
        code = process.wait()
    if code < 0 and not is_over.is_set():
        sys.exit(f"{command[1]} was ended from outside by signal {-code}, which says nothing about the edit.")
    return code, "timeout" if is_over.is_set() else None, output


def end_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Copy:
    """The tree in a temporary folder, with its test projects built."""

    # Without servers that would outlive the build.
    BUILD = ["dotnet", "build", "-c", "Release", "-nodeReuse:false", "-p:UseSharedCompilation=false",
             "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false"]
    FAILED = re.compile(r"\s+Failed (\S+)")

    def __init__(self, folder, project, tests, only):
        self.folder, self.project, self.tests = folder, project, tests
        self.filters = [f"({only})&{OTHER_PROGRAMS}", OTHER_PROGRAMS] if only else [OTHER_PROGRAMS]
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.folder / name)
        self.build_tests()
        self.timeout = 3 * sum(self.time_of(test) for test in tests) + 60   # an endless loop counts as caught

    def build_tests(self):
        for test in self.tests:
            code, _, output = run([*self.BUILD, f"tests/{test}"], self.folder, timeout=1800)
            if code != 0:
                sys.exit("".join(output))

    def time_of(self, test):
        start = time.monotonic()
        code, failed, output = self.test(test, self.filters[0], timeout=3600)
        if code != 0:
            sys.exit(f"{test} fails before any edit: {failed}\n{''.join(output[-30:])}")
        return time.monotonic() - start

    def test(self, test, chosen, timeout):
        assembly = self.folder / f"artifacts/bin/{test}/release/MLNet.BatchNorm.{test}.dll"
        return run(
            ["dotnet", "vstest", str(assembly), "--logger:console;verbosity=normal", f"--TestCaseFilter:{chosen}"],
            self.folder, timeout, self.FAILED)

    def try_edit(self, edit):
        """caught, with the first test that failed; survived; or not compiled."""
        target = self.folder / edit.file
        text = target.read_text(encoding="utf-8-sig")
        lines = text.split("\n")
        lines[edit.line - 1] = edit.after
        target.write_text("\n".join(lines), encoding="utf-8")
        try:
            code, _, _ = run([*self.BUILD, "--no-restore", "--no-dependencies", f"src/{self.project}"], self.folder, timeout=600)
            if code != 0:
                return "not compiled", ""
            name = f"MLNet.BatchNorm.{self.project}.dll"
            built = self.folder / "artifacts/bin"
            for test in self.tests:
                shutil.copy2(built / self.project / "release" / name, built / test / "release" / name)
            if PARAMETER_DEFAULT.match(edit.before):
                self.build_tests()
            for chosen in self.filters:
                for test in self.tests:
                    code, by, _ = self.test(test, chosen, self.timeout if chosen == self.filters[0] else 1800)
                    if code != 0:
                        return "caught", by or "crash"
            return "survived", ""
        finally:
            target.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", required=True, help="a file or folder below src/<project>")
    parser.add_argument("--count", type=int, default=20, help="how many edits")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--only", help="numbers of the table, as 3,7: those edits alone")
    parser.add_argument("--tests", help="test projects, as Core.Tests,Pipelines.Tests; default: those of the project")
    parser.add_argument("--filter", help="run these tests first, as FullyQualifiedName~Training, and all only if they pass")
    parser.add_argument("--list", action="store_true", help="print the edits and try none")
    options = parser.parse_args()

    edits, all_edits = sample(options.path, options.count, options.seed)
    chosen = [(number, edit) for number, edit in enumerate(edits, start=1)
              if not options.only or str(number) in options.only.split(",")]
    print(f"{len(chosen)} of {all_edits} possible edits in {options.path}, seed {options.seed}", flush=True)
    if options.list:
        for number, edit in chosen:
            print(f"{number:3} {edit}")
        return

    project = Path(options.path).parts[1]
    tests = options.tests.split(",") if options.tests else TESTS[project]
    counts = {"caught": 0, "survived": 0, "not compiled": 0}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))   # so that the folder goes and nothing runs on
    with tempfile.TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True) as folder:
        copy = Copy(Path(folder), project, tests, options.filter)
        for number, edit in chosen:
            outcome, by = copy.try_edit(edit)
            counts[outcome] += 1
            print(f"{number:3} {outcome:12} {edit}{f'  [{by}]' if by else ''}", flush=True)
    compiled = counts["caught"] + counts["survived"]
    print(f"caught {counts['caught']} of {compiled} ({counts['caught'] / max(1, compiled):.0%}); {counts['not compiled']} did not compile")


if __name__ == "__main__":
    main()
