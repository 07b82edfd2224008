%% A cart as people would write it in Erlang, by our own hand: a process each, its idle timer with it, messages from senders
%% in the same virtual machine. `lazy` looks at the last addition when the timer fires, `rearm` sets it anew each time.
%%
%% usage: erl +P 20000000 -noshell -s cart_process main CARTS MESSAGES lazy|rearm
%% Prints the rate of each of two passes, and what a cart holds after them.
-module(cart_process).
-export([main/1]).

-define(SENDERS, 2).
-define(IDLE_MS, 1200000).

main([Carts, Messages, Mode]) ->
    Each = number(Carts) div ?SENDERS,
    Share = number(Messages) div ?SENDERS,
    Seen = counters:new(1, [write_concurrency]),
    Before = erlang:memory(total),
    Me = self(),
    Senders = [spawn_link(fun() -> start_sender(Me, Each, Mode, Seen) end) || _ <- lists:seq(1, ?SENDERS)],
    [receive {open, Sender} -> ok end || Sender <- Senders],
    [pass(Senders, Share, Seen) || _ <- [first, second]],
    io:format("erlang after: ~.1f B/cart~n", [(erlang:memory(total) - Before) / (Each * ?SENDERS)]),
    halt().

number(Atom) -> list_to_integer(atom_to_list(Atom)).

pass(Senders, Share, Seen) ->
    counters:put(Seen, 1, 0),
    All = Share * length(Senders),
    Began = erlang:monotonic_time(microsecond),
    [Sender ! {send, Share} || Sender <- Senders],
    await(Seen, All),
    Took = erlang:monotonic_time(microsecond) - Began,
    io:format("erlang msgs ~p: ~.1f/s~n", [All, All * 1.0e6 / Took]).

await(Seen, All) ->
    case counters:get(Seen, 1) of
        N when N >= All -> ok;
        _ -> timer:sleep(1), await(Seen, All)
    end.

start_sender(Main, Carts, Mode, Seen) ->
    Open = list_to_tuple([open(Mode, Seen) || _ <- lists:seq(1, Carts)]),
    Main ! {open, self()},
    sender(Open).

sender(Open) ->
    receive {send, N} -> send(Open, N, rand:seed_s(exsss, 7)), sender(Open) end.

send(_, 0, _) -> ok;
send(Open, N, Dice) ->
    {At, Next} = rand:uniform_s(tuple_size(Open), Dice),
    element(At, Open) ! {add, N, 1},
    send(Open, N - 1, Next).

%% A heap as small as they come: a million of them should be held.
open(Mode, Seen) ->
    spawn_opt(fun() -> cart(Mode, Seen, 0, 0, timer()) end, [{min_heap_size, 0}]).

timer() -> erlang:send_after(?IDLE_MS, self(), idle).

cart(Mode, Seen, Last, Quantity, Timer) ->
    receive
        {add, At, More} ->
            counters:add(Seen, 1, 1),
            cart(Mode, Seen, At, Quantity + More, armed(Mode, Timer));
        idle ->
            cart(Mode, Seen, Last, Quantity, timer())
    end.

armed(lazy, Timer) -> Timer;
armed(rearm, Timer) ->
    erlang:cancel_timer(Timer, [{async, true}, {info, false}]),
    timer().
