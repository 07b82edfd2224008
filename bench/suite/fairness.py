"""What each contender cannot do, and what its figure leaves out: a ratio means little without it."""

PEERS = [
    ("bare loop", "one thread: TCP, msgpack visitor, one hash-table slot a cart, ack from memory",
     "no validation, no lines, no timers, no persons, no decisions, no disk: a killed process has lost all. It is no product "
     "but the limit: what one thread can do with the same stream",
     "the same load generator on the same two cores, in turns. It uses one core and leaves the other to the generator; ours "
     "uses both and shares them with it"),
    ("Erlang/OTP", "a process and a timer a cart; `lazy` looks at its clock when the timer fires, `rearm` sets it anew at each "
     "message",
     "no durability, no decoding, no customers; mails, consent and recall would have to be written",
     "messages are sent inside its own virtual machine, on both cores: no socket, no parsing, nothing on disk. All of that is in "
     "ours. The second of two passes counts, as with ours"),
    ("Redis", "ZADD of the cart's due time and HSET of the cart, 64 commands in a pipeline on 8 connections",
     "has no code that decides: due carts are polled for, what was polled cannot be recalled, nothing is explained; one "
     "thread executes",
     "persistence is off, which flatters it. Two commands an event is the least that the data model needs; the rate of an event "
     "is that of both, one after the other"),
    ("CAF's stock actors", "an `event_based_actor` a cart, `sharing` policy (the default one stalls at a million), messages of "
     "16 bytes",
     "1.2 to 1.6 KB an actor; its clock blocks senders at such numbers, so there are no timers in it",
     "two senders inside the system, in batches: its best case. No decoding, nothing on disk"),
    ("smtp-source", "Postfix's load generator, one command at a time",
     "builds no mail, keeps no log, retries nothing",
     "the same sink, bytes and connections; it stands for the least a client can do in lock-step. Ours writes an intent to disk "
     "before each mail"),
    ("libcurl, nodemailer", "multi handle with kept connections; nodemailer's pool",
     "four and two round trips a mail; no record of what was offered and not answered",
     "as recommended by their documentation for many mails; the same sink and bytes"),
]

OWN_PEERS = ("The bare loop, the Erlang peer and the load generator of this run are the project's own (bench/peers, `cartwheel "
             "load`): the given ones were not there. Their figures compare with each other, not with other pages'.")
