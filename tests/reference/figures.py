"""The figures of SEMANTICS.md and EVENTS.md; the numbers beside them are rules."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

# The campaign `cart` of DESIGN.md section 5.
IDLE = 20 * MINUTE
CAP = 24 * HOUR
STEPS = [{"after": 0, "not_after": 24 * HOUR}, {"after": 7 * DAY, "not_after": 3 * DAY}, {"after": 14 * DAY, "not_after": 3 * DAY}]
REMINDERS_MAX = 3            # per cart
LINES_MAX = 200              # 2
PIECES_MAX = 10_000          # 2
PAUSE = 24 * HOUR            # 11
ORDER_KEPT = 180 * DAY       # 12
EVENT_IDS_KEPT = 16          # 22
MONEY_MAX = 4_611_686_018_427 # EVENTS.md, minor units
EVENT_BYTES_MAX = 64 * 1024  # EVENTS.md
CATEGORIES_MAX = 16          # of one browser


class Campaign:
    """What the model asks of its campaign; settings.py has others."""
    idle, cap, steps, reminders_max, pause = IDLE, CAP, STEPS, REMINDERS_MAX, PAUSE
    clock, priority, checkout, unpaid = "last_add", 3, None, None
    after_purchase = browse = stock = price = None
