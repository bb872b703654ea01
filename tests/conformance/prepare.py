"""Makes the files of the flow from MovieLens: ratings as interactions, the newest fifth held out.

    python3 prepare.py MOVIELENS DIRECTORY

interactions.csv    the older four fifths of the ratings
events.csv          100 ratings of the newest fifth by people of the older ones, spread over their time
items.csv           the movies
recent.csv, recent_items.csv    the newest 8,000 of the older ratings, by all who have ratings in events.csv, and the
                    movies of these two files: for recipes that take minutes to learn from all
"""

import csv
import pathlib
import sys

EVENTS = 100
RECENT = 8_000


def main():
    source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    with open(source / "ratings.csv", newline="") as file:
        ratings = sorted(csv.DictReader(file), key=lambda row: (int(row["timestamp"]), row["userId"], row["movieId"]))
    cut = len(ratings) * 4 // 5
    recent = ratings[cut - RECENT:cut]
    known = {row["userId"] for row in recent}
    late = [row for row in ratings[cut:] if row["userId"] in known]
    held_out = late[::len(late) // EVENTS][:EVENTS]

    def write(name, header, rows):
        with open(target / name, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)

    for name, rows in (("interactions.csv", ratings[:cut]), ("recent.csv", recent),
                       ("events.csv", held_out)):
        write(name, ["USER_ID", "ITEM_ID", "EVENT_TYPE", "TIMESTAMP"],
              ([row["userId"], row["movieId"], "rating", row["timestamp"]] for row in rows))
    with open(source / "movies.csv", newline="") as file:
        movies = list(csv.DictReader(file))
    few = {row["movieId"] for row in recent + held_out}
    for name, some in (("items.csv", movies), ("recent_items.csv", [one for one in movies if one["movieId"] in few])):
        write(name, ["ITEM_ID", "TITLE", "GENRES"],
              ([movie["movieId"], movie["title"].replace('"', "'"), movie["genres"]] for movie in some))


main()
