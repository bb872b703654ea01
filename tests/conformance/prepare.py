"""Makes the files of the flow from MovieLens: ratings as interactions, the newest fifth held out.

    python3 prepare.py MOVIELENS DIRECTORY
"""

import csv
import pathlib
import sys


def main():
    source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    with open(source / "ratings.csv", newline="") as file:
        ratings = sorted(csv.DictReader(file), key=lambda row: (int(row["timestamp"]), row["userId"], row["movieId"]))
    cut = len(ratings) * 4 // 5
    known = {row["userId"] for row in ratings[:cut]}
    held_out = [row for row in ratings[cut:] if row["userId"] in known][:100]

    def write(name, header, rows):
        with open(target / name, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)

    for name, rows in (("interactions.csv", ratings[:cut]), ("events.csv", held_out)):
        write(name, ["USER_ID", "ITEM_ID", "EVENT_TYPE", "TIMESTAMP"],
              ([row["userId"], row["movieId"], "rating", row["timestamp"]] for row in rows))
    with open(source / "movies.csv", newline="") as file:
        movies = list(csv.DictReader(file))
    write("items.csv", ["ITEM_ID", "TITLE", "GENRES"],
          ([movie["movieId"], movie["title"].replace('"', "'"), movie["genres"]] for movie in movies))


main()
