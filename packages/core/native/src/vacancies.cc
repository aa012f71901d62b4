#include "vacancies.h"

#include <utility>

namespace baton {

void Vacancies::tell(uint32_t listener, uint32_t place, uint32_t vacancies) {
  Few& few = few_.try_emplace(listener, Few{place, LedgerMemory::kManyVacancies}).first->second;
  if (std::exchange(few.told, vacancies) != vacancies) ledger_.publish_vacancies(place, vacancies);
}

void Vacancies::forget(uint32_t listener) {
  const auto found = few_.find(listener);
  if (found == few_.end()) return;
  ledger_.publish_vacancies(found->second.place, LedgerMemory::kManyVacancies);
  few_.erase(found);
}

}  // namespace baton
