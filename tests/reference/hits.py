"""Which branches of the model were reached, so that random_events.py --self-check can tell that its files reach everything."""
from collections import Counter

HITS = Counter()


def hit(branch):
    HITS[branch] += 1
