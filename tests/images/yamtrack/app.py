"""Counts requests in a database that it must be able to write: PUT adds one, GET tells."""

import sqlite3


def app(environ, start_response):
    database = sqlite3.connect("/yamtrack/db/db.sqlite3")
    database.execute("create table if not exists seen (n integer)")
    if environ["REQUEST_METHOD"] == "PUT":
        database.execute("insert into seen values (1)")
        database.commit()
    count = database.execute("select count(*) from seen").fetchone()[0]
    database.close()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"seen {count}\n".encode()]
