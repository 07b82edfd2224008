#!/usr/bin/env python3
"""Checks who includes whom (docs/ARCHITECTURE.md): one rule a layer, one line a breach, exit 1 when there is any.

Usage: scripts/check-layers.py [--root DIR]     check the tree (default: the one this script is in)
       scripts/check-layers.py --self-test      prove on small made-up trees that each rule can fail

A new top-level folder with C++ in it must get its line in LAYERS first.
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

# layer -> the layers it may include. runtime/base is a layer of its own: it is the floor under runtime and transport.
# So is runtime/store: it alone knows RocksDB, and the rest of runtime does not need it.
LAYERS = {
    "app": {"app", "actors", "runtime", "runtime/base", "runtime/store", "transport"},
    "actors": {"actors", "runtime", "runtime/base", "runtime/store", "transport"},
    "runtime": {"runtime", "runtime/base"},
    "runtime/base": {"runtime/base"},
    "runtime/store": {"runtime/store", "runtime/base"},
    "transport": {"transport", "runtime/base"},
    "tests": {"tests", "bench", "app", "actors", "runtime", "runtime/base", "runtime/store", "transport"},
    "bench": {"bench", "tests", "app", "actors", "runtime", "runtime/base", "runtime/store", "transport"},
}

# framework -> (how its includes begin, the layers that must not know it)
FRAMEWORKS = {
    "CAF": (re.compile(r"caf/"), {"runtime/base", "runtime/store", "transport"}),
    "Asio": (re.compile(r"(boost/)?(asio|beast)(/|\.hpp)"), {"runtime/base", "runtime/store"}),
    "RocksDB": (re.compile(r"rocksdb/"), {"app", "actors", "runtime", "runtime/base", "transport"}),
}

MAY = {
    "actors": "actors may include actors, runtime and transport",
    "runtime": "runtime may include runtime only; it knows neither carts nor transport",
    "runtime/base": "runtime/base may include runtime/base only; it is the floor under runtime and transport",
    "runtime/store": "runtime/store may include runtime/base only; it knows neither carts nor CAF",
    "transport": "transport may include transport and runtime/base only",
}

SUFFIXES = {".cpp", ".hpp", ".cc", ".h", ".ipp", ".inl"}
SKIPPED = {"build", "node_modules", "cartwheel-data"}  # and whatever begins with a dot
UNTOUCHED = "bench/peers/"  # other people's contenders, used unchanged

INCLUDE = re.compile(r"^\s*#\s*include\b\s*(.*)")
NAMED = re.compile(r'([<"])([^>"]+)[>"]')


def layer_of(path):
    """The layer of a path from the root, None when it is in no known top-level folder."""
    for room in ("runtime/base", "runtime/store"):
        if path.startswith(room + "/"):
            return room
    top, slash, _ = path.partition("/")
    return top if slash and top in LAYERS else None


def breach(layer, operand):
    """What is wrong with this operand of #include in a file of this layer; None when nothing is."""
    named = NAMED.match(operand)
    if not named:
        return f"#include {operand}: a computed include hides its layer; name the file"
    bracket, target = named.groups()
    what = f"#include {bracket}{target}{'>' if bracket == '<' else bracket}"

    for framework, (begin, strangers) in FRAMEWORKS.items():
        if begin.match(target):
            return f"{what}: {layer} does not know {framework}" if layer in strangers else None

    to = layer_of(target)
    if to is None:
        if bracket == "<":
            return None  # the standard library, the system, a package
        return f"{what}: includes of the project start at the root, those of others stand in <>"
    if ".." in target.split("/") or "." in target.split("/"):
        return f"{what}: includes of the project start at the root, with no . or .. on the way"
    if bracket == "<":
        return f"{what}: includes of the project stand in quotes"
    if to in LAYERS[layer]:
        return None
    if to in ("app", "bench", "tests"):
        return f"{what}: nothing includes {to}, except tests and bench" + (" and app itself" if to == "app" else "")
    return f"{what}: {MAY[layer]}"


def sources(root):
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(s for s in subfolders if s not in SKIPPED and not s.startswith("."))
        for name in sorted(files):
            if Path(name).suffix in SUFFIXES:
                yield (Path(folder) / name).relative_to(root).as_posix()


def check(root):
    """Returns (number of files read, list of 'file:line: breach')."""
    read, found = 0, []
    for path in sources(root):
        if path.startswith(UNTOUCHED):
            continue
        read += 1
        layer = layer_of(path)
        if layer is None:
            found.append(f"{path}:1: this folder has no layer; give it one in scripts/check-layers.py")
            continue
        text = (Path(root) / path).read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            include = INCLUDE.match(line)
            problem = include and breach(layer, include.group(1).strip())
            if problem:
                found.append(f"{path}:{number}: {problem}")
    return read, found


# The self-test: a file, the line in it, and a piece of the complaint (None: allowed).
CASES = [
    ("app/serve/serve.cpp", '#include "actors/cart/cart_cell.hpp"', None),
    ("app/serve/serve.cpp", '#include "transport/http/server.hpp"', None),
    ("app/serve/serve.cpp", '#include "tests/support/clock.hpp"', "nothing includes tests"),
    ("app/load/load.cpp", '#include "bench/load/harness.hpp"', "nothing includes bench"),
    ("actors/cart/cart_cell.cpp", '#include "runtime/cell.hpp"', None),
    ("actors/gateway/gateway.cpp", '#include "transport/forward/frame.hpp"', None),
    ("actors/cart/cart_cell.cpp", "#include <caf/all.hpp>", None),
    ("actors/cart/cart_cell.cpp", '#include "app/config/config.hpp"', "nothing includes app"),
    ("runtime/cell.cpp", '#include "runtime/base/clock.hpp"', None),
    ("runtime/cell.cpp", "#include <caf/monitorable_actor.hpp>", None),
    ("runtime/journal/segment.cpp", '#include "actors/cart/cart_state.hpp"', "runtime may include runtime only"),
    ("runtime/cell.cpp", '#include "transport/smtp/session.hpp"', "runtime may include runtime only"),
    ("runtime/base/clock.hpp", "#include <chrono>", None),
    ("runtime/base/clock.hpp", '#include "runtime/base/errc.hpp"', None),
    ("runtime/base/clock.hpp", '#include "runtime/cell.hpp"', "runtime/base may include runtime/base only"),
    ("runtime/base/ids.hpp", "#include <caf/inspector.hpp>", "does not know CAF"),
    ("runtime/base/ids.hpp", '#  include "caf/error.hpp"', "does not know CAF"),
    ("runtime/base/clock.cpp", "#include <boost/asio/steady_timer.hpp>", "does not know Asio"),
    ("runtime/store/store.cpp", "#include <rocksdb/db.h>", None),
    ("runtime/store/store_key.cpp", '#include "runtime/base/time.hpp"', None),
    ("runtime/store/store.cpp", '#include "runtime/metrics.hpp"', "runtime/store may include runtime/base only"),
    ("runtime/store/store.cpp", "#include <caf/error.hpp>", "does not know CAF"),
    ("runtime/journal/segment.cpp", '#include "runtime/store/store.hpp"', "runtime may include runtime only"),
    ("actors/gateway/node_log.cpp", '#include "runtime/store/store.hpp"', None),
    ("actors/gateway/node_log.cpp", "#include <rocksdb/db.h>", "does not know RocksDB"),
    ("tests/runtime/store/files.hpp", "#include <rocksdb/file_system.h>", None),
    ("transport/smtp/session.cpp", "#include <boost/asio.hpp>", None),
    ("transport/forward/frame.cpp", "#include <msgpack.hpp>", None),
    ("transport/smtp/session.cpp", '#include "runtime/base/limits.hpp"', None),
    ("transport/smtp/session.cpp", '#include "runtime/metrics.hpp"', "runtime/base only"),
    ("transport/smtp/session.cpp", '#include "actors/mailer/mail.hpp"', "runtime/base only"),
    ("transport/http/server.cpp", "#include <caf/actor_system.hpp>", "does not know CAF"),
    ("tests/actors/cart/cart_test.cpp", '#include "app/replay/replay.hpp"', None),
    ("bench/actors/cart/cart_bench.cpp", '#include "tests/support/events.hpp"', None),
    ("bench/peers/bare_loop.cpp", '#include "anything.hpp"', None),
    ("actors/cart/cart_cell.cpp", '#include "cart_state.hpp"', "start at the root"),
    ("tests/actors/cart/cart_test.cpp", '#include "../support/clock.hpp"', "start at the root"),
    ("transport/smtp/session.cpp", '#include "transport/../actors/mailer/mail.hpp"', "no . or .."),
    ("actors/cart/cart_cell.cpp", "#include <actors/cart/cart_state.hpp>", "stand in quotes"),
    ("actors/cart/cart_cell.cpp", "#include CART_STATE", "computed include"),
    ("sidecar/main.cpp", "#include <string>", "has no layer"),
]


def self_test():
    failures = 0
    for path, line, expected in CASES:
        with tempfile.TemporaryDirectory() as root:
            file = Path(root) / path
            file.parent.mkdir(parents=True)
            file.write_text(f"// made up by the self-test\n{line}\n")
            _, found = check(root)
        where = f"{path}:{1 if expected == 'has no layer' else 2}: "
        right = not found if expected is None else len(found) == 1 and found[0].startswith(where) and expected in found[0]
        if not right:
            failures += 1
            print(f"self-test: {path} with {line}\n  expected: {expected or 'no complaint'}\n  found:    {found}")
    print(f"check-layers: self-test, {len(CASES) - failures} of {len(CASES)} cases right")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    read, found = check(options.root)
    for line in found:
        print(line)
    print(f"check-layers: {read} files, {len(found)} breaches" if found else f"check-layers: {read} files, all in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
