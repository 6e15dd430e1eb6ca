#!/usr/bin/env python3
"""Recomputes Bursar's arithmetic with Python's decimal and python-dateutil and reports every difference.

Usage: compare.py FILE   (or "-" for standard input)

A line is: kind, arguments and Bursar's result, separated by tabs. Kinds are the functions of KINDS below.
Nothing here is a translation of the Rust code: amounts are decimals rounded by the library, dates come from
recurrence rules (RFC 5545). Exit codes: 0 no difference, 1 differences, 2 cannot run.
"""
import sys
from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, setcontext
from itertools import islice

try:
    from dateutil import tz
    from dateutil.rrule import DAILY, MONTHLY, rrule, rruleset
except ImportError:
    print("compare.py needs python-dateutil: pip install python-dateutil", file=sys.stderr)
    sys.exit(2)

setcontext(Context(prec=80))
SHOWN_MAX = 20


def percent_of(amount, thousandths):
    """Half away from zero: ROUND_HALF_UP of decimal looks at the magnitude. Written as int, which has no "-0"."""
    exact = Decimal(amount) * Decimal(thousandths).scaleb(-5)
    return exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def percent(amount, thousandths):
    return str(int(percent_of(amount, thousandths)))


def split(amount, weights):
    """Largest remainder, ties to the earlier part."""
    amount = Decimal(amount)
    weights = [Decimal(weight) for weight in weights.split(",")]
    if not any(weights):
        weights = [Decimal(1)] * len(weights)
    exact = [amount * weight for weight in weights]  # in parts of sum(weights), so that nothing is rounded
    whole = sum(weights)
    parts = [(share / whole).to_integral_value(rounding=ROUND_FLOOR) for share in exact]
    rest = [share - part * whole for share, part in zip(exact, parts)]
    for _ in range(int(amount - sum(parts))):
        largest = max(range(len(rest)), key=lambda index: (rest[index], -index))
        parts[largest] += 1
        rest[largest] = Decimal(-1)
    return ",".join(str(int(part)) for part in parts)


def major(amount, decimals):
    return f"{Decimal(amount).scaleb(-int(decimals)):.{decimals}f}"


def price(base, add_ons, discounts):
    """Adjustments are "a500" (an amount) or "p25000" (thousandths of a percent of the base)."""
    total = Decimal(base)
    for text in filter(None, add_ons.split(",")):
        total += Decimal(text[1:]) if text[0] == "a" else percent_of(base, text[1:])
    for text in filter(None, discounts.split(",")):
        total -= Decimal(text[1:]) if text[0] == "a" else percent_of(base, text[1:])
        total = max(total, Decimal(0))
    return str(int(total))


def on_anchors(anchors, interval, start):
    """The dates on these days of the month, each the last day where the month is shorter, from start's month on."""
    rules = rruleset()
    for anchor in anchors:
        days = [anchor] if anchor <= 28 else list(range(28, anchor + 1))
        rules.rrule(rrule(MONTHLY, interval=interval, dtstart=start.replace(day=1), bymonthday=days, bysetpos=-1))
    return rules


def schedule(frequency, days, interval, first, count):
    first = datetime.fromisoformat(first)
    interval, count = int(interval), int(count)
    if frequency == "daily":
        rules = rrule(DAILY, interval=int(days) * interval, dtstart=first)
        dates = list(islice(rules, count))
    else:
        anchors = [int(day) or 31 for day in days.split(",")]
        regular = on_anchors(anchors, 1, first).after(first, inc=True)
        rules = on_anchors(anchors, interval, regular)
        dates = [first] if first != regular else []
        dates += islice(rules.xafter(regular, inc=True), count - len(dates))
    return ",".join(str(day.date()) for day in dates if day.year <= 2199)


def midnight(day, zone):
    """The first instant of a local day, in seconds: what does not exist is moved on, what exists twice is the first."""
    found = tz.gettz(zone)
    if found is None:
        print(f"compare.py finds no zone {zone}: install tzdata", file=sys.stderr)
        sys.exit(2)
    local = datetime.combine(date.fromisoformat(day), datetime.min.time(), tzinfo=found)
    return str(int(tz.resolve_imaginary(local).timestamp()))


KINDS = {
    "percent": percent,
    "split": split,
    "major": major,
    "price": price,
    "schedule": schedule,
    "midnight": midnight,
}


def main(path):
    cases, differences = 0, 0
    with sys.stdin if path == "-" else open(path, encoding="utf-8") as lines:
        for line in lines:
            kind, *arguments, ours = line.rstrip("\n").split("\t")
            expected = KINDS[kind](*arguments)
            cases += 1
            if expected != ours:
                differences += 1
                if differences <= SHOWN_MAX:
                    print(f"{kind} {' '.join(arguments)}: ours {ours}, expected {expected}")
    print(f"{cases} cases, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
