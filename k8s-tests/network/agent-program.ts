/** Which port an agent serves, TCP and UDP. */
export const agentPort = 8080;

/**
 * A program for pods, in Python: tells who it is to whoever connects or sends a packet, and does for the test what a client in
 * the pod does. A question takes `seconds` at most; what went wrong is answered as the name of the error.
 */
export const agentProgram = `
import http.server, json, socket, threading, urllib.parse
name = socket.gethostname().split(".")[0]

class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True
    request_queue_size = 64

def connect(host, port, seconds):
    with socket.create_connection((host, port), seconds) as connection:
        connection.settimeout(seconds)
        connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        text = b""
        while chunk := connection.recv(4096):
            text += chunk
    return json.loads(text.split(b"\\r\\n\\r\\n", 1)[1])

def send(host, port, source, seconds):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        packets.bind(("", source))
        packets.settimeout(seconds)
        packets.connect((host, port))
        packets.send(b"who")
        return {"name": packets.recv(4096).decode()}

def resolve(host):
    return sorted({entry[4][0] for entry in socket.getaddrinfo(host, None)})

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        asked = {key: value[0] for key, value in urllib.parse.parse_qs(url.query).items()}
        seconds = float(asked.get("seconds", 5))
        try:
            if url.path == "/connect":
                answer = connect(asked["host"], int(asked["port"]), seconds)
            elif url.path == "/send":
                answer = send(asked["host"], int(asked["port"]), int(asked.get("source", 0)), seconds)
            elif url.path == "/resolve":
                answer = resolve(asked["host"])
            else:
                answer = {"name": name, "client": self.client_address[0].removeprefix("::ffff:")}
        except Exception as error:
            answer = {"error": type(error).__name__}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())
    def log_message(self, *_):
        pass

def echo():
    packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    packets.bind(("", ${agentPort}))
    while True:
        _, sender = packets.recvfrom(4096)
        packets.sendto(name.encode(), sender)

threading.Thread(target=echo, daemon=True).start()
Server(("::", ${agentPort}), Handler).serve_forever()
`;
