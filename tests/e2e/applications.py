"""Small servers in several languages, each one file: 200 to everything, or 500 with `fail`."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PYTHON = """\
import http.server, sys
port, status = int(sys.argv[1]), 500 if "fail" in sys.argv else 200
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        code = 200 if self.path == "/ready" else status
        self.send_response(code)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
NODE = """\
const [, , port, mode] = process.argv;
require("http").createServer((request, response) => {
  response.statusCode = mode === "fail" && request.url !== "/ready" ? 500 : 200;
  response.end("ok");
}).listen(Number(port), "127.0.0.1");
"""
JAVA = """\
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
public class Server {
  public static void main(String[] words) throws Exception {
    boolean fail = words.length > 1 && words[1].equals("fail");
    HttpServer server =
        HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(words[0])), 0);
    server.createContext("/", exchange -> {
      boolean ready = exchange.getRequestURI().getPath().equals("/ready");
      exchange.sendResponseHeaders(fail && !ready ? 500 : 200, 2);
      exchange.getResponseBody().write("ok".getBytes());
      exchange.close();
    });
    server.start();
  }
}
"""
GO = """\
package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/ready", func(w http.ResponseWriter, r *http.Request) {
		if len(os.Args) > 2 && os.Args[2] == "never-ready" {
			w.WriteHeader(503)
		}
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) })
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
"""


def python_server(folder: Path) -> str:
    """The command that serves on `{port}`."""
    file = folder / "server.py"
    file.write_text(PYTHON)
    return f"{sys.executable} {file} {{port}}"


def node_server(folder: Path) -> str:
    if shutil.which("node") is None:
        pytest.skip("node is not on this machine")
    file = folder / "server.js"
    file.write_text(NODE)
    return f"node {file} {{port}}"


def java_server(folder: Path) -> str:
    if shutil.which("java") is None:
        pytest.skip("java is not on this machine")
    file = folder / "Server.java"
    file.write_text(JAVA)
    return f"java {file} {{port}}"


def go_server(folder: Path) -> str:
    if shutil.which("go") is None:
        pytest.skip("go is not on this machine")
    (folder / "server.go").write_text(GO)
    subprocess.run(
        ["go", "build", "-o", "server", "server.go"], cwd=folder, check=True, timeout=100
    )
    return f"{folder / 'server'} {{port}}"
