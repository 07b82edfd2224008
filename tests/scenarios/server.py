"""`cartwheel serve`, and the way in over HTTP."""

import http.client
import json
import re
import signal
import urllib.parse
from pathlib import Path

from processes import PATIENCE, PROGRAM, Process, wait_until


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:500]!r}"


def http_request(port, method, path, body=None, headers=None, seconds=20.0):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds * PATIENCE)
    try:
        connection.request(method, path, body, headers or {})
        got = connection.getresponse()
        return Answer(got.status, got.headers, got.read())
    finally:
        connection.close()


def parse_metrics(text):
    """Prometheus text format as {name: [(labels, value)]}."""
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)", line).groups()
        pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
        found.setdefault(name, []).append((pairs, float(value)))
    return found


def lines_of(answer, key):
    """What a list is answered as: a JSON array, an object that holds one, or a JSON object a line."""
    if answer.status != 200:
        raise AssertionError(f"{key}: {answer}")
    text = answer.text.strip()
    if not text:
        return []
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]
    if isinstance(whole, list):
        return whole
    return whole[key] if key in whole else [whole]


class Server(Process):
    """`cartwheel serve` on free ports; `settings` go over the defaults below, `start` goes in front of the command."""

    def __init__(self, folder, settings=None, wait=True, start=()):
        self.folder = Path(folder)
        chosen = {
            "node.data_dir": self.folder / "node",
            "node.shards": 2,
            "forward.listen": "127.0.0.1:0",
            "http.listen": "127.0.0.1:0",
            "public.listen": "127.0.0.1:0",
            "shop.default.name": "Bike Shed",
            "shop.default.from": "Bike Shed <cart@shop.example>",
        }
        chosen.update(settings or {})
        arguments = [*start, PROGRAM, "serve"]
        for key, value in chosen.items():
            arguments += ["--set", f"{key}={value}"]
        super().__init__(arguments, cwd=folder)
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self):
        names = ("forward", "http", "public")
        ports = [self.wait_for_complaint(rf"\b{n} listening on \S+:(\d+)") for n in names]
        self.forward_port, self.http_port, self.public_port = (int(m[1]) for m in ports)
        wait_until(lambda: self.get("/readyz").status == 200, lambda: f"/readyz\n{self.story()}")

    def get(self, path, **more):
        return http_request(self.http_port, "GET", path, **more)

    def post(self, path, body, content_type, **more):
        if isinstance(body, str):
            body = body.encode()
        return http_request(self.http_port, "POST", path, body, {"Content-Type": content_type}, **more)

    def post_events(self, *events):
        """Events over HTTP, all of which must be accepted."""
        answer = self.post("/v1/events", "".join(json.dumps(e) + "\n" for e in events), "application/x-ndjson")
        if not 200 <= answer.status < 300 or answer.status == 207:
            raise AssertionError(f"events were not accepted: {answer}\n{self.story()}")
        return answer

    def metrics(self):
        return parse_metrics(self.get("/metrics").text)

    def metric(self, name, **labels):
        """The sum over all samples of `name` that bear these labels."""
        return sum(value for have, value in self.metrics().get(name, [])
                   if all(have.get(k) == v for k, v in labels.items()))

    def decisions(self, limit=10_000):
        """Decision lines, the oldest first."""
        newest_first = lines_of(self.get(f"/v1/decisions?limit={limit}"), "decisions")
        return sorted(reversed(newest_first),
                      key=lambda d: (d["time"], d["shop"].encode(), d["cart_id"].encode(), d["step"]))

    def decisions_about(self, cart_id):
        return [d for d in self.decisions() if d["cart_id"] == cart_id]

    def wait_for_decision(self, cart_id, count=1, seconds=20.0):
        return wait_until(lambda: (d := self.decisions_about(cart_id)) and len(d) >= count and d,
                          lambda: f"a decision about {cart_id}; there are {self.decisions()}\n{self.story()}", seconds)

    def wait_for_dead_letters(self, count):
        def all_there():
            letters = lines_of(self.get("/v1/dead-letters?limit=1000"), "dead_letters")
            if len(letters) > count:
                raise AssertionError(f"more than {count} dead letters: {letters}")
            return len(letters) == count and letters
        return wait_until(all_there, lambda: f"{count} dead letters\n{self.story()}")

    def wait_for_metric(self, wanted, name, **labels):
        wait_until(lambda: self.metric(name, **labels) == wanted,
                   lambda: f"{name} {labels} = {wanted}; it is {self.metrics().get(name)}\n{self.story()}")

    def cart(self, cart_id, shop="default"):
        """The open cart as JSON, None when it is not open."""
        answer = self.get(f"/v1/carts/{urllib.parse.quote(shop, safe='')}/{urllib.parse.quote(cart_id, safe='')}")
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise AssertionError(f"cart {cart_id}: {answer}")
        return answer.json if answer.json["open"] else None

    def cart_lines(self, cart_id):
        """{item_id: quantity} of an open cart, in the order of its lines; None when it is not open."""
        cart = self.cart(cart_id)
        return cart and {line["item_id"]: line["quantity"] for line in cart["lines"]}

    def wait_for_cart_lines(self, cart_id, lines):
        """An acknowledged event stands in the log; its cart has it a moment later."""
        wait_until(lambda: self.cart_lines(cart_id) == lines,
                   lambda: f"{cart_id} to hold {lines}; it holds {self.cart_lines(cart_id)}\n{self.story()}")

    def clock(self):
        """The node's time in Unix ms. It tells by how much it refuses an event from the far future."""
        far = 4_000_000_000_000
        answer = self.post("/v1/events", json.dumps({"event": "view_item", "visitor_id": "clock", "time": far}),
                           "application/json")
        found = re.search(r"(\d+) ms ahead", answer.text)
        if not found:
            raise AssertionError(f"an event of the far future was not refused: {answer}")
        return far - int(found[1])

    def stop(self, seconds=20.0):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)
