# Scores the files of `proffer evaluate --dump-split DIR`, sharing no code with the program: python3 score_split.py DIR TASK
# For each list: HR@10 NDCG@10 P@10 MRR@25. "own-" lines are counted here from train.csv alone.
import csv, glob, heapq, itertools, math, os, sys
from collections import Counter, defaultdict
directory, task = sys.argv[1], sys.argv[2].lower()
def rows(name): return list(csv.DictReader(open(os.path.join(directory, name))))
def case(r): return r["user"], r.get("query") or r.get("turn")
given, truth, train, pop = defaultdict(list), defaultdict(set), defaultdict(list), Counter()
for r in rows("input.csv"): given[case(r)].append(r["item"])
for r in rows("truth.csv"):
    if task != "new" or r["item"] not in given[case(r)]: truth[case(r)].add(r["item"])
for r in rows("train.csv"): train[r["USER_ID"]].append(r["ITEM_ID"])
for items in train.values(): pop.update(set(items))
def show(name, lists):
    sums = [0.0] * 4
    for key, wanted in truth.items():
        hit = [item in wanted for item in lists.get(key, [])[:25]]
        gain = sum(1 / math.log2(i + 2) for i, h in enumerate(hit[:10]) if h)
        ideal = sum(1 / math.log2(i + 2) for i in range(min(10, len(wanted))))
        of = [any(hit[:10]), gain / ideal, sum(hit[:10]) / 10, next((1 / (i + 1) for i, h in enumerate(hit) if h), 0)]
        sums = [a + b for a, b in zip(sums, of)]
    print(name, *("%.6f" % (s / len(truth)) for s in sums))
for path in sorted(glob.glob(os.path.join(directory, "list-%s-*.csv" % task))):
    lists = defaultdict(list)
    for r in rows(os.path.basename(path)): lists[case(r)].append(r["item"])
    show(os.path.basename(path)[len("list-%s-" % task):-4], lists)
count = defaultdict(lambda: defaultdict(float))
for items in train.values():
    for i, a in enumerate(items):
        for gap, b in enumerate(items[i + 1:i + 21], 1): count[a][b] += 1 / gap
most, order = max(pop.values()), sorted(pop, key=lambda i: (int(i) if i.isdigit() else 0, i))
by_pop, by_pop_bytes = sorted(order, key=lambda i: -pop[i]), sorted(sorted(pop), key=lambda i: -pop[i])
def first(ranked, seen): return list(itertools.islice((i for i in ranked if i not in seen), 25))
popular, counted, by_bytes = {}, {}, {}
for key in truth:
    seen, sums = set(given[key]) if task == "new" else set(), defaultdict(float)
    for k, a in enumerate(given[key][:-121:-1]):  # what is older weighs less than 1e-8
        for b, c in count[a].items(): sums[b] += math.exp(-k / 6) * c / (pop[a] + 10)
    popular[key], by_bytes[key] = first(by_pop, seen), first(by_pop_bytes, seen)
    score = lambda i: sums[i] + 1e-7 * pop[i] / most
    counted[key] = heapq.nlargest(25, (i for i in order if i not in seen), key=score)
show("own-popularity", popular)
show("own-aws-popularity-count", by_bytes)
show("own-windowed-counts", counted)
