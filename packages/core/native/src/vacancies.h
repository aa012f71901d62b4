#pragma once

#include <cstdint>
#include <map>

#include "ledger.h"

namespace baton {

// The worker's servers that do not take many more connections, as the primary knows them by the ledger.
class Vacancies {
 public:
  explicit Vacancies(Ledger& ledger) : ledger_(ledger) {}

  bool are_few() const { return !few_.empty(); }
  // A server takes so many more. `place`: its listener's in the ledger.
  void tell(uint32_t listener, uint32_t place, uint32_t vacancies);
  // The worker does not listen any more: its place is another listener's soon.
  void forget(uint32_t listener);

  // Tells anew, where it has changed, what `ask(listener)` says. True if some server takes more than before.
  // It may forget listeners meanwhile: the property that it looks at may be a getter of the app's.
  template <typename Ask>
  bool look(Ask ask) {
    bool are_more = false;
    for (auto next = few_.begin(); next != few_.end();) {
      const uint32_t listener = next->first;
      const uint32_t vacancies = ask(listener);
      const auto found = few_.find(listener);
      next = few_.upper_bound(listener);
      if (found == few_.end()) continue;
      are_more |= vacancies > found->second.told;
      tell(listener, found->second.place, vacancies);
      if (vacancies >= LedgerMemory::kManyVacancies) few_.erase(found);
    }
    return are_more;
  }

 private:
  struct Few {
    uint32_t place;
    uint32_t told;
  };

  Ledger& ledger_;
  std::map<uint32_t, Few> few_;  // by listener
};

}  // namespace baton
