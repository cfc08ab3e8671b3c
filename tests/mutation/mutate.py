"""Runs Stryker.NET over places drawn at random and says which wrong edits the tests notice.

    python3 tests/mutation/mutate.py --project Transforms --places 12 --seed 1

README.md beside this file says how to read what it prints.
"""

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Runs while the project is built and is no part of the assembly.
BUILD_TASK = "Interop/Build/"

# Neither code that does something nor the start of it.
NOT_CODE = re.compile(r"^\s*(//|using |namespace |\[|#|[{}]\s*$|$)")

NAMESPACE = re.compile(r"^namespace .*;$", re.MULTILINE)


def folder_of(file):
    return file.parts[0] if len(file.parts) > 1 else "."


def places(source, folders, count, length, seed):
    """Of each folder of a project: count places of a few lines, as (file, first character, character after the last)."""
    starts = defaultdict(list)
    for file in sorted(source.rglob("*.cs")):
        name = file.relative_to(source)
        if name.as_posix().startswith(BUILD_TASK) or folders and folder_of(name) not in folders:
            continue
        lines = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        position = 0
        for number, line in enumerate(lines):
            if not NOT_CODE.match(line):
                starts[folder_of(name)].append((name.as_posix(), position, position + len("".join(lines[number:number + length]))))
            position += len(line)
    return [place for folder in sorted(starts) for place in random.Random(f"{seed} {folder}").sample(starts[folder], count)]


def copy_tree(folder, project, chosen):
    """The tree in a folder of its own, in which Stryker leaves alone the files that have no place."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    files = {f"src/{project}/{file}" for file, _, _ in chosen}
    for name in filter(lambda name: (ROOT / name).is_file(), listed.stdout.splitlines()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
        if name.startswith(f"src/{project}/") and name.endswith(".cs") and name not in files:
            # Otherwise every edit of the project is compiled in, which slows the kernels down by far.
            text = (folder / name).read_text(encoding="utf-8-sig")
            text = "// Stryker disable all\n" + NAMESPACE.sub(r"\g<0>\n// Stryker disable all\n", text)
            (folder / name).write_text(text, encoding="utf-8")


def stryker(root, project, tests, chosen, tests_filter, output):
    config = {
        "project": f"{project}.csproj",
        "configuration": "Release",
        "concurrency": 1,
        "coverage-analysis": "perTest",
        "mutate": [f"{file}{{{start}..{end}}}" for file, start, end in chosen],
        "ignore-mutations": ["string"],   # wording of messages
        "test-case-filter": tests_filter,
        "reporters": ["json"],
    }
    path = output / "stryker-config.json"
    path.write_text(json.dumps({"stryker-config": config}), encoding="utf-8")
    command = ["dotnet", "stryker", "--config-file", str(path), "--output", str(output), "--skip-version-check"]
    if subprocess.run(command, cwd=root / "tests" / tests).returncode != 0:
        sys.exit("Stryker ended with an error, see above.")
    return json.loads(next(output.rglob("mutation-report.json")).read_text(encoding="utf-8"))


def tell(report, source):
    counts = defaultdict(Counter)
    for path, file in sorted(report["files"].items()):
        name = Path(path).relative_to(source) if Path(path).is_absolute() else Path(path)
        lines = file["source"].splitlines()
        for mutant in sorted(file["mutants"], key=lambda mutant: mutant["location"]["start"]["line"]):
            status = mutant["status"]
            if status in ("Ignored", "CompileError"):
                continue
            counts[folder_of(name)][status] += 1
            if status in ("Survived", "NoCoverage"):
                line = mutant["location"]["start"]["line"]
                after = " ".join(mutant["replacement"].split()) or "(nothing)"
                print(f"{status} {name}:{line} {mutant['mutatorName']}: {lines[line - 1].strip()}  ->  {after}")
    print("\n| folder | tried | caught | survived | no test reaches it |\n|---|---|---|---|---|")
    for folder, of in [*sorted(counts.items()), ("all", sum(counts.values(), Counter()))]:
        print(f"| {folder} | {sum(of.values())} | {of['Killed'] + of['Timeout']} | {of['Survived']} | {of['NoCoverage']} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", required=True, choices=["Core", "Transforms", "Pipelines"])
    parser.add_argument("--folders", default="", help="those alone, as Layers,Losses; . is the project's own")
    parser.add_argument("--places", type=int, default=10, help="how many of each folder")
    parser.add_argument("--lines", type=int, default=25, help="of a place")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--tests", help="the test project, default <project>.Tests")
    parser.add_argument("--filter", default="", help="the tests that are run, as dotnet test --filter takes it")
    parser.add_argument("--list", action="store_true", help="print the places and try none")
    options = parser.parse_args()

    source = ROOT / "src" / options.project
    folders = [name for name in options.folders.split(",") if name]
    chosen = places(source, folders, options.places, options.lines, options.seed)
    if options.list:
        print("\n".join(f"{file}{{{start}..{end}}}" for file, start, end in chosen))
        return
    with tempfile.TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True) as folder:
        root, output = Path(folder) / "tree", Path(folder) / "output"
        output.mkdir()
        copy_tree(root, options.project, chosen)
        tests = options.tests or f"{options.project}.Tests"
        tell(stryker(root, options.project, tests, chosen, options.filter, output), root / "src" / options.project)


if __name__ == "__main__":
    main()
