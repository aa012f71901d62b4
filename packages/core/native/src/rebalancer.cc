#include "rebalancer.h"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

// The pauses of a worker that had little to give, in intervals.
constexpr uint64_t kFirstPause = 2;
constexpr uint64_t kLongestPause = 50;

// For how many intervals what workers tell is believed.
constexpr uint64_t kFirstBelief = 10;
constexpr uint64_t kLongestBelief = 50;

// The shares by one of their counts.
class Counts {
 public:
  Counts(const std::vector<Share>& shares, uint64_t Share::*count) : shares_(shares), count_(count) {
    for (const Share& share : shares) sum_ += share.*count_;
    rounded_up_mean_ = (sum_ + shares.size() - 1) / shares.size();
    for (const Share& share : shares) {
      if (!share.can_take) continue;
      somebody_lacks_ |= sum_ > share.*count_ * shares.size() + most_off();
      room_ += rounded_up_mean_ - std::min(share.*count_, rounded_up_mean_);
    }
  }

  // How many connections those take that have fewer than the mean.
  uint64_t room() const { return room_; }
  // How many the worker has too much; 0: it has its share.
  uint64_t excess(const Share& share) const {
    const uint64_t count = share.*count_;
    if (!somebody_lacks_ && count * shares_.size() <= sum_ + most_off()) return 0;
    return count - std::min(count, rounded_up_mean_);
  }
  bool are_even() const {
    return std::all_of(shares_.begin(), shares_.end(),
                       [this](const Share& share) { return excess(share) == 0; });
  }

 private:
  // Shares need not be nearer to the mean than a twentieth of it, or one connection. In all their number.
  uint64_t most_off() const { return std::max<uint64_t>(shares_.size(), sum_ / 20); }

  const std::vector<Share>& shares_;
  uint64_t Share::*const count_;
  uint64_t sum_ = 0;
  uint64_t rounded_up_mean_ = 0;
  uint64_t room_ = 0;
  bool somebody_lacks_ = false;
};

}  // namespace

// Where workers have come or gone, what was known of the others is of no use any more.
void Rebalancer::keep_up_with(const std::vector<Share>& shares, uint64_t now_ns) {
  const auto is_same = [](const Giver& giver, const Share& share) { return giver.target == share.target; };
  if (std::equal(givers_.begin(), givers_.end(), shares.begin(), shares.end(), is_same)) return;
  givers_.assign(shares.size(), {});
  for (size_t i = 0; i < shares.size(); ++i) givers_[i].target = shares[i].target;
  changed_at_ns_ = now_ns;
  belief_ns_ = 0;
}

// 0: it has told nothing.
uint64_t Rebalancer::believed_until_ns(const Share& share) const {
  const uint64_t belief_ns = std::max(belief_ns_, kFirstBelief * interval_ns_);
  return share.told_at_ns == 0 || share.told_at_ns < changed_at_ns_ ? 0 : share.told_at_ns + belief_ns;
}

std::vector<Rebalancer::Order> Rebalancer::look(std::vector<Share> shares, uint64_t now_ns) {
  has_event_ = false;
  earliest_ns_ = now_ns + interval_ns_;
  alarm_ns_ = kNever;
  keep_up_with(shares, now_ns);
  if (shares.size() < 2) return {};
  leave_out_immovable(shares);

  // Nobody waits for the answer of one that stands still.
  uint64_t told_until_ns = kNever;
  for (const Share& share : shares) {
    if (share.can_give || share.is_asked) told_until_ns = std::min(told_until_ns, believed_until_ns(share));
  }
  const bool are_told = told_until_ns > now_ns;
  const Counts all(shares, &Share::connections);
  const Counts counts = are_told ? Counts(shares, &Share::movable) : all;
  if (are_told && !all.are_even()) alarm_ns_ = told_until_ns;

  std::vector<Order> orders;
  uint64_t room = counts.room();
  for (size_t i = 0; i < shares.size(); ++i) {
    const Share& share = shares[i];
    Giver& giver = givers_[i];
    const uint64_t excess = counts.excess(share);
    if (excess == 0) {
      giver.looks = 0;
      continue;
    }
    giver.excess[giver.looks++ % kLooks] = excess;
    // That it can is an event; that somebody can take some is seen at the next.
    if (!share.can_give || counts.room() == 0) continue;
    alarm_ns_ = std::min(alarm_ns_, std::max(earliest_ns_, giver.paused_until_ns));
    if (giver.looks < kLooks || now_ns < giver.paused_until_ns) continue;
    const uint64_t least = *std::min_element(giver.excess.begin(), giver.excess.end());
    const uint64_t count = std::min({least, room, uint64_t{kMostAtOnce}});
    if (count == 0) continue;
    orders.push_back({share.target, static_cast<uint32_t>(count)});
    room -= count;
  }
  if (orders.empty()) return {};
  if (!are_told) return ask(shares, now_ns);
  belief_ns_ = 0;
  return orders;
}

// What was told before workers came or went may have been of another time.
void Rebalancer::leave_out_immovable(std::vector<Share>& shares) const {
  for (Share& share : shares) {
    if (share.told_at_ns >= changed_at_ns_) share.connections -= std::min(share.immovable, share.connections);
  }
}

// All are to tell that have not, and are not about to.
std::vector<Rebalancer::Order> Rebalancer::ask(const std::vector<Share>& shares, uint64_t now_ns) {
  std::vector<Order> questions;
  for (const Share& share : shares) {
    if (share.can_give && believed_until_ns(share) <= now_ns) questions.push_back({share.target, 0});
  }
  if (!questions.empty())
    belief_ns_ = std::clamp(belief_ns_ * 2, kFirstBelief * interval_ns_, kLongestBelief * interval_ns_);
  return questions;
}

void Rebalancer::on_done(uint32_t target, Obeyed obeyed, uint64_t now_ns) {
  const auto found = std::find_if(givers_.begin(), givers_.end(),
                                  [&](const Giver& giver) { return giver.target == target; });
  if (found == givers_.end()) return;
  if (obeyed.given * 2 >= obeyed.ordered) {
    found->pause_ns = found->paused_until_ns = 0;
    return;
  }
  found->pause_ns = std::clamp(found->pause_ns * 2, kFirstPause * interval_ns_, kLongestPause * interval_ns_);
  found->paused_until_ns = now_ns + found->pause_ns;
}

}  // namespace baton
