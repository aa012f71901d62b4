/* The handoff protocol between a primary and two workers, for spin (https://spinroot.com).
 *
 *   spin -a -DKILLS=1 handoff.pml && gcc -O2 -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m1000000
 *
 * or `make model` in native/, which lets workers be killed, be judged stalled, and refuse, each by itself: together
 * they are too many states for a test. Checked, over every interleaving of the steps below:
 *
 *   - no double delivery: a connection is never JavaScript's in two living workers, nor in a second one after the first
 *     has touched it (assertions in worker);
 *   - no loss: when all has come to rest, each accepted connection is some worker's, or went with a worker that was
 *     killed after it had touched it, or waits in the primary because no worker is left (process rest). The exceptions
 *     are counted: a connection that two workers died of; one that was claimed a ring of offers ago;
 *   - no lost wake-up: at rest the primary keeps no copy of a connection that a worker has begun with, and leaves no
 *     settled offer unseen, and nobody waits for a worker that could take it (process rest).
 *
 * A worker may be killed before any of its steps, and be judged stalled at any time, rightly or not. Names in comments are
 * those of the functions in ../src. Left out: the clock (a verdict of "stalled" comes at any time while an offer is
 * open, STALLS times at most: a timer that fires for ever would hide a wake-up that is lost); garbage in the ledger
 * (native/test/dispatcher_liars_test.cc); fds and memory; weak memory order (these words are sequentially consistent in
 * the code, ledger.h). The ring has two places, so that sequence numbers go round it.
 */
#ifndef CONNECTIONS
#define CONNECTIONS 2
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef STALLS
#define STALLS 0
#endif
#ifndef REFUSALS
#define REFUSALS 0
#endif
#define WORKERS 2
#ifndef RING
#define RING 2
#endif
#define RECORDS 2 /* that a channel holds; one that is full is back-pressure */

mtype = { NONE, OPEN, CLAIMED, REFUSED, REVOKED, BEGUN };

/* ledger.h, LedgerMemory */
typedef Ledger {
  byte seq[RING];
  mtype state[RING];
  bool wake_on_settled, wake_on_turn, wake_on_done;
  bool gone_on; /* its phase has changed since it was judged stalled */
};
Ledger ledger[WORKERS];
chan channel[WORKERS] = [RECORDS] of { byte, byte }; /* seq, connection */
bool eventfd[WORKERS];
bool dead[WORKERS], hung_up[WORKERS];

/* What is true of a connection in the world, whoever knows it. */
byte owner[CONNECTIONS]; /* the living worker whose JavaScript has it, from 1 */
bool touched[CONNECTIONS];  /* a byte was read: what the kernel can tell */
byte claim_seq[CONNECTIONS]; /* in its owner's memory */

/* The primary's memory: offers.h, claimed_copies.h, target.h, dispatcher.h. */
byte backlog = CONNECTIONS; /* connections in the kernel's queue */
bool waiting[CONNECTIONS], recovered[CONNECTIONS], dropped[CONNECTIONS];
bool forgotten[CONNECTIONS]; /* claimed so many offers ago that its copy was let go */
byte copy_of[CONNECTIONS], copy_seq[CONNECTIONS]; /* a claimed copy: whose it is, from 1 */
typedef Offers {
  byte first, next, open;
  byte connection[RING];
  bool kept[RING];
  bool channel_full, gone, serves, stalled;
};
Offers offers[WORKERS];
byte stalls = STALLS, refusals = REFUSALS;

#define at(s) ((s) % RING)
#define is(w, s, x) (ledger[w].seq[at(s)] == (s) && ledger[w].state[at(s)] == (x))
/* Target::can_take, Dispatcher::has_room */
#define can_take(w) \
  (offers[w].serves && !offers[w].gone && !offers[w].channel_full && offers[w].next - offers[w].first < RING)
#define awake(w) (offers[w].serves && !offers[w].stalled)
#define has_room(w) (can_take(w) && (awake(w) || (!awake(0) && !awake(1))))
/* Offers::has_settled, ClaimedCopies::has_news */
#define has_settled(w) (offers[w].open > 0 && !is(w, offers[w].first, OPEN))
#define has_news(c) (copy_of[c] > 0 && !is(copy_of[c] - 1, copy_seq[c], CLAIMED))

/* A worker: receiver.cc. */
proctype worker(byte me) {
  byte seq, c;
  bool settled, turned, done, wake;
  {
    do
    :: true ->
on_waiting: /* Receiver::on_waiting: what has happened is in the ledger by now; then the flag is read */
       atomic {
         wake = (settled && ledger[me].wake_on_settled) || (turned && ledger[me].wake_on_turn) ||
                (done && ledger[me].wake_on_done);
         settled = false; turned = false; done = false; seq = 0; c = 0
       };
       if
       :: wake -> atomic { /* Ledger::take_wake */
            ledger[me].wake_on_settled = false;
            ledger[me].wake_on_turn = false;
            ledger[me].wake_on_done = false
          };
          atomic { eventfd[me] = true; wake = false } /* eventfd_write */
       :: else
       fi;
end_wait: /* epoll_wait */
       if
       :: channel[me] ? seq, c -> /* Receiver::on_offer */
            settled = true;
            if
            :: true -> /* Ledger::claim: compare and swap, then JavaScript has it */
                 atomic {
                   if
                   :: is(me, seq, OPEN) ->
                        ledger[me].state[at(seq)] = CLAIMED;
                        assert(owner[c] == 0 && !touched[c]);
                        owner[c] = me + 1;
                        claim_seq[c] = seq
                   :: else /* revoked: it closes its duplicate */
                   fi
                 }
            :: atomic { refusals > 0 -> refusals--; done = true } -> /* Receiver::refuse */
                 atomic {
                   if
                   :: is(me, seq, OPEN) -> ledger[me].state[at(seq)] = REFUSED
                   :: else
                   fi
                 }
            fi
       :: atomic { owner[0] == me + 1 && !touched[0] -> c = 0; touched[0] = true } -> goto begun
       :: atomic { owner[1] == me + 1 && !touched[1] -> c = 1; touched[1] = true } -> goto begun
#if CONNECTIONS > 2 /* no more than 3 */
       :: atomic { owner[2] == me + 1 && !touched[2] -> c = 2; touched[2] = true } -> goto begun
#endif
       fi;
       goto on_turned;
begun: /* Receiver::on_request, or tell_closed: Ledger::advance fails where its place is another offer's */
       atomic {
         if
         :: is(me, claim_seq[c], CLAIMED) ->
              ledger[me].state[at(claim_seq[c])] = BEGUN;
              done = true
         :: else
         fi
       };
on_turned: /* Receiver::on_turned */
       atomic { ledger[me].gone_on = true; turned = true }
    od
  } unless { dead[me] };
  /* The kernel closes the channel, with the duplicates in it. */
  atomic {
    do
    :: channel[me] ? _, _
    :: len(channel[me]) == 0 -> break
    od;
    for (c : 0 .. CONNECTIONS - 1) {
      if
      :: owner[c] == me + 1 -> owner[c] = 0
      :: else
      fi
    }
    hung_up[me] = true
  }
}

/* Offers::settle_offers, then Dispatcher::take_in */
inline settle(w) {
  do
  :: offers[w].open > 0 && !is(w, offers[w].first, OPEN) ->
       k = offers[w].connection[at(offers[w].first)];
       if
       :: is(w, offers[w].first, CLAIMED) || is(w, offers[w].first, BEGUN) ->
            copy_of[k] = w + 1;
            copy_seq[k] = offers[w].first
       :: is(w, offers[w].first, REFUSED) -> waiting[k] = true
       :: else -> assert(false)
       fi;
       forget(w, offers[w].first)
  :: else -> break
  od
}

/* Offers::give_back, skip_settled */
inline forget(w, s) {
  offers[w].kept[at(s)] = false;
  offers[w].open--;
  do
  :: offers[w].first < offers[w].next && !offers[w].kept[at(offers[w].first)] -> offers[w].first++
  :: else -> break
  od
}

/* ClaimedCopies::let_go */
inline let_go() {
  for (j : 0 .. CONNECTIONS - 1) {
    if
    :: has_news(j) -> copy_of[j] = 0
    :: else
    fi
  }
}

/* Offers::revoke_if */
inline revoke_all(w) {
  s = offers[w].first;
  do
  :: s < offers[w].next ->
       atomic { /* Ledger::revoke: compare and swap */
         if
         :: offers[w].kept[at(s)] && is(w, s, OPEN) ->
              ledger[w].state[at(s)] = REVOKED;
              waiting[offers[w].connection[at(s)]] = true;
              forget(w, s)
         :: else
         fi;
         s++
       }
  :: else -> break
  od
}

/* Dispatcher::deliver, Target::offer */
inline deliver(c) {
  do
  :: has_room(0) -> w = 0; offer(c)
  :: has_room(1) -> w = 1; offer(c)
  :: !has_room(0) && !has_room(1) -> break
  od
}

inline offer(c) {
  atomic {
    /* Offers::announce: a copy whose place in the ring this was is let go */
    for (j : 0 .. CONNECTIONS - 1) {
      if
      :: copy_of[j] == w + 1 && at(copy_seq[j]) == at(offers[w].next) -> copy_of[j] = 0; forgotten[j] = true
      :: else
      fi
    }
    ledger[w].seq[at(offers[w].next)] = offers[w].next;
    ledger[w].state[at(offers[w].next)] = OPEN;
    if /* Outbox::try_send */
    :: hung_up[w] -> offers[w].gone = true
    :: !hung_up[w] && len(channel[w]) == RECORDS -> offers[w].channel_full = true
    :: !hung_up[w] && len(channel[w]) < RECORDS ->
         channel[w] ! offers[w].next, c;
         offers[w].connection[at(offers[w].next)] = c;
         offers[w].kept[at(offers[w].next)] = true;
         offers[w].next++;
         offers[w].open++;
         waiting[c] = false;
         break
    fi
  }
}

/* Dispatcher::lose_target, take_back: ClaimedCopies::recover */
inline lose(w) {
  offers[w].serves = false;
  revoke_all(w);
  for (j : 0 .. CONNECTIONS - 1) {
    if
    :: copy_of[j] == w + 1 ->
         copy_of[j] = 0;
         if
         :: is(w, copy_seq[j], CLAIMED) && !touched[j] && !recovered[j] ->
              recovered[j] = true;
              waiting[j] = true
         :: is(w, copy_seq[j], CLAIMED) && !touched[j] && recovered[j] -> dropped[j] = true
         :: else
         fi
    :: else
    fi
  }
}

#define watched (has_room(0) || has_room(1)) /* the listener, by epoll: Dispatcher::watch */
#define somebody_waits \
  (waiting[0] || waiting[1] || waiting[CONNECTIONS - 1] || !watched || \
   (offers[0].stalled && offers[0].open > 0) || (offers[1].stalled && offers[1].open > 0))
#define has_copies(w) (copy_of[0] == w + 1 || copy_of[1] == w + 1 || copy_of[CONNECTIONS - 1] == w + 1)

/* Target::ask_for_wake: first the flag, then one more look */
inline ask_for_wake(w) {
  atomic { /* Ledger::wake_on */
    ledger[w].wake_on_done = offers[w].open > 0 || has_copies(w);
    ledger[w].wake_on_settled = offers[w].open > 0 && (somebody_waits || offers[w].next - offers[w].first == RING);
    ledger[w].wake_on_turn = offers[w].stalled && somebody_waits
  };
  if
  :: has_settled(w) || (copy_of[0] == w + 1 && has_news(0)) || (copy_of[1] == w + 1 && has_news(1)) ||
     (copy_of[CONNECTIONS - 1] == w + 1 && has_news(CONNECTIONS - 1)) -> goto turn
  :: else
  fi;
  if
  :: offers[w].stalled && somebody_waits && ledger[w].gone_on -> goto turn
  :: else
  fi
}

/* Target::on_turn; and the verdict of StallWatch::judge, which comes when it comes */
inline on_turn(w) {
  ledger[w].wake_on_settled = false;
  ledger[w].wake_on_turn = false;
  ledger[w].wake_on_done = false;
  if
  :: offers[w].stalled && ledger[w].gone_on -> offers[w].stalled = false
  :: offers[w].stalled && !ledger[w].gone_on
  :: !offers[w].stalled && offers[w].open > 0 && stalls > 0 ->
       stalls--;
       offers[w].stalled = true;
       ledger[w].gone_on = false
  :: !offers[w].stalled
  fi
}

/* Dispatcher::on_target_event */
inline on_target_event(w) {
  if
  :: offers[w].serves && hung_up[w] -> lose(w)
  :: else
  fi;
  if
  :: offers[w].channel_full && len(channel[w]) < RECORDS -> offers[w].channel_full = false
  :: else
  fi
}

/* Dispatcher::take_from_stalled */
inline take_from_stalled(w) {
  if
  :: offers[w].stalled && offers[w].open > 0 && awake(1 - w) && can_take(1 - w) -> revoke_all(w)
  :: else
  fi
}

/* The dispatcher's thread: Dispatcher::run and turn. */
proctype primary() {
  byte w, s, j, k, c;
turn:
  /* In one step: what a worker settles meanwhile could as well have been settled before. */
  atomic {
    on_turn(0);
    on_turn(1);
    settle(0);
    settle(1);
    let_go();
    on_target_event(0);
    on_target_event(1);
    if /* Dispatcher::accept_one */
    :: backlog > 0 && (has_room(0) || has_room(1)) ->
         waiting[CONNECTIONS - backlog] = true;
         backlog--
    :: else
    fi
  };
  take_from_stalled(0);
  take_from_stalled(1);
  c = 0;
  do /* Dispatcher::pump */
  :: c < CONNECTIONS && waiting[c] -> deliver(c); c++
  :: c < CONNECTIONS && !waiting[c] -> c++
  :: else -> break
  od;
  ask_for_wake(0);
  ask_for_wake(1);
  atomic { w = 0; s = 0; j = 0; k = 0; c = 0 };
end_sleep: /* epoll_wait */
  if
  :: atomic { eventfd[0] -> eventfd[0] = false }
  :: atomic { eventfd[1] -> eventfd[1] = false }
  :: watched && backlog > 0
  :: offers[0].serves && hung_up[0]
  :: offers[1].serves && hung_up[1]
  :: offers[0].channel_full && len(channel[0]) < RECORDS /* EPOLLOUT */
  :: offers[1].channel_full && len(channel[1]) < RECORDS
  :: stalls > 0 && ((offers[0].open > 0 && !offers[0].stalled) || (offers[1].open > 0 && !offers[1].stalled))
  fi;
  goto turn
}

/* SIGKILL, at any time. The workers are alike, so one that is killed first is the first. */
proctype killer() {
  if
  :: KILLS > 0 -> dead[0] = true
  :: true
  fi;
  if
  :: KILLS > 1 && dead[0] -> dead[1] = true
  :: true
  fi
}

/* All has come to rest: nobody but this can do anything. */
proctype rest() {
  byte c;
  timeout ->
  for (c : 0 .. CONNECTIONS - 1) {
    if
    :: c >= CONNECTIONS - backlog || waiting[c] -> assert(dead[0] && dead[1])
    :: else -> assert(owner[c] > 0 || touched[c] || dropped[c] || forgotten[c])
    fi;
    assert(copy_of[c] == 0 || dropped[c])
  }
  assert(offers[0].open == 0 && offers[1].open == 0)
}

init {
  byte w;
  for (w : 0 .. WORKERS - 1) {
    offers[w].first = 1;
    offers[w].next = 1;
    offers[w].serves = true
  }
  atomic { run worker(0); run worker(1); run primary(); run killer(); run rest() }
}
