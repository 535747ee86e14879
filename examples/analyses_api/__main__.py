"""python3 -m analyses_api [--host H] [--port P] [--database FILE] [--stats-delay-ms N]"""

import argparse
from pathlib import Path

import uvicorn

from .app import create_app


def main() -> None:
    parser = argparse.ArgumentParser(prog="analyses_api", description="The example API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--database", type=Path, default=Path("analyses.sqlite"),
                        help="made and filled at the first start (default: %(default)s)")
    parser.add_argument("--stats-delay-ms", type=int, default=800,
                        help="how slow /analyses/stats is (default: %(default)s)")
    options = parser.parse_args()
    app = create_app(options.database, options.stats_delay_ms)
    uvicorn.run(app, host=options.host, port=options.port, access_log=False, log_level="warning",
                timeout_keep_alive=75)


if __name__ == "__main__":
    main()
