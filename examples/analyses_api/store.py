"""Analyses in one SQLite file. Every call opens its own connection, so any thread may call."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

SCHEMA = """
CREATE TABLE analyses (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL,
  title      TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  score      REAL,
  created_at TEXT    NOT NULL,
  updated_at TEXT    NOT NULL
);
CREATE INDEX analyses_by_user ON analyses (user_id, id);
"""

SEED_ROWS = 240
SEED_USERS = 12
SEED_TITLES = ("Soil moisture", "River gauge", "Air quality", "Crop yield", "Snow cover")
SEED_STATUSES = ("done", "done", "running", "queued", "failed")
SEED_START = datetime(2024, 1, 1, 8, 0, tzinfo=timezone.utc)

Row = Dict[str, Any]


def seed_rows() -> List[Tuple[int, str, str, Optional[float], str, str]]:
    """The same rows at every first start: what is shown in documents can be repeated."""
    rows = []
    for number in range(1, SEED_ROWS + 1):
        status = SEED_STATUSES[number % len(SEED_STATUSES)]
        score = round((number * 37 % 100) / 100, 2) if status == "done" else None
        moment = (SEED_START + timedelta(hours=number)).isoformat()
        title = f"{SEED_TITLES[number % len(SEED_TITLES)]} {number}"
        rows.append((1 + number % SEED_USERS, title, status, score, moment, moment))
    return rows


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


class Store:
    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            self._create()

    def _create(self) -> None:
        with closing(self._connect()) as db, db:
            db.executescript(SCHEMA)
            db.executemany(
                "INSERT INTO analyses (user_id, title, status, score, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                seed_rows(),
            )

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=5)
        db.row_factory = sqlite3.Row
        return db

    def page(self, page: int, size: int, user_id: Optional[int]) -> Tuple[int, List[Row]]:
        """How many there are, and those of one page (counted from 1), newest first."""
        where, values = ("", []) if user_id is None else (" WHERE user_id = ?", [user_id])
        with closing(self._connect()) as db:
            total = db.execute(f"SELECT count(*) FROM analyses{where}", values).fetchone()[0]
            rows = db.execute(
                f"SELECT * FROM analyses{where} ORDER BY id DESC LIMIT ? OFFSET ?",
                [*values, size, (page - 1) * size],
            ).fetchall()
        return total, [dict(row) for row in rows]

    def get(self, analysis_id: int) -> Optional[Row]:
        with closing(self._connect()) as db:
            row = db.execute("SELECT * FROM analyses WHERE id = ?", [analysis_id]).fetchone()
        return dict(row) if row else None

    def add(self, values: Row) -> Row:
        moment = now()
        with closing(self._connect()) as db, db:
            cursor = db.execute(
                "INSERT INTO analyses (user_id, title, status, score, created_at, updated_at)"
                " VALUES (:user_id, :title, :status, :score, :moment, :moment)",
                {**values, "moment": moment},
            )
            row = db.execute("SELECT * FROM analyses WHERE id = ?", [cursor.lastrowid]).fetchone()
        return dict(row)

    def update(self, analysis_id: int, values: Row) -> Optional[Row]:
        """Sets the named columns (names come from our own models, never from a client)."""
        columns = "".join(f"{name} = :{name}, " for name in values)
        with closing(self._connect()) as db, db:
            db.execute(
                f"UPDATE analyses SET {columns}updated_at = :moment WHERE id = :id",
                {**values, "moment": now(), "id": analysis_id},
            )
            row = db.execute("SELECT * FROM analyses WHERE id = ?", [analysis_id]).fetchone()
        return dict(row) if row else None

    def remove(self, analysis_id: int) -> bool:
        with closing(self._connect()) as db, db:
            return db.execute("DELETE FROM analyses WHERE id = ?", [analysis_id]).rowcount == 1

    def stats(self) -> Row:
        with closing(self._connect()) as db:
            total, mean = db.execute("SELECT count(*), avg(score) FROM analyses").fetchone()
            by_status = db.execute(
                "SELECT status, count(*) FROM analyses GROUP BY status ORDER BY status"
            ).fetchall()
        return {
            "total": total,
            "mean_score": None if mean is None else round(mean, 3),
            "by_status": {status: count for status, count in by_status},
        }
