"""What was measured: values by name, and series for plots. A figure is the median of its values."""

import json
import statistics


class Figures:
    def __init__(self):
        self.values = {}    # name: [value of each run]
        self.units = {}
        self.tables = {}    # name: [{column: value}], in the order they came
        self.left_out = {}  # what: why
        self.notes = []     # what a reader must know of this run

    def add(self, name, value, unit=""):
        self.values.setdefault(name, []).append(value)
        self.units[name] = unit

    def add_row(self, table, **columns):
        self.tables.setdefault(table, []).append(columns)

    def leave_out(self, what, why):
        self.left_out[what] = why

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def has(self, *names):
        return all(n in self.values for n in names)

    def median(self, name):
        return statistics.median(self.values[name])

    def best_of(self, names):
        """The one of these names that has the highest median."""
        return max((n for n in names if self.has(n)), key=self.median)

    def to_json(self):
        return {"figures": {n: {"unit": self.units[n], "median": self.median(n), "runs": v} for n, v in self.values.items()},
                "tables": self.tables, "left_out": self.left_out, "notes": self.notes}

    @classmethod
    def from_json(cls, read):
        made = cls()
        for name, one in read["figures"].items():
            made.values[name] = one["runs"]
            made.units[name] = one["unit"]
        made.tables, made.left_out, made.notes = read["tables"], read["left_out"], read["notes"]
        return made


def save(path, run, figures):
    """`run`: what else is known of it: kind, date, machine, versions."""
    path.write_text(json.dumps({**run, **figures.to_json()}, indent=1) + "\n")


def load(path):
    read = json.loads(path.read_text())
    figures = Figures.from_json(read)
    return {k: v for k, v in read.items() if k not in figures.to_json()}, figures
