"""Counts its visitors in a file beside the source, as development servers do."""

import http.server
import pathlib

VISITS = pathlib.Path("visits.txt")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        count = int(VISITS.read_text()) + 1 if VISITS.exists() else 1
        VISITS.write_text(str(count))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"visit {count}\n".encode())


http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
