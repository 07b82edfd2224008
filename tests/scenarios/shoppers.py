"""The events of a shopper (docs/EVENTS.md)."""

from processes import now_ms


def item(name, price="12.50", quantity=1):
    return {"item_id": name.lower().replace(" ", "-"), "item_name": name, "price": price, "quantity": quantity}


class Shopper:
    """Makes the events of one shopper with one cart, each at the time it is asked for (`time`, Unix ms)."""

    def __init__(self, name, cart_id=None):
        self.name = name
        self.customer_id = f"customer-{name}"
        self.cart_id = cart_id or f"cart-{name}"
        self.address = f"{name}@shopper.example"
        self.cart_url = f"https://shop.example/cart/{self.cart_id}"

    def _event(self, kind, time_ms, **fields):
        return {"event": kind, "time": now_ms() if time_ms is None else time_ms, **fields}

    def identifies(self, time=None):
        return self._event("identify", time, customer_id=self.customer_id, email=self.address, name=self.name.title(),
                           locale="en", address_source="account")

    def consents(self, time=None):
        return self._event("consent", time, email=self.address, channel="email", status="granted", source="account",
                           wording="Mail me about my cart")

    def withdraws(self, time=None):
        return self._event("consent", time, email=self.address, channel="email", status="withdrawn", source="account")

    def adds(self, *items, time=None, **fields):
        return self._event("add_to_cart", time, cart_id=self.cart_id, customer_id=self.customer_id, currency="EUR",
                           items=list(items) or [item("Bell")], cart_url=self.cart_url, **fields)

    def buys(self, time=None):
        return self._event("purchase", time, cart_id=self.cart_id, customer_id=self.customer_id,
                           order_id=f"order-{self.cart_id}", email=self.address, currency="EUR", value=12.5)

    def looks(self, time=None):
        return self._event("view_cart", time, cart_id=self.cart_id, customer_id=self.customer_id)

    def arrives(self, time=None):
        """Known and willing."""
        return [self.identifies(time), self.consents(time)]
