#include "kv_store.h"

#include <utility>

namespace stn::namesrv_config {

void kv_store::load(protocol::kv_config all) {
  std::lock_guard lock(mutex_);
  config_ = std::move(all);
  entries_ = 0;
  for (const auto &[name_space, table] : config_) entries_ += table.size();
}

bool kv_store::put(std::string_view name_space, std::string_view key, std::string_view value) {
  std::lock_guard lock(mutex_);
  protocol::kv_table &table = config_[std::string(name_space)];
  auto found = table.find(key);
  if (found != table.end()) {
    found->second = value;
    return true;
  }
  if (entries_ >= max_entries_) return false;
  table.emplace(key, value);
  entries_++;
  return true;
}

void kv_store::remove(std::string_view name_space, std::string_view key) {
  std::lock_guard lock(mutex_);
  auto table = config_.find(name_space);
  if (table == config_.end()) return;
  auto found = table->second.find(key);
  if (found == table->second.end()) return;
  table->second.erase(found);
  entries_--;
}

std::optional<std::string> kv_store::get(std::string_view name_space, std::string_view key) const {
  std::lock_guard lock(mutex_);
  auto table = config_.find(name_space);
  if (table == config_.end()) return std::nullopt;
  auto found = table->second.find(key);
  if (found == table->second.end()) return std::nullopt;
  return found->second;
}

std::optional<protocol::kv_table> kv_store::table(std::string_view name_space) const {
  std::lock_guard lock(mutex_);
  auto found = config_.find(name_space);
  if (found == config_.end()) return std::nullopt;
  return found->second;
}

protocol::kv_config kv_store::all() const {
  std::lock_guard lock(mutex_);
  return config_;
}

}  // namespace stn::namesrv_config
