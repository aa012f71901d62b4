/* The handoff protocol between a primary and two workers, for spin (https://spinroot.com).
 *
 *   spin -a -DKILLS=1 handoff.pml && gcc -O2 -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m1000000
 *
 * or `make model` in native/, which lets workers be killed, be judged stalled, refuse, be full, be ordered to give back, and
 * drain, each by itself, and drain, be ordered to give back, or be full, while workers are killed: all together they are too
 * many states for a test. Checked, over every interleaving of the steps below:
 *
 *   - no double delivery: a connection is never JavaScript's in two living workers, nor in a second one after the first
 *     has touched it, unless that one has given it back (assertions in worker); it waits in the primary at most once
 *     (wait), which shuts none down that somebody else has or gets (lose);
 *   - no loss: when all has come to rest, each accepted connection is some worker's, or went with a worker that was
 *     killed after it had touched it, or waits because no worker is left that serves (process rest). One that was given
 *     back counts as untouched. The exceptions are counted: a connection that two workers died of; one that was claimed a
 *     ring of offers ago;
 *   - no lost wake-up: at rest the primary keeps no copy of a connection that a worker has begun with, unless it was
 *     offered before, leaves no settled offer and no record unseen, and nobody waits for a worker that could take it
 *     (process rest). Where workers take MOST connections at a time, they close each that they have begun with some
 *     time, so that in the end all have been served;
 *   - a worker that drains ends with nothing, unless nobody takes what it has (process rest);
 *   - a worker that goes on gives back only what it was ordered to, as the primary sees it, and every order comes to its end
 *     (assertions in read_target, process rest).
 *
 * A worker may be killed before any of its steps, and be judged stalled at any time, rightly or not. The first may be
 * told to drain, or ordered to give one connection back, whenever the primary sleeps; where it ends by itself, it is as if it
 * were killed then. Names in comments
 * are those of the functions in ../src. Left out: the clock (a verdict of "stalled" comes at any time while an offer is
 * open, STALLS times at most: a timer that fires for ever would hide a wake-up that is lost); garbage in the ledger
 * (native/test/dispatcher_liars_test.cc); fds and memory, so also a record that loses its fd; connections that cannot be
 * given back; weak memory order (these words are sequentially consistent in the code, ledger.h). The ring has two
 * places, so that sequence numbers go round it, and the way back has one, so that it is full at times.
 *
 * A step may be long where nobody can tell it from short ones: in what it reads and writes of its own side's memory, and
 * where it looks at several workers, since those have nothing in common but the primary: what one does in between could as
 * well have been done before or after.
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
#ifndef DRAINS
#define DRAINS 0
#endif
#ifndef ORDERS
#define ORDERS 0
#endif
#ifndef MOST /* a server's maxConnections; 0: none */
#define MOST 0
#endif
#define MANY 255 /* LedgerMemory::kManyVacancies */
#define WORKERS 2
#ifndef RING
#define RING 2
#endif
#define RECORDS 2 /* that a channel holds; one that is full is back-pressure */
#define RECORDS_BACK 1 /* the same, on the way to the primary */
#define MOST_WAITING 1 /* in the primary, before it reads no more of a worker that drains */

mtype = { NONE, OPEN, CLAIMED, REFUSED, REVOKED, BEGUN, CLOSED };

/* ledger.h, LedgerMemory */
typedef Ledger {
  byte seq[RING];
  mtype state[RING];
  bool wake_on_settled, wake_on_turn, wake_on_done;
  bool gone_on; /* its phase has changed since it was judged stalled */
#if MOST
  byte vacancies;
  bool news; /* LedgerMemory::vacancy_changes, since the primary looked */
  bool wake_on_vacancy;
#endif
};
Ledger ledger[WORKERS];
chan channel[WORKERS] = [RECORDS] of { byte, byte }; /* seq, connection; seq 0: DRAIN or GIVE_BACK */
#define DRAIN 0 /* the order to drain */
#define GIVE_BACK 1 /* the order to give one connection back */
chan back[WORKERS] = [RECORDS_BACK] of { byte, byte }; /* its other direction: what is given back; seq 0: DONE */
#define DONE CONNECTIONS /* the order to give back is carried out */
bool eventfd[WORKERS];
bool dead[WORKERS], hung_up[WORKERS];

/* What is true of a connection in the world, whoever knows it. */
byte owner[CONNECTIONS]; /* the living worker whose JavaScript has it, from 1 */
bool touched[CONNECTIONS]; /* a byte was read, since it was given back: what the kernel can tell */
byte claim_seq[CONNECTIONS]; /* in its owner's memory */
bool served[CONNECTIONS]; /* and closed by its worker */

/* The primary's memory: offers.h, claimed_copies.h, target.h, dispatcher.h. */
byte backlog = CONNECTIONS; /* connections in the kernel's queue */
bool waiting[CONNECTIONS], recovered[CONNECTIONS];
bool offered_before[CONNECTIONS]; /* another worker may have a duplicate: the copy is kept until CLOSED */
bool ended[CONNECTIONS]; /* with shutdown(2), since its worker is gone */
byte giver[CONNECTIONS]; /* the worker that has given it back last, from 1 */
bool forgotten[CONNECTIONS]; /* claimed so many offers ago that its copy was let go */
typedef Offers {
  byte first, next, open;
  byte connection[RING];
  bool kept[RING];
  byte copy[CONNECTIONS]; /* of a claimed connection: the seq of its offer */
  bool channel_full, gone, serves, stalled;
  bool draining, order_waits; /* the order to drain, for room in the channel */
  bool ordered, obeyed; /* to give one back; it has been given back */
#if MOST
  byte vacancies; /* as of Target::look_at_vacancies */
#endif
  bool lost; /* there is no such target any more */
};
Offers offers[WORKERS];
bool backlog_full; /* Dispatcher::is_backlog_full_ */
byte stalls = STALLS, refusals = REFUSALS, drains = DRAINS, orders = ORDERS;

#define at(s) ((s) % RING)
#define is(w, s, x) (ledger[w].seq[at(s)] == (s) && ledger[w].state[at(s)] == (x))
/* Target::can_take, Dispatcher::has_room */
#define can_take(w) \
  (offers[w].serves && !offers[w].gone && !offers[w].channel_full && offers[w].next - offers[w].first < RING && \
   has_vacancy(w))
#if MOST
#define has_vacancy(w) (offers[w].vacancies == MANY || offers[w].open < offers[w].vacancies)
#define is_full(w) (offers[w].vacancies == 0)
#else
#define has_vacancy(w) true
#define is_full(w) false
#endif
#define awake(w) (offers[w].serves && !offers[w].stalled && !is_full(w))
#define has_room(w) (can_take(w) && (awake(w) || (!awake(0) && !awake(1))))
/* Offers::has_settled, ClaimedCopies::has_news */
#define has_settled(w) (offers[w].open > 0 && !is(w, offers[w].first, OPEN))
#define has_news(w, c) \
  (offers[w].copy[c] > 0 && !is(w, offers[w].copy[c], CLAIMED) && \
   !(offered_before[c] && is(w, offers[w].copy[c], BEGUN)))

/* Receiver::give_back, of an idle connection, be it fresh, or begun and answered: sendmsg(2). JavaScript does not touch it
   any more, so that what was touched counts no more from here on: Connection::begin_anew. Without room the worker keeps
   it, and hears of room by epoll. */
#define give_back(x) \
  atomic { (draining || may_give) && owner[x] == me + 1 && len(back[me]) < RECORDS_BACK -> \
    c = x; may_give = false; seq = claim_seq[x]; claim_seq[x] = 0; is_kept = offered_before[x]; \
    back[me] ! seq, c; \
    owner[x] = 0; touched[x] = false; forgotten[x] = false \
  }

#if MOST
#define open_in(me) ((owner[0] == me + 1) + (owner[1] == me + 1) + (CONNECTIONS > 2 && owner[CONNECTIONS - 1] == me + 1))
/* Receiver::look_for_vacancies; first the number, Ledger::publish_vacancies, then the flag of what it happened for */
#define look_for_vacancies \
  atomic { \
    if \
    :: ledger[me].vacancies < MOST - open_in(me) -> vacancy = true \
    :: else \
    fi; \
    if \
    :: ledger[me].vacancies != MANY && ledger[me].vacancies != MOST - open_in(me) -> \
         ledger[me].vacancies = MOST - open_in(me); \
         ledger[me].news = true \
    :: else \
    fi \
  }
/* The app closes it: Receiver::tell_closed */
#define close_begun(x) \
  atomic { owner[x] == me + 1 && touched[x] -> \
    seq = claim_seq[x]; claim_seq[x] = 0; is_kept = offered_before[x]; owner[x] = 0; served[x] = true \
  }
#endif

/* A worker: receiver.cc. */
proctype worker(byte me) {
  byte seq, c;
  bool settled, turned, done, wake;
  bool draining, is_kept;
  bool ordered, may_give; /* Receiver::end_order has not been called; one may be given back until then */
  bool vacancy;
  {
    do
    :: true ->
on_waiting: /* Receiver::on_waiting: what has happened is in the ledger by now; then the flag is read */
#if MOST
       look_for_vacancies;
       atomic {
         wake = vacancy && ledger[me].wake_on_vacancy;
         vacancy = false
       };
       if
       :: wake -> atomic { ledger[me].wake_on_vacancy = false; eventfd[me] = true; wake = false }
       :: else
       fi;
#endif
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
       :: atomic { channel[me] ? seq, c ->
            settled = seq > 0;
            draining = draining || (seq == 0 && c == DRAIN);
            ordered = ordered || (seq == 0 && c == GIVE_BACK);
            may_give = may_give || (seq == 0 && c == GIVE_BACK)
          };
            if /* Receiver::on_offer */
            :: seq == 0
#if MOST
            :: seq > 0 && open_in(me) >= MOST -> /* the number, and then the refusal */
                 atomic { ledger[me].vacancies = 0; ledger[me].news = true; done = true };
                 atomic {
                   if
                   :: is(me, seq, OPEN) -> ledger[me].state[at(seq)] = REFUSED
                   :: else
                   fi
                 }
            :: atomic { seq > 0 && open_in(me) < MOST ->
                 ledger[me].vacancies = MOST - open_in(me) - 1;
                 ledger[me].news = true
               };
#else
            :: seq > 0 ->
#endif
               atomic { /* Ledger::claim: compare and swap, then JavaScript has it */
                 if
                 :: is(me, seq, OPEN) ->
                      ledger[me].state[at(seq)] = CLAIMED;
                      assert(owner[c] == 0 && !touched[c] && !ended[c]);
                      owner[c] = me + 1;
                      claim_seq[c] = seq
                 :: else /* revoked: it closes its duplicate */
                 fi
               }
            :: atomic { refusals > 0 && seq > 0 -> refusals--; done = true } -> /* Receiver::refuse */
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
       :: give_back(2) -> goto given_back
#endif
       :: give_back(0) -> goto given_back
       :: give_back(1) -> goto given_back
#if MOST
       :: close_begun(0) -> goto given_back
       :: close_begun(1) -> goto given_back
#if CONNECTIONS > 2
       :: close_begun(2) -> goto given_back
#endif
#endif
#if ORDERS
       :: atomic { ordered && len(back[me]) < RECORDS_BACK -> /* Receiver::end_order, whatever was given back */
            back[me] ! 0, DONE;
            ordered = false;
            may_give = false
          }
#endif
       fi;
       goto on_turned;
given_back: /* Receiver::tell_closed */
       atomic {
         if
         :: is(me, seq, CLAIMED) || (is_kept && is(me, seq, BEGUN)) ->
              ledger[me].state[at(seq)] = CLOSED;
              done = true
         :: else
         fi;
         is_kept = false
       };
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
on_turned: /* Receiver::on_turned; only who judges it looks at its phase */
#if STALLS
       atomic { ledger[me].gone_on = true; turned = true };
#endif
       goto on_waiting
    od
  } unless { dead[me] };
  /* The kernel closes the channel, with the duplicates that are on their way to the worker; what it has sent stays. Its
     memory is cleared, so that all who are dead are alike. */
  atomic {
    do
    :: channel[me] ? _, _
    :: len(channel[me]) == 0 -> break
    od;
    for (c : 0 .. CONNECTIONS - 1) {
      if
      :: owner[c] == me + 1 -> owner[c] = 0; claim_seq[c] = 0
      :: else
      fi
    }
    hung_up[me] = true;
    seq = 0; c = 0; settled = false; turned = false; done = false; wake = false; draining = false; is_kept = false;
    ordered = false; may_give = false; vacancy = false
  }
}

/* Dispatcher::wait_or_drop */
inline wait(which) {
  assert(!waiting[which] && !ended[which]);
  waiting[which] = true
}

/* Dispatcher::settle: Offers::settle_offers, ClaimedCopies::let_go, Dispatcher::take_in */
inline settle(w) {
  settle_offers(w);
#if MOST
  offers[w].vacancies = ledger[w].vacancies; /* Target::look_at_vacancies */
  ledger[w].news = false
#endif
}

inline settle_offers(w) {
  do
  :: offers[w].open > 0 && !is(w, offers[w].first, OPEN) ->
       k = offers[w].connection[at(offers[w].first)];
       if
       :: is(w, offers[w].first, CLAIMED) || is(w, offers[w].first, BEGUN) || is(w, offers[w].first, CLOSED) ->
            offers[w].copy[k] = offers[w].first
       :: is(w, offers[w].first, REFUSED) -> wait(k); offered_before[k] = true
       :: else -> assert(false)
       fi;
       forget(w, offers[w].first)
  :: else -> break
  od;
  for (j : 0 .. CONNECTIONS - 1) {
    if
    :: has_news(w, j) -> offers[w].copy[j] = 0
    :: else
    fi
  }
}

/* Offers::give_back, skip_settled */
inline forget(w, s) {
  offers[w].kept[at(s)] = false;
  offers[w].connection[at(s)] = 0;
  offers[w].open--;
  do
  :: offers[w].first < offers[w].next && !offers[w].kept[at(offers[w].first)] -> offers[w].first++
  :: else -> break
  od
}

/* Offers::revoke_if */
inline revoke_all(w) {
  s = offers[w].first;
  do
  :: atomic {
         s < offers[w].next ->
         if /* Ledger::revoke: compare and swap */
         :: offers[w].kept[at(s)] && is(w, s, OPEN) ->
              ledger[w].state[at(s)] = REVOKED;
              wait(offers[w].connection[at(s)]);
              offered_before[offers[w].connection[at(s)]] = true;
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
  :: has_room(0) && !(giver[c] == 1 && has_room(1)) -> w = 0; offer(c)
  :: has_room(1) && !(giver[c] == 2 && has_room(0)) -> w = 1; offer(c)
  :: !has_room(0) && !has_room(1) -> break
  od
}

inline offer(c) {
  /* Offers::announce: a copy whose place in the ring this was is let go */
  for (j : 0 .. CONNECTIONS - 1) {
    if
    :: offers[w].copy[j] > 0 && at(offers[w].copy[j]) == at(offers[w].next) ->
         offers[w].copy[j] = 0;
         forgotten[j] = true
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

/* Dispatcher::lose_target, take_back: ClaimedCopies::recover. Then the primary's end is closed, with what was not read; and
   nobody looks at the ledger any more: it is cleared, so that all who are lost are alike. */
inline lose(w) {
  offers[w].serves = false;
  settle(w);
  revoke_all(w);
  for (j : 0 .. CONNECTIONS - 1) {
    if
    :: offers[w].copy[j] > 0 ->
         if
         :: is(w, offers[w].copy[j], CLAIMED) && !touched[j] && !recovered[j] ->
              recovered[j] = true;
              offered_before[j] = true;
              wait(j)
         :: else -> /* Connection::end */
              assert(owner[j] == 0 && !waiting[j]);
              ended[j] = true
         fi;
         offers[w].copy[j] = 0
    :: else
    fi
  };
  do
  :: back[w] ? _, _
  :: len(back[w]) == 0 -> break
  od;
  assert(offers[w].open == 0);
  offers[w].lost = true;
  offers[w].first = 0;
  offers[w].next = 0;
  offers[w].channel_full = false;
  offers[w].gone = false;
  offers[w].stalled = false;
  offers[w].order_waits = false;
  offers[w].ordered = false;
  offers[w].obeyed = false;
  for (j : 0 .. RING - 1) {
    ledger[w].seq[j] = 0;
    ledger[w].state[j] = NONE
  };
  ledger[w].wake_on_settled = false;
  ledger[w].wake_on_turn = false;
  ledger[w].wake_on_done = false;
  ledger[w].gone_on = false;
#if MOST
  ledger[w].wake_on_vacancy = false;
  ledger[w].news = false;
#endif
  eventfd[w] = false
}

#define watched (has_room(0) || has_room(1)) /* the listener, by epoll: Dispatcher::watch */
#define somebody_waits \
  (waiting[0] || waiting[1] || waiting[CONNECTIONS - 1] || ((offers[0].serves || offers[1].serves) && !watched) || \
   (offers[0].stalled && offers[0].open > 0) || (offers[1].stalled && offers[1].open > 0))
#define has_copies(w) (offers[w].copy[0] > 0 || offers[w].copy[1] > 0 || offers[w].copy[CONNECTIONS - 1] > 0)

/* Target::ask_for_wake: first the flag, Ledger::wake_on, then one more look */
inline ask_for_wake(w) {
  ledger[w].wake_on_done = offers[w].open > 0 || has_copies(w);
  ledger[w].wake_on_settled = offers[w].open > 0 && (somebody_waits || offers[w].next - offers[w].first == RING);
  ledger[w].wake_on_turn = offers[w].stalled && somebody_waits;
#if MOST
  ledger[w].wake_on_vacancy = somebody_waits
#endif
}
#define has_happened(w) \
  (has_settled(w) || has_news(w, 0) || has_news(w, 1) || has_news(w, CONNECTIONS - 1) || \
   (offers[w].stalled && somebody_waits && ledger[w].gone_on) || has_vacancy_news(w))
#if MOST
#define has_vacancy_news(w) (somebody_waits && ledger[w].news)
#else
#define has_vacancy_news(w) false
#endif

/* Target::on_turn; and the verdict of StallWatch::judge, which comes when it comes */
inline on_turn(w) {
  ledger[w].wake_on_settled = false;
  ledger[w].wake_on_turn = false;
  ledger[w].wake_on_done = false;
#if MOST
  ledger[w].wake_on_vacancy = false;
#endif
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

/* The order to drain, in its place behind the offers: Outbox::flush */
#define can_send_order(w) (offers[w].order_waits && !hung_up[w] && len(channel[w]) < RECORDS)
inline send_order(w) {
  if
  :: can_send_order(w) ->
       channel[w] ! 0, DRAIN;
       offers[w].order_waits = false
  :: else
  fi
}

#define is_backlog_full (waiting[0] + waiting[1] + (CONNECTIONS > 2 && waiting[CONNECTIONS - 1]) >= MOST_WAITING)

/* Dispatcher::read_target. In one step: a record that is sent meanwhile could as well have been sent
   before, or be read in the next turn. */
inline read_target(w) {
  do
  :: len(back[w]) > 0 && (hung_up[w] || !(offers[w].draining && backlog_full)) ->
       back[w] ? s, g;
       settle(w);
       if
       :: s == 0 -> /* Target::end_order */
            assert(offers[w].ordered);
            offers[w].ordered = false;
            offers[w].obeyed = false
       :: else -> on_given_back(w)
       fi
  :: else -> break
  od;
  if
  :: hung_up[w] -> lose(w)
  :: else
  fi
}

inline on_given_back(w) {
  /* Target::may_give_back */
  assert(offers[w].draining || (offers[w].ordered && !offers[w].obeyed));
  offers[w].obeyed = offers[w].ordered;
  giver[g] = w + 1;
  if
  :: offers[w].copy[g] == s -> offers[w].copy[g] = 0 /* ClaimedCopies::take */
  :: else -> recovered[g] = false /* by now the record's duplicate is all that the primary has of it */
  fi;
  wait(g);
  backlog_full = is_backlog_full
}

/* Dispatcher::on_target_event */
inline on_target_event(w) {
  if
  :: offers[w].channel_full && len(channel[w]) < RECORDS -> offers[w].channel_full = false
  :: else
  fi;
  send_order(w);
  if
  :: !offers[w].lost -> read_target(w)
  :: else
  fi
}

/* Of epoll; and the time for a verdict */
#define has_event(w) \
  (eventfd[w] || (!offers[w].lost && (hung_up[w] || (len(back[w]) > 0 && !(offers[w].draining && backlog_full)))) || can_send_order(w) || \
   (offers[w].channel_full && len(channel[w]) < RECORDS) || \
   (stalls > 0 && offers[w].open > 0 && !offers[w].stalled))

/* Dispatcher::take_from_stalled */
inline take_from_stalled(w) {
  if
  :: offers[w].stalled && offers[w].open > 0 && awake(1 - w) && can_take(1 - w) -> revoke_all(w)
  :: else
  fi
}

/* The dispatcher's thread, Dispatcher::run and turn; and JavaScript's, which calls drain: that is under the same lock, so
   while the other waits for events. */
proctype primary() {
  byte w, s, j, k, c, g;
end_sleep: /* epoll_wait */
  if
  :: atomic { (watched && backlog > 0) || has_event(0) || has_event(1) ->
turn:  /* What a worker settles meanwhile could as well have been settled before. */
       eventfd[0] = false;
       eventfd[1] = false;
       on_turn(0);
       on_turn(1);
       settle(0);
       settle(1)
     }
  :: atomic { drains > 0 && !offers[0].lost -> /* Dispatcher::drain */
       drains--;
       offers[0].draining = true;
       offers[0].serves = false;
       settle(0)
     };
     revoke_all(0);
     atomic { offers[0].order_waits = true; send_order(0) }; /* Target::send_control */
     goto turn
#if ORDERS
  :: atomic { /* Dispatcher::rebalance: Target::order_give_back, where there is room */
       orders > 0 && !offers[0].lost && !offers[0].draining && can_take(0) && awake(0) && !offers[0].ordered &&
       !hung_up[0] && len(channel[0]) < RECORDS ->
       orders--;
       channel[0] ! 0, GIVE_BACK;
       offers[0].ordered = true
     };
     goto turn
#endif
  fi;
  /* Not in the same step: what has come by now may be younger than what was settled. */
  atomic {
    on_target_event(0);
    on_target_event(1);
    if /* Dispatcher::accept_one */
    :: backlog > 0 && (has_room(0) || has_room(1)) ->
         wait(CONNECTIONS - backlog);
         backlog--
    :: else
    fi
  };
#if STALLS
  take_from_stalled(0);
  take_from_stalled(1);
#endif
  do /* Dispatcher::pump: while there is room, there is for each. */
  :: atomic { watched && waiting[0] -> deliver(0) }
  :: atomic { watched && !waiting[0] && waiting[1] -> deliver(1) }
#if CONNECTIONS > 2
  :: atomic { watched && !waiting[0] && !waiting[1] && waiting[2] -> deliver(2) }
#endif
  :: atomic { else ->
       backlog_full = is_backlog_full; /* Dispatcher::watch_backlog */
       ask_for_wake(0);
       ask_for_wake(1);
       w = 0; s = 0; j = 0; k = 0; c = 0; g = 0
     };
     break
  od;
  if
  :: has_happened(0) || has_happened(1) -> goto turn
  :: else -> goto end_sleep
  fi
}

/* SIGKILL, at any time. The workers are alike where none drains, so that one that is killed first is the first. Someone
   is killed: the runs of the other faults are those without. */
proctype killer() {
  if
  :: KILLS > 0 -> dead[0] = true
  :: KILLS > 0 && DRAINS > 0 -> dead[1] = true
  :: KILLS == 0
  fi;
  if
  :: atomic { KILLS > 1 -> dead[0] = true; dead[1] = true }
  :: true
  fi
}

#define goes_on(w) (!dead[w] && !offers[w].draining)

/* All has come to rest: nobody but this can do anything. */
proctype rest() {
  byte c, s;
  timeout ->
  for (c : 0 .. CONNECTIONS - 1) {
    if
    :: c >= CONNECTIONS - backlog || waiting[c] -> assert(owner[c] == 0 && !goes_on(0) && !goes_on(1))
    :: back[0] ?? [s, eval(c)] -> assert(owner[c] == 0 && !waiting[c] && is_backlog_full)
    :: else -> assert(owner[c] > 0 || served[c] || (touched[c] && (dead[0] || dead[1])) || ended[c] || forgotten[c])
    fi;
    assert(owner[c] == 0 || goes_on(owner[c] - 1) || (len(back[0]) == RECORDS_BACK && is_backlog_full));
    assert(offers[0].copy[c] == 0 || (owner[c] == 1 && offered_before[c]));
    assert(offers[1].copy[c] == 0 || (owner[c] == 2 && offered_before[c]))
  }
  assert(offers[0].open == 0 && offers[1].open == 0 && !offers[0].order_waits);
  assert(!offers[0].ordered || (len(back[0]) == RECORDS_BACK && is_backlog_full))
}

init {
  byte w;
  for (w : 0 .. WORKERS - 1) {
    offers[w].first = 1;
    offers[w].next = 1;
    offers[w].serves = true;
#if MOST
    ledger[w].vacancies = MANY;
    offers[w].vacancies = MANY
#endif
  }
  atomic { run worker(0); run worker(1); run primary(); run killer(); run rest() }
}
