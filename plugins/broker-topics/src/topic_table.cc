#include "topic_table.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "stanchion/sdk/host.h"

namespace stn::broker_topics {

namespace {

constexpr stn_topic k_not_found = {STN_E_NOT_FOUND, 0, 0, 0, 0, 0, 0, 0};

}  // namespace

topic_table::topic_table(options o)
    : options_(std::move(o)), system_(options_.cluster, options_.broker) {
  version_.timestamp_ms = options_.now_ms();
}

stn_topic topic_table::facts_of(const protocol::topic_config &c, uint32_t id) const {
  stn_topic t{};
  t.id = id;
  t.read_queues = c.read_queues;
  t.write_queues = c.write_queues;
  t.perm = c.perm;
  t.sysflag = c.sys_flag;
  if (c.order) t.flags |= STN_TOPIC_ORDER;
  if (system_topics::forbids_sending(c.name)) t.flags |= STN_TOPIC_NO_SEND;
  if (system_.contains(c.name)) t.flags |= STN_TOPIC_SYSTEM;
  return t;
}

const topic_table::entry *topic_table::find_entry(std::string_view name) const {
  auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : &found->second;
}

// Puts the topic into the table at the current generation; the caller holds the lock alone.
status topic_table::insert(protocol::topic_config config) {
  auto found = topics_.find(config.name);
  if (found == topics_.end() && topics_.size() >= options_.max_topics) {
    return {STN_E_NO_SPACE, "this broker has as many topics as it may have (max_topics)"};
  }
  result<uint32_t> id = options_.intern(config.name);
  if (!id.ok()) return id.error();
  entry e{.config = std::move(config), .generation = generation_};
  e.facts = facts_of(e.config, id.value());
  topics_.insert_or_assign(e.config.name, std::move(e));
  return {};
}

void topic_table::next_version() {
  version_.timestamp_ms = options_.now_ms();
  version_.counter++;
  generation_++;
}

status topic_table::load(const protocol::topic_config_table &stored) {
  std::unique_lock lock(mutex_);
  for (const auto &[name, config] : stored.topics) {
    protocol::topic_config c = config;
    c.name = name;
    if (check_topic_name(name) != name_check::legal) continue;  // could never be sent to
    if (status s = insert(std::move(c)); !s.ok()) return s;
  }
  version_ = stored.version;
  return {};
}

status topic_table::add_if_missing(std::string_view name, int32_t queues, int32_t perm) {
  std::unique_lock lock(mutex_);
  if (find_entry(name) != nullptr) return {};
  protocol::topic_config c;
  c.name = name;
  c.read_queues = c.write_queues = queues;
  c.perm = perm;
  return insert(std::move(c));
}

void topic_table::lookup(const stn_str *names, uint32_t n, stn_topic *out) const {
  std::shared_lock lock(mutex_);
  for (uint32_t i = 0; i < n; i++) {
    const entry *e = find_entry(view(names[i]));
    out[i] = e != nullptr ? e->facts : k_not_found;
  }
}

// A new topic; the caller holds the lock alone and calls `changed` when it does not any more.
result<stn_topic> topic_table::make(std::string_view name, int32_t queues, int32_t perm,
                                    std::string_view filter_type) {
  protocol::topic_config c;
  c.name = name;
  c.read_queues = c.write_queues = std::max(queues, 0);
  c.perm = perm;
  c.filter_type = filter_type;
  next_version();
  if (status s = insert(std::move(c)); !s.ok()) return s;
  return find_entry(name)->facts;
}

result<stn_topic> topic_table::ensure(std::string_view name, int32_t queues, int32_t perm) {
  if (check_topic_name(name) != name_check::legal) {
    return status(STN_E_INVALID, std::string(describe(check_topic_name(name))));
  }
  result<stn_topic> made = k_not_found;
  {
    std::unique_lock lock(mutex_);
    if (const entry *e = find_entry(name)) return e->facts;
    made = make(name, queues, perm, "SINGLE_TAG");
  }
  if (made.ok()) options_.changed();
  return made;
}

result<stn_topic> topic_table::derive(std::string_view name, std::string_view base,
                                      int32_t queues) {
  if (check_topic_name(name) != name_check::legal) {
    return status(STN_E_INVALID, std::string(describe(check_topic_name(name))));
  }
  result<stn_topic> made = k_not_found;
  {
    std::unique_lock lock(mutex_);
    if (const entry *e = find_entry(name)) return e->facts;
    const entry *from = find_entry(base);
    if (from == nullptr) return status(STN_E_NOT_FOUND, "no template topic " + std::string(base));
    const bool closed = base == k_auto_create_topic && !options_.auto_create;
    if (closed || (from->config.perm & STN_PERM_INHERIT) == 0) {
      return status(STN_E_NOT_FOUND, "template topic " + std::string(base) + " is not inheritable");
    }
    made = make(name, std::min(queues, from->config.write_queues),
                from->config.perm & ~STN_PERM_INHERIT, std::string(from->config.filter_type));
  }
  if (made.ok()) options_.changed();
  return made;
}

std::optional<protocol::topic_config> topic_table::find(std::string_view name) const {
  std::shared_lock lock(mutex_);
  const entry *e = find_entry(name);
  return e != nullptr ? std::optional(e->config) : std::nullopt;
}

result<uint64_t> topic_table::put(const std::vector<protocol::topic_config> &topics) {
  uint64_t generation = 0;
  status failure;
  {
    std::unique_lock lock(mutex_);
    next_version();
    generation = generation_;
    for (const protocol::topic_config &t : topics) {
      if (failure.ok()) failure = insert(t);
    }
  }
  options_.changed();
  if (!failure.ok()) return failure;
  return generation;
}

std::optional<uint32_t> topic_table::remove(std::string_view name) {
  uint32_t id = 0;
  {
    std::unique_lock lock(mutex_);
    auto found = topics_.find(name);
    if (found == topics_.end()) return std::nullopt;
    id = found->second.facts.id;
    topics_.erase(found);
    next_version();
  }
  options_.changed();
  return id;
}

bool topic_table::set_order_topics(const std::set<std::string, std::less<>> &topics) {
  {
    std::unique_lock lock(mutex_);
    std::vector<entry *> changed;
    for (auto &[name, e] : topics_) {
      if (e.config.order != topics.contains(name)) changed.push_back(&e);
    }
    if (changed.empty()) return false;
    next_version();
    for (entry *e : changed) {
      e->config.order = !e->config.order;
      e->facts.flags ^= STN_TOPIC_ORDER;
      e->generation = generation_;
    }
  }
  options_.changed();
  return true;
}

uint64_t topic_table::generation() const {
  std::shared_lock lock(mutex_);
  return generation_;
}

topic_changes topic_table::changes_since(uint64_t since) const {
  topic_changes out;
  std::shared_lock lock(mutex_);
  out.generation = generation_;
  out.table.version = version_;
  for (const auto &[name, e] : topics_) {
    if (e.generation > since || since == 0) out.table.topics.emplace(name, e.config);
  }
  return out;
}

}  // namespace stn::broker_topics
