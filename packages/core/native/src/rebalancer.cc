#include "rebalancer.h"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

// The pauses of a worker that had nothing to give, in intervals.
constexpr uint64_t kFirstPause = 2;
constexpr uint64_t kLongestPause = 50;

// Of the connections of all.
struct Mean {
  explicit Mean(const std::vector<Share>& shares) : count(shares.size()) {
    for (const Share& share : shares) sum += share.connections;
  }

  uint64_t sum = 0;
  const uint64_t count;

  uint64_t rounded_up() const { return (sum + count - 1) / count; }
  // Shares need not be nearer to the mean than a twentieth of it, or one connection.
  bool is_far_below(uint64_t connections) const {
    return sum > connections * count + std::max(count, sum / 20);
  }
  bool is_far_above(uint64_t connections) const {
    return connections * count > sum + std::max(count, sum / 20);
  }
};

}  // namespace

// Where workers have come or gone, what was known of the others is of no use any more.
void Rebalancer::keep_up_with(const std::vector<Share>& shares) {
  const auto is_same = [](const Giver& giver, const Share& share) { return giver.target == share.target; };
  if (std::equal(givers_.begin(), givers_.end(), shares.begin(), shares.end(), is_same)) return;
  givers_.assign(shares.size(), {});
  for (size_t i = 0; i < shares.size(); ++i) givers_[i].target = shares[i].target;
}

std::vector<Rebalancer::Order> Rebalancer::look(const std::vector<Share>& shares, uint64_t now_ns) {
  has_event_ = false;
  earliest_ns_ = now_ns + interval_ns_;
  alarm_ns_ = kNever;
  keep_up_with(shares);
  if (shares.size() < 2) return {};

  const Mean mean(shares);
  bool somebody_lacks = false;
  uint64_t room = 0;  // how many connections those take that have fewer than the mean
  for (const Share& share : shares) {
    if (!share.can_take) continue;
    somebody_lacks |= mean.is_far_below(share.connections);
    room += mean.rounded_up() - std::min(share.connections, mean.rounded_up());
  }

  std::vector<Order> orders;
  for (size_t i = 0; i < shares.size(); ++i) {
    const Share& share = shares[i];
    Giver& giver = givers_[i];
    const uint64_t excess = share.connections - std::min(share.connections, mean.rounded_up());
    if (excess == 0 || !(somebody_lacks || mean.is_far_above(share.connections))) {
      giver.looks = 0;
      continue;
    }
    giver.excess[giver.looks++ % kLooks] = excess;
    // That it can is an event.
    if (!share.can_give) continue;
    alarm_ns_ = std::min(alarm_ns_, std::max(earliest_ns_, giver.paused_until_ns));
    if (giver.looks < kLooks || now_ns < giver.paused_until_ns) continue;
    const uint64_t least = *std::min_element(giver.excess.begin(), giver.excess.end());
    const uint64_t count = std::min({least, room, uint64_t{kMostAtOnce}});
    if (count == 0) continue;
    orders.push_back({share.target, static_cast<uint32_t>(count)});
    room -= count;
  }
  if (!orders.empty()) ask_first(shares, orders);
  return orders;
}

// Where somebody has not said yet how many of its connections could move, all such are asked instead.
void Rebalancer::ask_first(const std::vector<Share>& shares, std::vector<Order>& orders) {
  std::vector<Order> questions;
  for (const Share& share : shares) {
    if (!share.is_known && share.can_give) questions.push_back({share.target, 0});
  }
  if (!questions.empty()) orders = std::move(questions);
}

void Rebalancer::on_done(uint32_t target, uint64_t given, uint64_t now_ns) {
  const auto found = std::find_if(givers_.begin(), givers_.end(),
                                  [&](const Giver& giver) { return giver.target == target; });
  if (found == givers_.end()) return;
  if (given > 0) {
    found->pause_ns = found->paused_until_ns = 0;
    return;
  }
  found->pause_ns = std::clamp(found->pause_ns * 2, kFirstPause * interval_ns_, kLongestPause * interval_ns_);
  found->paused_until_ns = now_ns + found->pause_ns;
}

}  // namespace baton
