"""The routes. No Cache-Control, no ETag, no Last-Modified: most APIs look like this one."""

import time
from enum import Enum
from pathlib import Path
from typing import Any, Dict, List, Optional

from fastapi import FastAPI, HTTPException, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from . import report
from .observe import Counts, RequestLog
from .store import Store


class Status(str, Enum):
    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"


class NewAnalysis(BaseModel):
    user_id: int = Field(ge=1)
    title: str = Field(min_length=1, max_length=200)
    status: Status = Status.queued
    score: Optional[float] = Field(default=None, ge=0, le=1)


class Changes(BaseModel):
    """Of PATCH. The defaults are never used: only the given fields are written, and none may be
    null but the score."""

    user_id: int = Field(default=1, ge=1)
    title: str = Field(default="-", min_length=1, max_length=200)
    status: Status = Status.queued
    score: Optional[float] = Field(default=None, ge=0, le=1)


class Analysis(NewAnalysis):
    id: int
    created_at: str
    updated_at: str


class Page(BaseModel):
    items: List[Analysis]
    page: int
    size: int
    total: int


def columns(model: BaseModel, *, only_given: bool) -> Dict[str, Any]:
    values = model.dict(exclude_unset=only_given)
    return {name: v.value if isinstance(v, Enum) else v for name, v in values.items()}


def found(row: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    if row is None:
        raise HTTPException(status_code=404, detail="no such analysis")
    return row


def create_app(database: Path, stats_delay_ms: int) -> FastAPI:
    app = FastAPI(title="Analyses")
    store = Store(database)
    counts = Counts()
    app.add_middleware(RequestLog, counts=counts, silent_path="/_requests")
    add_reading(app, store, stats_delay_ms)
    add_writing(app, store)

    @app.get("/_requests")
    def requests() -> Dict[str, Any]:
        """How many requests reached this process; requests for this very page are not counted."""
        return counts.snapshot()

    return app


def add_reading(app: FastAPI, store: Store, stats_delay_ms: int) -> None:
    @app.get("/analyses", response_model=Page)
    def list_analyses(
        page: int = Query(default=1, ge=1, le=1_000_000),
        size: int = Query(default=20, ge=1, le=100),
        user_id: Optional[int] = Query(default=None, ge=1),
    ) -> Dict[str, Any]:
        total, items = store.page(page, size, user_id)
        return {"items": items, "page": page, "size": size, "total": total}

    @app.get("/analyses/stats")
    def stats() -> Dict[str, Any]:
        time.sleep(stats_delay_ms / 1000)  # stands for a heavy query; runs in a worker thread
        return store.stats()

    @app.get("/analyses/{analysis_id}", response_model=Analysis)
    def get_analysis(analysis_id: int) -> Dict[str, Any]:
        return found(store.get(analysis_id))

    @app.get("/analyses/{analysis_id}/report")
    def get_report(analysis_id: int) -> StreamingResponse:
        found(store.get(analysis_id))
        return StreamingResponse(
            report.blocks(analysis_id),
            media_type="text/csv",
            headers={
                "Content-Length": str(report.REPORT_BYTES),
                "Content-Disposition": f'attachment; filename="analysis-{analysis_id}.csv"',
            },
        )


def add_writing(app: FastAPI, store: Store) -> None:
    @app.post("/analyses", response_model=Analysis, status_code=201)
    def create(analysis: NewAnalysis, response: Response) -> Dict[str, Any]:
        row = store.add(columns(analysis, only_given=False))
        response.headers["Location"] = f"/analyses/{row['id']}"
        return row

    @app.put("/analyses/{analysis_id}", response_model=Analysis)
    def replace(analysis_id: int, analysis: NewAnalysis) -> Dict[str, Any]:
        return found(store.update(analysis_id, columns(analysis, only_given=False)))

    @app.patch("/analyses/{analysis_id}", response_model=Analysis)
    def change(analysis_id: int, changes: Changes) -> Dict[str, Any]:
        return found(store.update(analysis_id, columns(changes, only_given=True)))

    @app.delete("/analyses/{analysis_id}", status_code=204, response_class=Response)
    def delete(analysis_id: int) -> None:
        if not store.remove(analysis_id):
            raise HTTPException(status_code=404, detail="no such analysis")
