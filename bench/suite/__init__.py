"""The comparison: Cartwheel beside what people would use instead, and beside its own targets (scripts/bench.sh)."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/scenarios"))  # how processes are started, watched and ended is written there
