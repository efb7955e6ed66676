"""Two programs that take turns: how their figures compare, on a machine that others use too."""

import math
import statistics


def interval_of_median(values, level=0.95):
    """Two of the values, between which the median of all such values lies with at least that probability (from the signs alone,
    whatever the distribution), or the least and the greatest where there are too few values for it: five and fewer."""
    ordered = sorted(values)
    count = len(ordered)
    skipped, outside = 0, 1  # of the 2**count ways in which values lie on the median's sides
    while 2 * (outside + math.comb(count, skipped + 1)) <= (1 - level) * 2**count:
        skipped += 1
        outside += math.comb(count, skipped)
    return ordered[skipped], ordered[count - 1 - skipped]


def take_turns(rounds, first, second):
    """Runs both so many times, each in turn the first of the two; their results as two lists."""
    results = [], []
    for number in range(rounds):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        for side in order:
            results[side].append((first, second)[side]())
    return results


class Comparison:
    """Figures of the base and of HEAD, in pairs; less is better."""

    def __init__(self, base, head):
        self.base, self.head = statistics.median(base), statistics.median(head)
        ratios = [after / before if before > 0 else 1.0 for before, after in zip(base, head)]
        self.ratio = statistics.median(ratios)
        self.low, self.high = interval_of_median(ratios)

    def verdict(self, tolerance=0.02):
        """more or less: the whole interval lies outside of the tolerance; otherwise the difference is within it or not seen."""
        if self.low > 1 + tolerance:
            return "more"
        if self.high < 1 - tolerance:
            return "less"
        return "equal"
