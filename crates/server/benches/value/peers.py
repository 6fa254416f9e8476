"""What `cargo xtask bench value` measures Zhike against: the same files through lifetimes, DuckDB and Polars.

peers.py pack FILE.csv FILE.parquet     a CSV file as Parquet
peers.py fit FILE.parquet               BG/NBD by lifetimes, as its documentation shows
peers.py whale-duckdb FILE.parquet      profit by customer and the whale curve, in SQL
peers.py whale-polars FILE.parquet      the same, lazily

Each prints one line of JSON: seconds (without starting Python and importing), peak memory in MB, and the figures.
"""

import json
import resource
import sys
import time


def told(seconds, **figures):
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "memory": memory, **figures}))


def pack(source, target):
    import duckdb

    duckdb.sql(f"COPY (SELECT * FROM read_csv('{source}')) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def fit(path):
    import pandas
    from lifetimes import BetaGeoFitter

    start = time.perf_counter()
    frame = pandas.read_parquet(path)
    model = BetaGeoFitter(penalizer_coef=0.0)
    model.fit(frame["x"], frame["t_x"], frame["T"])
    told(time.perf_counter() - start, **{name: float(value) for name, value in model.params_.items()})


def whale_duckdb(path):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    start = time.perf_counter()
    row = connection.execute(
        f"""
        WITH sums AS (SELECT customer, sum(profit) AS profit FROM read_parquet('{path}') GROUP BY customer),
        curve AS (SELECT row_number() OVER w AS place, sum(profit) OVER w AS together FROM sums
                  WINDOW w AS (ORDER BY profit DESC, customer ROWS UNBOUNDED PRECEDING))
        SELECT count(*), max(together), arg_max(place, together), arg_max(together, place) FROM curve
        """
    ).fetchone()
    told(time.perf_counter() - start, customers=row[0], peak=int(row[1]), peak_customers=row[2], total=int(row[3]))


def whale_polars(path):
    import polars

    start = time.perf_counter()
    curve = (
        polars.scan_parquet(path)
        .group_by("customer")
        .agg(polars.col("profit").sum())
        .sort(["profit", "customer"], descending=[True, False])
        .select(polars.col("profit").cum_sum().alias("together"))
        .collect()["together"]
    )
    figures = {"customers": len(curve), "peak": int(curve.max()), "peak_customers": int(curve.arg_max()) + 1, "total": int(curve[-1])}
    told(time.perf_counter() - start, **figures)


if __name__ == "__main__":
    what, *paths = sys.argv[1:]
    {"pack": pack, "fit": fit, "whale-duckdb": whale_duckdb, "whale-polars": whale_polars}[what](*paths)
